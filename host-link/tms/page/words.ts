import { codeWords } from './words/codes.ts'
import { commonWords } from './words/common.ts'
import { deploymentWords } from './words/deployments.ts'
import { fleetWords } from './words/fleet.ts'
import { parameterWords } from './words/parameters.ts'
import { peopleWords } from './words/people.ts'
import { releaseWords } from './words/releases.ts'
import { stateWords } from './words/states.ts'

/** Every word of the page, [Chinese, English]. `{n}` is put in; `one|many` is chosen by `{n}`. */
export const words = {
  ...commonWords,
  ...stateWords,
  ...codeWords,
  ...fleetWords,
  ...releaseWords,
  ...deploymentWords,
  ...parameterWords,
  ...peopleWords,
} as const

export type Locale = 'zh' | 'en'
export type Word = keyof typeof words
export type Say = (word: Word, values?: Readonly<Record<string, string | number>>) => string

export function sayIn(locale: Locale): Say {
  return (word, values = {}) => {
    const [zh, en]: readonly [string, string] = words[word]
    const text = locale === 'zh' ? zh : en
    const [one = '', many = one] = text.split('|')
    return (values.n === 1 ? one : many).replace(/\{(\w+)\}/g, (_, name: string) =>
      String(values[name] ?? ''),
    )
  }
}

/** The row of a word that is put together at run time, as `wait.batch`; `otherwise` where there is none. */
export function sayAny(say: Say, word: string, otherwise = word): string {
  return isWord(word) ? say(word) : otherwise
}

function isWord(word: string): word is Word {
  return Object.hasOwn(words, word)
}
