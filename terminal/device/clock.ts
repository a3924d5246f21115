/** 时钟: a wall clock that can be set, and a monotonic one that cannot. */
export interface Clock {
  /** Local wall time. May jump; never used for time-outs. Instant. */
  now(): WallTime
  /** Sets the wall clock (to the host's time at sign-on). Instant. */
  set(time: WallTime): void
  /** Milliseconds since some instant, never going back while powered. Instant. */
  monotonicMs(): number
  /** Resolves after `ms`, 0–600,000. Any number of sleepers. */
  sleep(ms: number): Promise<void>
}

/** year 1970–2099, month 1–12, day 1–31, hour 0–23, minute and second 0–59. */
export interface WallTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}
