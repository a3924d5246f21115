import type { WallTime } from '../clock.ts'
import { holds, same, type Vector, vector, watch, within } from './vector.ts'

const eve: WallTime = { year: 2026, month: 2, day: 28, hour: 23, minute: 59, second: 30 }

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
  vector('clock.sleep.zero', 'a sleep of 0 ms ends', async ({ device, rig }) => {
    await within(rig, 10, async () => {
      await device.clock.sleep(0)
      return 'awake'
    })
  }),
]
