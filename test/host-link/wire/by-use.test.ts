import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  identity62,
  limit62,
  parseIdentity62,
  parseLimit62,
  parsePoints62,
  parseService62,
  parseServiceRequest62,
  parseTarget62,
  points62,
  service62,
  serviceRequest62,
  target62,
} from '../../../host-link/wire/by-use.ts'
import { WireError } from '../../../host-link/wire/message.ts'
import { asFen, asPan } from '../../../host-link/wire/values.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const bytes = (written: string) => new Uint8Array(Buffer.from(written, 'latin1'))

test('identity of a top-up 充值: kind and number, 22 bytes', () => {
  expect(text(identity62('01', '11010119900101123X'))).toBe('0111010119900101123X  ')
  expect(parseIdentity62(bytes('0111010119900101123X  '))).toEqual({
    kind: '01',
    number: '11010119900101123X',
  })
  expect(parseIdentity62(identity62('99', ''))).toEqual({ kind: '99', number: '' })
  for (const bad of ['', '99', `9${' '.repeat(21)}`, `99${' '.repeat(19)}`, `99 1${' '.repeat(18)}`])
    expect(() => parseIdentity62(bytes(bad))).toThrow(WireError)
  expect(() => identity62('1', '')).toThrow(WireError)
  expect(() => identity62('01', '1'.repeat(21))).toThrow(WireError)
})

test('可充值金额 and 转入卡号 ↔ their bytes', () => {
  expect(text(limit62(asFen(500_000)))).toBe('000000500000')
  expect(parseLimit62(bytes('000000500000'))).toBe(500_000)
  expect(() => parseLimit62(bytes('00000050000'))).toThrow(WireError)
  expect(text(target62(asPan('9901100000000000017')))).toBe('9901100000000000017')
  expect(parseTarget62(bytes('9901100000000000017'))).toBe('9901100000000000017')
  for (const bad of ['', '99011000000', '9901100000000000017 '])
    expect(() => parseTarget62(bytes(bad))).toThrow(WireError)
})

test('积分: points used 10, own money 12, points left 10', () => {
  const paid = { points: 8880, ownMoney: asFen(0), balance: 1120 }
  expect(text(points62(paid))).toBe('00000088800000000000000000001120')
  expect(parsePoints62(bytes('00000088800000000000000000001120'))).toEqual(paid)
  expect(() => parsePoints62(bytes('0000008880'))).toThrow(WireError)
})

test('服务信息: asks after the newest, gets one with whether more follow, or that there is nothing', () => {
  expect(text(serviceRequest62(41))).toBe('000041')
  expect(parseServiceRequest62(bytes('000041'))).toBe(41)
  expect(text(service62({ more: true, number: 42, date: '20261122', text: 'Hello' }))).toBe(
    '100004220261122Hello',
  )
  expect(parseService62(bytes('000004220261122\xc4\xe3'))).toEqual({
    more: false,
    number: 42,
    date: '20261122',
    text: '\xc4\xe3',
  })
  expect(parseService62(service62(undefined))).toBeUndefined()
  for (const bad of [
    '',
    '1',
    '300004220261122x',
    '100000020261122x',
    '100004220261122',
    `100004220261122${'x'.repeat(161)}`,
  ])
    expect(() => parseService62(bytes(bad))).toThrow(WireError)
  for (const number of [-1, 1_000_000, 0.5]) expect(() => serviceRequest62(number)).toThrow(WireError)
})

test('any message of 1 to 160 bytes comes back', () => {
  const anyText = fc.uint8Array({ minLength: 1, maxLength: 160 }).map(text)
  fc.assert(
    fc.property(fc.boolean(), fc.integer({ min: 1, max: 999_999 }), anyText, (more, number, written) => {
      const message = { more, number, date: '20261122', text: written }
      expect(parseService62(service62(message))).toEqual(message)
    }),
  )
})
