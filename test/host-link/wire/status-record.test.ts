import { expect, test } from 'vitest'
import { WireError } from '../../../host-link/wire/message.ts'
import {
  parseStatusRecord,
  STATUS_RECORD,
  STATUS_RECORD_CHARACTERS,
  statusRecord,
} from '../../../host-link/wire/status-record.ts'

/** A record written out by hand, tag by tag. */
function record(more: { readonly [tag: string]: string } = {}): string {
  const values: [string, string][] = [
    ['01', '0'],
    ['02', '1'],
    ['03', '0'],
    ['04', '0'],
    ['05', '0'],
    ['11', 'SHUAKA 0.1.0 SK000001'.padEnd(60)],
    ['12', '60'],
    ['13', '3'],
    ['18', '0'],
    ['19', '00'],
    ['20', '1'],
    ['21', '0'],
    ['23', '3'],
    ['25', '1'],
    ['27', 'FFA00180'],
    ['51', '012300456998'],
  ]
  return values.map(([tag, value]) => tag + (more[tag] ?? value)).join('')
}

test('status record 状态上送: 127 characters, each value by its name', () => {
  expect(record()).toHaveLength(127)
  const parsed = parseStatusRecord(record())
  expect(parsed).toMatchObject({ printer: '0', reader: '1', answerTimeout: '60', functions: 'FFA00180' })
  expect(parsed.device.trim()).toBe('SHUAKA 0.1.0 SK000001')
  expect(parsed.use).toBe('012300456998')
})

test('status record: the widths of the table add up to 127', () => {
  const sum = STATUS_RECORD.reduce((total, { width }) => total + 2 + width, 0)
  expect(sum).toBe(STATUS_RECORD_CHARACTERS)
})

test('status record: every truncation, a byte more, and any tag or value of another form → WireError', () => {
  const whole = record()
  for (let length = 0; length < whole.length; length++)
    expect(() => parseStatusRecord(whole.slice(0, length)), `${length}`).toThrow(WireError)
  expect(() => parseStatusRecord(`${whole}0`)).toThrow(WireError)
  for (let at = 0; at < whole.length; at++) {
    const wrong = `${whole.slice(0, at)}\u00ff${whole.slice(at + 1)}`
    expect(() => parseStatusRecord(wrong), `character ${at}`).toThrow(WireError)
  }
  const swapped = `${whole.slice(3, 6)}${whole.slice(0, 3)}${whole.slice(6)}`
  expect(() => parseStatusRecord(swapped)).toThrow('wants tag 01')
  expect(() => parseStatusRecord(record({ 18: '2' }))).toThrow(WireError)
  expect(() => parseStatusRecord(record({ 27: 'ffa00180' }))).toThrow(WireError)
})

test('status record: what was read is built again; a value of another form → WireError', () => {
  expect(statusRecord(parseStatusRecord(record()))).toBe(record())
  expect(() => statusRecord({ ...parseStatusRecord(record()), redials: '10' })).toThrow(WireError)
  expect(() => statusRecord({ ...parseStatusRecord(record()), device: 'SHUAKA' })).toThrow(WireError)
})
