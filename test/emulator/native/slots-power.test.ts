import { expect, test } from 'vitest'
import { beginning, describeSlots, makeNative, replace, shown, takeOver } from '../../rig/native-hand.ts'
import {
  type Images,
  left,
  makeWasmTerminal,
  type NativeSlotTerminal,
  type SlotTerminal,
} from '../../rig/native-slots.ts'

/** The power goes inside each operation of the program chip, half of its bytes done, and once more in what follows. */
const CUT = 99
/** More than any of these stories has. */
const OPERATIONS_MAX = 100
const budget = Number(process.env.SHUAKA_BUDGET ?? 1)
/** Second cuts after a first one: at one operation here, with SHUAKA_BUDGET=4 at four. */
const SECOND_MAX = budget

interface Story {
  /** Up to where cuts begin. */
  before(terminal: SlotTerminal): Promise<void>
  /** From any start on, whatever the boot record says. */
  play(terminal: SlotTerminal): Promise<void>
  /** How it may stand at the end. */
  readonly ends: readonly string[]
}

const A = 'active a, before factory'
/** Goes on until nothing is on trial: `key` is what a program on trial does. */
async function untilSettled(terminal: SlotTerminal, key: '3' | '4' | '7'): Promise<void> {
  for (let look = 0; look < 8; look++) {
    const isDark = () => terminal.machine.state === 'off'
    await terminal.time.runUntil(() => isDark() || /^[FAB] in/.test(terminal.screen()), 100_000)
    if (isDark() || !terminal.screen().includes('on trial') || !/next b/.test(terminal.screen())) return
    await terminal.press(key)
    if (key === '4' && !isDark()) await terminal.press('8')
    if (!isDark()) await terminal.time.advance(3_000)
  }
  expect.fail(`no end:\n${terminal.screen()}`)
}

const stories: { readonly [name: string]: Story } = {
  'tried and confirmed': {
    before: (unit) => takeOver(unit, 'a').then(() => unit.press('2')),
    play: (unit) => untilSettled(unit, '3'),
    ends: ['active b, before a, next none, last confirmed 0'],
  },
  'tried three times and given up': {
    before: (unit) => takeOver(unit, 'a').then(() => unit.press('2')),
    play: (unit) => untilSettled(unit, '7'),
    ends: [`${A}, next none, last reverted 17`],
  },
  'given up by itself': {
    before: (unit) => takeOver(unit, 'a').then(() => replace(unit, 'b')),
    play: (unit) => untilSettled(unit, '4'),
    // A cut in each of its three tries is a try as well.
    ends: [`${A}, next none, last reverted 40`, `${A}, next none, last reverted 17`],
  },
}

describeSlots('the power goes inside an operation of the program chip', () => {
  test.each(Object.keys(stories))(
    'a program is %s → the same end, and never a program that is not the record’s',
    async (name) => {
      const story = stories[name]
      if (story === undefined) return expect.fail()
      const ready = await makeNative(beginning())
      await ready.on()
      await story.before(ready)
      await ready.off()
      const from = { ...beginning(), images: ready.images() }
      await ready.close()
      let runs = 0
      for (let first = 0; first < OPERATIONS_MAX; first++) {
        let wasCut = false
        for (let second = 0; second <= SECOND_MAX && (second === 0 || wasCut); second++) {
          const unit = await makeNative(from)
          wasCut = await cutTwice(unit, story, first, second === 0 ? undefined : (first * 5 + second * 3) % 8)
          expect(story.ends, `cut at ${first}, ${second}`).toContain(shown(unit)[1])
          expect(shown(unit)[0], `cut at ${first}, ${second}`).toMatch(/^([AB]) in \w( on trial)?$/)
          await unit.close()
          if (wasCut) runs++
        }
        if (!wasCut) break
      }
      expect(runs).toBeGreaterThan(8)
      expect(runs).toBeLessThan(OPERATIONS_MAX)
    },
    300_000,
  )

  test('what a cut has left → the same choice, screens and chip on WebAssembly as native', async () => {
    const ready = await makeNative(beginning())
    await ready.on()
    await takeOver(ready, 'a')
    await ready.press('2')
    await ready.off()
    const from = { ...beginning(), images: ready.images() }
    await ready.close()
    for (let operation = 0; operation < 8; operation++) {
      const images = await imagesAfter(from, operation)
      const own = await makeNative({ ...from, images })
      const wasm = await makeWasmTerminal({ ...from, images })
      for (const each of [own, wasm]) {
        await each.on()
        await untilSettled(each, '3')
      }
      expect(left(own), `cut at ${operation}`).toEqual(left(wasm))
      await own.close()
    }
  }, 120_000)
})

/** Plays it with one cut, or with a second one after that. False: it ended before the first. */
async function cutTwice(
  unit: NativeSlotTerminal,
  story: Story,
  first: number,
  second: number | undefined,
): Promise<boolean> {
  unit.native.word(`cut\t1\t${first}`)
  await unit.on()
  if (unit.machine.state !== 'off') await story.play(unit)
  for (let cuts = 0; unit.machine.state === 'off'; cuts++) {
    expect(cuts).toBeLessThan(3)
    expect(unit.ends.at(-1)?.status).toBe(CUT)
    if (cuts === 0 && second !== undefined) unit.native.word(`cut\t1\t${second}`)
    await unit.on()
    if (unit.machine.state !== 'off') await story.play(unit)
  }
  return unit.ends.length > 0
}

async function imagesAfter(from: ReturnType<typeof beginning>, operation: number): Promise<Images> {
  const unit = await makeNative(from)
  unit.native.word(`cut\t1\t${operation}`)
  await unit.on()
  await untilSettled(unit, '3')
  expect(unit.ends.at(-1)?.status).toBe(CUT)
  const images = unit.images()
  await unit.close()
  return images
}
