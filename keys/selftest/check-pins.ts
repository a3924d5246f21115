import { asPan, type Pan } from '../../host-link/wire/values.ts'
import { aes } from '../aes.ts'
import { equalBytes } from '../equal-bytes.ts'
import { clearPinBlock, type DecodedPin, decodePinBlock, xorPan } from '../pin-block.ts'
import { decodePinFormat1, encodePinFormat1 } from '../pin-format-1.ts'
import { decodePinFormat3, encodePinFormat3 } from '../pin-format-3.ts'
import { decipherPinFormat4, encipherPinFormat4, panField4 } from '../pin-format-4.ts'
import { pinField, pinOfField } from '../pin-nibbles.ts'
import type { Answer } from './answer.ts'
import type { Check } from './checks.ts'
import { bytesOf, has, type SelfTestVector, textOf, VectorFault, wholeOf } from './vector.ts'

/** PIN blocks of ISO 9564-1. Format 2 is for chip cards; it is read and written here only. */
export const pinChecks: readonly (readonly [string, Check])[] = [
  ['pinblock', (vector) => encodeAs(wholeOf(vector, 'format'), vector)],
  ['pinblock/encode', (vector) => encodeAs(wholeOf(vector, 'format'), vector)],
  ['pinblock/decode', decode],
  ['pinblock/decode-reject', decodeReject],
  ['pinblock/pan-field', panField],
  ['pinblock/encipher', encipher],
]

function encodeAs(format: number, vector: SelfTestVector): Answer {
  const digits = digitsOf(vector)
  const block = encoded(format, digits, vector)
  const decoded = decoded0to3(format, block, vector)
  if (decoded.kind !== 'pin' || !equalBytes(decoded.digits, digits)) {
    throw new VectorFault('decoding does not undo encoding')
  }
  return { expected: block }
}

function encoded(format: number, digits: Uint8Array, vector: SelfTestVector): Uint8Array {
  switch (format) {
    case 0:
      return clearPinBlock(digits, panOf(vector))
    case 1:
      return encodePinFormat1(digits, () => packed(fillOf(vector)))
    case 2:
      return pinField(2, digits, new Uint8Array(14).fill(0xf))
    case 3:
      // Each random byte picks one of A to F.
      return encodePinFormat3(digits, panOf(vector), () =>
        fillOf(vector).map((nibble) => Math.max(0, nibble - 10)),
      )
    default:
      throw new VectorFault('"format" is none of 0, 1, 2, 3')
  }
}

function decoded0to3(format: number, block: Uint8Array, vector: SelfTestVector): DecodedPin {
  switch (format) {
    case 0:
      return decodePinBlock(block, panOf(vector))
    case 1:
      return decodePinFormat1(block)
    case 2:
      return block.length === 8 ? pinOfField(block, 2, (fill) => fill === 0xf) : { kind: 'malformed' }
    case 3:
      return decodePinFormat3(block, panOf(vector))
    default:
      throw new VectorFault('"format" is none of 0, 1, 2, 3')
  }
}

function decodedBlock(vector: SelfTestVector): DecodedPin {
  const format = wholeOf(vector, 'format')
  if (format !== 4) return decoded0to3(format, bytesOf(vector, 'block'), vector)
  return decipherPinFormat4(aes(bytesOf(vector, 'key')), bytesOf(vector, 'block'), longPanOf(vector))
}

function decode(vector: SelfTestVector): Answer {
  const decoded = decodedBlock(vector)
  if (decoded.kind === 'malformed') throw new VectorFault('the block is refused')
  return { expected: decoded.digits.join('') }
}

/** Our decoder has one answer to every fault; which fault it is, is found here for the comparison with the file. */
function decodeReject(vector: SelfTestVector): Answer {
  if (decodedBlock(vector).kind === 'pin') throw new VectorFault('the block is taken')
  const label = wholeOf(vector, 'format') === 4 ? 'malformed' : faultOf(vector)
  return { expected: { kind: 'refused', label, labels: faults } }
}

const lengths = [0, 1, 2, 3, 13, 14, 15].map((length) => `pin-length-${length}`)
const faults: readonly string[] = [...lengths, 'fill-not-F', 'fill-not-A-F', 'pin-digit-not-decimal']

function faultOf(vector: SelfTestVector): string {
  const format = wholeOf(vector, 'format')
  const block = bytesOf(vector, 'block').slice()
  if (format === 0 || format === 3) xorPan(block, panOf(vector))
  const nibbles = [...block].flatMap((byte) => [byte >>> 4, byte & 0xf])
  const length = nibbles[1] ?? 0
  if (nibbles[0] !== format) return 'control'
  if (length < 4 || length > 12) return `pin-length-${length}`
  if (nibbles.slice(2, 2 + length).some((digit) => digit > 9)) return 'pin-digit-not-decimal'
  const fill = nibbles.slice(2 + length)
  if (format === 3) return fill.some((nibble) => nibble < 0xa) ? 'fill-not-A-F' : 'none'
  return fill.some((nibble) => nibble !== 0xf) ? 'fill-not-F' : 'none'
}

function panField(vector: SelfTestVector): Answer {
  checkFormat4(vector)
  return { expected: panField4(longPanOf(vector)) }
}

function checkFormat4(vector: SelfTestVector): void {
  if (wholeOf(vector, 'format') !== 4) throw new VectorFault('"format" is not 4')
}

function encipher(vector: SelfTestVector): Answer {
  checkFormat4(vector)
  const cipher = aes(bytesOf(vector, 'key'))
  const [digits, pan] = [digitsOf(vector), longPanOf(vector)]
  const block = encipherPinFormat4(cipher, digits, pan, () => bytesOf(vector, 'random8'))
  const decoded = decipherPinFormat4(cipher, block, pan)
  if (decoded.kind !== 'pin' || !equalBytes(decoded.digits, digits)) {
    throw new VectorFault('deciphering does not undo enciphering')
  }
  return { expected: block }
}

function digitsOf(vector: SelfTestVector): Uint8Array {
  const pin = textOf(vector, 'pin')
  if (!/^\d*$/.test(pin)) throw new VectorFault('"pin" is not made of digits')
  return Uint8Array.from(pin, Number)
}

function panOf(vector: SelfTestVector): Pan {
  return asPan(textOf(vector, 'pan'))
}

/** Format 4 takes any PAN: one shorter than twelve digits has zeros before it (ISO 9564-1, 9.4.2.3). */
function longPanOf(vector: SelfTestVector): Pan {
  return asPan(textOf(vector, 'pan').padStart(12, '0'))
}

/** Fourteen nibbles that begin with the vector's own. */
function fillOf(vector: SelfTestVector): Uint8Array {
  const text = has(vector, 'fillNibbles') ? textOf(vector, 'fillNibbles') : ''
  if (!/^[0-9A-Fa-f]{0,14}$/.test(text)) throw new VectorFault('"fillNibbles" is not hex')
  return Uint8Array.from(text.padEnd(14, '0'), (nibble) => Number.parseInt(nibble, 16))
}

function packed(nibbles: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: 7 }, (_, at) => ((nibbles[2 * at] ?? 0) << 4) | (nibbles[2 * at + 1] ?? 0))
}
