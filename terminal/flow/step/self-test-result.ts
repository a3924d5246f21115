import type { Journal } from '../../journal/journal.ts'

/** Setting: how the last self-test ended, a byte a part in the order of `PARTS`: 0 in order, 1 not. */
const SETTING_SELF_TEST = 13
const PARTS = ['display', 'keypad', 'reader', 'printer'] as const

/** Keeps how a self-test of display, keypad, reader and printer ended, in this order. What cannot be kept is not reported. */
export function keepSelfTest(journal: Journal, good: readonly boolean[]): void {
  journal.set(
    SETTING_SELF_TEST,
    Uint8Array.from(good, (one) => (one ? 0 : 1)),
  )
}

/** Whether the last self-test found a part in disorder; false where there was none. */
export function foundBad(journal: Journal, part: (typeof PARTS)[number]): boolean {
  return journal.setting(SETTING_SELF_TEST)?.[PARTS.indexOf(part)] === 1
}
