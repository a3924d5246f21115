import { aes } from '../aes.ts'
import type { BlockCipher } from '../block-cipher.ts'
import { cmac } from '../cmac.ts'
import { tdes } from '../tdes.ts'
import { wipe } from '../wipe.ts'

/**
 * 密钥块保护密钥 key block protection key. Only its CMAC is ever needed, so that it may live in a token which does not
 * give it out.
 */
export interface Kbpk {
  readonly algorithm: 'TDES' | 'AES'
  readonly bytes: 16 | 24 | 32
  /** CMAC under the key, ISO/IEC 9797-1 algorithm 5: a whole cipher block. */
  cmac(bytes: Uint8Array): Uint8Array
}

/** A key held in this process. */
export interface SoftKbpk extends Kbpk {
  /** Overwrites the copy; the key is of no use afterwards. */
  wipe(): void
}

/**
 * A protection key from its bytes: TDES of 16 or 24, AES of 16, 24 or 32. Keeps a copy; the caller wipes its own.
 * Throws RangeError for another size. Whether the key is weak is for the caller to ask, as where keys are combined.
 */
export function softKbpk(algorithm: 'TDES' | 'AES', key: Uint8Array): SoftKbpk {
  const { length } = key
  const fits = length === 16 || length === 24 || (length === 32 && algorithm === 'AES')
  if (!fits) throw new RangeError(`key block protection key: ${algorithm} has no key of ${length} bytes`)
  const copy = key.slice()
  const state = { wiped: false }
  return {
    algorithm,
    bytes: length,
    cmac(bytes) {
      if (state.wiped) throw new RangeError('key block protection key: is wiped')
      return cmac(cipher(algorithm, copy), bytes)
    },
    wipe() {
      wipe(copy)
      state.wiped = true
    },
  }
}

/** The two keys of one block: encryption and authentication. To be wiped. */
export interface BlockKeys {
  readonly encryption: Uint8Array
  readonly authentication: Uint8Array
}

/** What the derived encryption key is for: CBC in versions B and D, CTR in E. */
export type Encryption = 'CBC' | 'CTR'

const usages = { CBC: 0x0000, MAC: 0x0001, CTR: 0x0002 } as const

/**
 * KBEK and KBAK of versions B, D and E: CMAC under the protection key over
 *
 *     counter (1, from 1)  usage (2)  00  algorithm (2)  key bits (2)
 *
 * as often as it takes to fill a key of the protection key's own length.
 */
export function deriveBlockKeys(kbpk: Kbpk, encryption: Encryption): BlockKeys {
  return { encryption: derive(kbpk, usages[encryption]), authentication: derive(kbpk, usages.MAC) }
}

function derive(kbpk: Kbpk, usage: number): Uint8Array {
  // TDES-2 0, TDES-3 1, AES-128 2, AES-192 3, AES-256 4
  const algorithm = kbpk.bytes / 8 - (kbpk.algorithm === 'TDES' ? 2 : 0)
  const bits = kbpk.bytes * 8
  const key = new Uint8Array(kbpk.bytes)
  for (let filled = 0, counter = 1; filled < key.length; counter++) {
    const part = kbpk.cmac(Uint8Array.of(counter, 0, usage, 0, 0, algorithm, bits >>> 8, bits & 0xff))
    key.set(part.subarray(0, key.length - filled), filled)
    filled += part.length
    wipe(part)
  }
  return key
}

/** A block cipher of the protection key's algorithm. */
export function cipher(algorithm: Kbpk['algorithm'], key: Uint8Array): BlockCipher {
  return algorithm === 'TDES' ? tdes(key) : aes(key)
}
