import { describe, expect, test } from 'vitest'
import {
  asBatchNumber,
  asFen,
  asPan,
  asStoreNumber,
  asTrace,
  FEN_MAX,
  sixDigits,
  TRACE_MAX,
  twelveDigits,
} from '../../../host-link/wire/values.ts'

describe('brands', () => {
  test('金额 amount: integer fen from 0 to twelve digits, nothing else', () => {
    for (const fen of [0, 1, FEN_MAX]) expect(asFen(fen)).toBe(fen)
    for (const fen of [-1, 0.5, FEN_MAX + 1, Number.NaN, Infinity])
      expect(() => asFen(fen)).toThrow(RangeError)
    expect(twelveDigits(asFen(8880))).toBe('000000008880')
  })

  test('流水号 trace and 批次号 batch: 1 to 999999', () => {
    for (const make of [asTrace, asBatchNumber]) {
      for (const value of [1, TRACE_MAX]) expect(make(value)).toBe(value)
      for (const value of [0, -1, 1.5, TRACE_MAX + 1, Number.NaN])
        expect(() => make(value)).toThrow(RangeError)
    }
    expect(sixDigits(asTrace(7))).toBe('000007')
  })

  test('主账号 PAN: 12 to 19 digits; 门店编号 store number: 4 to 8, leading zeros count', () => {
    for (const pan of ['123456789012', '1234567890123456789']) expect(asPan(pan)).toBe(pan)
    for (const pan of ['12345678901', '12345678901234567890', '12345678901x', ''])
      expect(() => asPan(pan)).toThrow(RangeError)
    for (const store of ['0012', '00345678']) expect(asStoreNumber(store)).toBe(store)
    for (const store of ['001', '123456789', '12a4', ''])
      expect(() => asStoreNumber(store)).toThrow(RangeError)
  })
})
