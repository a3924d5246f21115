import { type ScryptOptions, scrypt } from 'node:crypto'
import { wipe } from '../wipe.ts'

const CHARACTERS_MIN = 8
const DIFFERENT_MIN = 4
const BYTES_MAX = 256
const SHARE_BYTES = 32
const SALT_BYTES = 16
/** Block size r and parallelism p of RFC 7914; memory is 128 · r · N bytes. */
const BLOCK_SIZE = 8
const COST_MAX = 1 << 18

export const SALT_LENGTH = SALT_BYTES
/** N of scrypt where none is handed in: 128 MB and some tenths of a second for one passphrase. */
export const SCRYPT_COST = 1 << 17

/** What a passphrase gives: `share` opens the vault together with another's, `verifier` tells that it is right. */
export interface Derived {
  readonly share: Uint8Array
  readonly verifier: Uint8Array
}

/** At least 8 characters of UTF-8, 4 of them different, at most 256 bytes: eight blanks are none. */
export function isPassphrase(bytes: Uint8Array): boolean {
  if (bytes.length > BYTES_MAX) return false
  const different = new Set<number>()
  let characters = 0
  let character = 0
  for (const byte of bytes) {
    const goesOn = (byte & 0xc0) === 0x80 // a byte that continues a character
    if (characters > 0 && !goesOn) different.add(character)
    if (!goesOn) characters++
    character = goesOn ? (character << 8) | byte : byte
  }
  different.add(character)
  return characters >= CHARACTERS_MIN && different.size >= DIFFERENT_MIN
}

/** Whether scrypt takes this N: a power of two from 2 to 2^18. */
export function isScryptCost(cost: number): boolean {
  return Number.isInteger(cost) && cost >= 2 && cost <= COST_MAX && (cost & (cost - 1)) === 0
}

/**
 * scrypt (RFC 7914) over the passphrase; its 64 bytes are cut in two, neither of which tells the other. The passphrase is
 * overwritten. Rejects with RangeError for a cost that scrypt does not take.
 */
export async function derive(passphrase: Uint8Array, salt: Uint8Array, cost: number): Promise<Derived> {
  const options: ScryptOptions = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 256 * BLOCK_SIZE * cost + (1 << 20) }
  try {
    if (!isScryptCost(cost)) throw new RangeError('scrypt: the cost is a power of two')
    const both = await new Promise<Buffer>((resolve, reject) => {
      scrypt(passphrase, salt, 2 * SHARE_BYTES, options, (error, key) => {
        if (error) reject(error)
        else resolve(key)
      })
    })
    const derived = {
      share: Uint8Array.from(both.subarray(0, SHARE_BYTES)),
      verifier: Uint8Array.from(both.subarray(SHARE_BYTES)),
    }
    wipe(both)
    return derived
  } finally {
    wipe(passphrase)
  }
}
