import type { BlockCipher } from './block-cipher.ts'
import { type Padding, padded } from './padding.ts'

/**
 * CBC-MAC, ISO/IEC 9797-1 algorithm 1: one whole block, to be cut by the caller. Under single DES it is ANSI X9.9.
 * It authenticates messages of one known length only; across lengths a MAC can be extended.
 */
export function cbcMac(cipher: BlockCipher, bytes: Uint8Array, padding: Padding): Uint8Array {
  const data = padded(bytes, cipher.blockBytes, padding)
  let chain = new Uint8Array(cipher.blockBytes)
  for (let at = 0; at < data.length; at += cipher.blockBytes) {
    for (let i = 0; i < chain.length; i++) chain[i] = (chain[i] ?? 0) ^ (data[at + i] ?? 0)
    chain = Uint8Array.from(cipher.encrypt(chain))
  }
  return chain
}

/**
 * Retail MAC, ISO/IEC 9797-1 algorithm 3: CBC-MAC under `left`, the last block again through D(`right`), E(`left`).
 * With the two halves of a 16-byte key as single DES it is ANSI X9.19.
 */
export function retailMac(
  left: BlockCipher,
  right: BlockCipher,
  bytes: Uint8Array,
  padding: Padding,
): Uint8Array {
  return left.encrypt(right.decrypt(cbcMac(left, bytes, padding)))
}
