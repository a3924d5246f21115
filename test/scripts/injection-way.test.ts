import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { findSocat, serialPair } from '../../scripts/setup-socat.ts'
import { COMPONENTS } from '../keys/station/rig.ts'
import { makeShell, type Running, type Shell, scenarioFile, stationBrowser } from './injection-way-rig.ts'

/**
 * The whole way of a key, by the documented commands alone, each a process: custodians make a station and inject a
 * terminal that came without a key, the acquirer imports it, and the owner sells, settles and renews.
 */
const socat = findSocat()
const skipped =
  socat === undefined ? ' (skipped: no socat; install it or set SHUAKA_SOCAT to the program)' : ''
const WAY_MS = 120_000

const demo = (name: string): string => fileURLToPath(new URL(`../../scripts/demo/${name}`, import.meta.url))
const ROOT = 'the root of this acquirer'
const AN = 'an keeps the first one'
const BO = 'bo keeps the second one'
const TWO = '--login An --login Bo --passphrase-fd 3 --passphrase-fd 4'
const HOST = '--db books.db --provision terminal.json'
/** Injection passwords of a terminal, of two people. */
const PASSWORDS = ['7410258', '9632581'] as const
/** It comes without a key: its file has none. */
const TERMINAL = {
  terminal: {
    serial: 'SK01',
    terminalId: '10000001',
    merchantId: '898320153110001',
    merchantName: '示例家居广场',
  },
  host: { tpdu: '6000030000', profile: 'mall' },
  parameters: { storeNumberRequired: true, receiptCopies: '1' },
  stores: [{ number: '0012', name: '青石厨具' }],
}
const LIST = 'serial,terminalId,slot\nSK01,10000001,1\n'

const closers: (() => Promise<void> | void)[] = []
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Place {
  readonly folder: string
  readonly shell: Shell
}

/** A folder with the identities of station, host and terminal, and the terminal's file. */
async function makePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-way-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const shell = makeShell(folder)
  closers.push(() => shell.close())
  writeFileSync(join(folder, 'terminal.json'), JSON.stringify(TERMINAL))
  writeFileSync(join(folder, 'list.csv'), LIST)
  const rules: object = JSON.parse(readFileSync(demo('acquirer.json'), 'utf8'))
  // Messages would come between the steps of a sale.
  writeFileSync(join(folder, 'rules.json'), JSON.stringify({ ...rules, messages: [] }))
  await shell.done('keys identity root --out root.json --passphrase-fd 3', ROOT)
  for (const who of ['station --id STATION-1', 'host --id ACQUIRER-1', 'terminal --id SK01']) {
    const [role = ''] = who.split(' ')
    const words = `keys identity issue --root root.json --role ${who} --not-after 2036-12-31`
    await shell.done(`${words} --out ${role}-identity.json --passphrase-fd 3`, ROOT)
  }
  return { folder, shell }
}

async function startHost({ shell }: Place): Promise<{ readonly host: Running; readonly port: string }> {
  const security = '--security noise --identity host-identity.json'
  const host = shell.start(`host --listen tcp://127.0.0.1:0 ${HOST} --acquirer rules.json ${security}`)
  const [, port = ''] = await host.says(/listening on TCP port (\d+)/)
  await host.says(/channel: ACQUIRER-1, nothing else is taken/)
  return { host, port }
}

/** Plays steps at the terminal; its flash stays. */
async function play(
  { folder, shell }: Place,
  port: string,
  station: string,
  name: string,
  steps: string,
): Promise<void> {
  scenarioFile(folder, name, steps)
  const line = `--host tcp://127.0.0.1:${port} --security noise --identity terminal-identity.json --host-id ACQUIRER-1`
  const out = await shell.done(
    `terminal --provision terminal.json --flash flash ${line} --station ${station} --scenario ${name}`,
  )
  expect(out).toMatch(/steps passed\n$/)
}

const importKeys = ({ shell }: Place): Promise<string> =>
  shell.done(`host import-keys keys.json ${HOST} --by wu --component-fd 3 --component-fd 4`, ...COMPONENTS)

function keepsSecrets(shell: Shell, more = ''): void {
  for (const secret of [ROOT, AN, BO, ...COMPONENTS, ...PASSWORDS])
    expect(shell.printed() + more).not.toContain(secret)
}

const SUPERVISOR = `
  expect screen 请主管输入密码
  type 123456
  press enter`

/** 管理 → 更多 → 密钥 → 注入, with both passwords made on the spot. */
const INJECT = `
  locale zh
  press cancel
  expect screen 未注入密钥
  press 1
  expect screen 未注入密钥[\\s\\S]*请主管注入密钥
  press enter
  expect screen 1 ?消费
  press 4
  press 9
  press 8
  press 1${SUPERVISOR}
  expect screen 设置密码一
  type ${PASSWORDS[0]}
  press enter
  expect screen 再次输入密码一
  type ${PASSWORDS[0]}
  press enter
  expect screen 设置密码二
  type ${PASSWORDS[1]}
  press enter
  expect screen 再次输入密码二
  type ${PASSWORDS[1]}
  press enter
  expect screen 成功 密钥槽 ?1[\\s\\S]*校验值
  press enter
  expect screen 1 ?消费`

/** The host knows the terminal, and not its key. */
const NOT_YET = `
  press 1
  expect screen 97 终端未登记
  press enter
  expect screen 1 ?消费`

/** A sale with PIN; 88.80 RMB. */
const SALE = `
  expect screen 请刷卡或选功能
  press 1
  expect screen 门店编号
  type 0012
  press enter
  type 8880
  press enter
  swipe bank
  pin 123456
  expect screen 交易成功
  expect receipt 门店编号.*0012
  press enter
  expect screen 请刷卡或选功能`

const SETTLE = `
  press 9
  expect screen 借记 1 88\\.80
  press enter
  expect screen 对账平
  press enter
  expect screen 1 ?消费`

/** 管理 → 更多 → 密钥 → 远程下载. */
const RENEW = `
  press 4
  press 9
  press 8
  press 2${SUPERVISOR}
  expect screen 新密钥已装载
  press enter`

describe.concurrent('the way of a key 密钥之路, by the documented commands', () => {
  it(
    'over TCP, with the ceremony on the page: no key → 97 → import → sale, settlement → remote renewal → sale; the audit is whole',
    async () => {
      const place = await makePlace()
      const { shell } = place
      const words = 'keys station init --identity station-identity.json --person An --person Bo'
      const made = await shell.done(`${words} --passphrase-fd 3 --passphrase-fd 4 --json`, AN, BO)
      const { auditPublicKey }: { readonly auditPublicKey: string } = JSON.parse(made)
      const station = shell.start('keys station run --web 127.0.0.1:0 --listen tcp://127.0.0.1:0')
      const [, link = ''] = await station.says(/station page: (\S+)/)
      const [, address = ''] = await station.says(/line: tcp (\S+)/)
      const page = await stationBrowser(link)
      await page.secret('login', { name: 'An' }, AN)
      await page.secret('login', { name: 'Bo' }, BO)
      const key = { label: 'ZMK', algorithm: 'AES', bytes: '32', components: '2' }
      await page.secret('key', { ...key, first: 'An', second: 'Bo' }, AN, BO)
      for (const [at, name] of ['An', 'Bo'].entries()) {
        const passphrase = name === 'An' ? AN : BO
        await page.secret('component', { name }, COMPONENTS[at] ?? '', passphrase)
        await page.secret('confirm', { name }, passphrase)
      }
      expect(await page.order('expect', { csv: LIST })).toMatchObject({ added: 1 })

      const before = await startHost(place)
      await play(place, before.port, `tcp://${address}`, 'inject.txt', INJECT + NOT_YET)
      const [, checkValue = ''] = await station.says(/SK01 slot 1: loaded ([0-9A-F]{6}) \(1\/1\)/)
      await station.interrupt()
      expect((await before.host.interrupt()).out).toContain('alarm: noMasterKey\n')

      await shell.done(`keys station export --out keys.json ${TWO}`, AN, BO)
      const imported = await importKeys(place)
      expect(imported).toContain(`terminal 10000001 (SK01): master key ${checkValue} imported\n`)

      const { host, port } = await startHost(place)
      expect(await shell.done(`host renew-key 10000001 ${HOST} --by wu`)).toContain('is ordered by wu')
      await play(place, port, `tcp://${address}`, 'sell.txt', `locale zh${SALE}${SETTLE}${RENEW}${SALE}`)
      const renewed = JSON.parse(await shell.done(`host keys 10000001 ${HOST} --json`)) as {
        readonly current: { readonly checkValue: string }
        readonly record: readonly { readonly event: string }[]
      }
      expect(renewed).toMatchObject({ state: 'inUse', current: { source: 'remote' } })
      expect(renewed.current.checkValue).not.toBe(checkValue)
      const events = ['imported', 'ordered', 'sent', 'proven', 'confirmed']
      expect(renewed.record.map(({ event }) => event)).toEqual(events)
      expect((await host.interrupt()).out).not.toContain('alarm')

      const verified = await shell.done(`keys audit verify --public-key ${auditPublicKey}`)
      expect(verified).toMatch(/^whole: \d+ records, all of them signed\n/)
      const csv = await shell.done('keys audit export --csv')
      expect(csv).toMatch(new RegExp(`SK01.*${checkValue}`))
      keepsSecrets(shell, csv)
    },
    WAY_MS,
  )

  it.skipIf(socat === undefined)(
    `over a serial cable, with the dialogue at the console: the terminal is injected, imported, and sells${skipped}`,
    async () => {
      const place = await makePlace()
      const { shell, folder } = place
      const cable = await serialPair(socat ?? '', folder)
      closers.push(() => cable.close())
      const [near = '', far = ''] = cable.ends.map((end) => realpathSync(end))
      const words = 'keys station init --identity station-identity.json --person An --person Bo'
      await shell.done(`${words} --passphrase-fd 3 --passphrase-fd 4`, AN, BO)
      const people = shell.console(socat ?? '', `keys station run --serial ${near}`)
      await people.says(/line: serial/)
      await ceremony(people)
      const { host, port } = await startHost(place)
      await play(place, port, far, 'inject.txt', INJECT)
      await people.says(/1\/1 loaded/)
      people.type('\r')
      await answer(people, /Choose.*: /, 'x')
      await answer(people, /File for the host: /, 'keys.json')
      await people.says(/1 keys written, under the ZMK/)
      await answer(people, /Choose.*: /, 'q')
      await people.says(/The session is closed and the audit signed/)
      await people.ended
      await host.interrupt()

      const importing = shell.console(socat ?? '', `host import-keys keys.json ${HOST} --components 2`)
      await answer(importing, /component 1 of 2 of the ZMK.*: /, COMPONENTS[0])
      await answer(importing, /component 2 of 2 of the ZMK.*: /, COMPONENTS[1])
      await importing.says(/1 of 1 keys of station STATION-1/)
      await importing.ended
      const again = await startHost(place)
      await play(place, again.port, far, 'sell.txt', `locale zh${SALE}`)
      expect((await again.host.interrupt()).out).not.toContain('alarm')
      keepsSecrets(shell)
    },
    WAY_MS,
  )
})

/** Two people log in, make the ZMK, import the list, and watch. */
async function ceremony(people: Running): Promise<void> {
  // biome-ignore format: one row a question
  const rows: readonly (readonly [question: RegExp, text: string])[] = [
    [/Name: /, 'An'], [/Passphrase of An: /, AN],
    [/Name: /, 'Bo'], [/Passphrase of Bo: /, BO],
    [/Choose \[n\]: /, ''], [/Label.*: /, ''], [/Algorithm.*: /, ''], [/Components.*: /, ''], [/Check value.*: /, ''],
    [/An, your passphrase, to agree: /, AN], [/Bo, your passphrase, to agree: /, BO],
    [/Custodian.*: /, 'An'], [/64 digits: /, COMPONENTS[0]], [/An, your passphrase: /, AN],
    [/y or n: /, 'y'], [/An, your passphrase: /, AN],
    [/Custodian.*: /, 'Bo'], [/64 digits: /, COMPONENTS[1]], [/Bo, your passphrase: /, BO],
    [/y or n: /, 'y'], [/Bo, your passphrase: /, BO],
    [/Choose \[i\]: /, ''], [/CSV file of terminals: /, 'list.csv'],
    [/Choose \[w\]: /, ''],
  ]
  for (const [question, text] of rows) await answer(people, question, text)
}

/** Answers a question at a console; a moment later, as the one who reads it comes after its prompt. */
async function answer(people: Running, question: RegExp, text: string): Promise<void> {
  await people.says(question)
  await new Promise((resolve) => setTimeout(resolve, 60))
  people.type(`${text}\r`)
}
