import { expect, test } from 'vitest'
import { hexOf, hexRows, maskedHex } from '../../../emulator/page/hex.ts'
import { encodeMessage } from '../../../host-link/wire/dialect.ts'
import { encodeCupFrameBody } from '../../../host-link/wire/envelope.ts'
import { encodeFrame } from '../../../host-link/wire/frame.ts'

const PAN = '6222600001234567890'
const message = {
  mti: '0200',
  fields: {
    2: PAN,
    3: '000000',
    4: '000000008880',
    11: '000002',
    35: `${PAN}D30122010000000000`,
    41: '10000001',
    52: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  },
}
const envelope = { tpdu: '6000030000', header: '603100000000' }
/** In `shown`, how many bytes are covered. */
const frames = [
  {
    dialect: 'cup',
    frame: encodeFrame(encodeCupFrameBody(envelope, encodeMessage('cup', message))),
    shown:
      '0050' +
      '6000030000' +
      '603100000000' +
      '0200' +
      '7020000020801000' +
      '(11)' +
      '000000' +
      '000000008880' +
      '000002' +
      '(20)' +
      '3130303030303031' +
      '(8)',
  },
  {
    dialect: 'cbor',
    frame: encodeFrame(encodeMessage('cbor', message)),
    shown:
      '0060' +
      'A80018C8' +
      '(21)' +
      '0300' +
      '041922B0' +
      '0B02' +
      '(41)' +
      '1829683130303030303031' +
      '(11)',
  },
]

test.each(frames)(
  'masked hex, $dialect: no card number, no track and no PIN block, all else as it is',
  ({ frame, shown }) => {
    const plain = hexOf(frame)
    const masked = maskedHex(frame)
    expect(masked.length).toBe(plain.length)
    const ascii = hexOf(new TextEncoder().encode(PAN))
    expect([PAN, ascii].some((form) => plain.includes(form))).toBe(true)
    for (const secret of [PAN, ascii, '6222600001', '0102030405060708', '30122010000000000']) {
      expect(masked, secret).not.toContain(secret)
    }
    for (let at = 0; at < plain.length; at++) expect([plain[at], '·']).toContain(masked[at])
    expect(masked.replace(/·+/g, (cover) => `(${cover.length / 2})`)).toBe(shown)
  },
)

test.each(frames)('masked hex, $dialect: cut at any byte, no card number is seen', ({ frame }) => {
  for (let length = 0; length <= frame.length; length++) {
    const masked = maskedHex(frame.subarray(0, length))
    expect(masked, `${length} bytes`).not.toMatch(/62226000012|3632323236303030/)
  }
})

test('masked hex, CBOR: an expiry, which travels as an integer there, is covered where it stands', () => {
  const fields = { 14: '3012', 63: '3012' } // the same digits as text elsewhere
  expect(maskedHex(encodeFrame(encodeMessage('cbor', { mti: '0200', fields })))).toBe(
    '000F' + 'A30018C8' + '········' + '183F6433303132',
  )
})

test('masked hex: bytes that we would not write, and a wrong length → all but the length is covered', () => {
  const frame = encodeFrame(encodeMessage('cbor', { mti: '0200', fields: { 3: '000000' } }))
  frame[1] = 5
  expect(maskedHex(frame)).toBe(`0005${'·'.repeat(2 * (frame.length - 2))}`)
  const discover = Uint8Array.from(Buffer.from('0011601100099013942412D3012201000000', 'hex'))
  expect(maskedHex(discover)).toBe(`0011${'·'.repeat(32)}`)
  const track = encodeMessage('cup', { mti: '0200', fields: { 35: '622260000123D30' } })
  track[track.length - 1] = 0x0f // F in the free nibble, as some terminals write it
  const filled = encodeFrame(encodeCupFrameBody(envelope, track))
  expect(maskedHex(filled)).toBe(`${hexOf(filled).slice(0, 4)}${'·'.repeat(2 * (filled.length - 2))}`)
})

test('masked hex: a card number that stands twice is covered twice', () => {
  const frame = encodeFrame(encodeMessage('cbor', { mti: '0200', fields: { 2: PAN, 63: `${PAN} ${PAN}` } }))
  expect(maskedHex(frame)).not.toContain(hexOf(new TextEncoder().encode(PAN)))
})

test('hex rows: sixteen bytes a row with their offset', () => {
  const bytes = Uint8Array.from({ length: 18 }, (_, at) => at)
  expect(hexRows(hexOf(bytes))).toBe('0000  00 01 02 03 04 05 06 07  08 09 0A 0B 0C 0D 0E 0F\n0010  10 11')
})
