import { describe, expect, test } from 'vitest'
import { WireError } from '../../../host-link/wire/message.ts'
import {
  balance54,
  field53,
  field60,
  field61,
  KEY_BLOCK_BYTES,
  operator63,
  parseBalance54,
  parseField53,
  parseField60,
  parseField61,
  parseField63,
  parseSignOnSerial,
  parseTagged57,
  signOnSerial,
  storeNumberField,
  tagged57,
} from '../../../host-link/wire/subfields.ts'
import { asFen, asStoreNumber } from '../../../host-link/wire/values.ts'

// biome-ignore format: one row a length, digits from published messages where there are some
test.each([
  ['8',  '22000001',          { type: '22', batch: '000001' }],
  ['11', '00000519003',       { type: '00', batch: '000519', network: '003' }],
  ['12', '220000010005',      { type: '22', batch: '000001', network: '000', readCapability: '5' }],
  ['13', '0100000100050',     { type: '01', batch: '000001', network: '000', readCapability: '5', chipCondition: '0' }],
  ['14', '22000001000501',    { type: '22', batch: '000001', network: '000', readCapability: '5', chipCondition: '0', partialApproval: '1' }],
  ['17', '22000001000501065', { type: '22', batch: '000001', network: '000', readCapability: '5', chipCondition: '0', partialApproval: '1', accountType: '065' }],
])('field 60 of %s digits ↔ its values', (_length, digits, parts) => {
  expect(parseField60(digits)).toEqual(parts)
  expect(field60(parts)).toBe(digits)
})

test('field 60 of any other length, or with a gap, or a value of another width → WireError', () => {
  for (const length of [0, 1, 2, 7, 9, 10, 15, 16, 18])
    expect(() => parseField60('0'.repeat(length)), String(length)).toThrow(WireError)
  expect(() => field60({ type: '22' })).toThrow(WireError)
  expect(() => field60({ type: '22', network: '000' })).toThrow(WireError)
  expect(() => field60({ type: '22', batch: '1' })).toThrow(WireError)
})

// biome-ignore format: one row a length
test.each([
  ['12', '000001000123',                  { batch: '000001', trace: '000123' }],
  ['16', '0000000000000718',              { batch: '000000', trace: '000000', date: '0718' }],
  ['18', '000001000123071800',            { batch: '000001', trace: '000123', date: '0718', mode: '00' }],
  ['29', '00000100012307180000012345678', { batch: '000001', trace: '000123', date: '0718', mode: '00', authoriser: '00012345678' }],
])('field 61 of %s digits ↔ its values', (_length, digits, parts) => {
  expect(parseField61(digits)).toEqual(parts)
  expect(field61(parts)).toBe(digits)
})

test('field 61 of any other length → WireError', () => {
  for (const length of [0, 6, 11, 13, 17, 28, 30])
    expect(() => parseField61('0'.repeat(length))).toThrow(WireError)
})

test.each([
  ['2600000000000000', { pinFormat: '2', algorithm: '6', trackEncrypted: false }],
  ['2610000000000000', { pinFormat: '2', algorithm: '6', trackEncrypted: true }],
  ['0600000000000000', { pinFormat: '0', algorithm: '6', trackEncrypted: false }],
] as const)('field 53 %s ↔ its values', (digits, parts) => {
  expect(parseField53(digits)).toEqual(parts)
  expect(field53(parts)).toBe(digits)
})

test.each(['', '3600000000000000', '2500000000000000', '2620000000000000', '2600000000000001'])(
  'field 53 %j → WireError',
  (digits) => {
    expect(() => parseField53(digits)).toThrow(WireError)
  },
)

test.each([
  [
    '1002156C000000012345',
    { accountType: '10', amountType: '02', currency: '156', sign: 'C', amount: asFen(12345) },
  ],
  [
    '1002999D999999999999',
    { accountType: '10', amountType: '02', currency: '999', sign: 'D', amount: asFen(999999999999) },
  ],
] as const)('field 54 余额 %s ↔ its values', (text, balance) => {
  expect(parseBalance54(text)).toEqual(balance)
  expect(balance54(balance)).toBe(text)
})

test.each([
  '',
  '1002156X000000012345',
  '1002156C00000001234',
  '1002156C0000000123450',
  '1002 56C000000012345',
])('field 54 %j → WireError', (text) => {
  expect(() => parseBalance54(text)).toThrow(WireError)
})

describe('field 57', () => {
  test('门店编号 0012 as the mall profile carries it is 010040012', () => {
    expect(storeNumberField({ tag: '01' }, asStoreNumber('0012'))).toBe('010040012')
    expect(parseTagged57('010040012')).toEqual([{ tag: '01', value: '0012' }])
  })

  test('several entries, also empty ones, come back in order', () => {
    const entries = [
      { tag: '01', value: '12345678' },
      { tag: '99', value: '' },
    ]
    expect(tagged57(entries)).toBe('010081234567899000')
    expect(parseTagged57('010081234567899000')).toEqual(entries)
    expect(parseTagged57('')).toEqual([])
  })

  test.each(['01', '0100', '01004', '01004001', '0100400120', 'A10040012', '01 040012', '010010010012'])(
    '%j → WireError',
    (text) => {
      expect(() => parseTagged57(text)).toThrow(WireError)
    },
  )

  test('the same tag twice → WireError: two readers must not see two stores', () => {
    expect(() => parseTagged57('010040012010040013')).toThrow(WireError)
  })
})

describe('field 62 of a sign-on 签到', () => {
  test('the published serial ↔ its bytes', () => {
    const bytes = new Uint8Array(
      Buffer.from('53657175656E6365204E6F31323330363039393939393930 36'.replace(' ', ''), 'hex'),
    )
    expect(signOnSerial('3060', '99999906')).toEqual(bytes)
    expect(parseSignOnSerial(bytes)).toEqual({ licence: '3060', serial: '99999906' })
  })

  test.each(['', 'Sequence No', 'Sequence No133060999999', 'Sequence No043060x', 'Serial No 12306099999906'])(
    '%j → WireError',
    (text) => {
      expect(() => parseSignOnSerial(new Uint8Array(Buffer.from(text)))).toThrow(WireError)
    },
  )

  test('a licence of 3 characters, or a serial of 96 → WireError', () => {
    expect(() => signOnSerial('306', '1')).toThrow(WireError)
    expect(() => signOnSerial('3060', '1'.repeat(96))).toThrow(WireError)
  })

  test('key blocks are 24, 40 and 60 bytes', () => {
    expect(KEY_BLOCK_BYTES).toEqual({ '001': 24, '003': 40, '004': 60, '006': 60 })
  })
})

describe('field 63', () => {
  test('operator 01 is written with a space, other numbers are refused', () => {
    expect(operator63('01')).toBe('01 ')
    expect(() => operator63('1')).toThrow(WireError)
  })

  test('a reply: scheme 3, then texts of 20, 20, 20 and the rest', () => {
    const text = `CUP${'a'.repeat(20)}${'b'.repeat(20)}${'c'.repeat(20)}rest`
    expect(parseField63(text)).toEqual({
      scheme: 'CUP',
      issuer: 'a'.repeat(20),
      unionPay: 'b'.repeat(20),
      acquirer: 'c'.repeat(20),
      terminal: 'rest',
    })
    expect(parseField63('CUP')).toEqual({ scheme: 'CUP' })
    expect(() => parseField63('CU')).toThrow(WireError)
  })
})
