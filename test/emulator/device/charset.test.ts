import { expect, test } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'

const decoder = new TextDecoder('gbk')
const charset = makeCharset((bytes) => decoder.decode(bytes))

test('every pair that the host decodes to one character of its own → the same character, and back to a pair of it', () => {
  let count = 0
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const pair = Uint8Array.of(lead, trail)
      const text = decoder.decode(pair)
      if (trail === 0x7f || text.length !== 1 || text === '\ufffd' || /[\ue000-\uf8ff]/.test(text)) continue
      count++
      expect(charset.decodeGbk(pair)).toBe(text)
      expect(decoder.decode(charset.encodeGbk(text))).toBe(text)
    }
  }
  expect(count).toBeGreaterThan(21_000)
})

test('the table is read only when a character needs it', () => {
  let calls = 0
  const lazy = makeCharset((bytes) => {
    calls++
    return decoder.decode(bytes)
  })
  lazy.encodeGbk('ASCII only')
  lazy.decodeGbk(Uint8Array.of(0x41))
  expect(calls).toBe(0)
  lazy.encodeGbk('刷')
  lazy.encodeGbk('卡')
  expect(calls).toBe(126) // once, a row a lead byte
})
