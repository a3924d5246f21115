import { describe, expect, it } from 'vitest'
import { codeRows } from '../../../host-link/wire/tms/code-words.ts'
import { codeWord } from '../../../terminal/screen/text/update.ts'
import { text } from '../../../terminal/screen/text.ts'
import { cellWidth } from '../../../terminal/screen/width.ts'

const COMPACT_COLUMNS = 16
const onePagers = Object.entries(text).filter(
  ([key]) => !/^(agreement|repeatWarning|duplicate|settled)/.test(key),
)

describe('texts 文字', () => {
  it('every hint fits the last row of a compact screen in both languages', () => {
    for (const [key, both] of Object.entries(text))
      if (key.startsWith('hint') || key === 'enterNextCopy')
        for (const one of both) expect(cellWidth(one), `${key}: ${one}`).toBeLessThanOrEqual(COMPACT_COLUMNS)
  })

  it('代码: each code has the word of the console, and an English one; both fit a row of a compact screen', () => {
    for (const { code, zh } of codeRows) {
      expect(codeWord('zh', code)).toBe(zh)
      const en = codeWord('en', code)
      expect(en, zh).toMatch(/^[A-Z][ -~]+$/)
      for (const one of [zh, en]) expect(cellWidth(one), one).toBeLessThanOrEqual(COMPACT_COLUMNS)
    }
    expect(codeWord('zh', codeRows.length)).toBe('')
  })

  it('every text fits two rows of a compact screen in both languages', () => {
    for (const [key, both] of onePagers)
      for (const one of both)
        expect(cellWidth(one), `${key}: ${one}`).toBeLessThanOrEqual(2 * COMPACT_COLUMNS)
  })

  it('Chinese texts hold Chinese, English texts hold none, but for the names of the languages', () => {
    for (const [key, [zh, en]] of Object.entries(text)) {
      if (key === 'language') continue
      expect(/[\u4e00-\u9fff]/.test(zh), key).toBe(true)
      expect(/[^ -~]/.test(en), key).toBe(false)
    }
  })
})
