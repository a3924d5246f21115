import { describe, expect, test } from 'vitest'
import { WireError } from '../../../host-link/wire/message.ts'
import {
  headerFault,
  type KeyBlockHeader,
  keyBlockHeader,
  parseHeader,
} from '../../../keys/key-block/header.ts'
import { algorithms, modes, usages } from '../../../keys/key-block/header-table.ts'
import { expected, text, vectors } from '../vectors.ts'

const BLOCK =
  'B0104B0TX12S0100KS1800604B120F9292800000BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E248719E24B433627'

describe('key block header: the published vectors', () => {
  test.each(vectors(2, ({ op }) => op === 'parse-header').map((one) => [one.name, one] as const))(
    '%s → its blocks',
    (_, vector) => {
      const { header, headerLength } = parseHeader(text(vector, 'input'))
      const blocks = Object.fromEntries(header.optional.map(({ id, data }) => [id, data]))
      const { expected: wanted } = vector
      expect({ headerLength, blocks }).toEqual(wanted)
    },
  )

  test.each(vectors(6, ({ op }) => op === 'parse-header-reject').map((one) => [one.name, one] as const))(
    '%s → WireError',
    (_, vector) => {
      expect(() => parseHeader(text(vector, 'input'))).toThrow(WireError)
    },
  )

  test.each(
    vectors(21, ({ category, op }) => category === 'tr31' && op === 'unwrap').map(
      (one) => [one.name, one] as const,
    ),
  )('%s → its header, or for A and C one line', (_, vector) => {
    const block = text(vector, 'keyBlock')
    if (/^[AC]/.test(block)) {
      expect(() => keyBlockHeader(block)).toThrow('A and C, the variant method, are not taken')
      return
    }
    const { headerLength } = parseHeader(block)
    expect(keyBlockHeader(block).length).toBe(block.length)
    if ('header' in vector) expect(block.slice(0, headerLength)).toBe(text(vector, 'header'))
    expect(expected(vector, 'key')).not.toBe('')
  })
})

describe('key block header', () => {
  test('a published block → every field', () => {
    expect(keyBlockHeader(BLOCK)).toEqual({
      version: 'B',
      usage: 'B0',
      algorithm: 'T',
      mode: 'X',
      keyVersion: '12',
      exportability: 'S',
      context: '0',
      optional: [{ id: 'KS', data: '00604B120F9292800000' }],
      length: 104,
    })
  })

  // biome-ignore format: one row a fault
  const faults: readonly (readonly [string, string, string])[] = [
    ['nothing',                       '',                                   'keyBlock at byte 0: ends in its header'],
    ['half a header',                 BLOCK.slice(0, 15),                   'keyBlock at byte 15: ends in its header'],
    ['another length',                BLOCK.replace('0104', '0103'),        'length at byte 1: is not the length of the block'],
    ['no payload',                    'B0032P0TE00E0000AAAAAAAAAAAAAAAA',   'payload at byte 16: is no whole number of blocks'],
    ['a MAC in lower case',           BLOCK.replace(/627$/, '62f'),         'payload at byte 103: wants hex digits in upper case'],
    ['more than 9999 characters',     'B'.repeat(10_000),                   'keyBlock at byte 9999: is too long'],
  ]
  test.each(faults)('%s → WireError with its place', (_, block, message) => {
    expect(() => keyBlockHeader(block)).toThrow(WireError)
    expect(() => keyBlockHeader(block)).toThrow(message)
  })
})

describe('key block header: usage × algorithm × mode', () => {
  const wanted: KeyBlockHeader = {
    version: 'D',
    usage: 'P0',
    algorithm: 'T',
    mode: 'E',
    keyVersion: '00',
    exportability: 'N',
    context: '0',
    optional: [
      { id: 'KS', data: '00604B120F9292800000' },
      { id: 'IK', data: '1234567890123456' },
    ],
  }

  test('every combination is written exactly where the row of its usage has both letters', () => {
    for (const [usage, row] of usages) {
      for (const algorithm of algorithms.keys()) {
        for (const mode of modes.keys()) {
          const right = row.algorithms.includes(algorithm) && row.modes.includes(mode)
          const fault = headerFault({ ...wanted, usage, algorithm, mode })
          expect(fault === undefined, `${usage} ${algorithm} ${mode}`).toBe(right)
        }
      }
    }
  })

  test('the keys of a terminal, as loaded and as the host holds them → all can be written', () => {
    // biome-ignore format: one row a key: usage, algorithms, modes
    const rows = [
      ['K1', 'TA',  'DE'], // protection key of the injection
      ['K0', 'TA4', 'DE'], // TMK 主密钥
      ['P0', 'TA4', 'ED'], // PIK
      ['M1', 'T4',  'CGV'],
      ['M3', 'T',   'CGV'],
      ['M6', 'TA4', 'CGV'],
      ['D0', 'TA4', 'ED'], // TDK
      ['B1', 'TA',  'X'],
    ] as const
    for (const [usage, letters, modeLetters] of rows) {
      for (const algorithm of letters) {
        for (const mode of modeLetters)
          expect(headerFault({ ...wanted, usage, algorithm, mode })).toBeUndefined()
      }
    }
  })

  test('SM4 is a digit, and no usage takes it as AES does: CVV, DUKPT and PIN verification keys have no SM4', () => {
    for (const usage of ['B0', 'B1', 'C0', 'V1', 'E0']) {
      expect(headerFault({ ...wanted, usage, algorithm: '4', mode: 'N' })).toMatch(/^algorithm/)
    }
  })
})
