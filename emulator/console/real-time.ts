import type { Scheduler } from '../device/ports.ts'

/** The time of this computer: for a person at the console and for a host outside this process. */
export function makeRealTime(): Scheduler {
  return {
    monotonicMs: () => performance.now(),
    wallMs: localWallMs,
    after(ms, then) {
      const timer = setTimeout(then, ms)
      return () => clearTimeout(timer)
    },
  }
}

/** Milliseconds since 1970 of the local wall clock: the zone of this computer is added. */
function localWallMs(): number {
  const now = new Date()
  return now.getTime() - now.getTimezoneOffset() * 60_000
}
