import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type HostServer, startHostServer } from '../../host-link/host/node/host-server.ts'
import { hostTerminal } from '../../host-link/host/provision.ts'
import type { Expected } from '../../keys/station/station.ts'
import { openToken } from '../../keys/station/token.ts'
import { type ImportCommand, importKeys } from '../../scripts/host-import-keys.ts'
import { hostKeys, renewKey } from '../../scripts/host-keys.ts'
import { readCards, readProvision } from '../../scripts/provision.ts'
import { secretInput } from '../../scripts/secret-input.ts'
import { findSoftHsm, makeSoftToken } from '../../scripts/setup-softhsm.ts'
import { answerTo, type Element, elementOf, signOnWith } from '../host-link/host/remote-rig.ts'
import { TestTerminal as HostClient } from '../host-link/host/rig.ts'
import { COMPONENTS, done, readyStation, stations, TestTerminal, tcpLine } from '../keys/station/rig.ts'
import { type Descriptors, descriptors } from './keys-run.ts'

const demo = (name: string) => new URL(`../../scripts/demo/${name}`, import.meta.url).pathname
const PROVISION = [demo('mall.json'), demo('shop.json')]
const folder = mkdtempSync(join(tmpdir(), 'shuaka-host-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))
const use = stations()
const servers: HostServer[] = []
const given: Descriptors[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  for (const one of given.splice(0)) one.end()
})

let count = 0
async function host(db: string): Promise<HostServer> {
  const server = await startHostServer({
    db,
    provisions: PROVISION.map(readProvision),
    cards: readCards(demo('cards.json')),
  })
  servers.push(server)
  return server
}
async function books(): Promise<string> {
  const db = join(folder, `${++count}.db`)
  await (await host(db)).close()
  servers.length = 0
  return db
}

const [FIRST, SECOND] = COMPONENTS.map((hex) => Buffer.from(hex, 'hex'))
/** The XOR of the two components, hex. */
function hexOfZmk(): string {
  if (!FIRST || !SECOND) throw new Error('two components')
  return Buffer.from(FIRST.map((byte, at) => byte ^ (SECOND[at] ?? 0))).toString('hex')
}
function command(db: string, file: string, zmk = hexOfZmk()): ImportCommand {
  const secrets = descriptors()
  given.push(secrets)
  const input = secretInput({ input: new PassThrough(), output: { write: () => undefined } })
  return { db, file, provision: PROVISION, by: 'wu', secrets: input, zmkFd: Number(secrets.give(zmk)) }
}

/** A station that has given the mall's and the shop's terminal a key each, and what it exports. */
async function injected(changes: Partial<Expected> = {}) {
  const station = await use.open(use.folder())
  const rows: Expected[] = PROVISION.map(readProvision).map(({ terminal, host }) => ({
    ...{ serial: terminal.serial, terminalId: terminal.terminalId, slot: host.keySlot, algorithm: 'TDES' },
    ...changes,
  }))
  const { issue } = await readyStation(station, rows)
  const dial = await tcpLine(station)
  const terminals: TestTerminal[] = []
  for (const { serial } of rows) {
    const terminal = new TestTerminal(serial, issue('terminal', serial))
    expect((await terminal.inject(dial)).kind).toBe('loaded')
    terminals.push(terminal)
  }
  const file = join(folder, `${++count}.json`)
  writeFileSync(file, done(station.exportKeys()).json)
  return { file, terminals }
}

/** The export with one of its keys changed. */
function altered(file: string, at: number, change: object): string {
  const content = JSON.parse(readFileSync(file, 'utf8')) as { keys: object[] }
  content.keys[at] = { ...content.keys[at], ...change }
  const copy = `${file}.altered`
  writeFileSync(copy, JSON.stringify(content))
  return copy
}

describe('shuaka host import-keys', () => {
  it('station → terminal → host: the injected terminal signs on and sells under a key that no file had in clear', async () => {
    const db = await books()
    const { file, terminals } = await injected()
    const said = await importKeys(command(db, file))
    const values = terminals.map((terminal) => terminal.checkValue(1))
    expect(said).toContain(`terminal 10000001 (SK000001): master key ${values[0]} imported\n`)
    expect(said).toMatch(/^2 of 2 keys of station [0-9A-Z-]+, .*, imported by wu$/m)
    const again = await importKeys(command(db, file))
    expect(again).toContain(`master key ${values[0]} was imported before\n`)
    expect(again).toContain('0 of 2 keys')

    const server = await host(db)
    for (const [index, path] of PROVISION.entries()) {
      const injectedOne = terminals[index]
      if (!injectedOne) throw new Error('no terminal')
      const element: Element = elementOf(injectedOne.keys)
      const client = new HostClient(server.host, hostTerminal(readProvision(path)), 'cup')
      expect(await signOnWith(element, client)).toBe('ok')
      const sale = client.saleMessage({ store: '0012', amount: 100 })
      expect(await answerTo(element, client, sale)).toBe('00')
    }
    expect(await hostKeys({ db, provision: PROVISION })).toContain('注入 station')
    const record = JSON.parse(
      await hostKeys({ db, provision: PROVISION, terminal: '10000001', json: true }),
    ) as { readonly record: readonly object[] }
    expect(record.record).toMatchObject([{ event: 'imported', by: 'wu', checkValue: values[0] }])
  })

  it.each([
    [
      'a check value of another key',
      1,
      { checkValue: '000000' },
      'SK000002, slot 1: the check value is another',
    ],
    [
      'a serial number of no terminal',
      1,
      { serial: 'SK000077' },
      'SK000077, slot 1: no terminal of this host has',
    ],
    [
      'another terminal number',
      1,
      { terminalId: '10000001' },
      'the export says terminal 10000001, the host 10000002',
    ],
    ['another slot', 1, { slot: 2 }, 'SK000002, slot 2: the host signs on with slot 1'],
    ['SM4', 1, { algorithm: 'SM4' }, 'its profile signs on with another cipher'],
    ['another key version', 1, { keyVersion: '09' }, 'the key block is not genuine'],
  ] as const)('%s → nothing is imported, also not what was right', async (_, at, change, why) => {
    const db = await books()
    const { file } = await injected()
    await expect(importKeys(command(db, altered(file, at, change)))).rejects.toThrow(why)
    expect(await hostKeys({ db, provision: PROVISION })).not.toContain('station')
  })

  it('blocks of two terminals swapped, one twice, a character changed → nothing is imported', async () => {
    const db = await books()
    const { file } = await injected()
    const { keys } = JSON.parse(readFileSync(file, 'utf8')) as {
      keys: { keyBlock: string; checkValue: string; serial: string; terminalId: string }[]
    }
    const [one, two] = keys
    if (!one || !two) throw new Error('two keys')
    const { keyBlock, checkValue } = two
    await expect(importKeys(command(db, altered(file, 0, { keyBlock, checkValue })))).rejects.toThrow(
      'SK000001, slot 1: the key block is not genuine, not of this terminal, or under another ZMK',
    )
    await expect(importKeys(command(db, altered(file, 1, one)))).rejects.toThrow('stands twice')
    const spoilt = `${keyBlock.slice(0, -1)}${keyBlock.endsWith('0') ? '1' : '0'}`
    await expect(importKeys(command(db, altered(file, 1, { keyBlock: spoilt })))).rejects.toThrow(
      'not genuine',
    )
    expect(await hostKeys({ db, provision: PROVISION })).not.toContain('station')
  })

  it('the ZMK in the components of its custodians → imported; a component twice, one too few → one sentence', async () => {
    const db = await books()
    const { file } = await injected()
    const inParts = (...parts: readonly string[]): ImportCommand => {
      const { zmkFd: _whole, ...rest } = command(db, file)
      const secrets = descriptors()
      given.push(secrets)
      return { ...rest, components: 2, componentFd: parts.map((part) => Number(secrets.give(part))) }
    }
    const twice = importKeys(inParts(COMPONENTS[0], COMPONENTS[0]))
    await expect(twice).rejects.toThrow('these components are not of its ZMK: two components are equal')
    await expect(importKeys(inParts(COMPONENTS[0]))).rejects.toThrow('2 components, and 1 --component-fd')
    const short = importKeys(inParts(COMPONENTS[0], COMPONENTS[1].slice(2)))
    await expect(short).rejects.toThrow('component 2 of 2 of the ZMK: AES has none of 31 bytes')
    const wrong = importKeys(inParts(COMPONENTS[0], hexOfZmk()))
    await expect(wrong).rejects.toThrow('this is not its ZMK')
    const both = { ...inParts(...COMPONENTS), zmkFd: 0 }
    await expect(importKeys(both)).rejects.toThrow('whole or in components, not both')
    expect(await importKeys(inParts(...COMPONENTS))).toMatch(/^2 of 2 keys of station/m)
  })

  it('another ZMK, a file that is no export, books that a host has open → one sentence without any key', async () => {
    const db = await books()
    const { file } = await injected()
    const wrong = hexOfZmk().replace(/^../, '00')
    const failed = importKeys(command(db, file, wrong))
    await expect(failed).rejects.toThrow(/this is not its ZMK, whose check value is [0-9A-F]{10}$/)
    await expect(failed).rejects.not.toThrow(wrong.slice(2, 20))
    await expect(importKeys(command(db, file, hexOfZmk().slice(0, 32)))).rejects.toThrow('not its ZMK')
    const other = join(folder, 'other.json')
    copyFileSync(demo('mall.json'), other)
    await expect(importKeys(command(db, other))).rejects.toThrow(/other\.json/)
    await host(db)
    await expect(importKeys(command(db, file))).rejects.toThrow('another host has these books open')
  })
})

const softHsm = findSoftHsm()
const skipped =
  softHsm === undefined ? ' (skipped: no SoftHSM2; install it or set SHUAKA_SOFTHSM to libsofthsm2.so)' : ''

describe.skipIf(softHsm === undefined)(`shuaka host import-keys, the ZMK in a token${skipped}`, () => {
  const PIN = '24681357'
  const ID = 'A1B2C3D4'
  const module = softHsm ?? ''
  const fromToken = (db: string, file: string, change: Partial<ImportCommand> = {}): ImportCommand => {
    const { zmkFd: _fd, ...rest } = command(db, file)
    const secrets = given.at(-1)
    const pinFd = Number(secrets?.give(PIN))
    return { ...rest, token: module, tokenLabel: 'host', tokenKey: ID, pinFd, ...change }
  }

  it('the keys are opened by the token’s CMAC, the ZMK stays inside; another key of it, another PIN → one sentence', async () => {
    process.env.SOFTHSM2_CONF = makeSoftToken(folder, 'host', PIN)
    const options = () => ({ module, label: 'host', pin: Uint8Array.from(Buffer.from(PIN)) })
    const token = await openToken(options())
    token.importAes(
      Uint8Array.from(Buffer.from(ID, 'hex')),
      'ZMK',
      Uint8Array.from(Buffer.from(hexOfZmk(), 'hex')),
    )
    token.generateAes(Uint8Array.of(9), 'other')
    token.close()
    const db = await books()
    const { file } = await injected()
    const refused = async (change: Partial<ImportCommand>, why: string) =>
      expect(importKeys(fromToken(db, file, change))).rejects.toThrow(why)
    await refused({ tokenKey: '09' }, 'this is not its ZMK')
    await refused({ tokenKey: '08' }, 'the PKCS#11 token host has no key 08')
    await refused({ tokenKey: 'zz' }, '--token wants --token-key HEX')
    await refused({ pinFd: Number(given.at(-1)?.give('00000000')) }, 'refuses this PIN')
    expect(await hostKeys({ db, provision: PROVISION })).not.toContain('station')
    expect(await importKeys(fromToken(db, file))).toMatch(/^2 of 2 keys/m)
    expect(await hostKeys({ db, provision: PROVISION })).toContain('station')
  })
})

describe('shuaka host renew-key and keys', () => {
  it('an order beside a running host → listed with who gave it, on record; withdrawn → gone, on record', async () => {
    const db = await books()
    await host(db)
    const at = { db, provision: PROVISION, terminal: '10000001' }
    expect(await renewKey({ ...at, by: '陈' })).toMatch(
      /^terminal 10000001 \(SK000001\): a new master key is ordered by 陈;/,
    )
    const listed = JSON.parse(await hostKeys({ db, provision: PROVISION, json: true })) as object[]
    expect(listed).toMatchObject([
      {
        terminal: '10000001',
        state: 'inUse',
        ordered: { by: '陈' },
        current: { checkValue: '117E97', source: 'provisioning' },
      },
      { terminal: '10000002' },
    ])
    expect(listed[1]).not.toHaveProperty('ordered')
    expect(await renewKey({ db, provision: PROVISION, all: true, withdraw: true, by: 'li' })).toMatch(
      /^terminal 10000001.*\n$/,
    )
    expect(await renewKey({ db, provision: PROVISION, all: true, withdraw: true })).toBe(
      'nothing is ordered\n',
    )
    const said = await hostKeys(at)
    expect(said).toMatch(/ordered.*陈[\s\S]*withdrawn.*li/)
  })

  it.each([
    [{}, 'which terminal?'],
    [{ all: true, terminal: '10000001' }, 'which terminal?'],
    [{ terminal: '99999999' }, 'terminal 99999999 is in none of the provisioning files'],
    [{ terminal: '10000001', by: '' }, '--by wants a name of 1 to 40 characters'],
    [{ terminal: '10000001', by: 'a\nb' }, '--by wants a name'],
    [{ terminal: '10000001', db: '/nowhere/books.db' }, 'there is no such file'],
  ])('%o → one sentence, nothing ordered', async (change, why) => {
    const db = await books()
    await expect(renewKey({ db, provision: PROVISION, ...change })).rejects.toThrow(why)
    expect(await hostKeys({ db, provision: PROVISION })).not.toContain('2026-')
  })
})
