import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hexOf } from '../wire/bytes.ts'

export const SECRET_BYTES = 32
const NONCE_BYTES = 24

/**
 * What the host's secret (32 bytes) is for: the books hold working keys only sealed, and of a request's content only
 * a keyed hash, so a copy of the books without the secret tells no key and lets nobody try out PANs.
 */
export interface Seal {
  close(clear: Uint8Array): Uint8Array
  /** Nothing where the bytes were not sealed under this secret. */
  open(sealed: Uint8Array): Uint8Array | undefined
  /** HMAC-SHA-256 as 64 hex digits. */
  fingerprint(bytes: Uint8Array): string
}

/** Throws a RangeError for a secret that is not 32 bytes. */
export function sealUnder(secret: Uint8Array, random: (bytes: number) => Uint8Array): Seal {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`secret: wants ${SECRET_BYTES} bytes`)
  const sealKey = derived(secret, 'shuaka host seal')
  const hashKey = derived(secret, 'shuaka host fingerprint')
  return {
    close(clear) {
      const nonce = random(NONCE_BYTES) // 24 random bytes do not repeat
      const sealed = xchacha20poly1305(sealKey, nonce).encrypt(clear)
      const out = new Uint8Array(NONCE_BYTES + sealed.length)
      out.set(nonce)
      out.set(sealed, NONCE_BYTES)
      return out
    },
    open(sealed) {
      if (sealed.length <= NONCE_BYTES) return undefined
      try {
        return xchacha20poly1305(sealKey, sealed.slice(0, NONCE_BYTES)).decrypt(sealed.slice(NONCE_BYTES))
      } catch {
        return undefined // the package's one error: the tag is wrong
      }
    },
    fingerprint: (bytes) => hexOf(hmac(sha256, hashKey, bytes)),
  }
}

/** Eight hex digits that tell whether a store belongs to a secret; they tell nothing about it. */
export function secretCheck(secret: Uint8Array): string {
  return hexOf(derived(secret, 'shuaka host check')).slice(0, 8)
}

function derived(secret: Uint8Array, purpose: string): Uint8Array {
  return hmac(
    sha256,
    secret,
    Uint8Array.from(purpose, (character) => character.charCodeAt(0)),
  )
}
