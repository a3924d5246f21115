import { counter } from './text/counter.ts'
import { general } from './text/general.ts'
import { management } from './text/management.ts'
import { prepaid } from './text/prepaid.ts'
import { settlement } from './text/settlement.ts'
import { undo } from './text/undo.ts'
import { update } from './text/update.ts'
import { various } from './text/various.ts'

/** Every word the operator reads, 中文 and English, from the tables in `text/`. Longer lines are wrapped by `page.ts`. */
export const text = {
  ...general,
  ...counter,
  ...undo,
  ...prepaid,
  ...various,
  ...settlement,
  ...management,
  ...update,
} as const

export type TextKey = keyof typeof text
export type Locale = 'zh' | 'en'

/** The text of `key` in a locale. */
export function textOf(locale: Locale, key: TextKey): string {
  return text[key][locale === 'zh' ? 0 : 1]
}
