import { WireError } from './message.ts'

/**
 * A strict subset of CBOR (RFC 8949) in its deterministic encoding (§4.2.1): integers to ±(2^53−1), byte and text
 * strings, arrays, maps with integer or text keys, true, false, null. One value has one encoding and nothing else is
 * read: no tags, floats or indefinite lengths, no longer form than needed, no keys twice or out of order.
 */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number | string, CborValue>

/** `bytes`: longest input; `depth`: arrays and maps inside one another. */
export interface CborLimits {
  readonly bytes: number
  readonly depth: number
}
export const CBOR_LIMITS: CborLimits = { bytes: 65_536, depth: 16 }

/** Called for each entry of the outermost map as it is read, with the byte offset of its key. */
export type CborVisit = (key: number | string, value: CborValue, offset: number) => void

/** The bytes of a value. Throws a WireError for what the subset lacks: a fraction, a lone surrogate, too deep. */
export function encodeCbor(value: CborValue): Uint8Array {
  const out: number[] = []
  write(out, value, CBOR_LIMITS.depth)
  return Uint8Array.from(out)
}

/** The value of these bytes, all of them. Throws a WireError (`cbor`) with the offset where they leave the subset. */
export function decodeCbor(bytes: Uint8Array, limits = CBOR_LIMITS, visit?: CborVisit): CborValue {
  if (bytes.length > limits.bytes) fail(limits.bytes, `more than ${limits.bytes} bytes`)
  const reader = { bytes, at: 0 }
  const value = read(reader, limits.depth, visit)
  if (reader.at < bytes.length) fail(reader.at, 'trailing bytes')
  return value
}

interface Reader {
  readonly bytes: Uint8Array
  at: number
}

function fail(offset: number, why: string): never {
  throw new WireError('cbor', offset, why)
}

function write(out: number[], value: CborValue, depth: number): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) fail(out.length, 'wants an integer below 2^53')
    if (value < 0) writeHead(out, 1, -1 - value)
    else writeHead(out, 0, value)
  } else if (typeof value === 'string') {
    const bytes = utf8(value, out.length)
    writeHead(out, 3, bytes.length)
    append(out, bytes)
  } else if (value === null || typeof value === 'boolean') {
    out.push(value === null ? 0xf6 : value ? 0xf5 : 0xf4)
  } else if (value instanceof Uint8Array) {
    writeHead(out, 2, value.length)
    append(out, value)
  } else if (depth === 0) {
    fail(out.length, 'too deep')
  } else if (value instanceof Map) {
    writeHead(out, 5, value.size)
    const entries: [number[], CborValue][] = []
    for (const [key, item] of value as ReadonlyMap<number | string, CborValue>) {
      if (typeof key !== 'number' && typeof key !== 'string') fail(out.length, 'wants an integer or text key')
      const bytes: number[] = []
      write(bytes, key, 0)
      entries.push([bytes, item])
    }
    entries.sort(([a], [b]) => compare(a, b))
    for (const [key, item] of entries) {
      append(out, key)
      write(out, item, depth - 1)
    }
  } else if (Array.isArray(value)) {
    writeHead(out, 4, value.length)
    for (const item of value) write(out, item, depth - 1)
  } else fail(out.length, 'no CBOR value')
}

function writeHead(out: number[], major: number, count: number): void {
  const size = count < 24 ? 0 : count < 0x100 ? 1 : count < 0x10000 ? 2 : count < 0x1_0000_0000 ? 4 : 8
  out.push((major << 5) | (size === 0 ? count : 23 + (size === 8 ? 4 : size === 4 ? 3 : size)))
  for (let i = size - 1; i >= 0; i--) out.push(Math.floor(count / 2 ** (8 * i)) % 256)
}

function append(out: number[], bytes: Iterable<number>): void {
  for (const byte of bytes) out.push(byte)
}

function read(reader: Reader, depth: number, visit?: CborVisit): CborValue {
  const start = reader.at
  const initial = readByte(reader)
  const major = initial >> 5
  if (major === 7) {
    if (initial === 0xf4 || initial === 0xf5) return initial === 0xf5
    if (initial === 0xf6) return null
    fail(start, 'a simple value or float')
  }
  if (major === 6) fail(start, 'a tag')
  const count = readCount(reader, initial & 31)
  if (major === 0) return count
  if (major === 1) {
    if (count === Number.MAX_SAFE_INTEGER) fail(start, 'beyond 2^53')
    return -1 - count
  }
  // Each item of an array or map takes a byte at least: no count is believed beyond the input.
  if (count > reader.bytes.length - reader.at) fail(start, 'truncated')
  if (major < 4) {
    const bytes = reader.bytes.subarray(reader.at, reader.at + count)
    reader.at += count
    return major === 2 ? new Uint8Array(bytes) : textOfUtf8(bytes, reader.at - count)
  }
  if (depth === 0) fail(start, 'too deep')
  if (major === 4) {
    const items: CborValue[] = []
    for (let i = 0; i < count; i++) items.push(read(reader, depth - 1))
    return items
  }
  return readMap(reader, count, depth - 1, visit)
}

function readMap(
  reader: Reader,
  count: number,
  depth: number,
  visit?: CborVisit,
): Map<number | string, CborValue> {
  const map = new Map<number | string, CborValue>()
  let previous = new Uint8Array(0)
  for (let i = 0; i < count; i++) {
    const start = reader.at
    const key = read(reader, 0)
    if (typeof key !== 'number' && typeof key !== 'string') fail(start, 'wants an integer or text key')
    const bytes = reader.bytes.slice(start, reader.at)
    if (compare(previous, bytes) >= 0) fail(start, 'key twice or out of order')
    previous = bytes
    const value = read(reader, depth)
    map.set(key, value)
    visit?.(key, value, start)
  }
  return map
}

function readByte(reader: Reader): number {
  const byte = reader.bytes[reader.at]
  if (byte === undefined) fail(reader.at, 'truncated')
  reader.at++
  return byte
}

function readCount(reader: Reader, low: number): number {
  if (low < 24) return low
  const start = reader.at - 1
  if (low > 27) fail(start, 'an indefinite or reserved length')
  const size = 1 << (low - 24)
  let count = 0
  for (let i = 0; i < size; i++) count = count * 256 + readByte(reader)
  if (count > Number.MAX_SAFE_INTEGER) fail(start, 'beyond 2^53')
  if (count < (size === 1 ? 24 : 2 ** (4 * size))) fail(start, 'longer than needed')
  return count
}

/** Bytewise, a prefix first: the key order of RFC 8949 §4.2.1. */
function compare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function utf8(text: string, offset: number): number[] {
  const out: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (code >= 0xd800 && code < 0xe000) fail(offset, 'a lone surrogate')
    const more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3
    out.push(more === 0 ? code : ((0xf00 >> (more + 1)) & 0xff) | (code >> (6 * more)))
    for (let i = more - 1; i >= 0; i--) out.push(0x80 | ((code >> (6 * i)) & 0x3f))
  }
  return out
}

function textOfUtf8(bytes: Uint8Array, offset: number): string {
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const start = i
    const lead = bytes[i++] as number
    const more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    let code = more === 0 ? lead : lead & (0x3f >> more)
    for (let j = 0; j < more; j++) {
      const next = bytes[i++] ?? 0
      if (next >> 6 !== 2) fail(offset + start, 'no UTF-8')
      code = (code << 6) | (next & 0x3f)
    }
    const least = [0, 0x80, 0x800, 0x10000][more] as number
    if (
      code < least ||
      code > 0x10ffff ||
      (code >= 0xd800 && code < 0xe000) ||
      lead > 0xf4 ||
      lead >> 6 === 2
    )
      fail(offset + start, 'no UTF-8')
    text += String.fromCodePoint(code)
  }
  return text
}
