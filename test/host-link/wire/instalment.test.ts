import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  instalment62,
  instalmentsOf,
  parseInstalment62,
  parsePlan62,
  plan62,
} from '../../../host-link/wire/instalment.ts'
import { WireError } from '../../../host-link/wire/message.ts'
import { asFen } from '../../../host-link/wire/values.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const bytes = (written: string) => new Uint8Array(Buffer.from(written, 'latin1'))

test('分期 12 terms of programme GOLD01, fee with each → 62 bytes', () => {
  const request = { terms: 12, programme: 'GOLD01', feeMode: '1' as const }
  expect(text(instalment62(request))).toBe(`12GOLD01${' '.repeat(24)}11${' '.repeat(28)}`)
  expect(parseInstalment62(instalment62(request))).toEqual(request)
})

test('1 term, 100 terms, half a term, no programme, one of 31 characters → WireError', () => {
  const good = { terms: 3, programme: 'A', feeMode: '0' as const }
  for (const bad of [
    { terms: 1 },
    { terms: 100 },
    { terms: 2.5 },
    { programme: '' },
    { programme: 'x'.repeat(31) },
  ])
    expect(() => instalment62({ ...good, ...bad })).toThrow(WireError)
  const written = text(instalment62(good))
  for (let length = 0; length < written.length; length++)
    expect(() => parseInstalment62(bytes(written.slice(0, length)))).toThrow(WireError)
  expect(() => parseInstalment62(bytes(`01${written.slice(2)}`))).toThrow(WireError)
  expect(() => parseInstalment62(bytes(`${written.slice(0, 33)}2${written.slice(34)}`))).toThrow(WireError)
})

test('a plan: first instalment, currency, fee, points, mode, fees, 77 bytes', () => {
  const plan = {
    first: asFen(33_34),
    fee: asFen(90),
    points: 7,
    feeMode: '0' as const,
    firstFee: asFen(0),
    eachFee: asFen(0),
  }
  const written = `0000000033341560000000000900000000000070${'0'.repeat(24)}${' '.repeat(13)}`
  expect(text(plan62(plan))).toBe(written)
  expect(parsePlan62(bytes(written))).toEqual(plan)
})

test('a plan with fees in each part: that of the first stands before that of each', () => {
  const plan = {
    first: asFen(33_34),
    fee: asFen(0),
    points: 0,
    feeMode: '1' as const,
    firstFee: asFen(31),
    eachFee: asFen(30),
  }
  const written = `000000003334156${'0'.repeat(24)}1000000000031000000000030${' '.repeat(13)}`
  expect(text(plan62(plan))).toBe(written)
  expect(parsePlan62(bytes(written))).toEqual(plan)
})

test('blanks in a plan mean that a value does not apply', () => {
  const written = `000000003334${' '.repeat(27)}1${' '.repeat(12)}000000000005`
  expect(parsePlan62(bytes(written))).toEqual({
    first: asFen(3334),
    fee: asFen(0),
    points: 0,
    feeMode: '1',
    firstFee: asFen(0),
    eachFee: asFen(5),
  })
  for (const bad of ['', written.slice(0, 60), `x${written.slice(1)}`])
    expect(() => parsePlan62(bytes(bad))).toThrow(WireError)
})

test('I06: the parts of any amount over any terms add up to it, to the fen', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 999_999_999_999 }),
      fc.integer({ min: 2, max: 99 }),
      (amount, terms) => {
        const { first, each } = instalmentsOf(asFen(amount), terms)
        expect(first + each * (terms - 1)).toBe(amount)
        expect(first).toBeGreaterThanOrEqual(each)
        expect(first - each).toBeLessThan(terms)
      },
    ),
  )
})
