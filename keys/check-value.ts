import type { BlockCipher } from './block-cipher.ts'
import { cmac } from './cmac.ts'

/** Bytes of a zero-encryption check value that may be shown (ANSI X9.24-1, A.2). */
export const CHECK_VALUE_BYTES = 3
/** Bytes of it that UnionPay sends beside a wrapped key; to be compared, not shown. */
export const WIRE_CHECK_VALUE_BYTES = 4

/** First bytes of the encryption of a zero block: 3 to show, 4 to compare with the wire. Parity bits do not change it. */
export function checkValue(cipher: BlockCipher, bytes: 3 | 4): Uint8Array {
  return cipher.encrypt(new Uint8Array(cipher.blockBytes)).slice(0, bytes)
}

/**
 * First five bytes of the CMAC of one zero block (ANSI X9.24-1:2017, A.3): for keys used with CMAC, whose subkeys
 * come from the very block that `checkValue` shows.
 */
export function cmacCheckValue(cipher: BlockCipher): Uint8Array {
  return cmac(cipher, new Uint8Array(cipher.blockBytes)).slice(0, 5)
}
