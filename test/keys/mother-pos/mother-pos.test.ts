import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeNewland } from '../../../keys/mother-pos/newland.ts'
import { decodeXgd } from '../../../keys/mother-pos/xgd.ts'
import { asHex, hex, text, vector } from '../vectors.ts'

const KEY = 'C1D0F8FB4958670DBA40AB1F3752EF0D'

/** One XGD frame with a right checksum. */
function xgd(body: string): string {
  const bytes = hex(body)
  const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0)
  return `01010101${body}${asHex(Uint8Array.of(sum))}`
}
const load = xgd(`0112FB1103${KEY}03`)

describe('母POS, 新国都 XGD', () => {
  test.each([
    ['xgd-keypos-ok-frame', 0x20, 'done'],
    ['xgd-keypos-err-frame', 0x2f, 'failed'],
  ] as const)('%s → a result, checksum right', (name, command, en) => {
    const frame = text(vector(name), 'expected')
    expect(xgd(text(vector(name), 'body'))).toBe(frame)
    expect(decodeXgd(hex(frame))).toEqual([
      { offset: 0, length: 8, kind: 'result', command, zh: expect.any(String), en, checksum: 'right' },
    ])
  })

  // biome-ignore format: one row a command
  const rows: readonly (readonly [string, string, object])[] = [
    ['8C',             '01128C0003',                       { command: 0x8c, en: 'cancel the PIN pad' }],
    ['EE',             `0112EE0903${KEY.slice(0, 16)}03`,  { command: 0xee, mode: 3, keyBytes: 8 }],
    ['FB, DES',        `0112FB0905${KEY.slice(0, 16)}03`,  { command: 0xfb, index: 5, keyBytes: 8 }],
    ['FB, TDES',       `0112FB1169${KEY}03`,               { command: 0xfb, index: 3, keyBytes: 16 }],
    ['FB, index 101',  `0112FB1165${KEY}03`,               { command: 0xfb, index: 101, keyBytes: 16 }],
    ['FB, index 102',  `0112FB1166${KEY}03`,               { command: 0xfb, index: 0, keyBytes: 16 }],
    ['FB, extended',   `0115FB001103${KEY}03`,             { command: 0xfb, index: 3, keyBytes: 16 }],
    ['DB 01',          '0112DB02015803',                   { command: 0xdb, subCommand: 1, en: 'read the user area' }],
    ['DB 04',          '0112DB010403',                     { command: 0xdb, subCommand: 4, en: 'read the serial number' }],
    ['DB 07',          '0112DB010703',                     { command: 0xdb, subCommand: 7, en: 'unknown command' }],
    ['one not known',  '0112770003',                       { command: 0x77, en: 'unknown command' }],
  ]
  test.each(rows)('%s → named, checksum right', (_, body, wanted) => {
    const frame = hex(xgd(body))
    expect(decodeXgd(frame)).toMatchObject([
      { ...wanted, offset: 0, length: frame.length, kind: 'command', checksum: 'right' },
    ])
  })

  test('DB 03 with data → named; the data are not told', () => {
    const items = decodeXgd(hex(xgd('0112DB05034142434403')))
    expect(items).toMatchObject([{ subCommand: 3, en: 'write the user area', kind: 'command' }])
    expect(JSON.stringify(items)).not.toMatch(/41424344|ABCD/)
  })

  test('a whole session with noise before, between and after → every frame at its place', () => {
    const parts = [
      '00FF',
      xgd(`0112EE0903${'00'.repeat(8)}03`),
      xgd('011320'),
      '55',
      load,
      xgd('01132F'),
      'AA01',
    ]
    const items = decodeXgd(hex(parts.join('')))
    expect(items.map(({ kind, command }) => [kind, command])).toEqual([
      ['noise', undefined],
      ['command', 0xee],
      ['result', 0x20],
      ['noise', undefined],
      ['command', 0xfb],
      ['result', 0x2f],
      ['noise', undefined],
    ])
    expect(items.reduce((sum, { length }) => sum + length, 0)).toBe(parts.join('').length / 2)
  })

  test('each checksum off → wrong; no 03 at the end → a fault', () => {
    const frame = hex(load)
    for (let by = 1; by < 256; by += 51) {
      const other = frame.slice()
      other[other.length - 1] = ((other[other.length - 1] ?? 0) + by) & 0xff
      expect(decodeXgd(other)).toMatchObject([{ kind: 'command', checksum: 'wrong' }])
    }
    expect(decodeXgd(hex(xgd(`0112FB1103${KEY}04`)))).toMatchObject([{ kind: 'fault', checksum: 'right' }])
    expect(decodeXgd(hex('0101010101132035'))).toMatchObject([{ kind: 'result', checksum: 'wrong' }])
  })

  test('cut anywhere → cut or noise, never a command', () => {
    const frame = hex(load)
    for (let end = 1; end < frame.length; end++) {
      const kinds = decodeXgd(frame.slice(0, end)).map(({ kind }) => kind)
      expect(kinds, `cut at ${end}`).toEqual([end < 5 ? 'noise' : 'cut'])
    }
  })
})

describe('母POS, 新大陆 Newland', () => {
  const key = `0302${KEY}`
  const des = `0309${KEY.slice(0, 16)}`

  test('the child asks, the parent loads a TDES and a DES key → each named, the asking once', () => {
    expect(decodeNewland(hex(`04040404${key}04${des}`))).toMatchObject([
      { offset: 0, length: 4, kind: 'command', command: 4, checksum: 'none' },
      { offset: 4, length: 18, command: 3, index: 2, keyBytes: 16 },
      { offset: 22, length: 1, command: 4 },
      { offset: 23, length: 10, command: 3, index: 9, keyBytes: 8 },
    ])
  })

  test('two keys one after the other → both', () => {
    expect(decodeNewland(hex(key + des + key)).map(({ keyBytes }) => keyBytes)).toEqual([16, 8, 16])
  })

  test('noise, an index over 9, a key that is cut or too long → said so', () => {
    expect(decodeNewland(hex('FFFE04'))).toMatchObject([{ kind: 'noise', length: 2 }, { kind: 'command' }])
    expect(decodeNewland(hex('030A'))).toMatchObject([{ kind: 'noise', length: 2 }])
    expect(decodeNewland(hex('03'))).toMatchObject([{ kind: 'cut', length: 1 }])
    expect(decodeNewland(hex(key.slice(0, 30)))).toMatchObject([{ kind: 'cut', index: 2 }])
    expect(decodeNewland(hex(`${key}FFFF`))).toMatchObject([{ kind: 'fault', index: 2 }, { kind: 'noise' }])
  })
})

describe('母POS: no key comes out', () => {
  test('keys of any value, in whole, cut or damaged captures → no four bytes of one in anything said', () => {
    const keys = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(keys, fc.nat(60), fc.nat(60), (bytes, cutAt, flipAt) => {
        const digits = asHex(bytes)
        for (const capture of [xgd(`0112FB1103${digits}03`), xgd(`0112EE1103${digits}03`), `0303${digits}`]) {
          const damaged = hex(capture).slice(0, 5 + cutAt)
          damaged[flipAt % damaged.length] = 0x01
          for (const items of [decodeXgd(hex(capture)), decodeXgd(damaged), decodeNewland(damaged)]) {
            expect(items.every(({ offset, length }) => offset >= 0 && length > 0)).toBe(true)
            const said = JSON.stringify(items)
            for (let at = 0; at + 8 <= digits.length; at += 2)
              expect(said).not.toContain(digits.slice(at, at + 8))
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  test('any bytes → items that cover them all, in order', () => {
    const tokens = fc.constantFrom(0x01, 0x03, 0x04, 0x12, 0x13, 0x15, 0x20, 0xfb, 0xff)
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 60 }), (list) => {
        for (const decode of [decodeXgd, decodeNewland]) {
          let at = 0
          for (const { offset, length } of decode(Uint8Array.from(list))) {
            expect(offset).toBe(at)
            at += length
          }
          expect(at).toBe(list.length)
        }
      }),
    )
  })
})
