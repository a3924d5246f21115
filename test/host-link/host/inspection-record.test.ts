import { expect, test } from 'vitest'
import { parseInspection } from '../../../host-link/host/inspection-record.ts'
import { WireError } from '../../../host-link/wire/message.ts'

test('inspection 巡检: engineer and findings in their order', () => {
  expect(parseInspection('E0042;')).toEqual({ engineer: '0042', findings: [] })
  expect(parseInspection('E12345678;printer=ok;seal=broken at left;note=;')).toEqual({
    engineer: '12345678',
    findings: [
      { name: 'printer', value: 'ok' },
      { name: 'seal', value: 'broken at left' },
      { name: 'note', value: '' },
    ],
  })
})

test.each([
  '',
  'E',
  'E1;',
  'E123456789;',
  'E12',
  '0042;',
  'e42;',
  'E42;printer',
  'E42;printer=ok',
  'E42;=ok;',
  'E42; a=ok;',
  'E42;a=b=c;',
  'E42;;',
  'E42;a=\n;',
  'E42;a=\u00e9;',
  'E42;a=1;a=2;',
  ' E42;',
  'E42; ',
])('inspection: %j → WireError', (text) => {
  expect(() => parseInspection(text)).toThrow(WireError)
})

test('inspection: 300 bytes are taken, 301 are not', () => {
  const filled = (length: number) => `E42;a=${'x'.repeat(length - 7)};`
  expect(filled(300)).toHaveLength(300)
  expect(parseInspection(filled(300)).findings[0]?.value).toHaveLength(293)
  expect(() => parseInspection(filled(301))).toThrow(WireError)
})
