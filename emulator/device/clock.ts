import type { Clock, WallTime } from '../../terminal/device/clock.ts'
import type { Body } from './body.ts'
import { type Bus, checkTimeout } from './bus.ts'
import type { Scheduler } from './ports.ts'

/** The clocks. The wall clock runs on a battery, so what it was set to outlives the power; the other starts at 0. */
export function makeClock(bus: Bus, body: Body): Clock {
  const { scheduler } = bus
  const startMs = scheduler.monotonicMs()
  return {
    now: () => wallTime(scheduler.wallMs() + body.clockOffsetMs),
    set(time) {
      body.clockOffsetMs = wallMs(time) - scheduler.wallMs()
    },
    monotonicMs: () => scheduler.monotonicMs() - startMs,
    sleep(ms) {
      bus.show()
      checkTimeout(ms)
      return new Promise((resolve) => {
        bus.after(ms, resolve)
      })
    },
  }
}

/** The date of the device's wall clock as YYYYMMDD, for what ends on a day. */
export function dateOf(scheduler: Scheduler, body: Body): number {
  const { year, month, day } = wallTime(scheduler.wallMs() + body.clockOffsetMs)
  return year * 10_000 + month * 100 + day
}

/** `Date` only computes here; what time it is comes from the scheduler. */
function wallTime(ms: number): WallTime {
  const date = new Date(ms)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  }
}

/**
 * Throws RangeError for a part outside the contract's range. A day that its month does not have counts on into the
 * next month, as the registers of a clock chip do.
 */
function wallMs({ year, month, day, hour, minute, second }: WallTime): number {
  // biome-ignore format: one row a part
  const parts = [
    [year, 1970, 2099], [month, 1, 12], [day, 1, 31],
    [hour, 0, 23], [minute, 0, 59], [second, 0, 59],
  ] as const
  for (const [part, first, last] of parts) {
    if (!Number.isInteger(part) || part < first || part > last) throw new RangeError('clock: no such time')
  }
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
