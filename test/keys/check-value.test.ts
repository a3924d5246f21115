import { expect, test } from 'vitest'
import { aes } from '../../keys/aes.ts'
import type { BlockCipher, CipherName } from '../../keys/block-cipher.ts'
import {
  type CheckValueMethod,
  checkValue,
  checkValueBy,
  cmacCheckValue,
  shownCheckValue,
} from '../../keys/check-value.ts'
import { tdes } from '../../keys/tdes.ts'
import { nodeCipher } from './node-cipher.ts'
import { asHex, expected, hex, text, vector, vectors } from './vectors.ts'

test.each(vectors(8, (each) => each.method === 'tdes-legacy'))('$name: $expected', (each) => {
  const cipher = tdes(hex(text(each, 'key')))
  expect(asHex(checkValue(cipher, 3))).toBe(each.expected)
  expect(asHex(checkValue(cipher, 4)).slice(0, 6)).toBe(each.expected)
})

test.each(vectors(3, (each) => each.method === 'aes-cmac'))('$name: $expected', (each) => {
  expect(asHex(cmacCheckValue(aes(hex(text(each, 'key')))))).toBe(each.expected)
})

test('CMAC check value of a TDES key: 0A82458664', () => {
  expect(asHex(cmacCheckValue(tdes(hex('0123456789ABCDEFFEDCBA9876543210'))))).toBe('0A82458664')
})

test.each(vectors(3, (each) => each.category === 'kcv' && each.algorithm === 'SM4'))(
  '$name: the same code over SM4',
  (each) => {
    const sm4: BlockCipher = nodeCipher('sm4-ecb', hex(text(each, 'key')), 16)
    const value = each.method === 'sm4-zero4' ? checkValue(sm4, 4) : cmacCheckValue(sm4)
    expect(asHex(value)).toBe(each.expected)
  },
)

test('parity bits do not change a check value, all zeros and all ones of parity are one key: 8CA64D', () => {
  const each = vector('parity-adjust')
  const before = checkValue(tdes(hex(text(each, 'key'))), 3)
  expect(checkValue(tdes(hex(text(each, 'expected'))), 3)).toEqual(before)
  expect(asHex(checkValue(tdes(new Uint8Array(16)), 3))).toBe('8CA64D')
  expect(asHex(checkValue(tdes(new Uint8Array(16).fill(1)), 3))).toBe('8CA64D')
})

test('F62 of the worked example: four bytes, TDES for the PIK and single DES for the MAK', () => {
  const each = vector('cup-signin-f62-40')
  expect(asHex(checkValue(tdes(hex(expected(each, 'pik'))), 4))).toBe(expected(each, 'pikCheck'))
  expect(asHex(checkValue(tdes(hex(expected(each, 'mak'))), 4))).toBe(expected(each, 'makCheck'))
})

const key = hex('0123456789ABCDEFFEDCBA9876543210')

// biome-ignore format: one row a method and cipher
test.each<[CheckValueMethod, CipherName, string | undefined]>([
  ['tdes',     'TDES', '08D7B4'    ], ['tdes',     'SM4', undefined   ], ['tdes',     'AES', undefined],
  ['cmac',     'TDES', '0A82458664'], ['cmac',     'SM4', '909F5E6ED1'], ['cmac',     'AES', 'of CMAC'],
  ['cup-tdes', 'TDES', '08D7B4FB'  ], ['cup-tdes', 'SM4', undefined   ], ['cup-tdes', 'AES', undefined],
  ['cup-sm4',  'TDES', undefined   ], ['cup-sm4',  'SM4', '2677F46B'  ], ['cup-sm4',  'AES', undefined],
])('method %s of a %s key: %s', (method, name, value) => {
  if (value === 'of CMAC') {
    const zero = nodeCipher('aes-128-ecb', key, 16)
    expect(checkValueBy(method, name, key)).toEqual(cmacCheckValue(zero))
  } else if (value === undefined) expect(() => checkValueBy(method, name, key)).toThrow(RangeError)
  else expect(asHex(checkValueBy(method, name, key)).slice(0, value.length)).toBe(value)
})

test('people see 3 bytes of TDES, 4 of SM4, 5 (CMAC) of AES, and never E(0) of an AES key', () => {
  expect(asHex(shownCheckValue('TDES', key))).toBe('08D7B4')
  expect(asHex(shownCheckValue('SM4', key))).toBe('2677F46B')
  expect(asHex(shownCheckValue('AES', new Uint8Array(16)))).toBe('763CBCDE81')
})

test.each(vectors(14, (each) => each.category === 'kcv'))(
  '$name: no method gives more bytes than may be shown',
  (each) => {
    const name = String(each.algorithm).replace(/-.*/, '') as CipherName
    const methods = ['tdes', 'cmac', 'cup-tdes', 'cup-sm4'] as const
    const values = methods.flatMap((method) => {
      try {
        return [checkValueBy(method, name, hex(text(each, 'key')))]
      } catch {
        return []
      }
    })
    expect(values.length).toBeGreaterThan(0)
    for (const value of values) expect(value.length).toBeLessThanOrEqual(5)
    expect(values.some((value) => asHex(value).startsWith(String(each.expected)))).toBe(true)
  },
)
