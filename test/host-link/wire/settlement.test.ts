import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireError } from '../../../host-link/wire/message.ts'
import {
  parseSettlement48,
  parseUpload48,
  parseUploadEnd48,
  settlement48,
  upload48,
  uploadEnd48,
} from '../../../host-link/wire/settlement.ts'
import { asFen, asPan, asTrace } from '../../../host-link/wire/values.ts'

describe('field 48 of a settlement 批结算', () => {
  const none = { debit: asFen(0), debitCount: 0, credit: asFen(0), creditCount: 0, answer: 0 }

  test('the published request: 7 fen in 7 debits of domestic cards', () => {
    const text = `000000000007007${'0'.repeat(47)}`
    const domestic = { ...none, debit: asFen(7), debitCount: 7 }
    expect(parseSettlement48(text)).toEqual({ domestic, foreign: none })
    expect(settlement48(domestic, none)).toBe(text)
  })

  test('the answers stand at digits 31 and 62', () => {
    const text = `${'0'.repeat(30)}1${'0'.repeat(30)}2`
    const parsed = parseSettlement48(text)
    expect([parsed.domestic.answer, parsed.foreign.answer]).toEqual([1, 2])
  })

  test('any totals come back', () => {
    const totals = fc.record({
      debit: fc.nat(999_999_999_999).map(asFen),
      debitCount: fc.nat(999),
      credit: fc.nat(999_999_999_999).map(asFen),
      creditCount: fc.nat(999),
      answer: fc.nat(3),
    })
    fc.assert(
      fc.property(totals, totals, (domestic, foreign) => {
        expect(parseSettlement48(settlement48(domestic, foreign))).toEqual({ domestic, foreign })
      }),
    )
  })

  test('1,000 transactions, half a transaction, answer 4, another length → WireError', () => {
    for (const bad of [{ debitCount: 1000 }, { creditCount: 0.5 }, { answer: 4 }])
      expect(() => settlement48({ ...none, ...bad }, none)).toThrow(WireError)
    expect(() => parseSettlement48('0'.repeat(61))).toThrow(WireError)
    expect(() => parseSettlement48(`${'0'.repeat(61)}4`)).toThrow(WireError)
  })
})

describe('field 48 of a settlement with counts of 6 digits, ours', () => {
  const none = { debit: asFen(0), debitCount: 0, credit: asFen(0), creditCount: 0, answer: 0 }

  test('5,000 debits of 12,345.67 yuan in all, balanced → 74 digits', () => {
    const domestic = { ...none, debit: asFen(1_234_567), debitCount: 5_000, answer: 1 }
    const text = `000001234567${'005000'}${'0'.repeat(18)}1${'0'.repeat(37)}`
    expect(settlement48(domestic, none, 6)).toBe(text)
    expect(parseSettlement48(text)).toEqual({ domestic, foreign: none })
  })

  test('1,000,000 transactions, 73 digits → WireError', () => {
    expect(() => settlement48({ ...none, debitCount: 1_000_000 }, none, 6)).toThrow(WireError)
    expect(() => parseSettlement48('0'.repeat(73))).toThrow(WireError)
  })
})

describe('field 48 of a batch upload 批上送', () => {
  const record = {
    cardClass: '00' as const,
    trace: asTrace(123),
    pan: asPan('6222600001234567890'),
    amount: asFen(8880),
  }
  const digits = '00000123' + '06222600001234567890' + '000000008880'

  test('one record → count, class, trace, card number filled to 20, amount', () => {
    expect(upload48([record])).toBe(`01${digits}`)
    expect(parseUpload48(`01${digits}`)).toEqual([record])
  })

  test('cash has no card: 20 zeros', () => {
    const cash = { ...record, pan: undefined }
    expect(upload48([cash])).toBe(`0100000123${'0'.repeat(20)}000000008880`)
    expect(parseUpload48(upload48([cash]))).toEqual([cash])
  })

  test('any 1 to 8 records come back; every truncation → WireError', () => {
    const one = fc.record({
      cardClass: fc.constantFrom('00' as const, '01' as const),
      trace: fc.integer({ min: 1, max: 999_999 }).map(asTrace),
      pan: fc.option(fc.stringMatching(/^[1-9]\d{11,18}$/).map(asPan), { nil: undefined }),
      amount: fc.nat(999_999_999_999).map(asFen),
    })
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (records) => {
        const text = upload48(records)
        expect(text.length).toBe(2 + 40 * records.length)
        expect(parseUpload48(text)).toEqual(records)
        for (let length = 0; length < text.length; length += 7)
          expect(() => parseUpload48(text.slice(0, length))).toThrow(WireError)
      }),
    )
  })

  test('none, 9 records, class 02, trace 0, a card number of 11 digits → WireError', () => {
    expect(() => upload48([])).toThrow(WireError)
    expect(() => upload48(Array.from({ length: 9 }, () => record))).toThrow(WireError)
    for (const bad of [
      `02${digits}`,
      `0102${digits.slice(2)}`,
      `0100000000${digits.slice(8)}`,
      `0100000123${'12345678901'.padStart(20, '0')}000000008880`,
    ])
      expect(() => parseUpload48(bad)).toThrow(WireError)
  })

  test('its end: 4 digits, 0 to 9999', () => {
    expect(uploadEnd48(5000)).toBe('5000')
    expect(parseUploadEnd48('0000')).toBe(0)
    for (const count of [-1, 0.5, 10_000]) expect(() => uploadEnd48(count)).toThrow(WireError)
    for (const text of ['', '123', '12345', '12a4']) expect(() => parseUploadEnd48(text)).toThrow(WireError)
  })
})
