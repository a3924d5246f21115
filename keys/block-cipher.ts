/** The ciphers there are keys for; `cipherOf` makes one. */
export type CipherName = 'TDES' | 'SM4' | 'AES'

/** One block in, one block out: what every MAC, check value and PIN block here is made of. */
export interface BlockCipher {
  /** Size of a block: 8 for DES and TDES, 16 for AES and SM4. */
  readonly blockBytes: number
  /** A fresh array of `blockBytes`. Throws RangeError for any other input size: nothing pads or drops here. */
  encrypt(block: Uint8Array): Uint8Array
  /** The inverse of `encrypt`, with the same checks. */
  decrypt(block: Uint8Array): Uint8Array
}

/** Throws RangeError unless `block` is one whole block. */
export function checkBlock(cipher: { readonly blockBytes: number }, block: Uint8Array): void {
  if (block.length !== cipher.blockBytes) {
    throw new RangeError(`block: wants ${cipher.blockBytes} bytes, got ${block.length}`)
  }
}

/** ECB over whole blocks, as UnionPay wraps keys: a fresh array of the same size. Throws RangeError on a partial block. */
export function decryptEcb(cipher: BlockCipher, bytes: Uint8Array): Uint8Array {
  return overBlocks(cipher, bytes, (block) => cipher.decrypt(block))
}

/** The inverse of `decryptEcb`. */
export function encryptEcb(cipher: BlockCipher, bytes: Uint8Array): Uint8Array {
  return overBlocks(cipher, bytes, (block) => cipher.encrypt(block))
}

function overBlocks(
  { blockBytes }: BlockCipher,
  bytes: Uint8Array,
  step: (block: Uint8Array) => Uint8Array,
): Uint8Array {
  const out = new Uint8Array(bytes.length)
  for (let at = 0; at < bytes.length; at += blockBytes) {
    out.set(step(bytes.subarray(at, at + blockBytes)), at) // refuses a partial block
  }
  return out
}
