import { type DecodedPin, isPin } from './pin-block.ts'
import { wipe } from './wipe.ts'

/** Nibbles of a PIN field: control, length, and 14 for digits and fill. */
const NIBBLES = 16
const DIGITS_AT = 2

/**
 * The PIN field that all formats of ISO 9564-1 begin with, 8 bytes: control nibble, length, digits, fill. `fill` holds
 * as many nibbles as the digits leave (14 − length) or more. The caller wipes digits and field. Throws RangeError unless
 * `isPin(digits)`.
 */
export function pinField(control: number, digits: Uint8Array, fill: Uint8Array): Uint8Array {
  if (!isPin(digits)) throw new RangeError('PIN: 4 to 12 digit values 0 to 9')
  const nibbles = new Uint8Array(NIBBLES)
  nibbles.set([control, digits.length])
  nibbles.set(digits, DIGITS_AT)
  nibbles.set(fill.subarray(0, NIBBLES - DIGITS_AT - digits.length), DIGITS_AT + digits.length)
  const field = new Uint8Array(NIBBLES / 2)
  for (let at = 0; at < field.length; at++)
    field[at] = ((nibbles[2 * at] ?? 0) << 4) | (nibbles[2 * at + 1] ?? 0)
  wipe(nibbles)
  return field
}

/** The digits of a PIN field of 8 bytes. Wrong control, length, digit or fill is one and the same fault. Wipe the digits. */
export function pinOfField(
  field: Uint8Array,
  control: number,
  isFill: (nibble: number) => boolean,
): DecodedPin {
  const nibbles = new Uint8Array(NIBBLES)
  field.forEach((byte, at) => {
    nibbles.set([byte >>> 4, byte & 0xf], 2 * at)
  })
  const end = DIGITS_AT + (nibbles[1] ?? 0)
  const digits = nibbles.slice(DIGITS_AT, end)
  const well = nibbles[0] === control && isPin(digits) && nibbles.subarray(end).every(isFill)
  wipe(nibbles)
  if (well) return { kind: 'pin', digits }
  wipe(digits)
  return { kind: 'malformed' }
}
