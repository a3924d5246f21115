import { hexOf, textOfBytes } from './bytes.ts'
import { checkedFields, checkMti, type Field, type Form, fieldNumbered, valueFault } from './field-table.ts'
import { type FieldValue, type Message, WireError } from './message.ts'

/**
 * The `cup` encoding: message type (2 bytes BCD), bitmap (8 bytes), elements in bit order.
 *
 * Digits are packed two a byte. A fixed `n` of odd count stands right (first nibble 0); field 22 and every variable
 * `n` and `z` stand left (last nibble 0). A variable element follows its length in BCD, one byte (LL) or two (LLL),
 * counted in digits for `n` and `z` and in bytes for the others.
 *
 * Throws a WireError with the path `mti` or `field.35` for what the field table does not allow.
 */
export function encodeIso8583(message: Message): Uint8Array {
  checkMti(message.mti)
  const out: number[] = []
  packDigits(out, message.mti, false)
  out.push(0, 0, 0, 0, 0, 0, 0, 0)
  for (const [row, value] of checkedFields(message.fields)) {
    const bit = row.number - 1
    out[2 + (bit >> 3)] = (out[2 + (bit >> 3)] as number) | (0x80 >> (bit & 7))
    const { prefixBytes } = row.length
    if (prefixBytes > 0) packDigits(out, String(value.length).padStart(2 * prefixBytes, '0'), false)
    if (typeof value !== 'string') for (const byte of value) out.push(byte)
    else if (isPacked(row.form)) packDigits(out, value, standsLeft(row))
    else for (let i = 0; i < value.length; i++) out.push(value.charCodeAt(i))
  }
  return Uint8Array.from(out)
}

/**
 * The message of these bytes, all of them. `encodeIso8583` gives the same bytes back, but for one tolerance: the
 * free last nibble of an odd track (fields 35, 36) may be F, as some terminals write it, and is written as 0.
 * Throws a WireError with the path and the byte offset where the bytes stop being a message.
 */
export function decodeIso8583(bytes: Uint8Array): Message {
  const draft: Draft = { mti: '', fields: {} }
  readIso8583(bytes, draft)
  return draft
}

/** A message while it is being read: after a WireError it holds what stood before the fault. */
export interface Draft {
  mti: string
  readonly fields: { [element: number]: FieldValue }
}

/** `decodeIso8583` into a draft, for who wants to show a message that ends in a fault. */
export function readIso8583(bytes: Uint8Array, draft: Draft): void {
  const reader = { bytes, at: 0 }
  draft.mti = takeDigits(reader, 'mti', 'n', 4, false)
  const bitmapAt = reader.at
  const bitmap = take(reader, 'bitmap', 8)
  for (let number = 1; number <= 64; number++) {
    const at = bitmapAt + ((number - 1) >> 3)
    if (((bitmap[at - bitmapAt] as number) & (0x80 >> ((number - 1) & 7))) === 0) continue
    const row = fieldNumbered[number]
    if (!row) throw new WireError(`field.${number}`, at, 'not in the field table')
    draft.fields[number] = takeField(reader, row)
  }
  if (reader.at < bytes.length)
    throw new WireError('message', reader.at, `${bytes.length - reader.at} bytes too many`)
}

interface Reader {
  readonly bytes: Uint8Array
  at: number
}

function takeField(reader: Reader, row: Field): FieldValue {
  const path = `field.${row.number}`
  const { prefixBytes, max } = row.length
  const start = reader.at
  const length = prefixBytes === 0 ? max : Number(takeDigits(reader, path, 'n', 2 * prefixBytes, false))
  if (length > max) throw new WireError(path, start, `wants at most ${max}, got ${length}`)
  if (isPacked(row.form)) return takeDigits(reader, path, row.form, length, standsLeft(row))
  const at = reader.at
  const bytes = take(reader, path, length)
  const value = row.form === 'b' ? new Uint8Array(bytes) : textOfBytes(bytes)
  const fault = valueFault(row, value)
  if (fault !== undefined) throw new WireError(path, at, fault)
  return value
}

function take(reader: Reader, path: string, count: number): Uint8Array {
  const { bytes, at } = reader
  if (count > bytes.length - at)
    throw new WireError(path, at, `truncated: wants ${count} bytes, got ${bytes.length - at}`)
  reader.at += count
  return bytes.subarray(at, at + count)
}

function takeDigits(reader: Reader, path: string, form: Form, count: number, left: boolean): string {
  const start = reader.at
  const nibbles = hexOf(take(reader, path, (count + 1) >> 1))
  let digits = nibbles
  if (count % 2 !== 0) {
    digits = left ? nibbles.slice(0, -1) : nibbles.slice(1)
    const free = left ? nibbles.slice(-1) : nibbles.slice(0, 1)
    if (free !== '0' && !(form === 'z' && free === 'F'))
      throw new WireError(path, left ? reader.at - 1 : start, 'wants 0 in the free nibble')
  }
  const bad = form === 'z' ? -1 : nibbles.search(/\D/)
  if (bad >= 0) throw new WireError(path, start + (bad >> 1), 'wants decimal digits')
  return digits
}

function packDigits(out: number[], digits: string, left: boolean): void {
  const nibbles = digits.length % 2 === 0 ? digits : left ? `${digits}0` : `0${digits}`
  for (let i = 0; i < nibbles.length; i += 2) out.push(Number.parseInt(nibbles.slice(i, i + 2), 16))
}

function isPacked(form: Form): boolean {
  return form === 'n' || form === 'n-left' || form === 'z'
}

function standsLeft(row: Field): boolean {
  return row.form === 'n-left' || row.length.prefixBytes > 0
}
