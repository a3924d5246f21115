/**
 * One message, whichever way it is encoded (ARCHITECTURE.md, contract 2): a message type indicator and a set of
 * numbered data elements. The field table (`field-table.ts`) says what each element holds:
 *
 * - form `n` is a string of digits without padding; `z`, a track, takes `0`–`9` and `A`–`F`: `D` separates, and a
 *   track that is encrypted in place holds any of them;
 * - forms `a`, `an`, `ans` are strings with one character a byte, code units 0–255: GBK text stays bytes here
 *   and is read by whoever has a character set (the device's ROM, the host's `TextDecoder`);
 * - form `b` is a `Uint8Array`.
 *
 * Element 1 (the bitmap) and element 128-bit extensions do not occur: UnionPay POS uses 64 bits.
 */
export interface Message {
  /** Message type indicator, four digits: `0200`. */
  readonly mti: string
  readonly fields: Fields
}

/** Data elements by ISO 8583 number, 2–64. */
export type Fields = { readonly [element: number]: FieldValue }
export type FieldValue = string | Uint8Array

/** What a frame carries beside the message in the `cup` encoding: both as hex, `6000030000` and `603100311108`. */
export interface Envelope {
  /** TPDU, ten digits: `60`, destination, source. */
  readonly tpdu: string
  /** Application header, twelve digits (class, version, state, processing requirement, sub-version). */
  readonly header: string
}

/** The two encodings of a message. */
export type Dialect = 'cup' | 'cbor'

/** Bad bytes: where in the message (`field.60.3`), at which byte offset of the input, and why. */
export class WireError extends Error {
  override readonly name = 'WireError'
  readonly path: string
  readonly offset: number
  readonly why: string
  constructor(path: string, offset: number, why: string) {
    super(`${path} at byte ${offset}: ${why}`)
    this.path = path
    this.offset = offset
    this.why = why
  }
}
