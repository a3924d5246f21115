import type { Pan } from '../host-link/wire/values.ts'
import { type BlockCipher, checkBlock } from './block-cipher.ts'
import type { RandomBytes } from './host-keys.ts'
import type { DecodedPin } from './pin-block.ts'
import { pinField, pinOfField } from './pin-nibbles.ts'
import { wipe } from './wipe.ts'

const BLOCK_BYTES = 16
const FIELD_BYTES = 8
const FILL = 0xa

/** The PAN field, 16 bytes: digits less 12, the whole PAN with its check digit, zeros. Fewer than 12 digits do not occur. */
export function panField4(pan: Pan): Uint8Array {
  const nibbles = new Uint8Array(2 * BLOCK_BYTES)
  nibbles[0] = pan.length - 12
  nibbles.set(
    Array.from(pan, (digit) => Number(digit)),
    1,
  )
  return Uint8Array.from(
    { length: BLOCK_BYTES },
    (_, at) => ((nibbles[2 * at] ?? 0) << 4) | (nibbles[2 * at + 1] ?? 0),
  )
}

/**
 * ISO 9564-1 format 4, enciphered, 16 bytes: the PIN field (`4`, length, PIN, A fill, then 8 random bytes) through AES,
 * XOR the PAN field, through AES again. Throws RangeError unless `isPin(digits)`, for a cipher with other blocks than 16
 * bytes, and where `random` gives too few. The caller wipes the digits.
 */
export function encipherPinFormat4(
  cipher: BlockCipher,
  digits: Uint8Array,
  pan: Pan,
  random: RandomBytes,
): Uint8Array {
  const chance = random(BLOCK_BYTES - FIELD_BYTES)
  if (chance.length !== BLOCK_BYTES - FIELD_BYTES)
    throw new RangeError('the random source gave too few bytes')
  const field = new Uint8Array(BLOCK_BYTES)
  const clear = pinField(4, digits, new Uint8Array(14).fill(FILL))
  field.set(clear)
  field.set(chance, FIELD_BYTES)
  checkBlock(cipher, field)
  const middle = cipher.encrypt(field)
  xorInto(middle, panField4(pan))
  const block = cipher.encrypt(middle)
  wipe(clear, field, chance, middle)
  return block
}

/** The inverse, for a host. A wrong PAN or key ends as bad fill. Throws RangeError for a cipher with other blocks. */
export function decipherPinFormat4(cipher: BlockCipher, block: Uint8Array, pan: Pan): DecodedPin {
  if (block.length !== BLOCK_BYTES) return { kind: 'malformed' }
  const middle = cipher.decrypt(block)
  xorInto(middle, panField4(pan))
  const field = cipher.decrypt(middle)
  const decoded = pinOfField(field.subarray(0, FIELD_BYTES), 4, (fill) => fill === FILL)
  wipe(middle, field)
  return decoded
}

function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let at = 0; at < target.length; at++) target[at] = (target[at] ?? 0) ^ (other[at] ?? 0)
}
