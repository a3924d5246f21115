import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../../../host-link/tms/access.ts'
import { sayAny, sayIn, type Word, words } from '../../../../host-link/tms/page/words.ts'
import { CODE, WAITING } from '../../../../host-link/wire/tms/codes.ts'

const PAGE = fileURLToPath(new URL('../../../../host-link/tms/page', import.meta.url))
const rows = Object.entries(words) as [Word, readonly [string, string]][]
const placeholders = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort()

/** The page's own code, without its words. */
function code(): string {
  const folders = ['.', 'view', 'part'].map((folder) => join(PAGE, folder))
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  return files
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
}

describe('the words of the console 控制台文字', () => {
  it('every word is there in Chinese and in English, each in its own letters', () => {
    for (const [word, [zh, en]] of rows) {
      expect(zh.trim(), word).not.toBe('')
      expect(en.trim(), word).not.toBe('')
      if (
        !['language', 'footer', 'listComma', 'onTheWay', 'waveOf', 'rows', 'endedWhy', 'bytesOf'].includes(
          word,
        )
      )
        expect(en, word).not.toMatch(/\p{Script=Han}/u)
    }
  })
  it('both languages put in the same values', () => {
    for (const [word, [zh, en]] of rows) {
      const given = new Set([...placeholders(zh), ...placeholders(en)])
      for (const text of [zh, ...en.split('|')]) {
        // One terminal is said without its number by some, and a count by none of the others.
        const missing = [...given].filter((name) => !placeholders(text).includes(name))
        expect(missing, `${word}: ${text}`).toEqual([])
      }
    }
  })
  it('every word is used, and every word that the code puts together is there', () => {
    const text = code()
    const unused = rows
      .map(([word]) => word)
      .filter((word) => !word.includes('.') && !new RegExp(`['\`]${word}['\`]`).test(text))
    expect(unused).toEqual([])
    for (const [, family] of text.matchAll(/`(\w+)\.\$\{/g))
      expect(
        rows.some(([word]) => word.startsWith(`${family}.`)),
        family,
      ).toBe(true)
  })
  it('every code 代码 of the wire, every reason to wait and every right has its words', () => {
    for (const number of Object.values(CODE)) expect(words).toHaveProperty([`code.${number}`])
    for (const reason of [...Object.keys(WAITING), 'offline', 'wave', 'rate', 'paused'])
      expect(words).toHaveProperty([`wait.${reason}`])
    for (const action of ACTIONS) expect(words).toHaveProperty([`right.${action}`])
  })
  it('one and many: "1 terminal", "2 terminals", "1 台"; a word that is none → as given', () => {
    const [zh, en] = [sayIn('zh'), sayIn('en')]
    expect([en('nTerminals', { n: 1 }), en('nTerminals', { n: 2 }), zh('nTerminals', { n: 1 })]).toEqual([
      '1 terminal',
      '2 terminals',
      '1 台',
    ])
    expect(sayAny(en, 'fact.strange', 'strange')).toBe('strange')
    expect(sayAny(en, 'wait.paper')).toBe('paper or a slip owed')
  })
})
