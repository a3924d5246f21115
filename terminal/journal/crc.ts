const table: Uint32Array = makeTable()

/** CRC-32 (ISO-HDLC, reflected 0xEDB88320) goes on from `crc` over bytes [from, to). Start with `CRC_START`. */
export function crc32(crc: number, bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) crc = (table[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8)
  return crc
}

/** The same over the four bytes of a 32-bit number, lowest byte first. */
export function crc32Word(crc: number, word: number): number {
  for (let i = 0; i < 4; i++) crc = (table[(crc ^ (word >>> (8 * i))) & 255] as number) ^ (crc >>> 8)
  return crc
}

export const CRC_START = 0xffffffff

function makeTable(): Uint32Array {
  const made = new Uint32Array(256)
  for (let n = 0; n < 256; n++) {
    let c = n
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    made[n] = c
  }
  return made
}
