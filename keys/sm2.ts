/// <reference path="./sm-crypto.d.ts" />
import sm2Package from 'sm-crypto/src/sm2/index.js'
import { fromHex, toHex } from './hex.ts'
import type { RandomBytes } from './host-keys.ts'
import { sm3 } from './sm3.ts'
import { wipe } from './wipe.ts'

// SM2 (GB/T 32918) for partners that insist on it; nothing of ours uses it. The package computes with big integers and
// takes secrets as text: neither constant time nor wiping can be had here. Do not put a terminal's key into it.

/** Signer's identity where nobody chose one, GB/T 35276. */
export const SM2_DEFAULT_ID = '1234567812345678'

const SCALAR_BYTES = 32
const POINT_BYTES = 65
const SIGNATURE_BYTES = 64
const HASH_BYTES = 32
/** Order of the base point, GB/T 32918.5. */
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
// a, b, x and y of the base point: what Z_A is made of beside the signer.
const CURVE = fromHex(
  'FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC' +
    '28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93' +
    '32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7' +
    'BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0',
)
/** A handed-in source that gives no usable nonce so often is broken. */
const NONCES_MAX = 16

/** 04 ‖ x ‖ y, 65 bytes. Throws RangeError unless the secret is 32 bytes and 1 to n − 2. */
export function sm2PublicKey(secret: Uint8Array): Uint8Array {
  checkSecret(secret)
  return fromHex(sm2Package.getPublicKeyFromPrivateKey(toHex(secret)))
}

/** Z_A of GB/T 32918.2, 5.5. Throws RangeError unless the key is a point of the curve and the id printable ASCII. */
export function sm2Identity(publicKey: Uint8Array, id: string = SM2_DEFAULT_ID): Uint8Array {
  if (!isPublicKey(publicKey)) throw new RangeError('SM2 public key: wants a point of the curve, 65 bytes')
  if (!/^[ -~]{1,64}$/.test(id)) throw new RangeError('SM2 id: wants 1 to 64 printable ASCII characters')
  const name = Uint8Array.from(id, (letter) => letter.charCodeAt(0))
  return sm3(
    joined(Uint8Array.of((name.length * 8) >>> 8, name.length * 8), name, CURVE, publicKey.subarray(1)),
  )
}

/**
 * r ‖ s, 64 bytes, over SM3(Z_A ‖ message). `random` gives 32 bytes for the nonce. Throws RangeError for a bad secret
 * (`sm2PublicKey`) and where the source gives no usable nonce.
 */
export function sm2Sign(
  secret: Uint8Array,
  message: Uint8Array,
  random: RandomBytes,
  id: string = SM2_DEFAULT_ID,
): Uint8Array {
  const digest = number(sm3(joined(sm2Identity(sm2PublicKey(secret), id), message)))
  const d = number(secret)
  for (let attempt = 0; attempt < NONCES_MAX; attempt++) {
    const nonce = random(SCALAR_BYTES)
    const k = nonce.length === SCALAR_BYTES ? number(nonce) : 0n
    if (k < 1n || k >= ORDER - 1n) continue
    const x = number(sm2PublicKey(nonce).subarray(1, 1 + SCALAR_BYTES))
    wipe(nonce)
    const r = (digest + x) % ORDER
    const s = modulo(inverse(1n + d) * (k - r * d))
    if (r !== 0n && r + k !== ORDER && s !== 0n) return joined(scalar(r), scalar(s))
  }
  throw new RangeError('SM2: the random source gives no nonce')
}

/** Whether the signature r ‖ s is right. False also for wrong sizes and keys that are no point of the curve. */
export function sm2Verify(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  id: string = SM2_DEFAULT_ID,
): boolean {
  if (signature.length !== SIGNATURE_BYTES || !isPublicKey(publicKey)) return false
  const options = { hash: true, userId: id } as const // without the hash a forgery needs no secret
  return sm2Package.doVerifySignature(message, toHex(signature), toHex(publicKey), options)
}

/**
 * C1 (65 bytes) ‖ C3 (32) ‖ C2, GB/T 32918.4. The nonce is the package's own, from the platform's random source.
 * Throws RangeError for an empty message, which decryption could not tell from a fault, and for a bad public key.
 */
export function sm2Encrypt(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  if (!isPublicKey(publicKey)) throw new RangeError('SM2 public key: wants a point of the curve, 65 bytes')
  if (message.length === 0) throw new RangeError('SM2: an empty message cannot be encrypted')
  return joined(Uint8Array.of(4), fromHex(sm2Package.doEncrypt(message, toHex(publicKey), 1)))
}

/**
 * The message of C1 ‖ C3 ‖ C2, or of C1 ‖ C2 ‖ C3 (`old`) as stacks before 2012 wrote it. Undefined for every fault: a
 * point that is not on the curve, a wrong C3, a wrong size. Throws RangeError for a bad secret (`sm2PublicKey`).
 */
export function sm2Decrypt(
  secret: Uint8Array,
  encrypted: Uint8Array,
  order: 'new' | 'old' = 'new',
): Uint8Array | undefined {
  checkSecret(secret)
  if (encrypted.length <= POINT_BYTES + HASH_BYTES || encrypted[0] !== 4) return undefined
  // By place and not by value: x of the standard's own example begins with 04.
  const body = toHex(encrypted.subarray(1))
  const message = sm2Package.doDecrypt(body, toHex(secret), order === 'new' ? 1 : 0, { output: 'array' })
  return message.length === 0 ? undefined : Uint8Array.from(message) // the package's empty answer is its only error
}

function isPublicKey(publicKey: Uint8Array): boolean {
  return (
    publicKey.length === POINT_BYTES && publicKey[0] === 4 && sm2Package.verifyPublicKey(toHex(publicKey))
  )
}

function checkSecret(secret: Uint8Array): void {
  const d = secret.length === SCALAR_BYTES ? number(secret) : 0n
  if (d < 1n || d >= ORDER - 1n) throw new RangeError('SM2 secret: wants 32 bytes, 1 to n - 2')
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}

function scalar(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * SCALAR_BYTES, '0'))
}

function modulo(value: bigint): bigint {
  return ((value % ORDER) + ORDER) % ORDER
}

/** By Fermat: n is prime. */
function inverse(value: bigint): bigint {
  let result = 1n
  let base = modulo(value)
  for (let rest = ORDER - 2n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * base) % ORDER
    base = (base * base) % ORDER
  }
  return result
}
