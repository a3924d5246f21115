import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeClock } from '../../../emulator/device/clock.ts'
import type { WallTime } from '../../../terminal/device/clock.ts'
import { buildGuestDevice, missingTools, removeFolder, runGuest, textOf } from './guest-device.ts'

const missing = missingTools()
describe.skipIf(missing !== '')(`时钟 of the native port ${missing}`, () => {
  let binary = ''
  const folders: string[] = []
  beforeAll(() => {
    binary = buildGuestDevice()
  })
  afterAll(() => {
    removeFolder(binary.replace(/\/[^/]*$/, ''))
    for (const folder of folders) removeFolder(folder)
  })
  async function told(guest: string, folder?: string) {
    const device = runGuest({ binary, guest, ...(folder === undefined ? {} : { folder }) })
    folders.push(device.folder)
    const value = await device.shown()
    device.say('quit')
    await device.ended
    return { value, folder: device.folder, complaints: device.complaints() }
  }

  test('what it is set to is what it says, also the ends of the range and days that their month does not have', async () => {
    const times: WallTime[] = [
      ...[1970, 1999, 2000, 2024, 2026, 2038, 2099].flatMap((year) =>
        [1, 2, 3, 12].flatMap((month) => [1, 28, 29, 30, 31].map((day) => ({ year, month, day }))),
      ),
    ].map((date, at) => ({ ...date, hour: at % 24, minute: at % 60, second: 0 }))
    const clock = makeClock(
      { scheduler: { monotonicMs: () => 0, wallMs: () => 0, after: () => () => undefined } } as never,
      { clockOffsetMs: 0 } as never,
    )
    const expected = times.map((time) => {
      clock.set(time)
      const { year, month, day, hour, minute } = clock.now()
      return [year, month, day, hour, minute].join()
    })
    const { value } = await told(`
      let hash = 0
      const times = ${JSON.stringify(times)}
      const expected = ${JSON.stringify(expected)}
      const wrong = times.filter((time, at) => {
        clock.set(time)
        const { year, month, day, hour, minute } = clock.now()
        return [year, month, day, hour, minute].join() !== expected[at]
      })
      show([times.length, wrong.slice(0, 2)])`)
    expect(value).toEqual([140, []])
  })

  test('a time that there is not ends the run, and the file of the folder stays as it was', async () => {
    const first = await told(
      `clock.set({ year: 2031, month: 2, day: 3, hour: 4, minute: 5, second: 6 }); show(1)`,
    )
    const kept = readFileSync(join(first.folder, 'clock'), 'utf8')
    for (const time of [
      '{ ...t, month: 13 }',
      '{ ...t, second: 1.5 }',
      '{ ...t, year: 2100 }',
      '{ ...t, day: undefined }',
    ]) {
      const device = runGuest({
        ...{ binary, folder: first.folder },
        guest: `const t = clock.now(); clock.set(${time})`,
      })
      const { json } = await device.next(({ word }) => word === 'stopped')
      expect((json as { why: string }).why).toMatch(/^device\.clock\.set: RangeError: clock: no such time/)
      device.say('quit')
      await device.ended
    }
    expect(readFileSync(join(first.folder, 'clock'), 'utf8')).toBe(kept)
  })

  test('what it was set to outlives the process', async () => {
    const { folder } = await told(
      `clock.set({ year: 2041, month: 12, day: 31, hour: 12, minute: 0, second: 0 }); show(1)`,
    )
    const { value } = await told(`show([clock.now().year, clock.now().month, clock.now().day])`, folder)
    expect(value).toEqual([2041, 12, 31])
  })

  const YEAR_MS = 366 * 86_400_000
  test.each([
    ['garbage', '\u0000garbage'],
    ['nothing', ''],
    ['a number, and more', '12 o'],
    ['beyond 2099', `${150 * YEAR_MS}\n`],
    ['before 1970', `${-150 * YEAR_MS}\n`],
    ['more than 64 bits', '99999999999999999999\n'],
  ])('a file that holds %s → never set, with one line', async (_, text) => {
    const guest = 'show([clock.now().year, clock.now().year])'
    const { folder } = await told(guest)
    writeFileSync(join(folder, 'clock'), text)
    const { value, complaints } = await told(guest, folder)
    expect(value).toEqual([new Date().getFullYear(), new Date().getFullYear()])
    expect(complaints).toBe(
      `shuaka-device: ${join(folder, 'clock')}: holds no time that a clock can show: the machine's own counts\n`,
    )
  })

  test('sleepers wake by their times, equal ones in the order in which they came, also after the clock was set', async () => {
    const { value } = await told(`
      const order = []
      const before = clock.monotonicMs()
      const one = async (ms, name) => { await clock.sleep(ms); order.push(name) }
      const all = [one(60, 'd'), one(20, 'a'), one(40, 'b'), one(40.5, 'c'), one(0, '0')]
      clock.set({ year: 1971, month: 1, day: 1, hour: 0, minute: 0, second: 0 })
      await Promise.all(all)
      show([order.join(''), clock.monotonicMs() - before >= 59, await clock.sleep(0) === undefined])`)
    expect(value).toEqual(['0abcd', true, true])
  })

  test('a sleep out of range, or of what is no number, ends the run, and no code of the program is called', async () => {
    const never = '{ valueOf() { show("run"); return 5 } }'
    for (const ms of [
      '-1',
      '600001',
      'NaN',
      'undefined',
      '{}',
      never,
      '5n',
      'Symbol()',
      '"a"',
      '"20"',
      'null',
      'true',
    ]) {
      const device = runGuest({ binary, guest: `await clock.sleep(${ms})` })
      folders.push(device.folder)
      const { json } = await device.next(({ word }) => word === 'stopped')
      expect((json as { why: string }).why).toMatch(/^device\.clock\.sleep: RangeError: time-out/)
      const texts = device.words
        .filter(({ word }) => word === 'screen')
        .map(({ json: shown }) => textOf(shown))
      expect(texts.some((text) => text.includes('run'))).toBe(false)
      device.say('quit')
      await device.ended
    }
  })
})
