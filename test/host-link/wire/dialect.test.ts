import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeMessage,
  dialectOf,
  encodeMessage,
  macInput,
  receivedMacInput,
  translate,
} from '../../../host-link/wire/dialect.ts'
import { type FieldValue, WireError } from '../../../host-link/wire/message.ts'
import { bytes, macVectors, samples } from './samples.ts'
import { anyMessage } from './specification.ts'

const hexOf = (data: Uint8Array) => Buffer.from(data).toString('hex')

// biome-ignore format: one row a typing
const VECTORS: readonly [name: string, hex: string, mti: string, fields: { [element: number]: FieldValue }][] = [
  ['message type alone, 0200 is 200',           'a10018c8',                    '0200', {}],
  ['fixed digits are an integer',               'a20018c803 00',               '0200', { 3: '000000' }],
  ['twelve digits too',                         'a20018c804 1a00015ae0',       '0200', { 4: '000000088800' }],
  ['the longest amount',                        'a20018c804 1b000000e8d4a50fff', '0200', { 4: '999999999999' }],
  ['an odd count too',                          'a20018c816 15',               '0200', { 22: '021' }],
  ['sixteen digits are text',                   'a20018c81835 7032363030303030303030303030303030', '0200', { 53: '2600000000000000' }],
  ['variable digits are text',                  'a20018c802 6430303132',       '0200', { 2: '0012' }],
  ['a track is text',                           'a20018c81823 65313233 4434',  '0200', { 35: '123D4' }],
  ['GBK bytes are code points of their value',  'a20018c8183f 6530c2b3c39a', '0200', { 63: '0\xb3\xda' }],
  ['bytes are a byte string',                   'a20018c8183e 43010203',       '0200', { 62: bytes('010203') }],
  ['a key block and a type with zeros',         'a20019032a183e 4101',         '0810', { 62: bytes('01') }],
]

describe('cbor dialect', () => {
  test.each(VECTORS)('%s: %s', (_name, spaced, mti, fields) => {
    const data = bytes(spaced.replace(/ /g, ''))
    expect(hexOf(encodeMessage('cbor', { mti, fields }))).toBe(hexOf(data))
    expect(decodeMessage('cbor', data)).toEqual({ mti, fields })
  })

  // biome-ignore format: one row a fault
  test.each([
    ['no map',                        '00',               'message',  0],
    ['no message type',               'a0',               'mti',      0],
    ['a message type of five digits', 'a100192710',       'mti',      1],
    ['a negative message type',       'a10020',           'mti',      1],
    ['a text key',                    'a20018c8616100',   'message',  4],
    ['a key that might be a PAN',     'a20018c81b00161b1cf4d2bf7000', 'message', 4],
    ['element 1',                     'a20018c80100',     'field.1',  4],
    ['element 5, without a row',      'a20018c80500',     'field.5',  4],
    ['element twice',                 'a30018c803000300', 'cbor',     6],
    ['seven digits for six',          'a20018c8031a000f4240', 'field.3', 4],
    ['negative digits',               'a20018c80320',     'field.3',  4],
    ['text for fixed digits',         'a20018c80360',     'field.3',  4],
    ['an integer for text',           'a20018c80200',     'field.2',  4],
    ['bytes for text',                'a20018c80240',     'field.2',  4],
    ['text for bytes',                'a20018c8183e60',   'field.62', 4],
    ['a letter in a PAN',             'a20018c8026161',   'field.2',  4],
    ['a character over 255',          'a20018c8183f63e4b8ad', 'field.63', 4],
    ['7 of 8 bytes',                  'a20018c818344700000000000000', 'field.52', 4],
    ['an array',                      'a20018c80280',     'cbor',     5],
    ['an array in an array',          'a20018c8028180',   'cbor',     5],
    ['trailing bytes',                'a10018c800',       'cbor',     4],
  ])('%s: %s → WireError in %s at byte %i', (_name, hex, path, offset) => {
    expect(() => decodeMessage('cbor', bytes(hex))).toThrow(expect.objectContaining({ name: 'WireError', path, offset }))
  })

  test('more than 4,096 bytes → WireError', () => {
    expect(() => decodeMessage('cbor', new Uint8Array(4097))).toThrow(WireError)
  })

  test.each(samples)(
    '$name in cbor: every truncation refused, every bit flip refused or canonical',
    ({ mti, fields }) => {
      const data = encodeMessage('cbor', { mti, fields })
      for (let length = 0; length < data.length; length++)
        expect(() => decodeMessage('cbor', data.subarray(0, length))).toThrow(WireError)
      for (let bit = 0; bit < 8 * data.length; bit++) {
        const flipped = new Uint8Array(data)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        try {
          expect(hexOf(encodeMessage('cbor', decodeMessage('cbor', flipped)))).toBe(hexOf(flipped))
        } catch (error) {
          if (!(error instanceof WireError)) throw error
        }
      }
    },
  )
})

describe('translation', () => {
  test.each(samples)('$name: cup → cbor → cup gives the same bytes', ({ hex, messageAt }) => {
    const data = bytes(hex.slice(2 * messageAt))
    expect(translate('cbor', translate('cup', data, 'cbor'), 'cup')).toEqual(data)
  })

  test('any message is the same in both dialects', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const cup = encodeMessage('cup', message)
        const cbor = encodeMessage('cbor', message)
        expect(decodeMessage('cbor', cbor)).toEqual(message)
        expect(translate('cup', cup, 'cbor')).toEqual(cbor)
        expect(translate('cbor', cbor, 'cup')).toEqual(cup)
      }),
    )
  })
})

describe('dialectOf', () => {
  test.each([
    ['6000030000', 'cup'],
    ['a10018c8', 'cbor'],
    ['b818', 'cbor'],
    ['', undefined],
    ['0200', undefined],
    ['61', undefined],
    ['80', undefined],
    ['c0', undefined],
  ])('%j is %s', (hex, dialect) => {
    expect(dialectOf(bytes(hex))).toBe(dialect)
  })
})

describe('macInput', () => {
  test.each(macVectors)(
    '$name: the published input, whether or not a MAC is there yet',
    ({ input, mti, fields }) => {
      expect(hexOf(macInput({ mti, fields }, 'cup')).toUpperCase()).toBe(input)
      expect(
        hexOf(macInput({ mti, fields: { ...fields, 64: bytes('FF'.repeat(8)) } }, 'cup')).toUpperCase(),
      ).toBe(input)
    },
  )

  test('cbor: the map without key 64', () => {
    const message = { mti: '0200', fields: { 3: '310000', 64: bytes('00'.repeat(8)) } }
    expect(hexOf(macInput(message, 'cbor'))).toBe('a20018c8031a0004baf0')
    expect(Object.keys(message.fields)).toEqual(['3', '64'])
  })

  test('every byte of the message is under the MAC', () => {
    fc.assert(
      fc.property(anyMessage, fc.uint8Array({ minLength: 8, maxLength: 8 }), ({ mti, fields }, mac) => {
        const message = { mti, fields: { ...fields, 64: mac } }
        const whole = encodeMessage('cup', message)
        expect(hexOf(macInput(message, 'cup')) + hexOf(mac)).toBe(hexOf(whole))
        expect(receivedMacInput(message, 'cup', whole)).toEqual(macInput(message, 'cup'))
        const { 64: _mac, ...rest } = message.fields
        expect(macInput(message, 'cbor')).toEqual(encodeMessage('cbor', { mti, fields: rest }))
      }),
    )
  })

  test('a received message with F after its track is checked over its own bytes', () => {
    const data = bytes(`02000000000020000001${'05123D4F'}${'00'.repeat(8)}`)
    const message = decodeMessage('cup', data)
    expect(hexOf(receivedMacInput(message, 'cup', data))).toBe('0200000000002000000105123d4f')
    expect(hexOf(macInput(message, 'cup'))).toBe('0200000000002000000105123d40')
  })

  test('a received message without field 64 has no MAC input → WireError', () => {
    const data = bytes('02000000000000000000')
    expect(() => receivedMacInput(decodeMessage('cup', data), 'cup', data)).toThrow(WireError)
  })
})
