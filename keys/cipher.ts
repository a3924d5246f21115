import { aes } from './aes.ts'
import type { BlockCipher, CipherName } from './block-cipher.ts'
import { sm4 } from './sm4.ts'
import { tdes } from './tdes.ts'

// biome-ignore format: one row a cipher
const ciphers: { readonly [N in CipherName]: { readonly keyBytes: readonly number[]; make(key: Uint8Array): BlockCipher } } = {
  TDES: { keyBytes: [8, 16, 24],  make: tdes },
  SM4:  { keyBytes: [16],         make: sm4  },
  AES:  { keyBytes: [16, 24, 32], make: aes  },
}

/** Whether a key of this many bytes fits the cipher; 8 bytes of `TDES` are single DES. */
export function cipherKeyFits(name: CipherName, keyBytes: number): boolean {
  return ciphers[name].keyBytes.includes(keyBytes)
}

/** The cipher of that name under a key. Throws RangeError where the key does not fit (`cipherKeyFits`). */
export function cipherOf(name: CipherName, key: Uint8Array): BlockCipher {
  return ciphers[name].make(key)
}
