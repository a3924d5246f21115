import { cbcMac, retailMac } from './cbc-mac.ts'
import { cmac } from './cmac.ts'
import { cupMac } from './cup-mac.ts'
import { tdes } from './tdes.ts'

/** How an acquirer fills field 64, always eight bytes: a row of its profile. */
export type MacAlgorithm = 'cup-ecb' | 'x9.9' | 'x9.19' | 'cbc-mac' | 'cmac'

interface MacRow {
  /** Sizes of MAK that make sense: a short key is never stretched, a long one never cut. */
  readonly keyBytes: readonly number[]
  mac(key: Uint8Array, bytes: Uint8Array): Uint8Array
}

// biome-ignore format: one row an algorithm
const algorithms: { readonly [A in MacAlgorithm]: MacRow } = {
  'cup-ecb': { keyBytes: [8, 16], mac: (key, bytes) => cupMac(tdes(key), bytes) },
  'x9.9':    { keyBytes: [8],     mac: (key, bytes) => cbcMac(tdes(key), bytes, 1) },
  'x9.19':   { keyBytes: [16],    mac: (key, bytes) => retailMac(tdes(key.subarray(0, 8)), tdes(key.subarray(8)), bytes, 1) },
  'cbc-mac': { keyBytes: [16],    mac: (key, bytes) => cbcMac(tdes(key), bytes, 1) },
  'cmac':    { keyBytes: [16],    mac: (key, bytes) => cmac(tdes(key), bytes) },
}

/** Whether a MAK of this many bytes may be used with the algorithm. */
export function macKeyFits(algorithm: MacAlgorithm, keyBytes: number): boolean {
  return algorithms[algorithm].keyBytes.includes(keyBytes)
}

/** Field 64: eight bytes. Throws RangeError where the key does not fit (`macKeyFits`). */
export function macOf(algorithm: MacAlgorithm, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (!macKeyFits(algorithm, key.length)) {
    throw new RangeError(`MAC ${algorithm}: does not take a key of ${key.length} bytes`)
  }
  return algorithms[algorithm].mac(key, bytes)
}
