/// <reference path="./des-js.d.ts" />
import { DES } from 'des.js'
import { type BlockCipher, checkBlock } from './block-cipher.ts'
import { wipe } from './wipe.ts'

const DES_BYTES = 8

/**
 * DES (8-byte key) or TDES in EDE order (16 bytes: K1 K2 K1; 24 bytes: K1 K2 K3), NIST SP 800-67. Parity bits are
 * ignored. Throws RangeError for other key sizes. The caller keeps, and wipes, its key.
 */
export function tdes(key: Uint8Array): BlockCipher {
  if (key.length !== 8 && key.length !== 16 && key.length !== 24) {
    throw new RangeError(`DES key: wants 8, 16 or 24 bytes, got ${key.length}`)
  }
  const first = des(key.subarray(0, DES_BYTES))
  if (key.length === DES_BYTES) return first

  const second = des(key.subarray(DES_BYTES, 2 * DES_BYTES))
  const third = key.length === 16 ? first : des(key.subarray(2 * DES_BYTES))
  return {
    blockBytes: DES_BYTES,
    encrypt: (block) => third.encrypt(second.decrypt(first.encrypt(block))),
    decrypt: (block) => first.decrypt(second.encrypt(third.decrypt(block))),
  }
}

/**
 * One DES of des.js behind our interface. Its own EDE wants 24 bytes and keeps copies of the parts, it pads unless
 * told not to, it holds the last block back in `update` when decrypting, and it drops a partial block silently: so
 * EDE is built above, padding is off, each call is one `final`, and sizes are checked here.
 */
function des(key: Uint8Array): BlockCipher {
  const copy = key.slice()
  const encrypting = DES.create({ type: 'encrypt', key: copy, padding: false })
  const decrypting = DES.create({ type: 'decrypt', key: copy, padding: false })
  wipe(copy) // des.js keeps a reference to it in its options
  const cipher: BlockCipher = {
    blockBytes: DES_BYTES,
    encrypt(block) {
      checkBlock(cipher, block)
      return Uint8Array.from(encrypting.final(block))
    },
    decrypt(block) {
      checkBlock(cipher, block)
      return Uint8Array.from(decrypting.final(block))
    },
  }
  return cipher
}
