import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellWidth, cutToWidth, isUndrawable } from '../../../terminal/screen/width.ts'

describe('cellWidth', () => {
  test.each([
    ['ASCII', 'A1 ~', 4],
    ['ideographs', '刷卡', 4],
    ['CJK punctuation and full-width forms', '。，￥１', 8],
    ['the ideographic space', '\u3000', 2],
    ['an ideograph outside the basic plane', '𠮷', 2],
    ['half-width kana', 'ｱ', 1],
    ['ambiguous characters', '°“×', 3],
    ['nothing', '', 0],
  ])('%s: %s takes %i cells', (_, text, cells) => {
    expect(cellWidth(text)).toBe(cells)
  })
})

describe('isUndrawable', () => {
  test.each([
    ['controls', '\u0000\u001f\u007f\u009f'],
    ['half a surrogate pair', '\ud800\udbff'],
    ['overrides of direction', '\u202a\u202b\u202c\u202d\u202e'],
    ['isolates of direction', '\u2066\u2067\u2068\u2069'],
    ['without width, and marks of direction', '\u200b\u200c\u200d\u200e\u200f\ufeff'],
  ])('%s → a blank is drawn', (_, text) => {
    for (const character of text) expect(isUndrawable(character)).toBe(true)
  })
  test('what stands beside them is drawn', () => {
    for (const character of ' ~\u00a0\u200a\u2010\u2029\u202f\u2065\u206a\ufefe\uff00刷¥𠮷')
      expect(isUndrawable(character), character).toBe(false)
  })
})

describe('cutToWidth', () => {
  test.each([
    ['刷卡A', 5, '刷卡A'],
    ['刷卡A', 4, '刷卡'],
    ['刷卡A', 3, '刷'],
    ['刷卡A', 1, ''],
    ['ABC', 0, ''],
    ['ABC', -1, ''],
    ['𠮷A', 2, '𠮷'],
  ])('%s cut to %i cells is "%s"', (text, cells, cut) => {
    expect(cutToWidth(text, cells)).toBe(cut)
  })

  test('any text → the longest beginning that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, cells) => {
        const cut = cutToWidth(text, cells)
        expect(text.startsWith(cut)).toBe(true)
        expect(cellWidth(cut)).toBeLessThanOrEqual(cells)
        const next = Array.from(text.slice(cut.length))[0]
        if (next !== undefined) expect(cellWidth(cut + next)).toBeGreaterThan(cells)
      }),
    )
  })
})
