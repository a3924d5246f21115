import { expect, test } from 'vitest'
import { aes } from '../../keys/aes.ts'
import type { BlockCipher } from '../../keys/block-cipher.ts'
import { checkValue, cmacCheckValue } from '../../keys/check-value.ts'
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
