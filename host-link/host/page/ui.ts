import type { Locale, Words } from './words.ts'

/** What every view is handed. */
export interface Ui {
  readonly locale: Locale
  readonly words: Words
  /** Changes when everything is to be read again. */
  readonly turn: number
  /** Empty for one that nobody named. */
  readonly merchantName: (merchant: string) => string
}
