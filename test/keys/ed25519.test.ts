import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import nacl from 'tweetnacl'
import { expect, test } from 'vitest'
import { ed25519KeyPair, ed25519Sign, ed25519Verify } from '../../keys/ed25519.ts'
import { asHex, expected, hex, text, vector, vectors } from './vectors.ts'

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
const messages = fc.uint8Array({ maxLength: 100 })

const pkcs8 = (seed: Uint8Array) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  })

test('ed25519-rfc8032-1: key and signature of the empty message', () => {
  const each = vector('ed25519-rfc8032-1')
  const { publicKey, secretKey } = ed25519KeyPair(hex(text(each, 'seed')))
  const signature = ed25519Sign(secretKey, new Uint8Array(0))
  expect(asHex(publicKey)).toBe(expected(each, 'publicKey'))
  expect(asHex(signature)).toBe(expected(each, 'signature'))
  expect(ed25519Verify(publicKey, new Uint8Array(0), signature)).toBe(true)
})

test.each(vectors(3, (each) => each.name.startsWith('ed25519-wycheproof')))(
  '$name: S ≥ L is refused, though the package takes it',
  (each) => {
    const [key, message, signature] = [
      text(each, 'publicKey'),
      text(each, 'message'),
      text(each, 'signature'),
    ].map(hex)
    if (key === undefined || message === undefined || signature === undefined) throw new Error('the vector')
    expect(nacl.sign.detached.verify(message, signature, key)).toBe(true)
    expect(ed25519Verify(key, message, signature)).toBe(false)
  },
)

test('any seed and message: key and signature as OpenSSL makes them, and each verifies the other', () => {
  fc.assert(
    fc.property(seeds, messages, (seed, message) => {
      const ours = ed25519KeyPair(seed)
      const theirs = pkcs8(seed)
      const signature = ed25519Sign(ours.secretKey, message)
      expect(signature).toEqual(Uint8Array.from(sign(null, message, theirs)))
      expect(verify(null, message, createPublicKey(theirs), signature)).toBe(true)
      expect(ed25519Verify(ours.publicKey, message, signature)).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('S + L, which is the same number modulo L, is refused for any signature', () => {
  fc.assert(
    fc.property(seeds, messages, (seed, message) => {
      const { publicKey, secretKey } = ed25519KeyPair(seed)
      const signature = ed25519Sign(secretKey, message)
      let s = ORDER
      for (let at = 31; at >= 0; at--) s += BigInt(signature[32 + at] ?? 0) << BigInt(8 * at)
      const other = signature.slice()
      for (let at = 0; at < 32; at++) other[32 + at] = Number((s >> BigInt(8 * at)) & 0xffn)
      expect(ed25519Verify(publicKey, message, other)).toBe(false)
    }),
    { numRuns: 15 },
  )
})

test('one changed bit of signature, message or key, and wrong sizes → false', () => {
  const { publicKey, secretKey } = ed25519KeyPair(new Uint8Array(32).fill(7))
  const message = Uint8Array.of(1, 2, 3)
  const signature = ed25519Sign(secretKey, message)
  for (let at = 0; at < 64; at += 7) {
    expect(
      ed25519Verify(
        publicKey,
        message,
        signature.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      ),
    ).toBe(false)
  }
  expect(ed25519Verify(publicKey, Uint8Array.of(1, 2, 4), signature)).toBe(false)
  expect(
    ed25519Verify(
      publicKey.map((byte, i) => (i === 3 ? byte ^ 1 : byte)),
      message,
      signature,
    ),
  ).toBe(false)
  for (const bad of [0, 63, 65]) expect(ed25519Verify(publicKey, message, new Uint8Array(bad))).toBe(false)
  for (const bad of [0, 31, 33]) expect(ed25519Verify(new Uint8Array(bad), message, signature)).toBe(false)
})

const PRIME = 2n ** 255n - 19n
const encoded = (y: bigint, sign: 0n | 1n): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, at) => Number(((y | (sign << 255n)) >> BigInt(8 * at)) & 0xffn))
const fromLittle = (hexText: string): bigint =>
  BigInt(`0x${Buffer.from(hexText, 'hex').reverse().toString('hex')}`)
/** y of the eight points of small order: of order 1, 2, 4 (twice), 8 (four times). */
const smallOrder = [
  1n,
  PRIME - 1n,
  0n,
  fromLittle('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  fromLittle('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
]
/** Each with either sign of x, and once more as y + p where that fits in 255 bits. */
const smallOrderKeys = smallOrder.flatMap((y) =>
  [y, y + PRIME]
    .filter((each) => each < 2n ** 255n)
    .flatMap((each) => [encoded(each, 0n), encoded(each, 1n)]),
)

test('all keys of small order, in every encoding: the package takes signatures that nobody made, we do not', () => {
  expect(smallOrderKeys).toHaveLength(14)
  const identity = new Uint8Array(64)
  identity[0] = 1 // R = the neutral point, S = 0: right where [k]A is neutral
  let taken = 0
  for (const key of smallOrderKeys) {
    for (let message = 0; message < 32; message++) {
      const bytes = Uint8Array.of(message)
      if (nacl.sign.detached.verify(bytes, identity, key)) taken++
      expect(ed25519Verify(key, bytes, identity)).toBe(false)
    }
  }
  expect(taken).toBeGreaterThan(14) // else this test shows nothing
})

test('a seed or secret key of another size → RangeError', () => {
  for (const bad of [0, 31, 33, 64]) expect(() => ed25519KeyPair(new Uint8Array(bad))).toThrow(RangeError)
  for (const bad of [0, 32, 63, 65]) {
    expect(() => ed25519Sign(new Uint8Array(bad), new Uint8Array(1))).toThrow(RangeError)
  }
})
