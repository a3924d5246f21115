import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asPan } from '../../host-link/wire/values.ts'
import { aes } from '../../keys/aes.ts'
import { clearPinBlock, type DecodedPin, decodePinBlock } from '../../keys/pin-block.ts'
import { decodePinFormat1, encodePinFormat1 } from '../../keys/pin-format-1.ts'
import { decodePinFormat3, encodePinFormat3 } from '../../keys/pin-format-3.ts'
import { decipherPinFormat4, encipherPinFormat4, panField4 } from '../../keys/pin-format-4.ts'
import { tdes } from '../../keys/tdes.ts'
import { nodeCipher } from './node-cipher.ts'
import { asHex, hex, text, vector, vectors } from './vectors.ts'

const digit = fc.integer({ min: 0, max: 9 })
const pins = fc.array(digit, { minLength: 4, maxLength: 12 }).map((pin) => Uint8Array.from(pin))
const pans = fc.array(digit, { minLength: 13, maxLength: 19 }).map((pan) => asPan(pan.join('')))
const keys = fc.uint8Array({ minLength: 16, maxLength: 16 })
const random = (bytes: number) => Uint8Array.from(randomBytes(bytes))
const malformed = { kind: 'malformed' }
const pinOf = (digits: Uint8Array): DecodedPin => ({ kind: 'pin', digits })

test('pin-fmt1-12345: format 1 with the published fill', () => {
  const each = vector('pin-fmt1-12345')
  const fill = hex(`${text(each, 'fillNibbles')}00000`)
  expect(asHex(encodePinFormat1(Uint8Array.of(1, 2, 3, 4, 5), () => fill.slice()))).toBe(each.expected)
})

test.each(vectors(3, (each) => each.op === 'decode' && each.format === 3))('$name: $expected', (each) => {
  const digits = Uint8Array.from(text(each, 'expected'), Number)
  expect(decodePinFormat3(hex(text(each, 'block')), asPan(text(each, 'pan')))).toEqual(pinOf(digits))
})

test.each(vectors(2, (each) => each.op === 'pan-field'))(
  '$name: the whole PAN with its check digit',
  (each) => {
    expect(asHex(panField4(asPan(text(each, 'pan'))))).toBe(each.expected)
  },
)

test('pin-fmt4-encipher-det: the published block, and back', () => {
  const each = vector('pin-fmt4-encipher-det')
  const [cipher, pan] = [aes(hex(text(each, 'key'))), asPan(text(each, 'pan'))]
  const block = encipherPinFormat4(cipher, Uint8Array.of(1, 2, 3, 4), pan, () => hex(text(each, 'random8')))
  expect(asHex(block)).toBe(each.expected)
  expect(decipherPinFormat4(cipher, block, pan)).toEqual(pinOf(Uint8Array.of(1, 2, 3, 4)))
})

test('any PIN, PAN and chance: each format is decoded to what was encoded, format 4 through OpenSSL’s AES too', () => {
  fc.assert(
    fc.property(pins, pans, keys, (pin, pan, key) => {
      expect(decodePinFormat1(encodePinFormat1(pin, random))).toEqual(pinOf(pin))
      expect(decodePinFormat3(encodePinFormat3(pin, pan, random), pan)).toEqual(pinOf(pin))
      const block = encipherPinFormat4(aes(key), pin, pan, random)
      expect(decipherPinFormat4(nodeCipher('aes-128-ecb', key, 16), block, pan)).toEqual(pinOf(pin))
    }),
  )
})

test('the same PIN and card make another block each time in formats 1, 3 and 4', () => {
  const [pin, pan] = [Uint8Array.of(1, 2, 3, 4), asPan('6225880123456789')]
  const cipher = aes(random(16))
  for (const make of [
    () => encodePinFormat1(pin, random),
    () => encodePinFormat3(pin, pan, random),
    () => encipherPinFormat4(cipher, pin, pan, random),
  ]) {
    expect(asHex(make())).not.toBe(asHex(make()))
  }
})

test('format 3 fill: only A to F come up, and each of them', () => {
  const seen = new Set<number>()
  const pan = asPan('0000000000000000')
  for (let round = 0; round < 60; round++) {
    const block = encodePinFormat3(Uint8Array.of(1, 2, 3, 4), pan, random)
    for (const byte of block.subarray(3)) for (const nibble of [byte >>> 4, byte & 0xf]) seen.add(nibble)
  }
  expect([...seen].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15])
})

test('format 3 fill: bytes that would favour a letter are drawn again', () => {
  const draws = [new Uint8Array(14).fill(253), Uint8Array.from({ length: 14 }, (_, at) => at)]
  const block = encodePinFormat3(
    Uint8Array.of(1, 2, 3, 4),
    asPan('0000000000000000'),
    () => draws.shift() ?? new Uint8Array(14),
  )
  expect(asHex(block)).toBe('341234ABCDEFABCD')
})

test('a PAN that differs under the fill → malformed, in format 0, in 3 where it makes a digit; any other PAN in format 4', () => {
  fc.assert(
    fc.property(pins, pans, fc.integer({ min: 1, max: 9 }), (pin, pan, step) => {
      const at = pan.length - 2 // the last digit that formats 0 and 3 take
      const wrong = asPan(pan.slice(0, at) + ((Number(pan[at]) + step) % 10) + pan.slice(at + 1))
      expect(decodePinBlock(clearPinBlock(pin, pan), wrong)).toEqual(malformed)
      const cipher = aes(new Uint8Array(16).fill(step))
      const check = asPan(pan.slice(0, -1) + ((Number(pan.at(-1)) + step) % 10))
      expect(decipherPinFormat4(cipher, encipherPinFormat4(cipher, pin, pan, random), check)).toEqual(
        malformed,
      )
      // A fill of A becomes the digit 2; other fills can become one another, so that format 3 sees less than format 0.
      const clear = encodePinFormat3(pin, asPan('0'.repeat(16)), (bytes) => new Uint8Array(bytes))
      expect(decodePinFormat3(clear, asPan('8888888888888888'))).toEqual(malformed)
    }),
  )
})

// biome-ignore format: one row a fault
const faulty: readonly (readonly [string, string])[] = [
  //                    16 nibbles of a PIN field
  ['control',           '941234FFFFFFFFFF'],
  ['length 0',          'x0FFFFFFFFFFFFFF'],
  ['length 3',          'x3123FFFFFFFFFFF'],
  ['length 13',         'xD1234567890123F'],
  ['length 15',         'xF12345678901234'],
  ['a digit A',         'x4123AFFFFFFFFFF'],
  ['a digit F',         'x6123456FFFFFFFF'.replace('6FFFFFFFF', 'FFFFFFFFF')],
]

test.each(faulty)('%s → one and the same answer from every format', (_, nibbles) => {
  const as = (control: number) => hex(nibbles.replace('x', String(control)))
  const zeros = asPan('0000000000000000') // its field is zero but for format 4
  expect(decodePinBlock(as(0), zeros)).toEqual(malformed)
  expect(decodePinFormat1(as(1))).toEqual(malformed)
  expect(decodePinFormat3(as(3), zeros)).toEqual(malformed)
  const cipher = aes(new Uint8Array(16).fill(1))
  const field = Uint8Array.of(...hex(nibbles.replace('x', '4').replaceAll('F', 'A')), ...random(8))
  const middle = cipher.encrypt(field).map((byte, at) => byte ^ (panField4(zeros)[at] ?? 0))
  expect(decipherPinFormat4(cipher, cipher.encrypt(middle), zeros)).toEqual(malformed)
})

test('a wrong fill → malformed in formats 0, 3 and 4; format 1 has none to check', () => {
  const zeros = asPan('0000000000000000')
  expect(decodePinBlock(hex('041234FFFFFFFFFE'), zeros)).toEqual(malformed)
  expect(decodePinFormat3(hex('341234FFFFFFFFF9'), zeros)).toEqual(malformed)
  expect(decodePinFormat1(hex('1412340000000009'))).toEqual(pinOf(Uint8Array.of(1, 2, 3, 4)))
  const cipher = aes(new Uint8Array(16).fill(1))
  const field = Uint8Array.of(...hex('441234AAAAAAAAAB'), ...random(8))
  const middle = cipher.encrypt(field).map((byte, at) => byte ^ (panField4(zeros)[at] ?? 0))
  expect(decipherPinFormat4(cipher, cipher.encrypt(middle), zeros)).toEqual(malformed)
})

test('blocks of another size → malformed', () => {
  const pan = asPan('6225880123456789')
  for (const bytes of [0, 7, 9, 15, 17]) {
    expect(decodePinFormat1(new Uint8Array(bytes))).toEqual(malformed)
    expect(decodePinFormat3(new Uint8Array(bytes), pan)).toEqual(malformed)
    expect(decipherPinFormat4(aes(new Uint8Array(16)), new Uint8Array(bytes), pan)).toEqual(malformed)
  }
  expect(decodePinFormat3(new Uint8Array(8), asPan('123456789012'))).toEqual(malformed) // twelve digits
})

test('a PIN that is none, a PAN that is too short, a cipher of 8-byte blocks, a source that fails → RangeError', () => {
  const [pin, pan, cipher] = [Uint8Array.of(1, 2, 3, 4), asPan('6225880123456789'), aes(new Uint8Array(16))]
  for (const bad of [Uint8Array.of(1, 2, 3), new Uint8Array(13), Uint8Array.of(1, 2, 3, 10)]) {
    expect(() => encodePinFormat1(bad, random)).toThrow(RangeError)
    expect(() => encodePinFormat3(bad, pan, random)).toThrow(RangeError)
    expect(() => encipherPinFormat4(cipher, bad, pan, random)).toThrow(RangeError)
  }
  expect(() => encodePinFormat3(pin, asPan('123456789012'), random)).toThrow(RangeError)
  expect(() => encipherPinFormat4(tdes(new Uint8Array(16)), pin, pan, random)).toThrow(RangeError)
  const little = () => new Uint8Array(3)
  expect(() => encodePinFormat1(pin, little)).toThrow(RangeError)
  expect(() => encodePinFormat3(pin, pan, little)).toThrow(RangeError)
  expect(() => encodePinFormat3(pin, pan, (bytes) => new Uint8Array(bytes).fill(255))).toThrow(RangeError)
  expect(() => encipherPinFormat4(cipher, pin, pan, little)).toThrow(RangeError)
})
