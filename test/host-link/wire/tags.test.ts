import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireError } from '../../../host-link/wire/message.ts'
import {
  offerTag,
  parseOfferTag,
  parseRecordsTag,
  parseTags57,
  recordsTag,
  TAGS,
  type TagName,
  tags57,
} from '../../../host-link/wire/tags.ts'
import { asFen } from '../../../host-link/wire/values.ts'

describe('our tags of field 57', () => {
  test('store 0012, operator 01, approver 00 → tag, length, value each, in the order of the table', () => {
    expect(tags57({ approver: '00', operator: '01', storeNumber: '0012' })).toBe('01004001202002010300200')
  })

  test('nothing to say → no field', () => {
    expect(tags57({})).toBeUndefined()
    expect(tags57({ operator: undefined })).toBeUndefined()
  })

  test('any values come back by name; a tag without a row is passed over', () => {
    const names = Object.keys(TAGS) as TagName[]
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), fc.stringMatching(/^[0-9A-Z]{0,40}$/)),
        (values) => {
          const field = tags57(values) ?? ''
          expect(parseTags57(field)).toEqual({ ...values })
          expect(parseTags57(`${field}99003abc`)).toEqual({ ...values })
        },
      ),
    )
  })

  test('no two names share a tag', () => {
    expect(new Set(Object.values(TAGS)).size).toBe(Object.keys(TAGS).length)
  })

  test('优惠 8.88 yuan paid by the mall, called ABC ↔ its value', () => {
    const offer = { amount: asFen(888), payer: 'M' as const, name: 'ABC' }
    expect(offerTag(offer)).toBe('000000000888MABC')
    expect(parseOfferTag('000000000888MABC')).toEqual(offer)
    for (const bad of [
      '',
      '000000000888',
      '000000000888X',
      '00000000888MABC',
      `000000000888M${'n'.repeat(21)}`,
    ])
      expect(() => parseOfferTag(bad)).toThrow(WireError)
    expect(() => offerTag({ ...offer, name: 'n'.repeat(21) })).toThrow(WireError)
  })

  test('kinds of uploaded records: 18 characters each', () => {
    const kinds = [
      { type: '22', processingCode: '000000', condition: '00', storeNumber: '0012' },
      { type: '70', processingCode: '000000', condition: '00', storeNumber: undefined },
      { type: '23', processingCode: '200000', condition: '64', storeNumber: '00345678' },
    ]
    const value = '22000000000012    7000000000        232000006400345678'
    expect(recordsTag(kinds)).toBe(value)
    expect(parseRecordsTag(value)).toEqual(kinds)
    expect(parseRecordsTag('')).toEqual([])
    for (const bad of [value.slice(1), value.slice(0, 17), `2200000000 0012   `, `22000000001       `])
      expect(() => parseRecordsTag(bad)).toThrow(WireError)
    expect(() =>
      recordsTag([{ type: '2', processingCode: '000000', condition: '00', storeNumber: undefined }]),
    ).toThrow(WireError)
  })
})
