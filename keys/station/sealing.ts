import { hkdfSync } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { bytesOfText } from '../../host-link/wire/bytes.ts'

const NONCE_BYTES = 24
const KEY_BYTES = 32

/** HKDF-SHA-256 (RFC 5869) without a salt; `purpose` is ASCII and keeps keys of different uses apart. */
export function derivedKey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), bytesOfText(purpose), KEY_BYTES))
}

/** XChaCha20-Poly1305 under 32 bytes: nonce (24) ‖ ciphertext ‖ tag (16). `name` must be the same to open it. */
export function seal(
  key: Uint8Array,
  name: string,
  clear: Uint8Array,
  random: (bytes: number) => Uint8Array,
): Uint8Array {
  const nonce = random(NONCE_BYTES) // 24 random bytes do not repeat
  const sealed = xchacha20poly1305(key, nonce, Buffer.from(name)).encrypt(clear)
  const out = new Uint8Array(NONCE_BYTES + sealed.length)
  out.set(nonce)
  out.set(sealed, NONCE_BYTES)
  return out
}

/** Nothing where the bytes were not sealed under this key and name. */
export function unseal(key: Uint8Array, name: string, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + 16) return undefined
  try {
    const cipher = xchacha20poly1305(key, sealed.slice(0, NONCE_BYTES), Buffer.from(name))
    return cipher.decrypt(sealed.slice(NONCE_BYTES))
  } catch {
    return undefined // the package's one error: the tag is wrong
  }
}
