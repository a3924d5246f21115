import nacl from 'tweetnacl'
import { fromHex } from '../../hex.ts'

/**
 * A secret on its way from the page to the station's server, so that no tool that keeps requests (the browser's own
 * network log, an extension, a look at the loopback interface) keeps a key: X25519, XSalsa20-Poly1305 (NaCl's `box`).
 *
 *   public key of the sender (32) ‖ nonce (24) ‖ box
 *
 * The server's key opens one secret and is forgotten, so a sealed secret that was kept cannot be sent again.
 */
export const SEALED_HEAD = nacl.box.publicKeyLength + nacl.box.nonceLength

/** Seals a secret to a public key of 64 hexadecimal digits, and wipes it. RangeError for what is no such key. */
export function sealSecret(secret: Uint8Array, key: string): Uint8Array {
  const own = nacl.box.keyPair()
  const nonce = nacl.randomBytes(nacl.box.nonceLength)
  try {
    const box = nacl.box(secret, nonce, fromHex(key), own.secretKey)
    const sealed = new Uint8Array(SEALED_HEAD + box.length)
    sealed.set(own.publicKey)
    sealed.set(nonce, own.publicKey.length)
    sealed.set(box, SEALED_HEAD)
    return sealed
  } finally {
    secret.fill(0)
    own.secretKey.fill(0)
  }
}

/** The secret, or undefined for what is not sealed to this key. */
export function openSecret(sealed: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined {
  if (sealed.length < SEALED_HEAD + nacl.box.overheadLength) return undefined
  const sender = sealed.subarray(0, nacl.box.publicKeyLength)
  const nonce = sealed.subarray(nacl.box.publicKeyLength, SEALED_HEAD)
  return nacl.box.open(sealed.subarray(SEALED_HEAD), nonce, sender, secretKey) ?? undefined
}
