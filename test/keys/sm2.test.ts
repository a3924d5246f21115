import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { sm2Decrypt, sm2Encrypt, sm2Identity, sm2PublicKey, sm2Sign, sm2Verify } from '../../keys/sm2.ts'
import { ascii, asHex, expected, hex, text, vector } from './vectors.ts'

/** What the package says of a signature when it is told not to hash. */
function unhashed(e: Uint8Array, signature: string, key: string): unknown {
  const sm2: unknown = createRequire(import.meta.url)('sm-crypto/src/sm2/index.js')
  if (typeof sm2 !== 'object' || sm2 === null) throw new Error('no package')
  const verify: unknown = Reflect.get(sm2, 'doVerifySignature')
  if (typeof verify !== 'function') throw new Error('no function')
  return verify(e, signature, key, { hash: false })
}

const pair = vector('sm2-keypair')
const secret = hex(text(pair, 'd'))
const publicKey = sm2PublicKey(secret)
const message = ascii('message digest')
const random = (bytes: number) => Uint8Array.from(randomBytes(bytes))
const flipped = (bytes: Uint8Array, at: number) =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))

test('sm2-keypair: the public key of the standard', () => {
  expect(asHex(publicKey)).toBe(`04${expected(pair, 'x')}${expected(pair, 'y')}`)
})

test('sm2-sign: the signature of the standard, with its nonce in place of chance', () => {
  const each = vector('sm2-sign')
  const signature = sm2Sign(secret, message, () => hex(text(each, 'k')))
  expect(asHex(signature)).toBe(expected(each, 'r') + expected(each, 's'))
  expect(asHex(sm2Identity(publicKey))).toBe(expected(each, 'za'))
  expect(sm2Verify(publicKey, message, signature)).toBe(true)
})

test('a signature holds for its message, key and identity only', () => {
  const signature = sm2Sign(secret, message, random)
  expect(sm2Verify(publicKey, message, signature)).toBe(true)
  expect(sm2Verify(publicKey, ascii('message digesT'), signature)).toBe(false)
  expect(sm2Verify(publicKey, message, signature, 'ALICE123@YAHOO.COM')).toBe(false)
  expect(sm2Verify(sm2PublicKey(random(32)), message, signature)).toBe(false)
  for (const at of [0, 31, 32, 63]) expect(sm2Verify(publicKey, message, flipped(signature, at))).toBe(false)
  expect(sm2Verify(publicKey, message, signature.subarray(1))).toBe(false)
  expect(sm2Verify(publicKey, message, new Uint8Array(64))).toBe(false)
  expect(sm2Verify(flipped(publicKey, 64), message, signature)).toBe(false) // off the curve
})

test('a forgery for a chosen e, which needs no secret, is refused: the message is always hashed', () => {
  // s = 1, t = 2: R = G + 2P, r = t - s, e = r - x(R). R is found by the secret here, to have no curve in this test.
  const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
  const scalar = (value: bigint) => hex((((value % order) + order) % order).toString(16).padStart(64, '0'))
  const number = (bytes: Uint8Array) => BigInt(`0x${asHex(bytes)}`)
  const point = sm2PublicKey(scalar(1n + 2n * number(secret)))
  const e = scalar(1n - number(point.subarray(1, 33)))
  const forged = hex(`${'1'.padStart(64, '0')}${'1'.padStart(64, '0')}`)
  expect(unhashed(e, asHex(forged), asHex(publicKey))).toBe(true)
  expect(sm2Verify(publicKey, e, forged)).toBe(false)
})

test('sm2-encrypt: the ciphertext of the standard is read in both orders, though its x begins with 04', () => {
  const each = vector('sm2-encrypt')
  const [c1, c2, c3] = [expected(each, 'C1'), expected(each, 'C2'), expected(each, 'C3')]
  expect(sm2Decrypt(secret, hex(c1 + c3 + c2))).toEqual(ascii(text(each, 'dataAscii')))
  expect(sm2Decrypt(secret, hex(c1 + c2 + c3), 'old')).toEqual(ascii(text(each, 'dataAscii')))
  expect(sm2Decrypt(secret, hex(c1 + c2 + c3))).toBeUndefined()
})

test('what was encrypted is decrypted; every changed byte, a cut and the wrong key → undefined', () => {
  const sealed = sm2Encrypt(publicKey, message)
  expect(sm2Decrypt(secret, sealed)).toEqual(message)
  for (const at of [0, 1, 40, 64, 65, 96, 97, sealed.length - 1]) {
    expect(sm2Decrypt(secret, flipped(sealed, at)), `byte ${at}`).toBeUndefined()
  }
  for (const length of [0, 1, 65, 97, sealed.length - 1]) {
    expect(sm2Decrypt(secret, sealed.subarray(0, length)), `${length} bytes`).toBeUndefined()
  }
  expect(sm2Decrypt(random(32).fill(1, 0, 1), sealed)).toBeUndefined()
})

test('bad secrets, points, messages and sources → RangeError', () => {
  const order = hex('FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123')
  for (const bad of [new Uint8Array(32), new Uint8Array(31).fill(1), order, flipped(order, 31)]) {
    expect(() => sm2PublicKey(bad)).toThrow(RangeError)
    expect(() => sm2Sign(bad, message, random)).toThrow(RangeError)
    expect(() => sm2Decrypt(bad, new Uint8Array(200))).toThrow(RangeError)
  }
  expect(() => sm2Encrypt(flipped(publicKey, 5), message)).toThrow(RangeError)
  expect(() => sm2Encrypt(publicKey, new Uint8Array(0))).toThrow(RangeError)
  expect(() => sm2Identity(publicKey, '')).toThrow(RangeError)
  expect(() => sm2Identity(publicKey.subarray(1))).toThrow(RangeError)
  expect(() => sm2Sign(secret, message, () => new Uint8Array(32))).toThrow(RangeError)
  expect(() => sm2Sign(secret, message, () => new Uint8Array(8).fill(9))).toThrow(RangeError)
})
