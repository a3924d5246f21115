import { type DecodedPin, isPin, isPinBlockPan, type PinBlockPan } from './pin-block.ts'
import { wipe } from './wipe.ts'

const NIBBLES = 32

/**
 * A clear PIN block of 16 bytes for SM4: `0`, length, PIN, F fill; XOR twenty zeros and twelve PAN digits. No public text
 * describes the block that UnionPay wants under SM4: this is ISO 9564-1 format 0 stretched to SM4's block, and in use
 * nowhere. Digits, wiping and RangeError as in `clearPinBlock`.
 */
export function clearSm4PinBlock(digits: Uint8Array, pan: PinBlockPan): Uint8Array {
  if (!isPin(digits)) throw new RangeError('PIN: 4 to 12 digit values 0 to 9')
  if (!isPinBlockPan(pan)) throw new RangeError('PIN block: wants a PAN of 13 digits or more')
  const nibbles = new Uint8Array(NIBBLES).fill(0xf)
  nibbles[0] = 0
  nibbles[1] = digits.length
  nibbles.set(digits, 2)
  const mask = panNibbles(pan)
  const block = Uint8Array.from({ length: NIBBLES / 2 }, (_, at) => {
    const nibble = (index: number) => (nibbles[index] ?? 0) ^ (mask[index] ?? 0)
    return (nibble(2 * at) << 4) | nibble(2 * at + 1)
  })
  wipe(nibbles)
  return block
}

/** The inverse, for a host. One fault for all. Wipe the digits. */
export function decodeSm4PinBlock(clear: Uint8Array, pan: PinBlockPan): DecodedPin {
  if (clear.length !== NIBBLES / 2 || !isPinBlockPan(pan)) return { kind: 'malformed' }
  const mask = panNibbles(pan)
  const nibbles = mask.map((nibble, at) => ((clear[at >> 1] ?? 0) >>> (at % 2 === 0 ? 4 : 0)) ^ nibble)
  for (let at = 0; at < NIBBLES; at++) nibbles[at] = (nibbles[at] ?? 0) & 0xf
  const length = nibbles[1] ?? 0
  const digits = nibbles.slice(2, 2 + length)
  const well = nibbles[0] === 0 && isPin(digits) && nibbles.subarray(2 + length).every((fill) => fill === 0xf)
  wipe(nibbles)
  if (well) return { kind: 'pin', digits }
  wipe(digits)
  return { kind: 'malformed' }
}

function panNibbles(pan: PinBlockPan): Uint8Array {
  const nibbles = new Uint8Array(NIBBLES)
  if (pan === 'noPan') return nibbles
  nibbles.set(
    Array.from(pan.slice(-13, -1), (digit) => Number(digit)),
    NIBBLES - 12,
  )
  return nibbles
}
