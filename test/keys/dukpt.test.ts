import { expect, test } from 'vitest'
import {
  aesInitialKey,
  aesKsnCounter,
  aesTransactionKey,
  aesUpdateKey,
  aesWorkingKey,
} from '../../keys/dukpt-aes.ts'
import { AES_COUNTER, isCounter, nextCounter, TDES_COUNTER } from '../../keys/dukpt-counter.ts'
import {
  tdesInitialKey,
  tdesKsnCounter,
  tdesKsnWith,
  tdesNextKey,
  tdesTransactionKey,
  tdesWorkingKey,
} from '../../keys/dukpt-tdes.ts'
import { tdes } from '../../keys/tdes.ts'
import { asHex, expected, hex, text, vectors } from './vectors.ts'

const bdk = hex('0123456789ABCDEFFEDCBA9876543210')
const ik = hex('6AC292FAA1315B4D858AB3A3D7D5933A')
const ksn = hex('FFFF9876543210E00000')
const ones = (value: number) => value.toString(2).replaceAll('0', '').length

test('TDES: initial key of X9.24-1 A.4, whatever the counter in the KSN', () => {
  expect(asHex(tdesInitialKey(bdk, ksn))).toBe(asHex(ik))
  expect(asHex(tdesInitialKey(bdk, hex('FFFF9876543210FFFFFF')))).toBe(asHex(ik))
})

test.each(vectors(24, (each) => each.category === 'dukpt-tdes' && each.op === 'txn'))(
  '$name: transaction key and PIN block',
  (each) => {
    const key = tdesTransactionKey(hex(text(each, 'ik')), hex(text(each, 'ksn')))
    if (key === undefined) throw new Error('refused')
    expect(asHex(key)).toBe(expected(each, 'txnKey'))
    const pinKey = tdesWorkingKey(key, 'pin')
    expect(asHex(tdes(pinKey).encrypt(hex(text(each, 'pinBlockClear'))))).toBe(expected(each, 'encPinBlock'))
  },
)

test('TDES: all five usages give different keys, and none is the transaction key', () => {
  const key = tdesTransactionKey(ik, hex('FFFF9876543210E00001')) ?? new Uint8Array(0)
  const usages = ['pin', 'macRequest', 'macResponse', 'dataRequest', 'dataResponse'] as const
  const all = [key, ...usages.map((usage) => tdesWorkingKey(key, usage))].map(asHex)
  expect(new Set(all).size).toBe(6)
})

test('TDES counter: exactly 1,048,575 values, each once and upwards, then it stops', () => {
  let [count, last] = [0, 0]
  for (let at = nextCounter(TDES_COUNTER, 0); at !== undefined; at = nextCounter(TDES_COUNTER, at)) {
    if (at <= last || ones(at) > 10) throw new Error(`${last} → ${at}`)
    last = at
    count++
  }
  expect(count).toBe(1_048_575)
  expect(last).toBe(0x1ff800)
  expect(nextCounter(TDES_COUNTER, 0x1ff800)).toBeUndefined()
})

test('TDES counter: nothing with ten one-bits or fewer is left out', () => {
  let wanted = 0
  for (let value = 1; value <= 0x1fffff; value++) if (isCounter(TDES_COUNTER, value)) wanted++
  expect(wanted).toBe(1_048_575)
})

test('AES counter: skips what has more than sixteen one-bits, and stops at FFFF0000', () => {
  expect(nextCounter(AES_COUNTER, 0)).toBe(1)
  expect(nextCounter(AES_COUNTER, 0xfffe)).toBe(0xffff)
  expect(nextCounter(AES_COUNTER, 0xffff)).toBe(0x10000)
  expect(nextCounter(AES_COUNTER, 0x1fffe)).toBe(0x20000)
  expect(nextCounter(AES_COUNTER, 0x7fff8000)).toBe(0x80000000)
  expect(nextCounter(AES_COUNTER, 0xfffe8000)).toBe(0xffff0000)
  expect(nextCounter(AES_COUNTER, 0xffff0000)).toBeUndefined()
})

test('a counter that no device can hold → RangeError for a device, undefined for a host', () => {
  for (const bad of [-1, 1.5, 0x1ffc00, 0x200000, Number.NaN]) {
    expect(() => nextCounter(TDES_COUNTER, bad)).toThrow(RangeError)
    expect(isCounter(TDES_COUNTER, bad)).toBe(false)
  }
  expect(isCounter(TDES_COUNTER, 0)).toBe(false)
  expect(tdesTransactionKey(ik, ksn)).toBeUndefined()
  expect(tdesTransactionKey(ik, tdesKsnWith(ksn, 0x1ffc00))).toBeUndefined() // eleven one-bits
  expect(aesTransactionKey(bdk, hex('123456789012345600000000'))).toBeUndefined()
  expect(aesTransactionKey(bdk, hex('1234567890123456FFFF8000'))).toBeUndefined() // seventeen
})

test('TDES: a device that walks forward from parent to child has the host’s key at each counter', () => {
  for (const counter of [1, 2, 3, 0x15, 0x800, 0xc00, 0x1ff800]) {
    const lowest = counter & -counter
    const parent = counter === lowest ? ik : tdesTransactionKey(ik, tdesKsnWith(ksn, counter - lowest))
    if (parent === undefined) throw new Error('refused')
    expect(tdesNextKey(parent, tdesKsnWith(ksn, counter))).toEqual(
      tdesTransactionKey(ik, tdesKsnWith(ksn, counter)),
    )
  }
})

test('KSN: the counter goes in and comes out, and the device part stays', () => {
  for (const counter of [0, 1, 0xffff, 0x10000, 0x1fffff]) {
    const made = tdesKsnWith(ksn, counter)
    expect(tdesKsnCounter(made)).toBe(counter)
    expect(asHex(made).slice(0, 14)).toBe('FFFF9876543210')
    expect((made[7] ?? 0) & 0xe0).toBe(0xe0)
  }
  expect(() => tdesKsnWith(ksn, 0x200000)).toThrow(RangeError)
  expect(aesKsnCounter(hex('1234567890123456FFFF0000'))).toBe(0xffff0000)
})

const aesBdk = hex('FEDCBA9876543210F1F1F1F1F1F1F1F1')
const keyId = hex('1234567890123456')

test('AES: initial key, update key, transaction and PIN keys of the X9.24-3 supplement', () => {
  const initial = aesInitialKey(aesBdk, keyId)
  expect(asHex(initial)).toBe('1273671EA26AC29AFA4D1084127652A1')
  expect(asHex(aesUpdateKey(initial, keyId))).toBe('9A9770AEE1ACD1B13473D0463A1883B9')
  const first = hex('123456789012345600000001')
  const key = aesTransactionKey(initial, first) ?? new Uint8Array(0)
  expect(asHex(key)).toBe('4F21B565BAD9835E112B6465635EAE44')
  expect(asHex(aesWorkingKey(key, 'pin', 'AES-128', first))).toBe('AF8CB133A78F8DC2D1359F18527593FB')
})

test.each(vectors(22, (each) => each.category === 'dukpt-aes' && each.op === 'txn'))(
  '$name: transaction key',
  (each) => {
    const key = aesTransactionKey(hex(text(each, 'ik')), hex(text(each, 'ksn')))
    expect(asHex(key ?? new Uint8Array(0))).toBe(expected(each, 'txnKey'))
  },
)

test('AES: a working key that is stronger than its transaction key → RangeError; TDES keys are weaker', () => {
  const at = hex('123456789012345600000001')
  const key = new Uint8Array(16).fill(1)
  expect(() => aesWorkingKey(key, 'pin', 'AES-256', at)).toThrow(RangeError)
  expect(() => aesWorkingKey(key, 'pin', 'AES-192', at)).toThrow(RangeError)
  expect(aesWorkingKey(key, 'pin', 'TDES-3', at)).toHaveLength(24)
  expect(aesWorkingKey(new Uint8Array(32), 'keyEncrypt', 'AES-256', at)).toHaveLength(32)
})

test('keys, KSNs and ids of another size → RangeError', () => {
  const short = new Uint8Array(7)
  for (const call of [
    () => tdesInitialKey(short, ksn),
    () => tdesInitialKey(bdk, short),
    () => tdesTransactionKey(new Uint8Array(24), ksn),
    () => tdesNextKey(bdk, short),
    () => tdesWorkingKey(short, 'pin'),
    () => tdesKsnCounter(short),
    () => aesInitialKey(short, keyId),
    () => aesInitialKey(aesBdk, short),
    () => aesTransactionKey(short, hex('123456789012345600000001')),
    () => aesTransactionKey(aesBdk, short),
    () => aesUpdateKey(aesBdk, short),
    () => aesWorkingKey(aesBdk, 'pin', 'AES-128', short),
  ]) {
    expect(call).toThrow(RangeError)
  }
})
