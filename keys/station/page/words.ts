import { en } from './words-en.ts'
import { type Words, zh } from './words-zh.ts'

export type { Words } from './words-zh.ts'
export type Locale = 'zh' | 'en'

export function wordsOf(locale: Locale): Words {
  return locale === 'zh' ? zh : en
}
