import type { CipherName } from './block-cipher.ts'
import { cbcMac, retailMac } from './cbc-mac.ts'
import { cipherOf } from './cipher.ts'
import { cmac } from './cmac.ts'
import { cupMac } from './cup-mac.ts'

/** How an acquirer fills field 64, always eight bytes: a row of its profile. */
export type MacAlgorithm = 'cup-ecb' | 'x9.9' | 'x9.19' | 'cbc-mac' | 'cmac'

/** Bytes of a MAC in field 64, whatever the cipher's block. */
const FIELD_BYTES = 8

interface MacRow {
  /** Sizes of MAK that make sense with each cipher: a short key is never stretched, a long one never cut. */
  readonly keyBytes: { readonly [N in CipherName]: readonly number[] }
  mac(cipher: CipherName, key: Uint8Array, bytes: Uint8Array): Uint8Array
}

// biome-ignore format: one row an algorithm
const algorithms: { readonly [A in MacAlgorithm]: MacRow } = {
  'cup-ecb': { keyBytes: { TDES: [8, 16], SM4: [16], AES: [] },           mac: (name, key, bytes) => cupMac(cipherOf(name, key), bytes) },
  'x9.9':    { keyBytes: { TDES: [8],     SM4: [],   AES: [] },           mac: (name, key, bytes) => cbcMac(cipherOf(name, key), bytes, 1) },
  'x9.19':   { keyBytes: { TDES: [16],    SM4: [],   AES: [] },           mac: (name, key, bytes) => retailMac(cipherOf(name, key.subarray(0, 8)), cipherOf(name, key.subarray(8)), bytes, 1) },
  'cbc-mac': { keyBytes: { TDES: [16],    SM4: [16], AES: [] },           mac: (name, key, bytes) => cbcMac(cipherOf(name, key), bytes, 1) },
  'cmac':    { keyBytes: { TDES: [16],    SM4: [16], AES: [16, 24, 32] }, mac: (name, key, bytes) => cmac(cipherOf(name, key), bytes) },
}

/** Whether a MAK of this many bytes may be used with the algorithm. */
export function macKeyFits(algorithm: MacAlgorithm, keyBytes: number, cipher: CipherName = 'TDES'): boolean {
  return algorithms[algorithm].keyBytes[cipher].includes(keyBytes)
}

/**
 * Field 64: eight bytes, the leftmost of a longer MAC. No public text describes `cup-ecb` and `cbc-mac` under SM4:
 * they are the same rules over blocks of sixteen bytes. Throws RangeError where the key does not fit (`macKeyFits`).
 */
export function macOf(
  algorithm: MacAlgorithm,
  key: Uint8Array,
  bytes: Uint8Array,
  cipher: CipherName = 'TDES',
): Uint8Array {
  if (!macKeyFits(algorithm, key.length, cipher)) {
    throw new RangeError(`MAC ${algorithm}: does not take a ${cipher} key of ${key.length} bytes`)
  }
  return algorithms[algorithm].mac(cipher, key, bytes).slice(0, FIELD_BYTES)
}
