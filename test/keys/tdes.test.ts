import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decryptEcb, encryptEcb } from '../../keys/block-cipher.ts'
import { tdes } from '../../keys/tdes.ts'
import { nodeTdes } from './node-cipher.ts'
import { asHex, expected, hex, text, vector } from './vectors.ts'

const key = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes })
const block = fc.uint8Array({ minLength: 8, maxLength: 8 })

test.each([8, 16, 24])('a key of %i bytes: des.js and OpenSSL give the same blocks', (bytes) => {
  fc.assert(
    fc.property(key(bytes), fc.array(block, { minLength: 1, maxLength: 4 }), (k, blocks) => {
      const ours = tdes(k)
      const theirs = nodeTdes(k)
      for (const each of blocks) {
        expect(ours.encrypt(each)).toEqual(theirs.encrypt(each))
        expect(ours.decrypt(each)).toEqual(theirs.decrypt(each))
      }
    }),
    { numRuns: 60 },
  )
})

test('a key of 16 bytes with equal halves is single DES', () => {
  const single = hex('0123456789ABCDEF')
  const double = hex('0123456789ABCDEF0123456789ABCDEF')
  expect(tdes(double).encrypt(single)).toEqual(tdes(single).encrypt(single))
})

test.each([0, 7, 9, 15, 17, 23, 25, 32])('a key of %i bytes → RangeError', (bytes) => {
  expect(() => tdes(new Uint8Array(bytes))).toThrow(RangeError)
})

test.each([0, 7, 9, 16])('a block of %i bytes → RangeError, nothing padded or dropped', (bytes) => {
  for (const size of [8, 16, 24]) {
    const cipher = tdes(new Uint8Array(size).fill(7))
    expect(() => cipher.encrypt(new Uint8Array(bytes))).toThrow(RangeError)
    expect(() => cipher.decrypt(new Uint8Array(bytes))).toThrow(RangeError)
  }
})

test('the cipher neither changes nor keeps the caller’s key and block', () => {
  const k = hex('0123456789ABCDEFFEDCBA9876543210')
  const input = hex('0001020304050607')
  const cipher = tdes(k)
  const before = cipher.encrypt(input)
  expect(asHex(k)).toBe('0123456789ABCDEFFEDCBA9876543210')
  expect(asHex(input)).toBe('0001020304050607')
  k.fill(0)
  expect(cipher.encrypt(input)).toEqual(before)
  expect(cipher.decrypt(before)).toEqual(input)
})

test.each(['ped-chain-tmk-under-tlk', 'ped-chain-tpk-under-tmk'])(
  '%s: the public key chain unwraps',
  (name) => {
    const chain = vector(name)
    const wrapping = tdes(hex(text(chain, 'wrappingKey')))
    const unwrapped = decryptEcb(wrapping, hex(text(chain, 'cipher')))
    expect(asHex(unwrapped)).toBe(expected(chain, 'key'))
    expect(asHex(encryptEcb(wrapping, unwrapped))).toBe(text(chain, 'cipher'))
    expect(asHex(tdes(unwrapped).encrypt(new Uint8Array(8)))).toBe(expected(chain, 'checkValue8'))
  },
)

test('ECB cut and paste: two cryptograms of the public chain share a half, because their keys do', () => {
  const attack = vector('ped-chain-ecb-cut-and-paste')
  const tmk = tdes(hex(text(vector('ped-chain-tpk-under-tmk'), 'wrappingKey')))
  const tpk = decryptEcb(tmk, hex(text(attack, 'tpkCipher')))
  const tdk = decryptEcb(tmk, hex(text(attack, 'tdkCipher')))
  expect(asHex(tpk.slice(8))).toBe(asHex(tdk.slice(0, 8)))
  expect(text(attack, 'tpkCipher').slice(16)).toBe(expected(attack, 'sharedHalf'))
  expect(text(attack, 'tdkCipher').slice(0, 16)).toBe(expected(attack, 'sharedHalf'))
})

test('ECB over a partial block → RangeError', () => {
  const cipher = tdes(new Uint8Array(16).fill(7))
  expect(() => encryptEcb(cipher, new Uint8Array(12))).toThrow(RangeError)
  expect(() => decryptEcb(cipher, new Uint8Array(12))).toThrow(RangeError)
})
