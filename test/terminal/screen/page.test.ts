import { describe, expect, test } from 'vitest'
import { wrap } from '../../../terminal/screen/page.ts'

describe('wrap', () => {
  test.each([
    ['a number that would be cut', '可充 RMB 1,022:00', 12, ['可充 RMB', '1,022:00']],
    ['a number behind Chinese characters', '原交易金额22:00', 13, ['原交易金额', '22:00']],
    ['an English word', 'Call service now', 8, ['Call', 'service', 'now']],
    ['a break that falls between words', 'Call service', 4, ['Call', 'serv', 'ice']],
    ['a word wider than the row', '1234567890', 4, ['1234', '5678', '90']],
    ['Chinese characters', '请与客服联系', 8, ['请与客服', '联系']],
    ['what fits', '请刷卡 1', 8, ['请刷卡 1']],
  ])('%s: "%s" in %i cells → %j', (_, text, columns, pieces) => {
    expect(wrap(text, columns)).toEqual(pieces)
  })
})
