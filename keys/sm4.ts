/// <reference path="./sm-crypto.d.ts" />
import sm4Package from 'sm-crypto/src/sm4/index.js'
import { type BlockCipher, checkBlock } from './block-cipher.ts'

/** Size of an SM4 key and of its block. */
export const SM4_BYTES = 16

// The package pads unless told not to, and then drops a partial block silently: so sizes are checked here.
const options = { padding: 'none', output: 'array' } as const

/** SM4 with a key of 16 bytes, GB/T 32907-2016. Throws RangeError for other key sizes. Keeps a copy of the key. */
export function sm4(key: Uint8Array): BlockCipher {
  if (key.length !== SM4_BYTES) throw new RangeError(`SM4 key: wants ${SM4_BYTES} bytes, got ${key.length}`)
  const copy = key.slice()
  const cipher: BlockCipher = {
    blockBytes: SM4_BYTES,
    encrypt(block) {
      checkBlock(cipher, block)
      return Uint8Array.from(sm4Package.encrypt(block, copy, options))
    },
    decrypt(block) {
      checkBlock(cipher, block)
      return Uint8Array.from(sm4Package.decrypt(block, copy, options))
    },
  }
  return cipher
}
