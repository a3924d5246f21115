import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asPan } from '../../host-link/wire/values.ts'
import { clearPinBlock, decodePinBlock, isPin, isPinBlockPan } from '../../keys/pin-block.ts'
import { tdes } from '../../keys/tdes.ts'
import { asHex, hex, text, vectors } from './vectors.ts'

const digitsOf = (pin: string) => Uint8Array.from(pin, Number)
const digit = fc.integer({ min: 0, max: 9 })
const pins = fc.array(digit, { minLength: 4, maxLength: 12 }).map((pin) => Uint8Array.from(pin))
const pans = fc.array(digit, { minLength: 13, maxLength: 19 }).map((pan) => asPan(pan.join('')))
const malformed = { kind: 'malformed' }

test.each(vectors(4, (each) => each.format === 0 && each.pin !== undefined))('$name: $expected', (each) => {
  const pan = asPan(text(each, 'pan'))
  const block = clearPinBlock(digitsOf(text(each, 'pin')), pan)
  expect(asHex(block)).toBe(each.expected)
  expect(decodePinBlock(block, pan)).toEqual({ kind: 'pin', digits: digitsOf(text(each, 'pin')) })
})

test.each(vectors(4, (each) => each.op === 'decode-reject' && each.format === 0))(
  '$name ($expected) → malformed, as every fault',
  (each) => {
    expect(decodePinBlock(hex(text(each, 'block')), asPan(text(each, 'pan')))).toEqual(malformed)
  },
)

test('V2: PIN 123456 of a published message is 06122556FFFFFFFD, under its PIK 3D87C8B8FA17C67C', () => {
  const block = clearPinBlock(digitsOf('123456'), asPan('9001100000000027'))
  expect(asHex(block)).toBe('06122556FFFFFFFD')
  const pik = tdes(hex('4567C298FB0B045DAB54BF499E10EFCD'))
  expect(asHex(pik.encrypt(block))).toBe('3D87C8B8FA17C67C')
})

test('without a PAN (53.1 = 1) the second block is zero', () => {
  const block = clearPinBlock(digitsOf('123456'), 'noPan')
  expect(asHex(block)).toBe('06123456FFFFFFFF')
  expect(decodePinBlock(block, 'noPan')).toEqual({ kind: 'pin', digits: digitsOf('123456') })
})

test('any PIN and PAN: what was encoded is decoded', () => {
  fc.assert(
    fc.property(pins, pans, (pin, pan) => {
      expect(decodePinBlock(clearPinBlock(pin, pan), pan)).toEqual({ kind: 'pin', digits: pin })
    }),
  )
})

test('a PAN that is wrong under the fill → malformed; wrong elsewhere → never the true PIN', () => {
  fc.assert(
    fc.property(pins, pans, fc.nat(11), fc.integer({ min: 1, max: 9 }), (pin, pan, place, step) => {
      const at = pan.length - 13 + place
      const wrong = asPan(pan.slice(0, at) + ((Number(pan[at]) + step) % 10) + pan.slice(at + 1))
      const decoded = decodePinBlock(clearPinBlock(pin, pan), wrong)
      if (4 + place >= 2 + pin.length) expect(decoded).toEqual(malformed)
      else expect(decoded).not.toEqual({ kind: 'pin', digits: pin })
    }),
  )
})

test('any eight bytes: a PIN of 4 to 12 decimal digits or malformed, and a PIN encodes back', () => {
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(bytes, pans, (block, pan) => {
      const decoded = decodePinBlock(block, pan)
      if (decoded.kind === 'pin') expect(clearPinBlock(decoded.digits, pan)).toEqual(block)
    }),
  )
})

test('every length nibble of 0–3 and 13–15, and every control nibble but 0 → malformed', () => {
  for (const length of [0, 1, 2, 3, 13, 14, 15]) {
    const nibbles = `0${length.toString(16)}${'1'.repeat(length)}`.padEnd(16, 'f').slice(0, 16)
    expect(decodePinBlock(hex(nibbles), 'noPan'), nibbles).toEqual(malformed)
  }
  for (let control = 1; control < 16; control++) {
    expect(decodePinBlock(hex(`${control.toString(16)}41234FFFFFFFFFF`), 'noPan')).toEqual(malformed)
  }
  for (const bytes of [0, 7, 9]) expect(decodePinBlock(new Uint8Array(bytes), 'noPan')).toEqual(malformed)
})

test.each(['', '123', '1234567890123'])('the PIN "%s" is none → RangeError', (pin) => {
  expect(isPin(digitsOf(pin))).toBe(false)
  expect(() => clearPinBlock(digitsOf(pin), 'noPan')).toThrow(RangeError)
})

test('digit values above 9, characters among them → RangeError', () => {
  for (const bad of [10, 15, 0x31, 255]) {
    expect(() => clearPinBlock(Uint8Array.of(1, 2, 3, bad), 'noPan')).toThrow(RangeError)
  }
})

test('a PAN of 12 digits cannot be bound → RangeError', () => {
  expect(isPinBlockPan(asPan('123456789012'))).toBe(false)
  expect(isPinBlockPan(asPan('1234567890123'))).toBe(true)
  expect(() => clearPinBlock(digitsOf('1234'), asPan('123456789012'))).toThrow(RangeError)
})
