import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeInput } from '../../../host-link/wire/describe.ts'
import { encodeMessage } from '../../../host-link/wire/dialect.ts'
import { encodeCupFrameBody } from '../../../host-link/wire/envelope.ts'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import type { Message } from '../../../host-link/wire/message.ts'
import { bytes } from './samples.ts'

const hexOf = (data: Uint8Array) => Buffer.from(data).toString('hex').toUpperCase()
const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const gbk = (data: Uint8Array) => new TextDecoder('gbk').decode(data)
const envelope = { tpdu: '6000030000', header: '603100310001' }

describe('leaks', () => {
  const digits = (minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength })
  const secrets = fc.record({
    pan: digits(13, 18).map((rest) => `6${rest}`),
    tail: digits(10, 14),
    pin: fc.uint8Array({ minLength: 8, maxLength: 8 }).filter((block) => new Set(block).size > 4),
    keys: fc.uint8Array({ minLength: 40, maxLength: 40 }).filter((block) => new Set(block).size > 10),
  })
  type Secrets = typeof secrets extends fc.Arbitrary<infer S> ? S : never

  /** Every place where a card number, a track, a PIN block or a key travels, or might be put by a host. */
  function carriers({ pan, tail, pin, keys }: Secrets): Message[] {
    const upload = `01${'00'}000123${pan.padStart(20, '0')}000000000100`
    const evenPan = pan.length % 2 === 0 ? pan : `${pan}0`
    return [
      { mti: '0200', fields: { 2: pan, 35: `${pan}D${tail}`.slice(0, 37), 52: pin } },
      { mti: '0200', fields: { 35: `${pan}${tail}`.slice(0, 37), 36: `99${pan}D${tail}` } },
      { mti: '0200', fields: { 55: latin(pan), 58: pan, 59: `A4020${pan}`, 62: latin(pan) } },
      { mti: '0200', fields: { 55: bytes(evenPan), 62: bytes(evenPan), 57: `02019${pan}`, 54: pan } },
      {
        mti: '0200',
        fields: { 59: `${pan.slice(0, 4)} ${pan.slice(4, 8)}-${pan.slice(8)}`, 57: pan, 48: pan },
      },
      { mti: '0210', fields: { 44: pan, 63: `CUP${pan} ok` } },
      { mti: '0210', fields: { 63: `${pan.slice(0, 3)}${pan.slice(3)}`, 59: `(${pan})(${tail})` } },
      { mti: '0320', fields: { 48: upload } },
      { mti: '0320', fields: { 48: `${upload}${pan}` } },
      { mti: '0810', fields: { 60: '00000001003', 62: keys } },
      { mti: '0810', fields: { 60: '00000001001', 62: keys } },
      { mti: '0800', fields: { 62: keys, 63: pan } },
    ]
  }

  /** Forms under which a secret could be read: digits, with or without separators, and hex of its bytes. */
  function expectNoLeak(shown: string, { pan, tail, pin, keys }: Secrets): void {
    const compact = shown.replace(/[\s\-,"]/g, '').toUpperCase()
    for (const secret of [
      pan,
      pan.slice(0, 11),
      hexOf(latin(pan)),
      hexOf(pin),
      hexOf(keys),
      hexOf(keys).slice(0, 16),
    ])
      expect(compact, `${secret} in ${shown}`).not.toContain(secret)
    expect(compact).not.toContain(`D${tail}`)
  }

  test('random card numbers, tracks, PIN blocks and keys appear in no text and no JSON, whole or cut off', () => {
    fc.assert(
      fc.property(secrets, fc.nat(), (secret, cut) => {
        for (const message of carriers(secret))
          for (const dialect of ['cup', 'cbor'] as const) {
            const data = encodeMessage(dialect, message)
            const input =
              dialect === 'cup' ? encodeFrame(encodeCupFrameBody(envelope, data)) : encodeFrame(data)
            for (const part of [input, input.subarray(0, cut % input.length), input.subarray(2)]) {
              const described = describeInput(part, { charset: gbk })
              expectNoLeak(described.text, secret)
              expectNoLeak(JSON.stringify(described.json), secret)
              expectNoLeak(described.error?.message ?? '', secret)
            }
          }
      }),
      { numRuns: 60 },
    )
  })

  const FLIPPED: readonly Message[] = [
    {
      mti: '0200',
      fields: {
        2: '6222600001234567890',
        ...{ 3: '000000', 4: '000000008880', 11: '000002', 14: '3012', 22: '021', 25: '00', 26: '06' },
        35: '6222600001234567890D30122010000000000',
        ...{
          41: '10000001',
          42: '898320153110001',
          49: '156',
          52: latin('\x01\x92\x33\x84\x75\xb6\xc7\x08'),
        },
        ...{ 53: '2610000000000000', 57: '010040012', 60: '22000001000501', 64: latin('\x91MAC8765') },
      },
    },
    {
      mti: '0210',
      fields: {
        2: '6222600001234567',
        ...{ 3: '000000', 4: '000000008880', 11: '000002', 12: '220452', 13: '1121', 32: '48983201' },
        ...{ 37: '112100000001', 38: '000001', 39: '00', 41: '10000001', 42: '898320153110001' },
        ...{
          44: '01020000   48021000   ',
          49: '156',
          60: '22000001000',
          63: 'CUPok',
          64: latin('\x91MAC8765'),
        },
      },
    },
    { mti: '0400', fields: { 2: '6222600001234567890', 3: '000000', 4: '000000008880', 11: '000002' } },
    {
      mti: '0320',
      fields: { 11: '000003', 48: '01000001230622260000123456789000000000888000'.slice(0, 42) },
    },
  ]

  /** Seven or more of the digits between the first six and the last four, in a row, over any borders. */
  function middleOf(message: Message): RegExp {
    const middle = JSON.stringify(message.fields).includes('1234567890') ? '000123456' : '000123'
    const sevens = Array.from({ length: middle.length - 6 }, (_, at) => middle.slice(at, at + 7))
    return new RegExp(sevens.length > 0 ? sevens.join('|') : '2600001|6000012|0000123')
  }

  test.each(FLIPPED)(
    '$mti with any one bit flipped: no seven middle digits of the card number in a row',
    (message) => {
      const middle = middleOf(message)
      let broken = 0
      for (const dialect of ['cup', 'cbor'] as const) {
        const data = encodeMessage(dialect, message)
        const frame = dialect === 'cup' ? encodeFrame(encodeCupFrameBody(envelope, data)) : encodeFrame(data)
        for (let bit = 0; bit < 8 * frame.length; bit++) {
          const flipped = frame.slice()
          flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (0x80 >> (bit & 7))
          const { json, text, error } = describeInput(flipped)
          if (error) broken++
          const values = [json.tpdu, json.header, json.mti, ...Object.values(json.fields), json.error?.why]
          expect(values.join(''), `${dialect}, bit ${bit}`).not.toMatch(middle)
          const column = text.split('\n').map((line) => line.slice(14).split(/ {2,}/)[0])
          expect(column.join(''), `${dialect}, bit ${bit}`).not.toMatch(middle)
        }
      }
      expect(broken).toBeGreaterThan(50)
    },
  )

  test('a card number that reads as TPDU and header is hidden with all that is no message', () => {
    const described = describeInput(bytes('60110009901394241210010203'))
    expect(described.error).toBeDefined()
    expect(described.text + JSON.stringify(described.json)).not.toMatch(/6011000990|13942412/)
  })

  test('a card number where CBOR wants an element number is not quoted in the error', () => {
    const described = describeInput(bytes('a20018c81b00161b1cf4d2bf7000'))
    expect(described.error?.message).toBe('message at byte 4: not in the field table')
  })
})
