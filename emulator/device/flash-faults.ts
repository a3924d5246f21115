/**
 * What can go wrong in a flash chip (闪存), as data: the plan that a test or a simulation lays on the emulated chip.
 * The classes follow measured behaviour of interrupted NOR operations: partial bits, bits that decay later, and
 * bits that read differently from time to time until they are written again.
 */

/**
 * How a program or erase looks after the power went away inside it.
 *
 * - `prefix`: the first `bytes` bytes are done, the rest is untouched
 * - `allButLast`: everything but the last byte is done
 * - `someBits`: each bit that had to change did so or not, by chance
 * - `flicker`: every bit that had to change reads by chance from now on, each time anew, until written again
 * - `looksUndone`: reads as before the operation during the next start, and flickers from the start after that
 * - `looksDone`: reads as finished during the next start, and flickers from the start after that
 * - `appearsLater`: reads as before during the next start, and as finished from the start after that, until written again
 * - `restAppearsLater`: the same, but the first half of the bytes is done at once
 */
export type Tear =
  | { readonly kind: 'prefix'; readonly bytes: number }
  | { readonly kind: 'allButLast' | 'someBits' | 'flicker' | 'looksUndone' | 'looksDone' }
  | { readonly kind: 'appearsLater' | 'restAppearsLater' }

/** The power goes away at operation number `operation` (programs and erases are counted from 0 since `makeFlashChip`). */
export type Cut =
  | { readonly operation: number; readonly when: 'before' | 'after' }
  | { readonly operation: number; readonly when: 'inside'; readonly tear: Tear }

/** Operations that go wrong with the power on. */
export interface Failure {
  readonly of: 'program' | 'erase'
  /** First operation that fails, and how many of this kind fail from there on (`Infinity`: for ever). */
  readonly from: number
  readonly count: number
  /** Only in this sector. */
  readonly sector?: number
  /** The chip says `done` although it did not do it. */
  readonly silent?: boolean
  /** What reaches the cells nevertheless: nothing, all of it, or some of the bits (the default). */
  readonly effect?: 'none' | 'all' | 'someBits'
}

/** Thrown by every call of a chip without power, and by the call in which the power went away. */
export class PowerCut extends Error {
  constructor() {
    super('the power is off')
    this.name = 'PowerCut'
  }
}

/** A small seeded generator (mulberry32): 32 random bits a call. The chip must be reproducible. */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}
