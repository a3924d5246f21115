import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aes } from '../../keys/aes.ts'
import { nodeCipher } from './node-cipher.ts'

test.each([16, 24, 32])('a key of %i bytes: @noble/ciphers and OpenSSL give the same blocks', (bytes) => {
  const block = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(fc.uint8Array({ minLength: bytes, maxLength: bytes }), block, (key, input) => {
      const ours = aes(key)
      const theirs = nodeCipher(`aes-${8 * bytes}-ecb`, key, 16)
      expect(Uint8Array.from(ours.encrypt(input))).toEqual(theirs.encrypt(input))
      expect(Uint8Array.from(ours.decrypt(input))).toEqual(theirs.decrypt(input))
      expect(ours.decrypt(ours.encrypt(input))).toEqual(input)
    }),
    { numRuns: 30 },
  )
})

test('keys and blocks of other sizes → RangeError', () => {
  for (const bytes of [0, 8, 15, 17, 33]) expect(() => aes(new Uint8Array(bytes))).toThrow(RangeError)
  for (const bytes of [0, 15, 17, 32]) {
    expect(() => aes(new Uint8Array(16)).encrypt(new Uint8Array(bytes))).toThrow(RangeError)
    expect(() => aes(new Uint8Array(16)).decrypt(new Uint8Array(bytes))).toThrow(RangeError)
  }
})
