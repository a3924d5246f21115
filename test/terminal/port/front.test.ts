import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeGrid } from '../../../emulator/device/grid.ts'
import { KEYS } from '../../../terminal/device/keypad.ts'
import { characterCells, isUndrawable } from '../../../terminal/screen/width.ts'
import {
  buildGuestDevice,
  type GuestDevice,
  missingTools,
  removeFolder,
  runGuest,
  textOf,
} from './guest-device.ts'

const missing = missingTools()
describe.skipIf(missing !== '')(`显示屏, 键盘 and the fronts of the native port ${missing}`, () => {
  let binary = ''
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-front-'))
  const folders: string[] = [folder]
  beforeAll(() => {
    binary = buildGuestDevice()
  })
  afterAll(() => {
    removeFolder(binary.replace(/\/[^/]*$/, ''))
    for (const each of folders) removeFolder(each)
  })
  function run(guest: string, model: 'standard' | 'compact' = 'standard'): GuestDevice {
    const device = runGuest({ binary, guest, model })
    folders.push(device.folder)
    return device
  }
  async function quit(device: GuestDevice): Promise<void> {
    device.say('quit')
    expect(await device.ended).toBe(0)
  }

  test('width: of every character of Unicode, cells and blanks are those of width.ts', () => {
    const cells = join(folder, 'cells')
    const [port, build] = [resolve('terminal/port'), resolve('build/native/x86-64')]
    const flags = ['-std=c11', '-I', join(port, 'posix'), '-I', port, '-isystem', join(port, 'quickjs')]
    const objects = ['display.o', 'charset.o'].map((name) => join(build, name))
    const source = resolve('test/terminal/port/cells.c')
    execFileSync('gcc', [
      ...flags,
      '-Wl,--unresolved-symbols=ignore-all',
      '-no-pie',
      '-o',
      cells,
      source,
      ...objects,
    ])
    const given = execFileSync(cells, { maxBuffer: 2_000_000 }).toString()
    const expected = Array.from({ length: 0x110000 }, (_, point) => {
      const character = String.fromCodePoint(point)
      return isUndrawable(character) ? 0 : characterCells(character)
    }).join('')
    expect(given === expected).toBe(true)
  })

  for (const model of ['standard', 'compact'] as const) {
    test(`${model}: pictures of 300 random drawings are the emulator's, in text, runs and order`, async () => {
      const [columns, rows] = model === 'standard' ? [24, 10] : [16, 4]
      const draws = randomDraws(300, columns, rows)
      const device = run(
        `for (const screen of ${JSON.stringify(draws)}) {
          for (const draw of screen) if (draw.length === 0) display.clear(); else display.draw(...draw)
          await clock.sleep(0)
        }
        display.icons({ signedOn: true, owed: false, paperOut: true })
        await clock.sleep(0)
        show('end')`,
        model,
      )
      await device.next(({ word, json }) => word === 'screen' && textOf(json) === '"end"')
      await quit(device)
      const grid = makeGrid(columns, rows)
      const noIcons = { signedOn: false, owed: false, paperOut: false }
      const rest = { quality: 4, secure: false, lit: true }
      const expected = draws.map((screen) => {
        for (const [row, column, text, style] of screen)
          if (row === undefined) grid.clear()
          else grid.draw(row, column ?? 0, text ?? '', style ?? 'normal')
        return { columns, rows: grid.picture(), icons: noIcons, ...rest }
      })
      const pictures = device.words.filter(({ word }) => word === 'screen').map(({ json }) => json)
      expect(pictures.slice(0, 300)).toEqual(expected)
      expect(pictures[300]).toMatchObject({ icons: { signedOn: true, owed: false, paperOut: true } })
      expect(Object.keys(pictures[0] as object)).toEqual([
        'columns',
        'rows',
        'icons',
        'quality',
        'secure',
        'lit',
      ])
    })
  }

  test('the picture is shown when the application waits, and only when something has changed', async () => {
    const device = run(`
      display.draw(0, 0, 'a', 'normal'); display.draw(0, 1, 'b', 'normal')
      await clock.sleep(1); await clock.sleep(1); await clock.sleep(1)
      display.clear()
      await clock.sleep(1)
      show('end')`)
    await device.next(({ word, json }) => word === 'screen' && textOf(json) === '"end"')
    await quit(device)
    expect(device.words.filter(({ word }) => word === 'screen').map(({ json }) => textOf(json))).toEqual([
      'ab',
      '',
      '"end"',
    ])
  })

  test('the cable shows in the picture, pulled and back', async () => {
    const device = run(`show('up')`)
    await device.shown()
    const quality = async (): Promise<unknown> =>
      ((await device.next(({ word }) => word === 'screen')).json as { quality: number }).quality
    device.say('cable', '0')
    expect(await quality()).toBe(0)
    device.say('cable', '1')
    expect(await quality()).toBe(4)
    await quit(device)
  })

  test('keys: each of the contract, 32 are kept while nobody waits, and flush forgets them', async () => {
    const device = run(`
      await clock.sleep(1)
      const all = []
      while (all.length < ${KEYS.length}) all.push((await keypad.next(600000)).key)
      show(all.join() === ${JSON.stringify(KEYS.join())})
      await reader.wait(600000)
      let count = 0
      while ((await keypad.next(0)).kind === 'key') count++
      show([count])
      await reader.wait(600000)
      keypad.flush()
      const first = keypad.next(600000)
      const second = await keypad.next(600000)
      keypad.cancel()
      keypad.cancel()
      show([await keypad.next(5), second, await first])`)
    for (const key of KEYS) device.say('key', key)
    expect(await device.shown()).toBe(true)
    for (let at = 0; at < 40; at++) device.say('key', 'f1')
    device.say('swipe-bad')
    expect(await device.shown()).toEqual([32])
    for (let at = 0; at < 3; at++) device.say('key', 'f2')
    device.say('swipe-bad')
    expect(await device.shown()).toEqual([{ kind: 'timeout' }, { kind: 'busy' }, { kind: 'cancelled' }])
    await quit(device)
    expect(device.words.filter(({ word }) => word === 'beep')).toHaveLength(KEYS.length + 43)
  })

  test('a word that nobody knows, or not in its form: one line each, without what it said, and the run goes on', async () => {
    const device = run(`for (;;) show([await keypad.next(600000), clock.monotonicMs()])`)
    const wrong: readonly (readonly string[])[] = [
      ...[
        [''],
        ['key'],
        ['key', '6225880000000000'],
        ['key', '1', '2'],
        ['keys', '1'],
        ['KEY', '1'],
        ['key 1'],
      ],
      ...[
        ['swipe', ';6225=1?'],
        ['swipe', '', '', '', ''],
        ['swipe-bad', ''],
        ['paper'],
        ['paper', 'up'],
        ['paper', 'out'],
      ],
      ...[
        ['paper', 'out', '-1'],
        ['paper', 'out', '1e3'],
        ['paper', 'out', '99999999999999999999'],
        ['paper', 'out', '1000001'],
      ],
      ...[
        ['paper', 'in', '1'],
        ['cable', '2'],
        ['cable', ''],
        ['cable'],
        ['quit', 'now'],
        ['tamper', '1'],
        ['\t\t\t\t\t\t'],
      ],
      ...[
        ['\u0000key', '1'],
        ['key', '\u001b[2J'],
        ['x'.repeat(8_191)],
        ['x'.repeat(8_192)],
        [`key\t1${'\t'.repeat(9_000)}`],
        ['y'.repeat(50_000)],
      ],
    ]
    for (const fields of wrong) device.say(...fields)
    device.say('key', '1')
    expect(((await device.shown()) as unknown[])[0]).toEqual({ kind: 'key', key: '1' })
    await quit(device)
    const complaints = device.complaints().trimEnd().split('\n')
    expect(new Set(complaints)).toEqual(
      new Set(['shuaka-device: a word that nobody knows, or not in its form']),
    )
    expect(complaints).toHaveLength(wrong.length)
  })

  test('the last line without its end is no word; the end of the words is the end of the run, exit 0', async () => {
    const device = run(`show(1)`)
    await device.shown()
    device.process.stdin.end('key\t1')
    expect(await device.ended).toBe(0)
    expect(device.words.some(({ word }) => word === 'beep')).toBe(false)
  })

  test('nobody reads its words any more → one line, exit 0', async () => {
    const device = run(`for (;;) { display.draw(0, 0, 'x', 'normal'); await clock.sleep(1) }`)
    await device.next(({ word }) => word === 'screen')
    device.process.stdout.destroy()
    expect(await device.ended).toBe(0)
    expect(device.complaints()).toBe('shuaka-device: the front was closed\n')
  })

  test('why it stopped is a JSON string, whatever the program threw', async () => {
    const device = run(String.raw`throw new Error('"\\ \u0007 \ud800 中 </x>\n2')`)
    const { json } = await device.next(({ word }) => word === 'stopped')
    expect((json as { why: string }).why).toContain('中 </x>')
    expect((json as { count: number }).count).toBe(1)
    await quit(device)
  })
})

type Draw = [row?: number, column?: number, text?: string, style?: 'normal' | 'inverse' | 'large']

/** Drawings of all kinds, the same every time; an empty one clears. */
function randomDraws(count: number, columns: number, rows: number): Draw[][] {
  let seed = 42
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const characters = [
    'a',
    'Z',
    '9',
    ' ',
    '中',
    '文',
    '￥',
    '。',
    '°',
    '😀',
    '\u0000',
    '\u001b',
    '\ud800',
    '\udc00',
    '\u202e',
    '"',
    '\\',
    'é',
  ]
  const styles = ['normal', 'inverse', 'large'] as const
  const text = (): string =>
    Array.from({ length: random(columns + 6) }, () => characters[random(characters.length)] ?? '').join('')
  const draw = (): Draw => {
    if (random(12) === 0) return []
    const row = random(20) === 0 ? 0.5 : random(rows + 2) - 1
    return [row, random(columns + 2) - 1, text(), styles[random(3)] ?? 'normal']
  }
  return Array.from({ length: count }, () => Array.from({ length: 1 + random(5) }, draw))
}
