import type { Pan } from '../host-link/wire/values.ts'
import type { RandomBytes } from './host-keys.ts'
import { type DecodedPin, isPinBlockPan, xorPan } from './pin-block.ts'
import { pinField, pinOfField } from './pin-nibbles.ts'
import { wipe } from './wipe.ts'

const BLOCK_BYTES = 8
const FILLS: readonly number[] = [0xa, 0xb, 0xc, 0xd, 0xe, 0xf]
/** Attempts at fourteen nibbles out of bytes; a source that needs more is broken. */
const DRAWS_MAX = 64

/**
 * ISO 9564-1 format 3, clear, 8 bytes: `3`, length, PIN, random nibbles A to F; XOR the PAN as in format 0. So the same
 * PIN and card make another block each time. Throws RangeError unless `isPin(digits)` and `isPinBlockPan(pan)`, and
 * where `random` gives too few bytes. The caller wipes digits and block.
 */
export function encodePinFormat3(digits: Uint8Array, pan: Pan, random: RandomBytes): Uint8Array {
  const fill = randomFill(random)
  const block = pinField(3, digits, fill)
  wipe(fill)
  xorPan(block, pan)
  return block
}

/**
 * The inverse. A wrong PAN shows as bad fill where it makes a digit of a fill nibble; A to F can also become one
 * another, so that this format sees less of it than format 0. Wipe the digits.
 */
export function decodePinFormat3(clear: Uint8Array, pan: Pan): DecodedPin {
  if (clear.length !== BLOCK_BYTES || !isPinBlockPan(pan)) return { kind: 'malformed' }
  const block = clear.slice()
  xorPan(block, pan)
  const decoded = pinOfField(block, 3, (fill) => fill >= 0xa)
  wipe(block)
  return decoded
}

/** Fourteen of A to F, all equally likely: bytes above the last whole multiple of six are drawn again. */
function randomFill(random: RandomBytes): Uint8Array {
  const fill = new Uint8Array(14)
  let at = 0
  for (let draw = 0; draw < DRAWS_MAX && at < fill.length; draw++) {
    const bytes = random(fill.length)
    if (bytes.length !== fill.length) throw new RangeError('the random source gave too few bytes')
    for (const byte of bytes) {
      if (byte < 252 && at < fill.length) fill[at++] = FILLS[byte % 6] ?? 0
    }
    wipe(bytes)
  }
  if (at < fill.length) throw new RangeError('the random source gives no fill')
  return fill
}
