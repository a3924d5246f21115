import { WireError } from '../../host-link/wire/message.ts'

/** How far back a match may reach, RFC 1951 2. */
export const WINDOW_BYTES = 32_768

const CODE_BITS_MAX = 15
const END_OF_BLOCK = 256
const LENGTHS_MAX = 286
const DISTANCES_MAX = 30
/** The last length code, 285 counted from 257: 258 bytes, the longest match. */
const LENGTH_ROW_LAST = 28

/** The order in which the lengths of the code length codes come, RFC 1951 3.2.7. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** A Huffman code: how many codes each length has, and the symbols in the order of their codes. */
interface Code {
  readonly counts: Uint16Array
  readonly symbols: Uint16Array
}

/**
 * Inflates one raw DEFLATE stream (RFC 1951) of exactly `length` bytes, byte by byte into `put`; yields whenever `put`
 * says true, so that the caller can rest. `window` has WINDOW_BYTES and is written around; its first `have` bytes are
 * the dictionary. `next` gives the stream's bytes and throws at their end. Throws a WireError for a stream that is
 * wrong or has another length: nothing beyond `length` was put then.
 */
export function* inflate(
  next: () => number,
  window: Uint8Array,
  have: number,
  length: number,
  put: (byte: number) => boolean,
): Generator<void, void, void> {
  let held = 0
  let heldBits = 0
  let at = have // of the window: bytes of dictionary and stream together
  const end = have + length

  const bits = (count: number): number => {
    while (heldBits < count) {
      held |= next() << heldBits
      heldBits += 8
    }
    const value = held & ((1 << count) - 1)
    held >>>= count
    heldBits -= count
    return value
  }
  const symbolOf = ({ counts, symbols }: Code): number => {
    let code = 0
    let first = 0
    let index = 0
    for (let size = 1; size <= CODE_BITS_MAX; size++) {
      code |= bits(1)
      const count = counts[size] as number
      if (code - count < first) return symbols[index + code - first] as number
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return bad('code')
  }
  const give = (byte: number): boolean => {
    if (at === end) bad('too long')
    window[at++ % WINDOW_BYTES] = byte
    return put(byte)
  }

  for (let last = 0; last === 0; ) {
    last = bits(1)
    const type = bits(2)
    if (type === 0) {
      held = heldBits = 0 // what is left of this byte is nothing
      const count = bits(16)
      if ((bits(16) ^ count) !== 0xffff) bad('stored')
      for (let i = 0; i < count; i++) if (give(next())) yield
      continue
    }
    const [literals, distances] = type === 1 ? fixed() : type === 2 ? dynamic(bits, symbolOf) : bad('type')
    for (;;) {
      const symbol = symbolOf(literals)
      if (symbol === END_OF_BLOCK) break
      if (symbol < END_OF_BLOCK) {
        if (give(symbol)) yield
        continue
      }
      // RFC 1951 3.2.5: extra bits come with every fourth code of a length, with every second of a distance.
      const row = symbol - 257
      if (row > LENGTH_ROW_LAST) bad('length')
      const more = row < 4 || row === LENGTH_ROW_LAST ? 0 : (row >> 2) - 1
      const least = row < 4 ? row : row === LENGTH_ROW_LAST ? 255 : (4 + (row & 3)) << more
      const count = 3 + least + bits(more)
      const code = symbolOf(distances)
      if (code >= DISTANCES_MAX) bad('distance')
      const extra = code < 2 ? 0 : (code >> 1) - 1
      const distance = 1 + (code < 2 ? code : (2 + (code & 1)) << extra) + bits(extra)
      if (distance > at) bad('too far')
      for (let i = 0; i < count; i++) if (give(window[(at - distance) % WINDOW_BYTES] as number)) yield
    }
  }
  if (at !== end) bad('too short')
}

/** RFC 1951 3.2.6; the distance codes 30 and 31 have bits and no meaning. */
function fixed(): [Code, Code] {
  const sizes = new Uint8Array(288).fill(8)
  sizes.fill(9, 144, 256).fill(7, 256, 280)
  return [codeOf(sizes), codeOf(new Uint8Array(32).fill(5))]
}

/** RFC 1951 3.2.7: the lengths of both codes, themselves coded. */
function dynamic(bits: (count: number) => number, symbolOf: (code: Code) => number): [Code, Code] {
  const literals = bits(5) + 257
  const all = literals + bits(5) + 1
  const first = new Uint8Array(ORDER.length)
  const firsts = bits(4) + 4
  if (literals > LENGTHS_MAX || all - literals > DISTANCES_MAX) bad('too many codes')
  for (let i = 0; i < firsts; i++) first[ORDER[i] as number] = bits(3)
  const lengths = codeOf(first, true)
  const sizes = new Uint8Array(all)
  for (let i = 0; i < all; ) {
    const symbol = symbolOf(lengths)
    if (symbol < 16) {
      sizes[i++] = symbol
      continue
    }
    if (symbol === 16 && i === 0) bad('nothing to repeat')
    const size = symbol === 16 ? (sizes[i - 1] as number) : 0
    const times = symbol === 16 ? 3 + bits(2) : symbol === 17 ? 3 + bits(3) : 11 + bits(7)
    if (i + times > all) bad('too many sizes')
    sizes.fill(size, i, i + times)
    i += times
  }
  if (sizes[END_OF_BLOCK] === 0) bad('no end')
  return [codeOf(sizes.subarray(0, literals)), codeOf(sizes.subarray(literals))]
}

/** The canonical code of these lengths. `whole`: it must use all codes; else one code alone may have one bit. */
function codeOf(sizes: Uint8Array, whole = false): Code {
  const counts = new Uint16Array(CODE_BITS_MAX + 1)
  for (const size of sizes) counts[size] = (counts[size] as number) + 1
  const used = sizes.length - (counts[0] as number)
  let left = 1
  const offsets = new Uint16Array(CODE_BITS_MAX + 2)
  for (let size = 1; size <= CODE_BITS_MAX; size++) {
    const count = counts[size] as number
    left = 2 * left - count
    if (left < 0) bad('too many of a size')
    offsets[size + 1] = (offsets[size] as number) + count
  }
  if (left > 0 && (whole || (used > 0 && !(used === 1 && counts[1] === 1)))) bad('codes missing')
  const symbols = new Uint16Array(used)
  sizes.forEach((size, symbol) => {
    if (size > 0) symbols[(offsets[size] as number)++] = symbol
  })
  return { counts, symbols }
}

function bad(why: string): never {
  throw new WireError('deflate', 0, why)
}
