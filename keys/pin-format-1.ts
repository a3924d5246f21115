import type { RandomBytes } from './host-keys.ts'
import type { DecodedPin } from './pin-block.ts'
import { pinField, pinOfField } from './pin-nibbles.ts'
import { wipe } from './wipe.ts'

const BLOCK_BYTES = 8

/**
 * ISO 9564-1 format 1, clear, 8 bytes: `1`, length, PIN, and random nibbles where no PAN is known. `random` gives 7
 * bytes. Throws RangeError unless `isPin(digits)`; the caller wipes digits and block.
 */
export function encodePinFormat1(digits: Uint8Array, random: RandomBytes): Uint8Array {
  const fill = randomNibbles(random, (nibble) => nibble)
  const block = pinField(1, digits, fill)
  wipe(fill)
  return block
}

/** The inverse. Its fill may be anything, so that a wrong key shows by control, length and digits only. Wipe the digits. */
export function decodePinFormat1(clear: Uint8Array): DecodedPin {
  return clear.length === BLOCK_BYTES ? pinOfField(clear, 1, () => true) : { kind: 'malformed' }
}

/** Fourteen nibbles, each from a fresh nibble of chance. Throws RangeError where the source gives too little. */
export function randomNibbles(random: RandomBytes, shape: (nibble: number) => number): Uint8Array {
  const bytes = random(7)
  if (bytes.length !== 7) throw new RangeError('the random source gave too few bytes')
  const nibbles = new Uint8Array(14)
  bytes.forEach((byte, at) => {
    nibbles.set([shape(byte >>> 4), shape(byte & 0xf)], 2 * at)
  })
  wipe(bytes)
  return nibbles
}
