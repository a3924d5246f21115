import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldNumbered } from '../../../host-link/wire/field-table.ts'
import { decodeIso8583, encodeIso8583 } from '../../../host-link/wire/iso8583.ts'
import { type FieldValue, WireError } from '../../../host-link/wire/message.ts'
import { bytes, samples } from './samples.ts'
import { anyMessage, referenceHex, SPECIFICATION } from './specification.ts'

const hexOf = (data: Uint8Array) => Buffer.from(data).toString('hex')

/** A message `0200` with one element, as hex: bitmap with its bit and what follows. */
function single(element: number, tail: string): string {
  const bitmap = (1n << BigInt(64 - element)).toString(16).padStart(16, '0')
  return `0200${bitmap}${tail}`
}

describe('field table', () => {
  test('it has the rows of the specification, in bit order', () => {
    const rows = fieldNumbered.flatMap((row) => (row ? [row] : []))
    const kinds = ['fix', 'LL', 'LLL']
    expect(
      rows.map((row) => [
        row.number,
        row.form.replace('-left', ''),
        kinds[row.length.prefixBytes],
        row.length.max,
      ]),
    ).toEqual(SPECIFICATION)
  })
})

describe('published messages', () => {
  test.each(samples)(
    '$name: decodes to its values and back to the same bytes',
    ({ hex, messageAt, mti, fields }) => {
      const data = bytes(hex.slice(2 * messageAt))
      expect(decodeIso8583(data)).toEqual({ mti, fields })
      expect(hexOf(encodeIso8583({ mti, fields })).toUpperCase()).toBe(hex.slice(2 * messageAt))
    },
  )

  test.each(samples)('$name: cut off at any byte → WireError', ({ hex, messageAt }) => {
    const data = bytes(hex.slice(2 * messageAt))
    for (let length = 0; length < data.length; length++)
      expect(() => decodeIso8583(data.subarray(0, length)), `${length} bytes`).toThrow(WireError)
  })

  test.each(samples)(
    '$name: any bit flipped → WireError, or a message with just these bytes',
    ({ hex, messageAt }) => {
      const data = bytes(hex.slice(2 * messageAt))
      for (let bit = 0; bit < 8 * data.length; bit++) {
        const flipped = new Uint8Array(data)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        expectCanonicalOrRefused(flipped)
      }
    },
  )
})

// biome-ignore format: one row a rule
const VECTORS: readonly [name: string, element: number, tail: string, value: FieldValue][] = [
  ['variable n, odd: left, last nibble 0',        2,  '1362226000012340',       '6222600001234'],
  ['variable n, even',                            2,  '12622260000123',         '622260000123'],
  ['variable n, empty',                           2,  '00',                     ''],
  ['fixed n, even',                               3,  '310000',                 '310000'],
  ['fixed n, odd: right, first nibble 0',         23, '0001',                   '001'],
  ['field 22, odd: left, last nibble 0',          22, '0210',                   '021'],
  ['z, odd: left, last nibble 0, D between',      35, '05123D40',               '123D4'],
  ['z, even',                                     35, '04123D',                 '123D'],
  ['z with an encrypted middle',                  35, '08DCA5EE78',             'DCA5EE78'],
  ['z with two bytes of length',                  36, '000399D0',               '99D'],
  ['n with two bytes of length counts digits',    60, '0011220000010000',       '22000001000'],
  ['an, fixed',                                   39, '4130',                   'A0'],
  ['an with spaces, length in bytes',             44, '06303120202020',         '01    '],
  ['ans with GBK bytes kept as they are',         63, '0006303120B3C9B9',       '01 \xB3\xC9\xB9'],
  ['b, fixed',                                    52, 'F421C8F4FFE584DC',       bytes('F421C8F4FFE584DC')],
  ['b, length in bytes',                          62, '0003010203',             bytes('010203')],
  ['mac',                                         64, '3246394433453536',       bytes('3246394433453536')],
]
describe('encoding rules', () => {
  test.each(VECTORS)('%s (field %i): %s', (_name, element, tail, value) => {
    const data = bytes(single(element, tail))
    expect(decodeIso8583(data)).toEqual({ mti: '0200', fields: { [element]: value } })
    expect(encodeIso8583({ mti: '0200', fields: { [element]: value } })).toEqual(data)
  })
})

// biome-ignore format: one row a fault
const MALFORMED: readonly [name: string, hex: string, path: string, offset: number][] = [
  ['message type with a letter',                  `02A0${'0'.repeat(16)}`,       'mti',      1],
  ['no bitmap',                                   '0200',                        'bitmap',   2],
  ['half a bitmap',                               '020000000000',                'bitmap',   2],
  ['bit 1: a second bitmap',                      `02008${'0'.repeat(15)}`,      'field.1',  2],
  ['a bit without a row',                         single(5, '00'),               'field.5',  2],
  ['another bit without a row',                   single(63 - 7, '00'),          'field.56', 8],
  ['trailing byte',                               single(25, '0000'),            'message',  11],
  ['digit nibble A',                              single(25, '0A'),              'field.25', 10],
  ['digit nibble A in the second byte',           single(3, '00A000'),           'field.3',  11],
  ['right-aligned with a filled first nibble',    single(23, '1001'),            'field.23', 10],
  ['field 22 with a filled last nibble',          single(22, '0211'),            'field.22', 11],
  ['variable n with F in the last nibble',        single(2, '03123F'), 'field.2', 12],
  ['variable n with 1 in the last nibble',        single(2, '031231'),           'field.2',  12],
  ['track with 1 in the last nibble',             single(35, '031231'),          'field.35', 12],
  ['LL length with a letter',                     single(2, '1A'),               'field.2',  10],
  ['LL length over the maximum',                  single(2, `20${'0'.repeat(20)}`), 'field.2', 10],
  ['LLL length over the maximum',                 single(60, `001800${'0'.repeat(16)}`), 'field.60', 10],
  ['LLL length with a fourth digit',              single(62, '1001'),            'field.62', 10],
  ['LL value cut off',                            single(2, '12123450'), 'field.2', 11],
  ['fixed value cut off',                         single(52, '00000000000000'),  'field.52', 10],
  ['no length at all',                            single(62, '00'),              'field.62', 10],
  ['an with a dash',                              single(39, '2D30'),            'field.39', 10],
]

describe('malformed bytes', () => {
  test.each(MALFORMED)('%s: %s → WireError in %s at byte %i', (_name, hex, path, offset) => {
    expect(() => decodeIso8583(bytes(hex))).toThrow(
      expect.objectContaining({ name: 'WireError', path, offset }),
    )
  })

  test('a track filled with F is read, and written back with 0: the one tolerance', () => {
    const message = decodeIso8583(bytes(single(35, '05123D4F')))
    expect(message.fields[35]).toBe('123D4')
    expect(hexOf(encodeIso8583(message))).toBe(single(35, '05123d40'))
  })

  test('random bytes, and random bytes after a good start → WireError or canonical', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (tail, started) => {
        expectCanonicalOrRefused(started ? Uint8Array.of(2, 0, 0x30, 0x20, 0x04, 0xc0, ...tail) : tail)
      }),
      { numRuns: 2000 },
    )
  })
})

// biome-ignore format: one row a fault
const UNSPEAKABLE: readonly [name: string, element: number, value: FieldValue][] = [
  ['element 1', 1, 'x'], ['element 65', 65, '0'], ['element 5, which has no row', 5, '0'],
  ['20 digits of PAN', 2, '0'.repeat(20)], ['a letter in digits', 3, '00000A'], ['5 of 6 digits', 3, '00000'],
  ['bytes for digits', 3, bytes('000000')], ['text for bytes', 52, '12345678'], ['7 of 8 bytes', 52, bytes('00'.repeat(7))],
  ['a separator = in a track', 35, '1=2'], ['a lower-case track', 35, '12d3'], ['a character over 255', 63, '中'],
  ['513 bytes of field 62', 62, new Uint8Array(513)], ['a line feed in an', 39, '0\n'],
]

describe('encodeIso8583', () => {
  test.each(UNSPEAKABLE)('%s → WireError', (_name, element, value) => {
    expect(() => encodeIso8583({ mti: '0200', fields: { [element]: value } })).toThrow(
      expect.objectContaining({ name: 'WireError', path: `field.${element}` }),
    )
  })

  test.each(['', '200', '02000', '02a0', '0200\n'])('message type %j → WireError', (mti) => {
    expect(() => encodeIso8583({ mti, fields: {} })).toThrow(WireError)
  })

  test('any message: the bytes the specification says, and the message back', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const data = encodeIso8583(message)
        expect(hexOf(data)).toBe(referenceHex(message).toLowerCase())
        expect(decodeIso8583(data)).toEqual(message)
      }),
    )
  })
})

/** Every decoder's promise: a WireError, or a message whose bytes are the input (but for F in a track's last nibble). */
function expectCanonicalOrRefused(data: Uint8Array): void {
  try {
    const message = decodeIso8583(data)
    const again = encodeIso8583(message)
    if (hexOf(again) === hexOf(data)) return
    const differing = [...again].flatMap((byte, i) => (byte === data[i] ? [] : [byte ^ (data[i] as number)]))
    expect(again.length).toBe(data.length)
    expect(differing.every((difference) => difference === 0x0f)).toBe(true)
    expect(message.fields[35] !== undefined || message.fields[36] !== undefined).toBe(true)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}
