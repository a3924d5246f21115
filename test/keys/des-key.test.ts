import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWeakDesKey, withOddParity } from '../../keys/des-key.ts'
import { tdes } from '../../keys/tdes.ts'
import { asHex, hex, text, vector } from './vectors.ts'

const good = '5BB5C72CD00B7338'
const weak = vector('des-weak-keys').expected as readonly string[]
const semiWeak = (vector('des-semi-weak-pairs').expected as readonly string[][]).flat()

test('parity is made odd in every byte', () => {
  const each = vector('parity-adjust')
  expect(asHex(withOddParity(hex(text(each, 'key'))))).toBe(each.expected)
})

test('any key: odd parity changes the lowest bits only, and not what the key encrypts', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (key) => {
      const odd = withOddParity(key)
      odd.forEach((byte, at) => {
        expect(byte >>> 1).toBe((key[at] ?? 0) >>> 1)
        expect(byte.toString(2).replaceAll('0', '').length % 2).toBe(1)
      })
      const block = hex('0001020304050607')
      expect(tdes(odd).encrypt(block)).toEqual(tdes(key).encrypt(block))
    }),
    { numRuns: 40 },
  )
})

test.each([...weak, ...semiWeak])('%s is weak: alone, in any part, with any parity', (key) => {
  for (const whole of [key, key + good, good + key]) {
    expect(isWeakDesKey(hex(whole))).toBe(true)
    expect(isWeakDesKey(hex(whole).map((byte) => byte ^ 1))).toBe(true)
    expect(isWeakDesKey(hex(whole).map((byte) => byte & 0xfe))).toBe(true)
  }
})

test('the lists are whole: 4 weak and 12 semi-weak keys', () => {
  expect([weak.length, semiWeak.length]).toEqual([4, 12])
})

test('two equal parts are single DES, also where only parity differs', () => {
  expect(isWeakDesKey(hex(text(vector('tdes-degenerate-K1eqK2'), 'key')))).toBe(true)
  const other = asHex(hex(good).map((byte) => byte ^ 1))
  expect(isWeakDesKey(hex(good + other))).toBe(true)
  const third = '0123456789ABCDEF'
  for (const key of [good + good + third, good + third + good, third + good + good]) {
    expect(isWeakDesKey(hex(key))).toBe(true)
  }
})

test('all zeros and all ones are weak; ordinary keys are not', () => {
  for (const bytes of [8, 16, 24]) {
    expect(isWeakDesKey(new Uint8Array(bytes))).toBe(true)
    expect(isWeakDesKey(new Uint8Array(bytes).fill(0xff))).toBe(true)
  }
  expect(isWeakDesKey(hex(good))).toBe(false)
  expect(isWeakDesKey(hex('0123456789ABCDEFFEDCBA9876543210'))).toBe(false)
  expect(isWeakDesKey(hex('0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123'))).toBe(false)
})
