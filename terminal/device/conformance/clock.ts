import type { WallTime } from '../clock.ts'
import { TEST_PAN, TEST_SLOT } from './keys.ts'
import { loadKeys } from './secure.ts'
import { holds, same, type Vector, vector, type Watch, watch, within } from './vector.ts'

const eve: WallTime = { year: 2026, month: 2, day: 28, hour: 23, minute: 59, second: 30 }

function at(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): WallTime {
  return { year, month, day, hour, minute, second }
}
/** Two seconds around an instant at which clocks are known to break. */
// biome-ignore format: one row a jump
const jumps: readonly (readonly [name: string, from: WallTime, to: WallTime])[] = [
  ['year-end',  at(2026, 12, 31, 23, 59, 59), at(2027, 1, 1, 0, 0, 1)],
  ['2038',      at(2038, 1, 19, 3, 14, 6),    at(2038, 1, 19, 3, 14, 8)],   // 2^31 seconds since 1970, UTC
  ['2038-east', at(2038, 1, 19, 11, 14, 6),   at(2038, 1, 19, 11, 14, 8)],  // the same in China
  ['1970',      at(1970, 1, 1, 0, 0, 0),      at(1970, 1, 1, 0, 0, 2)],
  ['2000-leap', at(2000, 2, 29, 23, 59, 59),  at(2000, 3, 1, 0, 0, 1)],
  ['2096-leap', at(2096, 2, 28, 23, 59, 59),  at(2096, 2, 29, 0, 0, 1)],
  ['midnight',  at(2026, 6, 15, 23, 59, 59),  at(2026, 6, 16, 0, 0, 1)],
  ['hour',      at(2026, 6, 15, 9, 59, 59),   at(2026, 6, 15, 10, 0, 1)],
]

// biome-ignore format: one vector a paragraph
export const clockVectors: readonly Vector[] = [
  vector('clock.set', 'the wall clock can be set, and reads what was set', async ({ device }) => {
    device.clock.set(eve)
    same(device.clock.now(), eve, 'now')
  }),
  vector('clock.runs', 'it goes on from there, over the end of a month', async ({ device, rig }) => {
    device.clock.set(eve)
    await rig.pass(31_000)
    same(device.clock.now(), { year: 2026, month: 3, day: 1, hour: 0, minute: 0, second: 1 }, 'now')
  }),
  vector('clock.leap', '2028 has a 29 February, 2026 has not', async ({ device, rig }) => {
    device.clock.set({ ...eve, year: 2028 })
    await rig.pass(31_000)
    same(device.clock.now(), { year: 2028, month: 2, day: 29, hour: 0, minute: 0, second: 1 }, 'now')
  }),
  vector('clock.range', '1970 and 2099 are inside the range', async ({ device }) => {
    for (const year of [1970, 2038, 2099]) {
      const time = { year, month: 12, day: 31, hour: 23, minute: 59, second: 0 }
      device.clock.set(time)
      same(device.clock.now(), time, `in ${year}`)
    }
  }),
  vector('clock.back', 'setting the wall clock back does not move the monotonic one', async ({ device, rig }) => {
    device.clock.set(eve)
    const before = device.clock.monotonicMs()
    device.clock.set({ ...eve, year: 2020 })
    await rig.pass(0)
    const after = device.clock.monotonicMs()
    holds(after >= before && after < before + 60_000, `monotonic went from ${before} to ${after}`)
  }),
  vector('clock.monotonic', 'the monotonic clock counts milliseconds and never goes back', async ({ device, rig }) => {
    const start = device.clock.monotonicMs()
    let last = start
    for (let step = 0; step < 10; step++) {
      await rig.pass(100)
      const now = device.clock.monotonicMs()
      holds(now >= last, `went from ${last} to ${now}`)
      last = now
    }
    holds(last - start >= 950 && last - start <= 1_500, `1,000 ms are ${last - start}`)
  }),
  vector('clock.timeouts', 'setting the wall clock ends no wait and delays none', async ({ device, rig }) => {
    device.clock.set(eve)
    const key = watch(() => device.keypad.next(1000))
    const nap = watch(async () => {
      await device.clock.sleep(1000)
      return { kind: 'awake' }
    })
    await rig.pass(500)
    device.clock.set({ ...eve, year: 2090 })
    await rig.pass(400)
    same([key.result, nap.result], [undefined, undefined], 'after 900 ms')
    device.clock.set({ ...eve, year: 1999 })
    await rig.pass(200)
    same([key.result, nap.result], [{ kind: 'timeout' }, { kind: 'awake' }], 'after 1,100 ms')
  }),
  ...jumps.map(([name, from, to]) =>
    vector(`clock.jump.${name}`, `the wall clock over ${name}`, async ({ device, rig }) => {
      device.clock.set(from)
      await rig.pass(2_000)
      same(device.clock.now(), to, 'now')
    })),
  ...(['forward', 'backward'] as const).map((way) =>
    vector(`clock.jump.${way}`, `a jump of the wall clock ${way} moves no deadline of any wait, and ends none`, async (port) => {
      const { device, rig } = port
      loadKeys(port, '004')
      same(await within(rig, 1000, () => device.link.open(1000)), { kind: 'open' }, 'open')
      device.clock.set(eve)
      const start = device.clock.monotonicMs()
      const waits: readonly Watch<unknown>[] = [
        watch(() => device.keypad.next(1000)), watch(() => device.reader.wait(1000)), watch(() => device.link.receive(1000)),
        watch(() => device.clock.sleep(1000).then(() => ({ kind: 'timeout' }))),
        watch(() => device.secure.enterPin({ slot: TEST_SLOT, pan: TEST_PAN, prompt: 'enter', locale: 'zh', bypass: false, timeoutMs: 1000 })),
      ]
      await rig.pass(500)
      device.clock.set({ ...eve, year: way === 'forward' ? 2099 : 1970 })
      await rig.pass(499)
      same(waits.map(({ result }) => result), waits.map(() => undefined), 'after 999 ms')
      await rig.pass(2)
      same(waits.map(({ result }) => result), waits.map(() => ({ kind: 'timeout' })), 'after 1,001 ms')
      const passed = device.clock.monotonicMs() - start
      holds(passed >= 1001 && passed < 2000, `1,001 ms are ${passed} of the monotonic clock`)
    })),
  vector('clock.jump.many', 'a clock that is set a hundred times in a row reads what was set last', async ({ device }) => {
    for (let minute = 0; minute < 100; minute++) device.clock.set({ ...eve, minute: minute % 60 })
    same(device.clock.now(), { ...eve, minute: 39 }, 'now')
  }),
  vector('clock.jump.short-month', 'a day that its month does not have counts on into the next month', async ({ device }) => {
    device.clock.set({ year: 2026, month: 2, day: 29, hour: 12, minute: 0, second: 0 })
    same(device.clock.now(), { year: 2026, month: 3, day: 1, hour: 12, minute: 0, second: 0 }, 'now')
  }),
  vector('clock.sleep.exact', 'a sleep of 1,000 ms ends at 1,000 ms of the monotonic clock', async ({ device, rig }) => {
    const start = device.clock.monotonicMs()
    let end = 0
    watch(async () => {
      await device.clock.sleep(1000)
      end = device.clock.monotonicMs()
    })
    await rig.pass(999)
    same(end, 0, 'after 999 ms')
    await rig.pass(101)
    holds(end - start >= 1000 && end - start <= 1100, `woke after ${end - start} ms`)
  }),
  vector('clock.sleep.zero', 'a sleep of 0 ms ends', async ({ device, rig }) => {
    await within(rig, 10, async () => {
      await device.clock.sleep(0)
      return 'awake'
    })
  }),
]
