import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DEMO_PROGRAMMES,
  PROGRAMMES_MAX,
  programmesFault,
  programmesFor,
  programmesOf,
} from '../../../terminal/parameter/programmes.ts'
import { readParameters } from '../../../terminal/parameter/table.ts'

const ROW = 'A1|某银行|Bank|622260|3:18000,12:72000|0|50000'

describe('programmes 分期方案', () => {
  it('the table of the demonstration → good, two programmes', () => {
    expect(programmesFault(DEMO_PROGRAMMES)).toBeUndefined()
    expect(programmesOf(DEMO_PROGRAMMES).map(({ code }) => code)).toEqual(['HOME01', 'HOME02'])
  })

  it('a row → its columns; an empty table → no programme', () => {
    expect(programmesOf(ROW)).toEqual([
      {
        code: 'A1',
        zh: '某银行',
        en: 'Bank',
        prefixes: ['622260'],
        terms: [
          { count: 3, ratePpm: 18_000 },
          { count: 12, ratePpm: 72_000 },
        ],
        feeMode: '0',
        leastFen: 50_000,
      },
    ])
    expect(programmesFault('')).toBeUndefined()
    expect(programmesOf('')).toEqual([])
  })

  it.each([
    ['a column too few', 'A1|某银行|Bank|622260|3:18000|0'],
    ['a column too many', `${ROW}|1`],
    ['a semicolon at the end', `${ROW};`],
    ['a code twice', `${ROW};${ROW}`],
    ['a blank in the code', ROW.replace('A1', 'A 1')],
    ['a prefix that is no number', ROW.replace('622260', '62x')],
    ['one term only', ROW.replace('3:18000', '1:18000')],
    ['a term twice', ROW.replace('12:', '3:')],
    ['another fee mode', ROW.replace('|0|', '|2|')],
    ['no least amount', ROW.replace('|50000', '|')],
    ['more terms than a menu holds', ROW.replace('3:18000', '2:1,3:1,4:1,5:1,6:1,7:1,8:1,9:1,10:1')],
  ])('%s → refused by the table of parameters, in one sentence', (_name, table) => {
    expect(programmesFault(table)).toMatch(/^[^.]+$/)
    const read = readParameters({ instalmentProgrammes: table })
    expect(read.kind).toBe('wrong')
  })

  it('any text → refused, or read as programmes of which each can be asked for', () => {
    const part = fc.constantFrom('A1', '|', ';', ',', ':', '3:18000', '622260', '0', '某', 'Bank', ROW)
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const table = parts.join('')
        if (programmesFault(table) !== undefined) return
        for (const { code, terms, leastFen, prefixes } of programmesOf(table)) {
          expect(code.length).toBeLessThanOrEqual(30)
          expect(terms.every(({ count }) => count >= 2 && count <= 99)).toBe(true)
          expect(terms.length).toBeLessThanOrEqual(PROGRAMMES_MAX)
          expect(Number.isSafeInteger(leastFen)).toBe(true)
          expect(prefixes.every((prefix) => prefix !== '')).toBe(true)
        }
      }),
    )
  })

  it('card and amount → the programmes that fit both, from the least amount on', () => {
    const table = `${ROW};B2|一卡通|Card|622260,990110|6:0|1|100`
    const codes = (pan: string, fen: number) => programmesFor(table, pan, fen).map(({ code }) => code)
    expect(codes('6222600001234567890', 50_000)).toEqual(['A1', 'B2'])
    expect(codes('6222600001234567890', 49_999)).toEqual(['B2'])
    expect(codes('9901100000000000017', 50_000)).toEqual(['B2'])
    expect(codes('9901100000000000017', 99)).toEqual([])
    expect(codes('4000000000000000', 50_000)).toEqual([])
  })
})
