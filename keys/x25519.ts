import nacl from 'tweetnacl'
import { wipe } from './wipe.ts'

export const X25519_BYTES = 32

/** The public key of a secret of 32 random bytes, RFC 7748 5. Throws RangeError for another size. */
export function x25519PublicKey(secret: Uint8Array): Uint8Array {
  checkSecret(secret)
  return nacl.scalarMult.base(secret)
}

/**
 * The shared secret, 32 bytes, to be hashed before use and wiped. Undefined where the peer's key is no key: of
 * another size, or a point of low order, which gives zeros whatever the secret is (RFC 7748 6.1). Throws RangeError
 * unless the own secret has 32 bytes.
 */
export function x25519(secret: Uint8Array, peer: Uint8Array): Uint8Array | undefined {
  checkSecret(secret)
  if (peer.length !== X25519_BYTES) return undefined
  const shared = nacl.scalarMult(secret, peer)
  let bits = 0
  for (const byte of shared) bits |= byte // all of it, so that the time tells nothing
  if (bits !== 0) return shared
  wipe(shared)
  return undefined
}

function checkSecret(secret: Uint8Array): void {
  if (secret.length !== X25519_BYTES)
    throw new RangeError(`X25519 secret: wants ${X25519_BYTES} bytes, got ${secret.length}`)
}
