/** ISO/IEC 9797-1 padding: 1 zeros, 2 a one bit and zeros, 3 the length in bits as a block before, then as 1. */
export type Padding = 1 | 2 | 3

/**
 * A fresh array of whole blocks. Method 1 adds nothing to whole blocks, and so cannot tell `AB` from `AB 00`: it is
 * for hosts that ask for it. Empty data becomes one block.
 */
export function padded(bytes: Uint8Array, blockBytes: number, padding: Padding): Uint8Array {
  const before = padding === 3 ? blockBytes : 0
  const marker = padding === 2 ? 1 : 0
  const blocks = Math.max(1, Math.ceil((bytes.length + marker) / blockBytes))
  const out = new Uint8Array(before + blocks * blockBytes)
  out.set(bytes, before)
  if (padding === 2) out[bytes.length] = 0x80
  if (padding === 3) writeBitLength(out, blockBytes, bytes.length * 8)
  return out
}

function writeBitLength(out: Uint8Array, blockBytes: number, bits: number): void {
  for (let at = blockBytes - 1; bits > 0; at--) {
    out[at] = bits % 256
    bits = Math.floor(bits / 256)
  }
}
