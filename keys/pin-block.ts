import type { Pan } from '../host-link/wire/values.ts'
import { wipe } from './wipe.ts'

export const PIN_DIGITS_MIN = 4
export const PIN_DIGITS_MAX = 12
/** Format 0 takes twelve digits left of the check digit. */
export const PIN_BLOCK_PAN_DIGITS_MIN = 13

/** Field 53.1: `2` binds the PAN into the block; `1` does not, where no PAN is known (written `noPan` here). */
export type PinBlockPan = Pan | 'noPan'

/** What a clear block holds. Every fault is one kind: an error that told them apart would be an oracle on PINs. */
export type DecodedPin =
  | { readonly kind: 'pin'; readonly digits: Uint8Array }
  | { readonly kind: 'malformed' }

/** Whether these digit values can be a PIN: 4 to 12 of 0–9. */
export function isPin(digits: Uint8Array): boolean {
  return (
    digits.length >= PIN_DIGITS_MIN && digits.length <= PIN_DIGITS_MAX && digits.every((digit) => digit <= 9)
  )
}

/** Whether format 0 can bind this PAN. */
export function isPinBlockPan(pan: PinBlockPan): boolean {
  return pan === 'noPan' || pan.length >= PIN_BLOCK_PAN_DIGITS_MIN
}

/**
 * The clear PIN block, ISO 9564-1 format 0: `0`, length, PIN, F fill; XOR four zeros and twelve PAN digits. `digits`
 * are digit values, not characters: a string could not be wiped. The caller wipes them, and this block.
 * Throws RangeError unless `isPin(digits)` and `isPinBlockPan(pan)`.
 */
export function clearPinBlock(digits: Uint8Array, pan: PinBlockPan): Uint8Array {
  if (!isPin(digits)) throw new RangeError('PIN: 4 to 12 digit values 0 to 9')
  const nibbles = new Uint8Array(16).fill(0xf)
  nibbles[0] = 0
  nibbles[1] = digits.length
  nibbles.set(digits, 2)
  const block = packed(nibbles)
  wipe(nibbles)
  xorPan(block, pan)
  return block
}

/** The inverse, for a host. A wrong PAN shows as bad fill wherever it differs under the fill. Wipe the digits. */
export function decodePinBlock(clear: Uint8Array, pan: PinBlockPan): DecodedPin {
  if (clear.length !== 8) return { kind: 'malformed' }
  const block = clear.slice()
  xorPan(block, pan)
  const nibbles = new Uint8Array(16)
  block.forEach((byte, at) => {
    nibbles.set([byte >>> 4, byte & 0xf], 2 * at)
  })
  const length = nibbles[1] ?? 0
  const digits = nibbles.slice(2, 2 + length)
  const well = nibbles[0] === 0 && isPin(digits) && nibbles.subarray(2 + length).every((fill) => fill === 0xf)
  wipe(block, nibbles)
  if (well) return { kind: 'pin', digits }
  wipe(digits)
  return { kind: 'malformed' }
}

/** XOR with four zeros and twelve PAN digits, in place: formats 0 and 3. Throws RangeError unless `isPinBlockPan(pan)`. */
export function xorPan(block: Uint8Array, pan: PinBlockPan): void {
  if (pan === 'noPan') return
  if (!isPinBlockPan(pan)) throw new RangeError('PIN block: wants a PAN of 13 digits or more')
  const nibbles = new Uint8Array(16)
  nibbles.set(
    Array.from(pan.slice(-13, -1), (digit) => Number(digit)),
    4,
  )
  packed(nibbles).forEach((byte, at) => {
    block[at] = (block[at] ?? 0) ^ byte
  })
}

function packed(nibbles: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: nibbles.length / 2 },
    (_, at) => ((nibbles[2 * at] ?? 0) << 4) | (nibbles[2 * at + 1] ?? 0),
  )
}
