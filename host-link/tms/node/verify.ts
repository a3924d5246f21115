import { createPublicKey, type KeyObject, verify as verifyBytes } from 'node:crypto'
import { isEd25519PublicKey } from '../../../keys/ed25519.ts'
import type { Verify } from '../../wire/tms/envelope.ts'

/** DER of an Ed25519 public key before its 32 bytes (RFC 8410, 4). */
const SPKI_HEAD = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00)
/** Keys that are remembered, some 2 KiB each. */
const KEYS_MAX = 20_000

/** Ed25519 by OpenSSL, which refuses S ≥ L. False for a key that is none, or by which anybody can sign. */
export const verify: Verify = (key, message, signature) => checked(keyObject(key), message, signature)

/** The same, which remembers the keys that it was shown last: to read one takes longer than to check by it. */
export function rememberingVerify(keysMax = KEYS_MAX): Verify {
  const known = new Map<string, KeyObject | undefined>()
  return (key, message, signature) => {
    const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
    const object = known.has(name) ? known.get(name) : keyObject(key)
    known.delete(name)
    known.set(name, object)
    for (const [oldest] of known) {
      if (known.size <= keysMax) break
      known.delete(oldest)
    }
    return checked(object, message, signature)
  }
}

function keyObject(key: Uint8Array): KeyObject | undefined {
  if (!isEd25519PublicKey(key)) return undefined
  try {
    return createPublicKey({ key: Buffer.from([...SPKI_HEAD, ...key]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

function checked(key: KeyObject | undefined, message: Uint8Array, signature: Uint8Array): boolean {
  if (key === undefined || signature.length !== 64) return false
  try {
    return verifyBytes(null, message, key, signature)
  } catch {
    return false
  }
}
