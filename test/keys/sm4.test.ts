import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sm4 } from '../../keys/sm4.ts'
import { nodeCipher } from './node-cipher.ts'
import { asHex, hex, text, vector } from './vectors.ts'

const block = fc.uint8Array({ minLength: 16, maxLength: 16 })

test('sm4-block: one block of GB/T 32907, there and back', () => {
  const each = vector('sm4-block')
  const cipher = sm4(hex(text(each, 'key')))
  const sealed = cipher.encrypt(hex(text(each, 'plaintext')))
  expect(asHex(sealed)).toBe(each.expected)
  expect(asHex(cipher.decrypt(sealed))).toBe(each.plaintext)
  expect(cipher.blockBytes).toBe(16)
})

test('any key and block: the same as OpenSSL, both ways', () => {
  fc.assert(
    fc.property(block, block, (key, data) => {
      const [ours, theirs] = [sm4(key), nodeCipher('sm4-ecb', key, 16)]
      expect(ours.encrypt(data)).toEqual(theirs.encrypt(data))
      expect(ours.decrypt(data)).toEqual(theirs.decrypt(data))
    }),
  )
})

test.each([0, 1, 15, 17, 32])('a block of %i bytes → RangeError: nothing is padded or dropped', (length) => {
  const cipher = sm4(new Uint8Array(16))
  expect(() => cipher.encrypt(new Uint8Array(length))).toThrow(RangeError)
  expect(() => cipher.decrypt(new Uint8Array(length))).toThrow(RangeError)
})

test.each([0, 8, 15, 17, 24, 32])('a key of %i bytes → RangeError', (length) => {
  expect(() => sm4(new Uint8Array(length))).toThrow(RangeError)
})

test('the caller wipes its key and the cipher keeps working: it has a copy', () => {
  const key = hex('0123456789ABCDEFFEDCBA9876543210')
  const cipher = sm4(key)
  const before = cipher.encrypt(new Uint8Array(16))
  key.fill(0)
  expect(cipher.encrypt(new Uint8Array(16))).toEqual(before)
})

test('input is not changed', () => {
  const data = new Uint8Array(16).fill(7)
  const cipher = sm4(new Uint8Array(16).fill(3))
  cipher.decrypt(data)
  cipher.encrypt(data)
  expect(data).toEqual(new Uint8Array(16).fill(7))
})
