import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { ensureNative } from '../rig/native.ts'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
const OWNER_ONLY = 0o600
const PIN = '123456'
/** Colours and weights, which stand between the characters of a screen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal is steered with
const STYLE = /\u001b\[[0-9;]*m/g

const native = await ensureNative('x86-64')
const hasTerminals = spawnSync('script', ['--version']).status === 0
const missing =
  'missing' in native ? native.missing : hasTerminals ? '' : 'no `script` here: no terminal of its own'
if (missing !== '') console.warn(missing)

/** The command in a terminal of its own. */
function inTerminal(words: readonly string[]) {
  const command = `stty rows 24 cols 90; '${process.execPath}' '${SHUAKA}' device ${words.join(' ')}`
  const child: ChildProcessWithoutNullStreams = spawn('script', ['-qec', command, '/dev/null'])
  let shown = ''
  let told = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text.replace(STYLE, '')
    told()
  })
  const ended = new Promise<number | null>((settle) => child.on('close', settle))
  /** Until all of these have been shown since the last keys. */
  async function until(...texts: readonly string[]): Promise<void> {
    while (!texts.every((text) => shown.includes(text)))
      await new Promise<void>((settle) => {
        told = settle
      })
  }
  return {
    until,
    async type(keys: string, ...texts: readonly string[]): Promise<void> {
      shown = ''
      child.stdin.write(keys)
      await until(...texts)
    },
    ended,
  }
}

describe.skipIf(missing !== '')('shuaka device', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-device-run-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // biome-ignore format: one row a device, with the words of its screens
  test.concurrent.each([
    ['compact',  'zh', ['已签到',   '门店编号', '请刷卡', '请输入密码', '交易成功']],
    ['standard', 'en', ['signed on', 'Store',   'Swipe',  'Enter PIN',  'APPROVED']],
  ])('a sale 消费 on the %s device in %s, with a card by its number → approved, with its slip', async (device, locale, words) => {
    const [ready = '', store = '', card = '', pin = '', approved = ''] = words
    const at = join(folder, device)
    const terminal = inTerminal(['--device', device, '--locale', locale, '--folder', at])
    await terminal.until(ready)
    await terminal.type('1', store)
    await terminal.type('0012\r', '0.00')
    await terminal.type('1200\r', card)
    await terminal.type('c', `1 bank ${PIN}`)
    await terminal.type('1\r', pin)
    await terminal.type(`${PIN}\r`, approved, '┄┄┄')
    await terminal.type('q')
    expect(await terminal.ended).toBe(0)
    // biome-ignore format: one row
    expect(readdirSync(at).sort()).toEqual(
      ['cards.txt', 'clock', 'device.json', 'device.key', 'flash.bin', 'host.db', 'host.db.lock', 'host.db.secret', 'keys.sealed', 'program.bc', 'programs.bin'])
    for (const name of ['cards.txt', 'device.key', 'flash.bin', 'host.db', 'host.db.secret'])
      expect(statSync(join(at, name)).mode & 0o777, name).toBe(OWNER_ONLY)
  })

  test('a folder that no system can make → one line, exit code 1', async () => {
    const terminal = inTerminal(['--folder', '/proc/1/x'])
    await terminal.until('device: the folder cannot be made: /proc/1/x: ')
    expect(await terminal.ended).toBe(1)
  })

  test('a folder that is kept → its host keeps its books there: the next start sells on in the same batch, and both count the same', async () => {
    const at = join(folder, 'kept')
    const words = ['--locale', 'en', '--folder', at]
    const sell = async (terminal: ReturnType<typeof inTerminal>): Promise<void> => {
      await terminal.type('1', 'Store')
      await terminal.type('0012\r', '0.00')
      await terminal.type('1200\r', 'Swipe')
      await terminal.type('c', `1 bank ${PIN}`)
      await terminal.type('1\r', 'Enter PIN')
      await terminal.type(`${PIN}\r`, 'APPROVED', '┄┄┄')
    }
    const first = inTerminal(words)
    await first.until('signed on')
    const other = inTerminal(words)
    await other.until(`${at} is in use by another terminal (process `)
    expect(await other.ended).toBe(1)
    await sell(first)
    await first.type('q')
    await first.ended
    const second = inTerminal(words)
    await second.until('Print it now?')
    await second.type('\u001b', '1 Sale')
    await sell(second)
    await second.type('\r', '1 Sale')
    await second.type('9', 'Debit 2', '24.00')
    await second.type('\r', 'Settled')
    await second.type('q')
    expect(await second.ended).toBe(0)
  })

  test('without a terminal → one sentence, exit code 1, and no folder', () => {
    const at = join(folder, 'none')
    const { status, stderr } = spawnSync(process.execPath, [SHUAKA, 'device', '--folder', at], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('device: this is no console; shuaka-device --pipe takes words (docs/device.md).\n')
    expect([status, existsSync(at)]).toEqual([1, false])
  })
})
