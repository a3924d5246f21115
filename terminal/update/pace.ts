import { LEAF_BYTES } from './record.ts'

/** What is known of the line, kept from object to object. */
export interface Pace {
  windowBytes: number
  /** It was halved once, and grows by a block at a time since (RFC 5681, 3.1). */
  steady: boolean
  /** Smoothed round trip and its variation (RFC 6298, 2), and the time-out that follows from them. */
  roundTripMs: number
  variationMs: number
  timeoutMs: number
  request: number
}

const WINDOW_START = 16_384
const WINDOW_MAX = 65_536
export const TIMEOUT_MIN_MS = 1_000
export const TIMEOUT_MAX_MS = 60_000
const TIMEOUT_START_MS = 5_000

export function newPace(): Pace {
  return {
    windowBytes: WINDOW_START,
    steady: false,
    roundTripMs: 0,
    variationMs: 0,
    timeoutMs: TIMEOUT_START_MS,
    request: 0,
  }
}

/** A request came whole: the window grows, to `most` bytes. */
export function faster(
  pace: Pace,
  { blockBytes, bytes }: { readonly blockBytes: number; readonly bytes: number },
  most: number,
): void {
  pace.windowBytes = Math.min(WINDOW_MAX, most, pace.windowBytes + (pace.steady ? blockBytes : bytes))
}

/** Half the window, in whole leaves. */
export function slower(pace: Pace): void {
  pace.steady = true
  pace.windowBytes = Math.max(LEAF_BYTES, Math.floor(pace.windowBytes / 2 / LEAF_BYTES) * LEAF_BYTES)
}

/** RFC 6298, 2.2 and 2.3, with our bounds. */
export function measure(pace: Pace, sampleMs: number): void {
  const fresh = pace.roundTripMs === 0
  const difference = Math.abs(pace.roundTripMs - sampleMs)
  pace.variationMs = fresh ? sampleMs / 2 : 0.75 * pace.variationMs + 0.25 * difference
  pace.roundTripMs = fresh ? sampleMs : 0.875 * pace.roundTripMs + 0.125 * sampleMs
  const timeoutMs = Math.ceil(pace.roundTripMs + 4 * pace.variationMs)
  pace.timeoutMs = Math.min(TIMEOUT_MAX_MS, Math.max(TIMEOUT_MIN_MS, timeoutMs))
}
