import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { gbkHeader } from './gbk-table.ts'
import { buildGuestDevice, missingTools, removeFolder, runGuest } from './guest-device.ts'

const decoder = new TextDecoder('gbk')
const emulated = makeCharset((bytes) => decoder.decode(bytes))

/** FNV-1a over numbers, as the guest computes it too. */
const HASH = `
  let hash = 0x811c9dc5
  const add = (number) => { hash = Math.imul(hash ^ number, 0x01000193) >>> 0 }
`
function hashOf(numbers: Iterable<number>): number {
  let hash = 0x811c9dc5
  for (const number of numbers) hash = Math.imul(hash ^ number, 0x01000193) >>> 0
  return hash
}
const units = (text: string): number[] => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))

test('gbk.h is the table that the emulator reads out of its decoder (`-u` writes it)', async () => {
  await expect(gbkHeader()).toMatchFileSnapshot('../../../terminal/port/gbk.h')
})

const missing = missingTools()
describe.skipIf(missing !== '')(`字符集 of the native port ${missing}`, () => {
  let binary = ''
  beforeAll(() => {
    binary = buildGuestDevice()
  })
  afterAll(() => removeFolder(binary.replace(/\/[^/]*$/, '')))

  async function told(guest: string): Promise<unknown> {
    const device = runGuest({ binary, guest })
    const value = await device.shown()
    device.say('quit')
    await device.ended
    removeFolder(device.folder)
    return value
  }

  test('every pair of bytes, and every byte alone, decodes as in the emulator', async () => {
    const rows = Array.from({ length: 256 }, (_, lead) =>
      Array.from({ length: 257 }, (_, trail) => (trail === 256 ? [lead] : [lead, trail])),
    )
    const expected = rows.map((row) =>
      hashOf(row.flatMap((bytes) => units(emulated.decodeGbk(Uint8Array.from(bytes))))),
    )
    const given = await told(`${HASH}
      const hashes = []
      for (let lead = 0; lead < 256; lead++) {
        hash = 0x811c9dc5
        for (let trail = 0; trail <= 256; trail++) {
          const text = charset.decodeGbk(Uint8Array.from(trail === 256 ? [lead] : [lead, trail]))
          for (let at = 0; at < text.length; at++) add(text.charCodeAt(at))
        }
        hashes.push(hash)
      }
      hash = 0x811c9dc5
      for (const each of hashes) add(each)
      show(hash)`)
    expect(given).toBe(hashOf(expected))
  })

  test('every UTF-16 unit, and characters beyond them, encode as in the emulator', async () => {
    const texts = [
      ...Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)),
      ...['\u{1f600}', '\u{20087}', '\ud83d', '\ude00\ud83d', 'a\ud83d\ude00\0好', '€￥·—'],
    ]
    const given = await told(`${HASH}
      const one = (text) => { const bytes = charset.encodeGbk(text); for (const byte of bytes) add(byte); add(bytes.length) }
      for (let unit = 0; unit < 0x10000; unit++) one(String.fromCharCode(unit))
      for (const text of ${JSON.stringify(texts.slice(0x10000))}) one(text)
      show(hash)`)
    expect(given).toBe(
      hashOf(
        texts.flatMap((text) => {
          const bytes = emulated.encodeGbk(text)
          return [...bytes, bytes.length]
        }),
      ),
    )
  })

  test('bad bytes between good ones cost one U+FFFD each, and nothing of the text behind them', async () => {
    const bytes = [0x41, 0x80, 0xc4, 0xe3, 0xff, 0xc4, 0x20, 0xfe, 0x50, 0xa1, 0x7f, 0xba, 0xc3, 0x81]
    const expected = emulated.decodeGbk(Uint8Array.from(bytes))
    const decoded = await told(
      `show(Array.from(charset.decodeGbk(Uint8Array.from(${JSON.stringify(bytes)})), (each) => each.codePointAt(0)))`,
    )
    expect(decoded).toEqual(units(expected))
    expect(expected).toContain('你')
  })
})
