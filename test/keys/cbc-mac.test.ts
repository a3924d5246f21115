import { expect, test } from 'vitest'
import { cbcMac, retailMac } from '../../keys/cbc-mac.ts'
import { type Padding, padded } from '../../keys/padding.ts'
import { tdes } from '../../keys/tdes.ts'
import { nodeCipher } from './node-cipher.ts'
import { ascii, asHex, hex, text, type Vector, vector, vectors } from './vectors.ts'

const isAlgorithm = (number: 1 | 3) => (each: Vector) =>
  each.category === 'mac' && String(each.algorithm).startsWith(`ISO9797-1 alg${number}`)
const padding = (each: Vector) => Number(each.padding) as Padding

test.each(vectors(7, isAlgorithm(1)))('$name: CBC-MAC, as published', (each) => {
  const mac = cbcMac(tdes(hex(text(each, 'key'))), ascii(text(each, 'dataAscii')), padding(each))
  expect(asHex(mac)).toBe(each.expected)
})

test.each(vectors(2, isAlgorithm(3)))('$name: retail MAC, as published', (each) => {
  const whole = hex(typeof each.key === 'string' ? each.key : text(each, 'key1') + text(each, 'key2'))
  const half = whole.length / 2
  const [left, right] = [tdes(whole.slice(0, half)), tdes(whole.slice(half))]
  const mac = retailMac(left, right, ascii(text(each, 'dataAscii')), padding(each))
  expect(asHex(mac).slice(0, text(each, 'expected').length)).toBe(each.expected)
})

test('X9.19 of “Now is the time for it” is 2E2B1428', () => {
  const [left, right] = [tdes(hex('0123456789ABCDEF')), tdes(hex('FEDCBA9876543210'))]
  expect(asHex(retailMac(left, right, ascii('Now is the time for it'), 1)).slice(0, 8)).toBe('2E2B1428')
})

test('padding 1 cannot tell AB from AB00, padding 2 can: known, and why 1 is only for hosts that ask for it', () => {
  const attack = vector('mac-pad1-zero-extension')
  const cipher = tdes(hex(text(attack, 'key')))
  const [a, b] = [hex(text(attack, 'dataA')), hex(text(attack, 'dataB'))]
  expect(cbcMac(cipher, a, 1)).toEqual(cbcMac(cipher, b, 1))
  expect(cbcMac(cipher, a, 2)).not.toEqual(cbcMac(cipher, b, 2))
})

// biome-ignore format: one row a case
test.each([
  //      method  data                 padded to blocks of 8
  [1 as Padding, '',                  '0000000000000000'],
  [1 as Padding, 'AB',                'AB00000000000000'],
  [1 as Padding, '0102030405060708',  '0102030405060708'],
  [2 as Padding, '',                  '8000000000000000'],
  [2 as Padding, '01020304050607',    '0102030405060780'],
  [2 as Padding, '0102030405060708',  '0102030405060708 8000000000000000'],
  [3 as Padding, '',                  '0000000000000000 0000000000000000'],
  [3 as Padding, 'AB',                '0000000000000008 AB00000000000000'],
])('padding %i of "%s" is %s', (method, data, whole) => {
  expect(padded(hex(data), 8, method)).toEqual(hex(whole))
})

test('padding 3 writes lengths of more than one byte: 300 bytes are 0960 bits', () => {
  expect(asHex(padded(new Uint8Array(300), 8, 3).slice(0, 8))).toBe('0000000000000960')
})

test('SM4 CBC-MAC through the same code: GB/T 15852.1, padding 2', () => {
  const each = vector('sm4-cbcmac-pad2')
  const sm4 = nodeCipher('sm4-ecb', hex(text(each, 'key')), 16)
  expect(asHex(cbcMac(sm4, hex(text(each, 'data')), 2))).toBe(each.expected)
})
