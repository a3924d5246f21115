import type { BlockCipher } from './block-cipher.ts'
import { wipe } from './wipe.ts'

/** CMAC, NIST SP 800-38B (ISO/IEC 9797-1 algorithm 5): one whole block over bytes of any length, also none. */
export function cmac(cipher: BlockCipher, bytes: Uint8Array): Uint8Array {
  const size = cipher.blockBytes
  const zero = cipher.encrypt(new Uint8Array(size))
  const subkey1 = doubled(zero)
  const subkey2 = doubled(subkey1)

  const blocks = Math.max(1, Math.ceil(bytes.length / size))
  const last = new Uint8Array(size)
  const tail = bytes.subarray((blocks - 1) * size)
  last.set(tail)
  if (tail.length < size) last[tail.length] = 0x80
  xorInto(last, tail.length === size ? subkey1 : subkey2)

  let chain = new Uint8Array(size)
  for (let block = 0; block < blocks - 1; block++) {
    xorInto(chain, bytes.subarray(block * size, (block + 1) * size))
    chain = Uint8Array.from(cipher.encrypt(chain))
  }
  xorInto(chain, last)
  wipe(zero, subkey1, subkey2, last) // the subkeys are enough to forge
  return cipher.encrypt(chain)
}

/** Multiplication by x in GF(2^64) or GF(2^128), SP 800-38B 6.1. */
function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(block.length)
  for (let i = 0; i < block.length; i++) out[i] = ((block[i] ?? 0) << 1) | ((block[i + 1] ?? 0) >>> 7)
  const reduction = block.length === 8 ? 0x1b : 0x87
  if ((block[0] ?? 0) & 0x80) out[block.length - 1] = (out[block.length - 1] ?? 0) ^ reduction
  return out
}

function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) ^ (other[i] ?? 0)
}
