import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildGuestDevice, type GuestDevice, missingTools, removeFolder, runGuest } from './guest-device.ts'

const missing = missingTools()
describe.skipIf(missing !== '')(`读卡器 of the native port ${missing}`, () => {
  let binary = ''
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-reader-'))
  const folders: string[] = [folder]
  const fifo = join(folder, 'head')
  beforeAll(() => {
    binary = buildGuestDevice()
    execFileSync('mkfifo', [fifo])
  })
  afterAll(() => {
    removeFolder(binary.replace(/\/[^/]*$/, ''))
    for (const each of folders) removeFolder(each)
  })
  /** Shows `ready`, waits for a card, shows what came (only how long its tracks are, where they are long), for ever. */
  function run(options: { reader?: string } = {}): GuestDevice {
    const guest = `
      let turn = 0
      for (;;) {
        show('ready' + turn++)
        const card = await reader.wait(600000)
        for (const name of ['track1', 'track2', 'track3']) if (card[name] && card[name].length > 30) card[name] = card[name].length
        show(card)
        await keypad.next(600000)
      }`
    const device = runGuest({ binary, guest, ...options })
    folders.push(device.folder)
    return device
  }
  async function cardOf(device: GuestDevice, swipe: () => void): Promise<unknown> {
    expect(await device.shown()).toMatch(/^ready/)
    swipe()
    const card = await device.shown()
    device.say('key', '1')
    return card
  }
  async function quit(device: GuestDevice): Promise<void> {
    device.say('quit')
    expect(await device.ended).toBe(0)
  }

  const unreadable = { kind: 'unreadable' }
  test('words: tracks as they are, blanks left out, one more character than a track holds is unreadable', async () => {
    const device = run()
    const swipe = (...tracks: readonly string[]) => cardOf(device, () => device.say('swipe', ...tracks))
    expect(await swipe('%B1?', ';2?', '+3?')).toEqual({
      kind: 'stripe',
      track1: '%B1?',
      track2: ';2?',
      track3: '+3?',
    })
    expect(await swipe('', ';2=5?', '')).toEqual({ kind: 'stripe', track2: ';2=5?' })
    expect(await swipe('中', '', '')).toEqual({ kind: 'stripe', track1: '中' })
    expect(await swipe('', '', '')).toEqual(unreadable)
    for (const [at, most] of [79, 40, 107].entries()) {
      const tracks = (length: number): string[] =>
        ['', '', ''].map((_, track) => (track === at ? '1'.repeat(length) : ''))
      expect(await swipe(...tracks(most))).toEqual({ kind: 'stripe', [`track${at + 1}`]: most })
      expect(await swipe(...tracks(most + 1))).toEqual(unreadable)
      expect(await swipe(...tracks(most + 1).map((text) => text || '2'))).toEqual(unreadable)
    }
    expect(await swipe('😀'.repeat(39), '', '')).toEqual({ kind: 'stripe', track1: 78 })
    expect(await swipe('😀'.repeat(40), '', '')).toEqual(unreadable)
    expect(await cardOf(device, () => device.say('swipe-bad'))).toEqual(unreadable)
    await quit(device)
  })

  test('a swipe while nobody waits is lost', async () => {
    const device = runGuest({
      binary,
      guest: `await keypad.next(600000); show(await reader.wait(0)); show([await reader.wait(50)])`,
    })
    folders.push(device.folder)
    device.say('swipe', '', ';1?', '')
    device.say('swipe-bad')
    device.say('key', '1')
    expect(await device.shown()).toEqual({ kind: 'timeout' })
    expect(await device.shown()).toEqual([{ kind: 'timeout' }])
    await quit(device)
  })

  test('a second wait is busy, cancel ends the first, and cancel with none pending does nothing', async () => {
    const device = runGuest({
      binary,
      guest: `reader.cancel(); const first = reader.wait(600000); const second = await reader.wait(5); reader.cancel(); show([second, await first])`,
    })
    folders.push(device.folder)
    expect(await device.shown()).toEqual([{ kind: 'busy' }, { kind: 'cancelled' }])
    await quit(device)
  })

  // biome-ignore format: one row a line of the head
  const lines: readonly [line: string, card: unknown][] = [
    ['%B62^A/B?;62=2512?+99?\n',    { kind: 'stripe', track1: '%B62^A/B?', track2: ';62=2512?', track3: '+99?' }],
    [';62=2512?\r\n',               { kind: 'stripe', track2: ';62=2512?' }],
    ['+3?;2?\n',                    { kind: 'stripe', track2: ';2?', track3: '+3?' }],
    [`;${'1'.repeat(38)}?\n`,       { kind: 'stripe', track2: 40 }],
    [`;${'1'.repeat(39)}?\n`,       unreadable],
    ['\n\r\n;1?\n',                 { kind: 'stripe', track2: ';1?' }],
    [';62=2512?3\n',               { kind: 'stripe', track2: ';62=2512?3' }],
    [';62=2512??\r\n',              { kind: 'stripe', track2: ';62=2512??' }],
    ['%B62^A/B?Z;62=2512?;+99?0\n', { kind: 'stripe', track1: '%B62^A/B?Z', track2: ';62=2512?;', track3: '+99?0' }],
    ['%B62?;;2?\n',                 { kind: 'stripe', track1: '%B62?;', track2: ';2?' }],
    ['%B62?+;2?=+9?\n',             { kind: 'stripe', track1: '%B62?+', track2: ';2?=', track3: '+9?' }],
    ['%B62?%\n',                   { kind: 'stripe', track1: '%B62?%' }],
    [`;${'1'.repeat(37)}?=\n`,      { kind: 'stripe', track2: 40 }],
    [`;${'1'.repeat(38)}?=\n`,      unreadable],
    [';62=2512?12\n',              unreadable],
    [';62=2512?A\n',               unreadable],
    ['%B62?a\n',                   unreadable],
    ['62=2512\n',                   unreadable],
    [';62=2512\n',                  unreadable],
    [';1?;2?\n',                    unreadable],
    [';1? \n',                      unreadable],
    [';1\u0001?\n',                 unreadable],
    [';1\0?\n',                     unreadable],
    [';1?\0;\n',                    unreadable],
    [';中?\n',                      unreadable],
    ['?\n',                         unreadable],
    [`;${'1'.repeat(9_000)}?\n`,    unreadable],
    [`%${'1'.repeat(253)}?\n`,      unreadable],
    [`%${'1'.repeat(254)}?\n`,      unreadable],
    [`%1?;2?+3?${'x'.repeat(300)}\n`, unreadable],
  ]
  test('a FIFO: each line of the head is one swipe, with LRCs or without, whatever its writers do', async () => {
    const device = run({ reader: fifo })
    for (const [line, card] of lines)
      expect(
        await cardOf(device, () => writeFileSync(fifo, line)),
        JSON.stringify(line.slice(0, 40)),
      ).toEqual(card)
    expect(
      await cardOf(device, () => {
        writeFileSync(fifo, ';62=')
        writeFileSync(fifo, '2512?')
        writeFileSync(fifo, '\n')
      }),
      'in pieces of three writers',
    ).toEqual({ kind: 'stripe', track2: ';62=2512?' })
    expect(device.complaints()).toBe('')
    await quit(device)
  })

  test('a serial line gives its cards; gone: one line on standard error, no card, and the run goes on', async () => {
    const line = spawn('script', ['-qec', 'tty; exec sleep 60', '/dev/null'], { stdio: 'pipe' })
    const reader = await new Promise<string>((settle) => {
      line.stdout.setEncoding('utf8').on('data', (text: string) => {
        const path = /\/dev\/pts\/\d+/.exec(text)
        if (path !== null) settle(path[0])
      })
    })
    const device = run({ reader })
    expect(await cardOf(device, () => line.stdin.write(';1=1?\n'))).toEqual({
      kind: 'stripe',
      track2: ';1=1?',
    })
    line.kill('SIGKILL')
    await until(() => device.complaints() !== '')
    expect(await cardOf(device, () => device.say('swipe', '', ';2?', ''))).toEqual({
      kind: 'stripe',
      track2: ';2?',
    })
    await quit(device)
    expect(device.complaints()).toBe(
      `shuaka-device: reader: ${reader} is gone, no card is read from now on\n`,
    )
  })

  test('a reader that is not there: one line on standard error, and exit 5', async () => {
    const device = run({ reader: join(folder, 'none') })
    expect(await device.ended).toBe(5)
    expect(device.complaints()).toMatch(/^shuaka-device: reader: .*none: No such file or directory\n$/)
  })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((settle) => setTimeout(settle, 10))
}
