import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { PROOF_BYTES } from './message.ts'

const DOMAIN = Uint8Array.from('shuaka key proof 1', (letter) => letter.charCodeAt(0))

/**
 * Proof that one holds a master key: the first 16 bytes of HMAC-SHA-256 under it over a domain, the transaction (8
 * bytes) and what binds it to the session. A check value proves nothing: it is said aloud.
 */
export function keyProof(key: Uint8Array, transaction: Uint8Array, bytes: Uint8Array): Uint8Array {
  const covered = new Uint8Array(DOMAIN.length + transaction.length + bytes.length)
  covered.set(DOMAIN)
  covered.set(transaction, DOMAIN.length)
  covered.set(bytes, DOMAIN.length + transaction.length)
  return hmac(sha256, key, covered).slice(0, PROOF_BYTES)
}
