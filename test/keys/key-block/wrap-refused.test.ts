import { describe, expect, test } from 'vitest'
import type { KeyBlockHeader } from '../../../keys/key-block/header.ts'
import { wrapKey } from '../../../keys/key-block/key-block.ts'
import { type SoftKbpk, softKbpk } from '../../../keys/key-block/protection-key.ts'
import { hex } from '../vectors.ts'

const TDES_KBPK = hex('DD7515F2BFC17F85CE48F3CA25CB21F6')
const AES_KBPK = hex('88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6')
const KEY = hex('3F419E1CB7079442AA37474C2EFBF8B8')
const random = (seed: number) => (bytes: number) =>
  new Uint8Array(bytes).map((_, at) => (seed + 31 * at) % 251)

const header = (more: Partial<KeyBlockHeader> = {}): KeyBlockHeader => ({
  version: 'D',
  usage: 'K0',
  algorithm: 'T',
  mode: 'D',
  keyVersion: '00',
  exportability: 'N',
  context: '0',
  optional: [],
  ...more,
})

describe('key blocks: what wrapKey does not write → RangeError, which repeats no key', () => {
  const aes = softKbpk('AES', AES_KBPK)
  const tdes = softKbpk('TDES', TDES_KBPK)

  // biome-ignore format: one row a refusal
  const rows: readonly (readonly [string, SoftKbpk, Partial<KeyBlockHeader>, number, RegExp])[] = [
    ['version E',                        aes,  { version: 'E' },                                   16, /version/],
    ['a D block under TDES',             tdes, { version: 'D' },                                   16, /another protection key/],
    ['a B block under AES',              aes,  { version: 'B' },                                   16, /another protection key/],
    ['an unknown usage',                 aes,  { usage: 'Z9' },                                    16, /usage/],
    ['an algorithm of another usage',    aes,  { usage: 'M3', algorithm: '4', mode: 'C' },         16, /algorithm/],
    ['two algorithms',                   aes,  { algorithm: 'TA' },                                16, /algorithm/],
    ['no algorithm',                     aes,  { algorithm: '' },                                  16, /algorithm/],
    ['a mode of another usage',          aes,  { usage: 'P0', mode: 'G' },                         16, /mode/],
    ['an RSA key',                       aes,  { usage: 'S0', algorithm: 'R', mode: 'S' },         16, /no key of 16/],
    ['a key version in lower case',      aes,  { keyVersion: 'ab' },                               16, /key version/],
    ['a key version of one digit',       aes,  { keyVersion: '1' },                                16, /key version/],
    ['an optional block we do not know', aes,  { optional: [{ id: 'ZZ', data: '' }] },             16, /optional block/],
    ['padding',                          aes,  { optional: [{ id: 'PB', data: '' }] },             16, /optional block/],
    ['a KS that is no hex',              aes,  { optional: [{ id: 'KS', data: 'VM9A' }] },         16, /KS/],
    ['a label of two lines',             aes,  { optional: [{ id: 'LB', data: 'a\nb' }] },         16, /LB/],
    ['data over 251 characters',         aes,  { optional: [{ id: 'LB', data: 'x'.repeat(252) }] }, 16, /251/],
    ['one optional block twice',         aes,  { optional: [{ id: 'LB', data: 'a' }, { id: 'LB', data: 'b' }] }, 16, /twice/],
    ['a DUKPT key without its number',   aes,  { usage: 'B1', mode: 'X' },                         16, /needs KS/],
    ['an AES DUKPT key without its id',  aes,  { usage: 'B1', algorithm: 'A', mode: 'X' },         16, /needs IK/],
    ['8 bytes of TDES',                  aes,  {},                                                  8, /no key of 8/],
    ['32 bytes of SM4',                  aes,  { algorithm: '4' },                                 32, /no key of 32/],
    ['TDES of 24 under TDES of 16',      tdes, { version: 'B' },                                   24, /weaker/],
    ['AES under TDES',                   tdes, { version: 'B', algorithm: 'A' },                   16, /weaker/],
    ['SM4 under TDES',                   tdes, { version: 'B', algorithm: '4' },                   16, /weaker/],
  ]
  test.each(rows)('%s', (_, kbpk, more, bytes, why) => {
    const key = new Uint8Array(bytes).fill(0xab)
    const attempt = () => wrapKey(kbpk, header(more), key, random(1))
    expect(attempt).toThrow(RangeError)
    expect(attempt).toThrow(why)
    expect(attempt).not.toThrow(/abab/i)
  })

  test('AES of 256 bits under AES of 128', () => {
    const kbpk = softKbpk('AES', TDES_KBPK)
    expect(() => wrapKey(kbpk, header({ algorithm: 'A' }), AES_KBPK, random(1))).toThrow(/weaker/)
  })

  test('a random source that gives too little, too much or zeros', () => {
    for (const source of [
      () => new Uint8Array(3).fill(7),
      (bytes: number) => new Uint8Array(bytes + 1).fill(7),
      (bytes: number) => new Uint8Array(bytes),
    ]) {
      expect(() => wrapKey(aes, header(), KEY, source)).toThrow('the random source failed')
    }
  })

  test('a protection key of another size', () => {
    for (const [algorithm, bytes] of [
      ['TDES', 8],
      ['TDES', 32],
      ['AES', 8],
      ['AES', 20],
    ] as const) {
      expect(() => softKbpk(algorithm, new Uint8Array(bytes))).toThrow(RangeError)
    }
  })
})
