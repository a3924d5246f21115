import type { BlockCipher } from './block-cipher.ts'
import { toHex } from './hex.ts'

/**
 * UnionPay POS "ECB" MAC: field 64 as eight bytes, which are ASCII hex digits in upper case. `bytes` run from the
 * message type to the last field before 64, with bit 64 set in the bitmap. They are folded to one block by XOR, the
 * fold is written as hex text, and the two halves of that text are encrypted one into the other.
 *
 * What it is worth: 32 bits, and the fold ignores the order of blocks. For old hosts only.
 */
export function cupMac(cipher: BlockCipher, bytes: Uint8Array): Uint8Array {
  const size = cipher.blockBytes
  const fold = new Uint8Array(size)
  bytes.forEach((byte, at) => {
    fold[at % size] = (fold[at % size] ?? 0) ^ byte // zeros at the end change nothing
  })
  const text = asciiHex(fold)
  const chain = cipher.encrypt(text.subarray(0, size))
  for (let i = 0; i < size; i++) chain[i] = (chain[i] ?? 0) ^ (text[size + i] ?? 0)
  return asciiHex(cipher.encrypt(chain)).slice(0, 8)
}

/** Upper case matters: the text itself is encrypted. */
function asciiHex(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(toHex(bytes), (digit) => digit.charCodeAt(0))
}
