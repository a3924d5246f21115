import nacl from 'tweetnacl'

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
 * tweetnacl does not: with those anybody could turn a signature into a second one of the same message.
 */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== ED25519_PUBLIC_BYTES || signature.length !== ED25519_SIGNATURE_BYTES) return false
  return isBelowOrder(signature.subarray(32)) && nacl.sign.detached.verify(message, signature, publicKey)
}

/** Signatures are public: an early exit tells nothing. */
function isBelowOrder(scalar: Uint8Array): boolean {
  for (let at = 31; at >= 0; at--) {
    const difference = (scalar[at] ?? 0) - (ORDER[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
