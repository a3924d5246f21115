import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeCbor } from '../../../host-link/wire/cbor.ts'
import { WireError } from '../../../host-link/wire/message.ts'
import {
  decodeLoadMessage,
  encodeLoadMessage,
  LOAD_MESSAGE_BYTES_MAX,
  type LoadMessage,
} from '../../../keys/load/message.ts'
import type { SlotReport } from '../../../keys/store/slot-report.ts'
import { asHex, hex } from '../vectors.ts'

const transaction = hex('0102030405060708')
const checkValue = hex('8DDC44')
const mac = hex('000102030405060708090A0B0C0D0E0F')
const slots: readonly SlotReport[] = [
  { slot: 0, master: { algorithm: 'TDES', checkValue, keyVersion: '00' } },
  { slot: 3, staged: { transaction, checkValue } },
  {
    slot: 9,
    master: { algorithm: 'SM4', checkValue, keyVersion: '02', transaction },
    staged: { transaction, checkValue },
  },
]

// biome-ignore format: one row a message
const table: readonly (readonly [string, string, LoadMessage])[] = [
  ['state of an empty store', 'A2000101 80',                                                        { kind: 'state', slots: [] }],
  ['state of three slots',    'A2000101 83 87 00438DDC446154623030F6F6F6 87 03F6F6F6F64801020304050607 08438DDC44 87 09438DDC446134623032480102030405060708480102030405060708438DDC44', { kind: 'state', slots }],
  ['load',                    'A5000201 480102030405060708 0201 03634430300443 8DDC44',             { kind: 'load', transaction, slot: 1, keyBlock: 'D00', checkValue }],
  ['proof',                   'A3000301 480102030405060708 0250000102030405060708090A0B0C0D0E0F',   { kind: 'proof', transaction, mac }],
  ['commit',                  'A2000401 480102030405060708',                                        { kind: 'commit', transaction }],
  ['done',                    'A2000501 480102030405060708',                                        { kind: 'done', transaction }],
  ['refuse',                  'A2000601 666E6F744E6F77',                                            { kind: 'refuse', code: 'notNow' }],
  ['failed',                  'A3000701 480102030405060708 0267 73746F72616765',                    { kind: 'failed', transaction, code: 'storage' }],
  ['bye',                     'A10008',                                                             { kind: 'bye' }],
]

test.each(table)('%s: bytes and message, both ways', (_, bytes, message) => {
  expect(asHex(encodeLoadMessage(message))).toBe(bytes.replaceAll(' ', ''))
  expect(decodeLoadMessage(hex(bytes))).toEqual(message)
})

test.each(table)('%s: every truncation and an added byte → WireError', (_, bytes) => {
  const whole = hex(bytes)
  for (let length = 0; length < whole.length; length++)
    expect(() => decodeLoadMessage(whole.slice(0, length)), `${length} bytes`).toThrow(WireError)
  expect(() => decodeLoadMessage(Uint8Array.of(...whole, 0))).toThrow(WireError)
})

test.each(table)(
  '%s: a bit flipped → WireError, or a message that is written as those very bytes',
  (_, bytes) => {
    const whole = hex(bytes)
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const flipped = whole.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      sound(flipped)
    }
  },
)

test('any bytes, and any CBOR → WireError, or a message that is written as those very bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => sound(bytes)))
  const value = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.uint8Array({ maxLength: 20 }))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.array(value, { maxLength: 5 }), (number, values) => {
      const entries = [number, ...values].map((each, key) => [key, each] as const)
      sound(encodeCbor(new Map(entries)))
    }),
  )
})

function sound(bytes: Uint8Array): void {
  let message: LoadMessage
  try {
    message = decodeLoadMessage(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(WireError)
    return
  }
  expect(encodeLoadMessage(message)).toEqual(bytes)
}

// biome-ignore format: one row a fault; each is good CBOR
test.each<[string, unknown]>([
  ['no map',                              [1, []]],
  ['an element too many',                 [[0, 8], [1, null]]],
  ['an element too few',                  [[0, 4]]],
  ['an element of another number',        [[0, 4], [2, transaction]]],
  ['a text key',                          [[0, 4], ['1', transaction]]],
  ['message 0',                           [[0, 0]]],
  ['message 9',                           [[0, 9]]],
  ['a transaction of 7 bytes',            [[0, 4], [1, transaction.slice(1)]]],
  ['a proof of 15 bytes',                 [[0, 3], [1, transaction], [2, mac.slice(1)]]],
  ['a refusal in other words',            [[0, 6], [1, 'because']]],
  ['a failure in the words of a refusal', [[0, 7], [1, transaction], [2, 'notNow']]],
  ['slot 10',                             [[0, 2], [1, transaction], [2, 10], [3, 'D'], [4, checkValue]]],
  ['a key block that is bytes',           [[0, 2], [1, transaction], [2, 1], [3, transaction], [4, checkValue]]],
  ['a check value of 4 bytes',            [[0, 2], [1, transaction], [2, 1], [3, 'D'], [4, transaction.slice(4)]]],
  ['slots that are no list',              [[0, 1], [1, null]]],
  ['a slot of six elements',              [[0, 1], [1, [[1, null, null, null, null, null]]]]],
  ['slots out of order',                  [[0, 1], [1, [row(2), row(1)]]]],
  ['a slot twice',                        [[0, 1], [1, [row(1), row(1)]]]],
  ['an algorithm without a key',          [[0, 1], [1, [[1, null, 'T', null, null, null, null]]]]],
  ['a transaction without a key',         [[0, 1], [1, [[1, null, null, null, transaction, null, null]]]]],
  ['AES, which no master is',             [[0, 1], [1, [[1, checkValue, 'A', '00', null, null, null]]]]],
  ['a staged value without a transaction', [[0, 1], [1, [[1, null, null, null, null, null, checkValue]]]]],
])('%s → WireError', (_, entries) => {
  const list = entries as readonly (readonly [number, never])[]
  const value = typeof list[0] === 'number' ? (entries as never) : new Map(list)
  expect(() => decodeLoadMessage(encodeCbor(value))).toThrow(WireError)
})

function row(slot: number) {
  return [slot, checkValue, 'T', '00', null, null, null]
}

test('a message longer than the longest → WireError before it is looked at', () => {
  expect(() => decodeLoadMessage(new Uint8Array(LOAD_MESSAGE_BYTES_MAX + 1))).toThrow(WireError)
  const full: SlotReport[] = Array.from({ length: 10 }, (_, slot) => ({ ...(slots[2] as SlotReport), slot }))
  expect(encodeLoadMessage({ kind: 'state', slots: full }).length).toBeLessThan(LOAD_MESSAGE_BYTES_MAX)
})
