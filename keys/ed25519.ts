import nacl from 'tweetnacl'
import { toHex } from './hex.ts'

export const ED25519_SEED_BYTES = 32
export const ED25519_PUBLIC_BYTES = 32
export const ED25519_SIGNATURE_BYTES = 64

/** `secretKey` is seed ‖ public key, 64 bytes; wipe it after use. */
export interface Ed25519KeyPair {
  readonly publicKey: Uint8Array
  readonly secretKey: Uint8Array
}

/** Order of the base point, little endian: 2^252 + 27742317777372353535851937790883648493. */
// biome-ignore format: eight bytes a line
const ORDER: readonly number[] = [
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
  0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
]

/** 2^255 − 19, little endian: the field that a point's y is an element of. */
// biome-ignore format: eight bytes a line
const PRIME: readonly number[] = [
  0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
]

/** y of the eight points of small order, each with either sign of x: orders 4, 1, 2, and twice 8. Hex, little endian. */
const SMALL_ORDER: readonly string[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ECFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F',
  '26E8958FC2B227B045C3F489F2EF98F0D5DFAC05D3C63339B13802886D53FC05',
  'C7176A703D4DD84FBA3C0B760D10670F2A2053FA2C39CCC64EC7FD7792AC037A',
]

/** The pair of a seed of 32 random bytes, RFC 8032 5.1.5. Throws RangeError for another size. The caller wipes the seed. */
export function ed25519KeyPair(seed: Uint8Array): Ed25519KeyPair {
  if (seed.length !== ED25519_SEED_BYTES)
    throw new RangeError(`Ed25519 seed: wants ${ED25519_SEED_BYTES} bytes, got ${seed.length}`)
  return nacl.sign.keyPair.fromSeed(seed)
}

/** The signature, 64 bytes, RFC 8032 5.1.6: no chance is needed. Throws RangeError unless the key has 64 bytes. */
export function ed25519Sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  if (secretKey.length !== 64)
    throw new RangeError(`Ed25519 secret key: wants 64 bytes, got ${secretKey.length}`)
  return nacl.sign.detached(message, secretKey)
}

/**
 * Whether the signature is right. False also for wrong sizes and for S ≥ L, which RFC 8032 5.1.7 refuses and
 * tweetnacl does not: with those anybody could turn a signature into a second one of the same message. False for public
 * keys that are no proper ones, which tweetnacl takes too: y ≥ p (RFC 8032 5.1.3), and the points of small order, under
 * which one signature is right for many messages, without any secret.
 */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== ED25519_SIGNATURE_BYTES) return false
  if (!isBelow(signature.subarray(32), ORDER) || !isEd25519PublicKey(publicKey)) return false
  return nacl.sign.detached.verify(message, signature, publicKey)
}

/**
 * Whether these bytes can be somebody's public key: 32 of them, y below p, and no point of small order, under which anybody
 * can sign. Whether there is a point of this y is not looked at: no signature is right where there is none.
 */
export function isEd25519PublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== ED25519_PUBLIC_BYTES) return false
  const y = publicKey.slice()
  y[31] = (y[31] ?? 0) & 0x7f // the top bit is the sign of x
  return isBelow(y, PRIME) && !SMALL_ORDER.includes(toHex(y))
}

/** Of 32 bytes, little endian. Keys and signatures are public: an early exit tells nothing. */
function isBelow(number: Uint8Array, bound: readonly number[]): boolean {
  for (let at = 31; at >= 0; at--) {
    const difference = (number[at] ?? 0) - (bound[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
