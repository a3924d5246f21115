import { ecb } from '@noble/ciphers/aes.js'
import { type BlockCipher, checkBlock } from './block-cipher.ts'

/** AES with a key of 16, 24 or 32 bytes, FIPS 197. Throws RangeError for other key sizes. Keeps a copy of the key. */
export function aes(key: Uint8Array): BlockCipher {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
    throw new RangeError(`AES key: wants 16, 24 or 32 bytes, got ${key.length}`)
  }
  const copy = key.slice()
  const cipher: BlockCipher = {
    blockBytes: 16,
    // The package takes one message a cipher object, and pads unless told not to.
    encrypt(block) {
      checkBlock(cipher, block)
      return ecb(copy, { disablePadding: true }).encrypt(block)
    },
    decrypt(block) {
      checkBlock(cipher, block)
      return ecb(copy, { disablePadding: true }).decrypt(block)
    },
  }
  return cipher
}
