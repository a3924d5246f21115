import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { BlockCipher } from '../../keys/block-cipher.ts'

/** OpenSSL's cipher of that name, one ECB block at a time: the second opinion on ours. */
export function nodeCipher(name: string, key: Uint8Array, blockBytes: number): BlockCipher {
  return {
    blockBytes,
    encrypt: (block) => Uint8Array.from(createCipheriv(name, key, null).setAutoPadding(false).update(block)),
    decrypt: (block) =>
      Uint8Array.from(createDecipheriv(name, key, null).setAutoPadding(false).update(block)),
  }
}

/** TDES of OpenSSL, which has no single DES any more: K, K gives it. */
export function nodeTdes(key: Uint8Array): BlockCipher {
  if (key.length === 8) return nodeCipher('des-ede', Buffer.concat([key, key]), 8)
  return nodeCipher(key.length === 16 ? 'des-ede' : 'des-ede3', key, 8)
}
