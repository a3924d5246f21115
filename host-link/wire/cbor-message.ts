import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts'
import { checkedFields, checkMti, type Field, fieldNumbered, valueFault } from './field-table.ts'
import { FRAME_BYTES_MAX } from './frame.ts'
import type { Draft } from './iso8583.ts'
import { type FieldValue, type Message, WireError } from './message.ts'

/** Fixed digits up to this count travel as an integer: 15 digits stay below 2^53. */
const INTEGER_DIGITS_MAX = 15

/**
 * The `cbor` encoding: a canonical map, key 0 the message type as an integer (`0200` is 200), key n element n:
 * fixed digits (3, 4, 11 …; not 53, which has 16) as an integer, `b` as a byte string, all else as a text string, in
 * which a byte 80–FF of GBK text is the code point of the same number. No element 1.
 *
 * Throws a WireError as `encodeIso8583` does: what one dialect can say the other can.
 */
export function encodeCborMessage(message: Message): Uint8Array {
  checkMti(message.mti)
  const map = new Map<number, CborValue>([[0, Number(message.mti)]])
  for (const [row, value] of checkedFields(message.fields))
    map.set(row.number, isInteger(row) ? Number(value) : value)
  return encodeCbor(map)
}

/** The message of these bytes, all of them; `encodeCborMessage` gives the same bytes back. Throws a WireError. */
export function decodeCborMessage(bytes: Uint8Array): Message {
  const draft: Draft = { mti: '', fields: {} }
  readCborMessage(bytes, draft)
  return draft
}

/** `decodeCborMessage` into a draft, which after a WireError holds what stood before the fault. */
export function readCborMessage(bytes: Uint8Array, draft: Draft): void {
  const map = decodeCbor(bytes, { bytes: FRAME_BYTES_MAX, depth: 1 }, (key, value, offset) => {
    if (key === 0) draft.mti = digitsOf('mti', 4, value, offset)
    else {
      const isElement = typeof key === 'number' && key > 0 && key <= 64
      const row = isElement ? fieldNumbered[key] : undefined
      // A key is not quoted unless it is an element's number: it may be anything, a card number too.
      if (!row) throw new WireError(isElement ? `field.${key}` : 'message', offset, 'not in the field table')
      draft.fields[row.number] = fieldOf(row, value, offset)
    }
  })
  if (!(map instanceof Map)) throw new WireError('message', 0, 'wants a map')
  if (draft.mti === '') throw new WireError('mti', 0, 'missing')
}

function fieldOf(row: Field, value: CborValue, offset: number): FieldValue {
  const path = `field.${row.number}`
  if (isInteger(row)) return digitsOf(path, row.length.max, value, offset)
  const fault = valueFault(row, value)
  if (fault !== undefined) throw new WireError(path, offset, fault)
  return value as FieldValue
}

function digitsOf(path: string, count: number, value: CborValue, offset: number): string {
  if (typeof value !== 'number' || value < 0 || value >= 10 ** count)
    throw new WireError(path, offset, `wants an integer of at most ${count} digits`)
  return String(value).padStart(count, '0')
}

function isInteger(row: Field): boolean {
  return row.form.startsWith('n') && row.length.prefixBytes === 0 && row.length.max <= INTEGER_DIGITS_MAX
}
