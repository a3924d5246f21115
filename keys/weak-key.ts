import type { CipherName } from './block-cipher.ts'
import { isWeakDesKey } from './des-key.ts'

/**
 * Whether nobody takes a key of this cipher: a weak, semi-weak or degenerate DES key; of SM4 and AES one byte over and
 * over, zeros among them, as nobody draws such a key.
 */
export function isWeakKey(name: CipherName, key: Uint8Array): boolean {
  return name === 'TDES' ? isWeakDesKey(key) : key.every((byte) => byte === key[0])
}
