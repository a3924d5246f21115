import { aes } from '../../keys/aes.ts'
import { cmac } from '../../keys/cmac.ts'
import { equalBytes } from '../../keys/equal-bytes.ts'
import { wipe } from '../../keys/wipe.ts'

/** Digits of an injection password. */
export const PASSWORD_DIGITS_MIN = 7
export const PASSWORD_DIGITS_MAX = 12
/** Wrong pairs in a row, and how long none is taken after them. */
export const WRONG_PAIRS_MAX = 5
export const LOCKED_MS = 900_000
export const PASSWORD_TAG_BYTES = 16

/** What is kept of the two passwords. No tags: nobody has made them yet. */
export interface InjectionPasswords {
  readonly tags: readonly [Uint8Array, Uint8Array] | undefined
  /** Wrong pairs in a row. */
  readonly failures: number
  /** Milliseconds until pairs are taken again; 0: now. */
  readonly lockedMs: number
}

/**
 * 双人密码: whether two people may load keys. A pair is judged whole, so nobody learns which of the two was wrong, and it is
 * counted durably before it is judged, so pulling the plug in between gains no try. The lock runs on powered time, as the
 * PIN limit does: without power it stands still.
 */
export interface InjectionLock {
  readonly made: boolean
  /** Milliseconds until a pair is taken; 0: now. */
  waitMs(): number
  /** Keeps two passwords, digit values; false, and none is made, where they cannot be saved. */
  make(first: Uint8Array, second: Uint8Array): boolean
  /** `unsaved`: the try could not be counted, so it was not judged. */
  judge(first: Uint8Array, second: Uint8Array): 'right' | 'wrong' | 'unsaved'
  /** What is to be saved now. */
  state(): InjectionPasswords
}

/** `save` makes `state()` durable and says whether it could; `secret` is the device's own. */
export function makeInjectionLock(
  start: InjectionPasswords,
  secret: Uint8Array,
  monotonicMs: () => number,
  save: () => boolean,
): InjectionLock {
  let { tags, failures } = start
  let untilMs = monotonicMs() + Math.min(start.lockedMs, LOCKED_MS)
  const waitMs = (): number => Math.max(0, Math.ceil(untilMs - monotonicMs()))

  function pairOf(first: Uint8Array, second: Uint8Array): [Uint8Array, Uint8Array] {
    return [passwordTag(secret, 1, first), passwordTag(secret, 2, second)]
  }
  return {
    get made() {
      return tags !== undefined
    },
    waitMs,
    make(first, second) {
      const before = tags
      tags = pairOf(first, second)
      failures = 0
      if (save()) return true
      tags = before
      return false
    },
    judge(first, second) {
      failures++
      if (failures >= WRONG_PAIRS_MAX) untilMs = monotonicMs() + LOCKED_MS
      if (!save()) {
        failures--
        return 'unsaved'
      }
      const [one, two] = pairOf(first, second)
      const right = tags !== undefined && equalBytes(one, tags[0]) && equalBytes(two, tags[1])
      wipe(one, two)
      if (failures >= WRONG_PAIRS_MAX || right) failures = 0
      if (!right) return 'wrong'
      untilMs = monotonicMs()
      save() // what stays counted, where this fails, is a try that was right
      return 'right'
    },
    state: () => ({ tags, failures, lockedMs: waitMs() }),
  }
}

/** Longer than anything that `deviceTag` takes: no call of the application makes this tag. */
const TAGGED_BYTES = 272

function passwordTag(secret: Uint8Array, person: 1 | 2, digits: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(TAGGED_BYTES)
  bytes[0] = person
  bytes[1] = digits.length
  bytes.set(digits, 2)
  const tag = cmac(aes(secret), bytes)
  wipe(bytes)
  return tag
}
