import type { Moment } from './safe-point.ts'

/** What the terminal knows of 远程下载 until its power is cut. */
export interface UpdateMemory {
  /** The merchant's last answer, while it counts, and until when (monotonic milliseconds). */
  choice: Moment['choice']
  choiceUntilMs: number
  /** When whoever was at the terminal last was done. */
  touchedMs: number
  /** A settlement was just finished, or the terminal just started: until somebody comes. */
  opportune: boolean
  /** 处理要求 1 or 6 of an answer: the acquirer's host wants parameters to be downloaded (`flow/download.ts`). */
  wanted: 'parameters' | 'tmsParameters' | undefined
  /** When an activation that failed, or the settlement before it, may be tried again. */
  nextTryMs: number
  /** An order of this start has shown how far the terminal's clock is from universal time. */
  zoned: boolean
  /** Why the last parameter set was not taken, as in `CODE`. */
  parameterCode: number
  /** SHA-256 of that set's document. */
  parameterRefused: Uint8Array | null
  /** A prompt stands; the screen of idle does, whose wait a command may end. */
  asking: boolean
  idles: boolean
  /** 巡检 that the service has asked for and that nobody has done. */
  inspection: { readonly id: number; readonly plan: string } | undefined
}

export function updateMemory(): UpdateMemory {
  return {
    ...{ choice: undefined, choiceUntilMs: 0, touchedMs: -QUIET_MS, opportune: true, wanted: undefined },
    ...{ nextTryMs: 0, zoned: false, parameterCode: 0, parameterRefused: null, inspection: undefined },
    ...{ asking: false, idles: false },
  }
}

/** A terminal that nobody has touched for so long is left alone. */
export const QUIET_MS = 60_000
