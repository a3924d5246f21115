import fc from 'fast-check'
import nacl from 'tweetnacl'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../../../keys/hex.ts'
import { readExpectedCsv } from '../../../../keys/station/expected.ts'
import { code39 } from '../../../../keys/station/page/code39.ts'
import { nextOf, nextWords } from '../../../../keys/station/page/next.ts'
import { openSecret, SEALED_HEAD, sealSecret } from '../../../../keys/station/page/seal.ts'
import { joinSecrets, splitSecrets } from '../../../../keys/station/page/secrets.ts'
import { left, moment } from '../../../../keys/station/page/ui.ts'
import { rowWords, whyWords } from '../../../../keys/station/page/whys.ts'
import type { StationView } from '../../../../keys/station/station.ts'
import { reasons, type Why } from '../../../../keys/station/why.ts'

describe('a secret on its way to the server', () => {
  it('the secrets of one order: joined → apart again the same; every copy is overwritten', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { maxLength: 3 }), (secrets) => {
        const given = secrets.map((secret) => Uint8Array.from(secret))
        const joined = joinSecrets(given)
        expect(given.every((secret) => secret.every((byte) => byte === 0))).toBe(true)
        const apart = splitSecrets(joined)
        expect(apart?.map((secret) => [...secret])).toEqual(secrets.map((secret) => [...secret]))
        expect(joined.every((byte) => byte === 0)).toBe(true)
      }),
    )
  })
  it('secrets cut short, too many, or with something behind them → none', () => {
    const whole = () => joinSecrets([Uint8Array.of(1, 2, 3), Uint8Array.of(4)])
    for (const end of [1, 2, 3, 4, 6, 7])
      expect(splitSecrets(whole().slice(0, end)), `${end}`).toBeUndefined()
    expect(splitSecrets(Uint8Array.of(...whole(), 9))).toBeUndefined()
    const four = joinSecrets([1, 2, 3, 4].map((byte) => Uint8Array.of(byte)))
    expect(splitSecrets(four)).toBeUndefined()
    expect(() => joinSecrets([new Uint8Array(65_536)])).toThrow(RangeError)
  })
  it('sealed → opened the same, and the page’s copy is overwritten', () => {
    const { publicKey, secretKey } = nacl.box.keyPair()
    const secret = Uint8Array.from(Buffer.from('1F3B5D7990A2C4E6'))
    const kept = secret.slice()
    const sealed = sealSecret(secret, toHex(publicKey))
    expect(secret).toEqual(new Uint8Array(16))
    expect(Buffer.from(sealed).includes(Buffer.from(kept))).toBe(false)
    expect(openSecret(sealed, secretKey)).toEqual(kept)
  })
  it('any byte changed, cut short, or another key → nothing', () => {
    const { publicKey, secretKey } = nacl.box.keyPair()
    const sealed = sealSecret(Uint8Array.of(1, 2, 3), toHex(publicKey))
    for (let at = 0; at < sealed.length; at++) {
      const broken = sealed.slice()
      broken[at] = (broken[at] ?? 0) ^ 1
      expect(openSecret(broken, secretKey)).toBeUndefined()
      expect(openSecret(sealed.subarray(0, at), secretKey)).toBeUndefined()
    }
    expect(openSecret(sealed, nacl.box.keyPair().secretKey)).toBeUndefined()
    expect(sealed.length).toBe(SEALED_HEAD + nacl.box.overheadLength + 3)
  })
})

describe('Code 39 of a serial number', () => {
  it('each character has nine bars and gaps, three of them wide, and no two are the same', () => {
    const patterns = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. '].map((character) => {
      const { bars, width } = code39(character) ?? { bars: [], width: 0 }
      // Start, the character, stop: 3 × (6 narrow + 3 wide) and two gaps between them.
      expect(width).toBe(3 * 15 + 2)
      expect(bars).toHaveLength(15)
      return bars
        .slice(5, 10)
        .map((bar) => `${bar.x - 16}/${bar.width}`)
        .join()
    })
    expect(new Set(patterns).size).toBe(patterns.length)
  })
  it('"*1*" is what the standard’s example of 1 looks like', () => {
    const widths = code39('1')
      ?.bars.slice(5, 10)
      .map(({ width }) => width)
    expect(widths).toEqual([3, 1, 1, 1, 3]) // bars of 1: wide, narrow, narrow, narrow, wide
  })
  it('what it has no character for → no barcode', () => {
    expect(code39('sk-1')).toBeUndefined()
    expect(code39('A*B')).toBeUndefined()
    expect(code39('终端')).toBeUndefined()
  })
})

const base: StationView = {
  ...{ state: 'open', people: [], counts: { expected: 0, sent: 0, proven: 0, loaded: 0, failed: 0 } },
  ...{ lines: [], audit: { records: 0, head: '', signedUpTo: 0, state: 'whole' }, missing: [] },
}
const person = (name: string, loggedIn: boolean) =>
  ({ name, role: 'custodian', loggedIn, failures: 0 }) as const
const ceremony = { label: 'ZMK', algorithm: 'AES', bytes: 32, wanted: 2 } as const
const typed = { name: 'A', state: 'typed', checkValue: '0A0B0C0D0E' } as const
const identity = {
  id: 'S',
  notAfter: 20_261_121,
  serial: '',
  root: '',
  development: false,
  daysLeft: -1,
} as const
const line = { kind: 'tcp', address: '127.0.0.1:1', state: 'waiting', serials: [] } as const

describe('what to do next 下一步', () => {
  const counts = (more: Partial<StationView['counts']>) => ({ counts: { ...base.counts, ...more } })
  // biome-ignore format: one row a moment
  const moments: readonly (readonly [string, Partial<StationView>, string])[] = [
    ['nobody is enrolled',               { state: 'new' },                                                   'enrolFirst'],
    ['one is, and is here',              { state: 'new', people: [person('A', true)] },                      'enrolSecond'],
    ['one is, and has left',             { state: 'new', people: [person('A', false)] },                     'logInFirst'],
    ['two are, nobody is here',          { state: 'closed', people: [person('A', false), person('B', false)] }, 'logInFirst'],
    ['one of them is here',              { state: 'closed', people: [person('A', false), person('B', true)] }, 'logInSecond'],
    ['the audit is broken',              { missing: ['audit', 'zmk'], ...counts({ expected: 1 }) },          'audit'],
    ['the identity has expired',         { missing: ['identity'], identity },                                'renewIdentity'],
    ['there is no identity',             { missing: ['identity', 'zmk'] },                                   'identity'],
    ['there is no key',                  { missing: ['zmk'] },                                               'firstKey'],
    ['a ceremony has begun',             { ceremony: { ...ceremony, components: [] }, missing: ['zmk'] },    'component'],
    ['a component waits for its person', { ceremony: { ...ceremony, components: [typed] } },                 'compare'],
    ['one is confirmed',                 { ceremony: { ...ceremony, components: [{ ...typed, state: 'confirmed' }] } }, 'component'],
    ['there is no list',                 {},                                                                 'importList'],
    ['no line is open',                  counts({ expected: 3 }),                                            'noLine'],
    ['the only line has failed',         { ...counts({ expected: 3 }), lines: [{ ...line, state: 'failed' }] }, 'noLine'],
    ['a line waits',                     { ...counts({ expected: 3, loaded: 2 }), lines: [line] },           'inject'],
    ['one is being loaded',              { ...counts({ sent: 1 }), lines: [line] },                          'inject'],
    ['only failed ones are left',        { ...counts({ loaded: 4, failed: 1 }), lines: [line] },             'retry'],
    ['all are loaded',                   { ...counts({ loaded: 4 }), lines: [line] },                        'finish'],
  ]
  it.each(moments)('%s → one sentence in each language', (_, change, kind) => {
    const next = nextOf({ ...base, ...change })
    expect(next.kind).toBe(kind)
    expect(nextWords(next, 'en')).toMatch(/^[^\n]{20,}\.$/)
    expect(nextWords(next, 'zh')).toMatch(/^[^\n]{10,}。$/)
  })
  it('names who has typed a component already', () => {
    const next = nextOf({
      ...base,
      ceremony: { ...ceremony, components: [{ ...typed, state: 'confirmed' }] },
    })
    expect(nextWords(next, 'en')).toContain('Component 2 of 2: a custodian other than A types it')
  })
})

describe('refusals in the reader’s language', () => {
  it('every reason of the station has a sentence in both', () => {
    for (const why of Object.keys(reasons) as Why[]) {
      expect(whyWords(why, undefined, 'en')).toMatch(/^[A-Z].*\.$/)
      expect(whyWords(why, 'x', 'zh')).toMatch(/^.*[一-鿿].* \(x\)。$/)
    }
  })
  it('every fault of a list that the station finds is told in Chinese', () => {
    const lists = [
      ...[
        'terminal\nA',
        'serial,slot\nA',
        'serial\n"A',
        'serial\nA B',
        'serial,terminalId\nA,1',
        'serial,slot\nA,11',
      ],
      ...['serial,algorithm\nA,AES', 'serial\nA\nA', 'serial,terminalId\nA,10000001\nB,10000001'],
    ]
    for (const csv of lists) {
      const read = readExpectedCsv(csv)
      if (read.kind !== 'faults') throw new Error(`taken: ${csv}`)
      for (const { why } of read.faults) expect(rowWords(why, 'zh'), why).toMatch(/[一-鿿]/)
    }
    expect(rowWords('a slot is 0 to 9', 'en')).toBe('a slot is 0 to 9')
  })
})

it('a countdown shows minutes and seconds, and never less than none', () => {
  expect(left(600_000)).toBe('10:00')
  expect(left(59_001)).toBe('01:00')
  expect(left(-5)).toBe('00:00')
  expect(moment('')).toBe('')
  fc.assert(fc.property(fc.integer({ min: -1e6, max: 1e9 }), (ms) => /^\d{2,}:[0-5]\d$/.test(left(ms))))
})
