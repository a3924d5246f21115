import { CRC_START, crc32, crc32Word } from './crc.ts'

/**
 * The bytes of a record (drawn in docs/journal.md):
 *
 *     word 2 │ sequence 2 │ CRC-32 4 │ payload … │ fill to a unit │ commit mark, whole units, at least 4
 *
 * `word` = kind << 12 | moved << 11 | settled << 10 | payload length (9 bits). All numbers lowest byte first.
 */
export const kinds = {
  sector: 1, // first in its sector, twice: where the log stands
  tail: 2, // sectors older than this are dead
  retired: 3, // a sector that is never opened again
  batch: 4, // 批次: every entry before it is history
  trace: 5, // 流水号 used without an entry
  setting: 6,
  intent: 7,
  approved: 8,
  declined: 9,
  reversed: 10, // 冲正 answered
  printed: 11,
  freeze: 12, // 结算开始: no entry enters the batch any more
  scrubbed: 13, // nothing of closed batches is left on the chip
} as const
const KIND_MAX = 13

/** This record is a copy, made when the sector of the first was reclaimed. */
export const MOVED = 0x800
/** On a moved INTENT: nothing is owed by it alone. Without its outcome it is in doubt. */
export const SETTLED = 0x400
const SPARE = 0x200
const LENGTH = 0x1ff

export const HEADER_BYTES = 8
export const PAYLOAD_BYTES_MAX = 404
const MARK = [0x96, 0x4b, 0xd2, 0x65]

/** A record that was found good. `payload` is a view that the finder may use until it reads on. */
export interface Found {
  readonly address: number
  readonly size: number
  readonly sequence: number
  readonly kind: number
  /** `MOVED` and `SETTLED`, as in the word. */
  readonly flags: number
  readonly payload: Uint8Array
}

/** Sizes that follow from the program unit. */
export interface Layout {
  readonly unit: number
  readonly markBytes: number
  /** Header, payload and fill, without the mark. */
  body(payloadBytes: number): number
  /** The whole record. */
  size(payloadBytes: number): number
}

export function layoutFor(unit: number): Layout {
  const markBytes = Math.max(4, unit)
  const body = (payloadBytes: number) => Math.ceil((HEADER_BYTES + payloadBytes) / unit) * unit
  return { unit, markBytes, body, size: (payloadBytes) => body(payloadBytes) + markBytes }
}

/** Header, payload and fill. The CRC is seeded with address and whole sequence number: a record is good in one place only. */
export function encode(
  layout: Layout,
  address: number,
  sequence: number,
  word: number,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(layout.body(payload.length)).fill(0xff)
  putNumber(bytes, 0, 2, word | payload.length)
  putNumber(bytes, 2, 2, sequence & 0xffff)
  bytes.set(payload, HEADER_BYTES)
  putNumber(bytes, 4, 4, checksum(bytes, 0, payload.length, address, sequence))
  return bytes
}

/**
 * The record at `bytes[at]`, which stands at `address` on the chip; its sequence number is the first from
 * `expected` on that ends in the 16 bits stored. Undefined when there is none that is whole and right.
 */
export function decode(
  layout: Layout,
  bytes: Uint8Array,
  at: number,
  address: number,
  expected: number,
): Found | undefined {
  const word = number(bytes, at, 2)
  const kind = word >> 12
  const length = word & LENGTH
  const end = at + HEADER_BYTES + length
  if (kind === 0 || kind > KIND_MAX || word & SPARE || length > PAYLOAD_BYTES_MAX || end > bytes.length)
    return undefined
  const sequence = expected + ((number(bytes, at + 2, 2) - expected) & 0xffff)
  if (checksum(bytes, at, length, address, sequence) !== number(bytes, at + 4, 4)) return undefined
  return {
    address,
    size: layout.size(length),
    sequence,
    kind,
    flags: word & (MOVED | SETTLED),
    payload: bytes.subarray(at + HEADER_BYTES, end),
  }
}

/** The commit mark, over whole units. */
export function mark(layout: Layout): Uint8Array {
  return new Uint8Array(layout.markBytes).map((_, i) => MARK[i & 3] as number)
}

function checksum(bytes: Uint8Array, at: number, length: number, address: number, sequence: number): number {
  let crc = crc32Word(crc32Word(CRC_START, address), sequence)
  crc = crc32(crc, bytes, at, at + 2)
  return ~crc32(crc, bytes, at + HEADER_BYTES, at + HEADER_BYTES + length) >>> 0
}

/** `count` bytes (1 to 4) as a number, lowest byte first. */
export function number(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number)
  return value
}

export function putNumber(bytes: Uint8Array, at: number, count: number, value: number): void {
  for (let i = 0; i < count; i++) bytes[at + i] = value >>> (8 * i)
}
