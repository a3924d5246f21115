import type { WallTime } from '../device/clock.ts'
import type { Pos } from '../pos.ts'

/** Setting: quarters of an hour that the terminal's clock is ahead of universal time and 56 more, one byte, as the last order showed. */
const SETTING_ZONE = 33
/** 北京时间, before any order came. */
const ZONE_QUARTERS = 32
/** Zones are whole quarters of an hour, up to 14 hours away. */
const QUARTER_SECONDS = 900
const QUARTERS_MAX = 56

/**
 * Unix seconds: by the newest order and the time since. Before one was heard, by the terminal's own clock: it only says when
 * something that is trusted already takes effect.
 */
export function timeNow(pos: Pos): number {
  const now = pos.update?.now() ?? 0
  const local = secondsOf(pos.device.clock.now())
  if (now > 0) {
    if (!pos.session.download.zoned) keepZone(pos, Math.round((local - now) / QUARTER_SECONDS))
    pos.session.download.zoned = true
    return now
  }
  const kept = pos.journal.setting(SETTING_ZONE)?.[0]
  return local - (kept === undefined ? ZONE_QUARTERS : kept - QUARTERS_MAX) * QUARTER_SECONDS
}

function keepZone(pos: Pos, quarters: number): void {
  if (Math.abs(quarters) > QUARTERS_MAX) return // a clock that was never set says nothing of where it is
  const byte = quarters + QUARTERS_MAX
  if (pos.journal.setting(SETTING_ZONE)?.[0] !== byte) pos.journal.set(SETTING_ZONE, Uint8Array.of(byte))
}

/** Minute of the terminal's day. */
export function minuteOfDay({ hour, minute }: WallTime): number {
  return hour * 60 + minute
}

/** Seconds since 1970 by a clock on the wall, as if it showed universal time. */
export function secondsOf({ year, month, day, hour, minute, second }: WallTime): number {
  // Days of the civil calendar (H. Hinnant, chrono-compatible low-level date algorithms): years begin in March.
  const y = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const days = y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
  return ((days * 24 + hour) * 60 + minute) * 60 + second
}
