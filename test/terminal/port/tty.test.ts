import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kill } from 'node:process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildGuestDevice, guestFolder, missingTools, removeFolder } from './guest-device.ts'
import { inMemory } from './memory.ts'

const missing = missingTools()
describe.skipIf(missing !== '')(`a person at a terminal of the native port ${missing}`, () => {
  let binary = ''
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-tty-'))
  const folders: string[] = [folder]
  beforeAll(() => {
    binary = buildGuestDevice()
  })
  afterAll(() => {
    removeFolder(binary.replace(/\/[^/]*$/, ''))
    for (const each of folders) removeFolder(each)
  })

  /** Starts the device in a terminal of its own, which says at the end how it was left. */
  function inTerminal(guest: string, words: readonly string[] = [], size = 'rows 24 cols 90') {
    const wallet = join(folder, 'wallet')
    writeFileSync(wallet, ';111=1?\n%B222^X?;222=2? bank 123456\n')
    const at = guestFolder({ guest, reader: wallet })
    folders.push(at)
    const device = `${binary} --folder ${at} --program ${at}/guest.js ${words.join(' ')}`
    const command = `stty ${size}; sh -c 'echo pid $$.; exec ${device}'; echo status $?; stty -a`
    const process = spawn('script', ['-qec', command, '/dev/null'], { stdio: 'pipe' })
    let output = ''
    let told = (): void => undefined
    process.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      told()
    })
    const ended = new Promise<void>((settle) => process.on('close', () => settle()))
    return {
      type: (keys: string) => void process.stdin.write(keys),
      async until(text: string): Promise<void> {
        while (!output.includes(text))
          await new Promise<void>((settle) => {
            told = settle
          })
      },
      ended: () => ended.then(() => output),
      pid: () => Number(/pid (\d+)\./.exec(output)?.[1]),
      signal(name: NodeJS.Signals) {
        kill(this.pid(), name)
      },
    }
  }
  const LEFT = '\u001b[?7h\u001b[?25h\u001b[?1049l'
  function expectLeft(output: string): void {
    const after = output.slice(output.indexOf(LEFT) + LEFT.length)
    expect(output).toContain(LEFT)
    expect(after).toContain('status 0')
    for (const mode of ['icanon', 'isig', 'echo', 'icrnl', 'opost'])
      expect(after).toMatch(new RegExp(`[^-]\\b${mode}\\b`))
  }
  const ECHO = `const all = []; show('?'); for (;;) { all.push((await keypad.next(600000)).key); show(all.slice(-3)) }`

  test('keys as in the console, frame, status and help; q ends it and gives the terminal back', async () => {
    const device = inTerminal(`display.icons({ signedOn: true, owed: true, paperOut: false }); ${ECHO}`)
    await device.until('已签到')
    for (const text of ['┌────────────────────────┐', '待冲正', '▂▄▆█', 'c 刷卡']) await device.until(text)
    for (const [keys, last] of [
      ['123', '"1","2","3"'],
      ['\r\u007fm', '"enter","clear","menu"'],
      ['*.\u001b', '"00","00","cancel"'],
      ['\u001b[A\u001b[B\u001bOP', '"up","down","f1"'],
      ['\u001bOQ\u001b[13~\u001b[[D', '"f2","f3","f4"'],
      ['\u001b[C\u001b[1;5D?x79', '"f4","7","9"'],
    ]) {
      device.type(keys ?? '')
      await device.until((last ?? '').replaceAll(/./g, '\u001b[0m$&\u001b[0m'))
    }
    device.type('q')
    expectLeft(await device.ended())
  })

  test('c and tracks, c and a place in the wallet, or a reader that types: each swipes a card; paper is shown', async () => {
    const device = inTerminal(`
      for (;;) {
        show('card?')
        const card = await reader.wait(600000)
        await printer.print([{ text: (card.track2 || card.kind) + '', align: 'centre', size: 'large' }])
      }`)
    await device.until('c 刷卡')
    for (const [keys, shown] of [
      ['c;123=4?\r', ';123=4?'],
      ['c2\r', ';222=2?'],
      [';99=9?\r', ';99=9?'],
      ['c;77\u007f\u007f88?\r', ';88?'],
      ['c7\r', 'unreadable'],
    ]) {
      device.type(keys ?? '')
      await device.until(`\u001b[0;1m${shown}`)
    }
    device.type('c')
    await device.until('\u001b[0m1  2 bank 123456')
    device.type(';5\u001b')
    device.type('\u0003')
    expectLeft(await device.ended())
  })

  test('in English, with the cable pulled; what a program prints cannot steer the terminal', async () => {
    const device = inTerminal(
      `await printer.print([{ text: 'a\\u001b[2Jb\\u009bc', align: 'left', size: 'normal' }]); for (;;) await keypad.next(600000)`,
      ['--locale', 'en'],
    )
    await device.until('c swipe')
    await device.until('a [2Jb c')
    device.type('l')
    await device.until('cable pulled')
    device.type('q')
    expectLeft(await device.ended())
  })

  test.each(['rows 0 cols 0', 'rows 24 cols 0', 'rows 0 cols 80'])(
    'a terminal that says its size is %s, as a serial console does → it is drawn as one of 24 × 80',
    async (size) => {
      const device = inTerminal(`show('?'); for (;;) await keypad.next(600000)`, [], size)
      for (const text of ['┌────────────────────────┐', '\u001b[24;1H', '0-9 数字', 'c 刷卡'])
        await device.until(text)
      device.type('q')
      expectLeft(await device.ended())
    },
  )

  test('of what was typed nothing is in memory: no digits that came at once', async () => {
    const device = inTerminal(ECHO)
    await device.until('c 刷卡')
    device.type('938271605498'.repeat(20))
    await new Promise((settle) => setTimeout(settle, 300))
    for (const heard of ['93827160', '05498938']) expect(inMemory(device.pid(), heard), heard).toBe(false)
    device.type('q')
    expectLeft(await device.ended())
  })

  test('why it stopped is shown, and cannot steer the terminal either', async () => {
    const device = inTerminal(`throw new Error('one\\u009b2Jtwo')`)
    await device.until('one 2Jtwo')
    device.type('q')
    expectLeft(await device.ended())
  })

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    test(`${signal} ends it and gives the terminal back`, async () => {
      const device = inTerminal(`show(1); for (;;) await keypad.next(600000)`)
      await device.until('c 刷卡')
      device.signal(signal)
      expectLeft(await device.ended())
    })
  }

  test('no terminal and no --pipe: one line, exit 2', async () => {
    const at = guestFolder({ guest: '' })
    folders.push(at)
    const process = spawn(binary, ['--folder', at, '--program', join(at, 'guest.js')], { stdio: 'pipe' })
    let complaint = ''
    process.stderr.on('data', (bytes: Buffer) => {
      complaint += bytes.toString()
    })
    const status = await new Promise((settle) => process.on('close', settle))
    expect([status, complaint]).toEqual([2, 'shuaka-device: no terminal here; --pipe runs without one\n'])
  })
})
