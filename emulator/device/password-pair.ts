import { equalBytes } from '../../keys/equal-bytes.ts'
import { wipe } from '../../keys/wipe.ts'
import { type InjectionLock, PASSWORD_DIGITS_MAX } from './injection-lock.ts'
import type { ServiceText } from './service-screen.ts'

/** What a password led to: the next one is asked for, perhaps with a word about this one; or the pair is judged. */
export type PairStep =
  | { readonly kind: 'next'; readonly said?: ServiceText }
  /** `changed`: the old pair was right, and the new one is kept. */
  | { readonly kind: 'right' | 'changed' | 'locked' | 'unsaved' }

/** Two passwords by two people: asked for; where there are none yet, made, each typed twice. */
export interface PasswordPair {
  /** What the screen asks now. */
  prompt(): ServiceText
  /** Nothing has been typed yet, and there are passwords that could be changed. */
  readonly changeable: boolean
  /** The pair is asked for in order to make a new one; false where that is not the moment. */
  change(): boolean
  /** A password was typed: digit values, which the caller overwrites as soon as this returns. */
  entered(digits: Uint8Array): PairStep
  /** Overwrites what it keeps between the screens. */
  drop(): void
}

const making = ['make1', 'make1Again', 'make2', 'make2Again'] as const
const asking = ['ask1', 'ask2'] as const

export function makePasswordPair(lock: InjectionLock): PasswordPair {
  let steps: typeof asking | typeof making = lock.made ? asking : making
  let changing = false
  const memory = new Uint8Array(2 * PASSWORD_DIGITS_MAX)
  const lengths: [number, number] = [0, 0]
  let at = 0

  const isChangeable = (): boolean => steps === asking && at === 0 && !changing
  const kept = (which: 0 | 1): Uint8Array =>
    memory.subarray(which * PASSWORD_DIGITS_MAX, which * PASSWORD_DIGITS_MAX + lengths[which])
  function keep(which: 0 | 1, digits: Uint8Array): void {
    wipe(kept(which)) // a shorter one than before must leave nothing of it
    lengths[which] = digits.length
    kept(which).set(digits)
  }
  function goTo(step: number, said?: ServiceText): PairStep {
    at = step
    return said === undefined ? { kind: 'next' } : { kind: 'next', said }
  }
  function judged(): PairStep {
    const verdict = lock.judge(kept(0), kept(1))
    drop()
    if (verdict === 'right' && changing) {
      steps = making
      return goTo(0)
    }
    if (verdict !== 'wrong') return { kind: verdict }
    return lock.waitMs() > 0 ? { kind: 'locked' } : goTo(0, 'wrong')
  }
  function drop(): void {
    wipe(memory)
    lengths.fill(0)
  }

  return {
    prompt: () => steps[at] ?? 'ask1',
    get changeable() {
      return isChangeable()
    },
    change() {
      if (!isChangeable()) return false
      changing = true
      return true
    },
    entered(digits) {
      switch (steps[at]) {
        case 'make1':
        case 'ask1':
          keep(0, digits)
          return goTo(1)
        case 'make1Again':
          return equalBytes(kept(0), digits) ? goTo(2) : goTo(0, 'differ')
        case 'make2':
          if (equalBytes(kept(0), digits)) return goTo(2, 'same')
          keep(1, digits)
          return goTo(3)
        case 'make2Again': {
          if (!equalBytes(kept(1), digits)) return goTo(2, 'differ')
          const made = lock.make(kept(0), kept(1))
          drop()
          return { kind: !made ? 'unsaved' : changing ? 'changed' : 'right' }
        }
        default:
          keep(1, digits)
          return judged()
      }
    },
    drop,
  }
}
