import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ClearedDay,
  type ClearOptions,
  clear,
  keptDay,
} from '../../../../host-link/host/node/clearing.ts'
import type { ClearingDatabase } from '../../../../host-link/host/node/clearing-database.ts'
import { withReport } from '../../../../host-link/host/node/clearing-report.ts'
import { datesDue } from '../../../../host-link/host/node/clearing-timer.ts'
import { DAYS, FEES, randomDays, type Written } from '../clearing/random-days.ts'
import { DATABASE_KINDS, freshBooks } from './clearing-rig.ts'

const [DAY, NEXT] = DAYS
const options: ClearOptions = {
  acquirer: { cutOver: '23:00', fees: FEES },
  now: { date: '20261201', time: '120000' },
}
const sale: Written = {
  ...{ sequence: 1, kind: 'sale', businessDate: DAY, merchant: 'M', store: '0008', cardKind: 'bank' },
  ...{ code: '00', amountFen: 100_00, discount: undefined, cashBack: undefined, settleFen: 100_00 },
  ...{ biller: undefined, refersTo: undefined },
}
const fresh = freshBooks()
const key = ({ merchant, party, name, source }: ClearedDay['lines'][number]): string =>
  `${merchant}/${party}/${name}/${source}`

/** Kind, amount and what was done of each row of the report of differences. */
async function differences(database: ClearingDatabase, date: string): Promise<string[]> {
  const found: string[] = []
  const acquirer = { fees: [], staff: [] }
  await withReport(database, 'differences', { period: [date], acquirer }, async ({ rows }) => {
    for await (const row of rows) found.push([row[5], row[8], row[10]].join(' '))
  })
  return found
}

describe.each(DATABASE_KINDS)('clear 清算, %s', (kind) => {
  it('two days of anything: the lines of both are what stands of each sale, to the fen', async () => {
    const { db: _, open, book } = await fresh(kind)
    const database = await open()
    const { written, expected } = randomDays(20_261_121, 250)
    await book(written)
    const lines = new Map<string, { gross: number; fee: number }>()
    // The later day first: it refers back to a day that is not cleared yet.
    for (const date of [NEXT, DAY]) {
      const day = await clear(database, date, options)
      expect(day.settleFen).toBe(expected.settle.get(date))
      expect(day.entries).toBe(written.filter(({ businessDate }) => businessDate === date).length)
      expect(day.lines.reduce((sum, { netFen, feeFen }) => sum + netFen + feeFen, 0)).toBe(day.settleFen)
      for (const line of day.lines) {
        const { gross, fee } = lines.get(key(line)) ?? { gross: 0, fee: 0 }
        lines.set(key(line), { gross: gross + line.grossFen, fee: fee + line.feeFen })
      }
    }
    for (const [name, line] of lines)
      expect([name, line]).toEqual([name, expected.lines.get(name) ?? { gross: 0, fee: 0 }])
    for (const name of expected.lines.keys()) expect(lines.has(name), name).toBe(true)
    expect([...lines.keys()].some((name) => name.startsWith('M/suspense/9999'))).toBe(true)
  })
  it('twice: the second changes nothing and gives the same, also with other fees and stores by then', async () => {
    const { open, book, meddle } = await fresh(kind)
    const database = await open()
    await book(randomDays(7, 100).written)
    const first = await clear(database, DAY, options)
    await meddle(`INSERT INTO store VALUES ('M', '9999', 'new')`)
    const other = { ...options, acquirer: { cutOver: '23:00', fees: [] } }
    expect(await clear(database, DAY, other)).toEqual(first)
    expect(await database.kept((own) => keptDay(own, DAY))).toEqual(first)
    expect(await database.kept((own) => own.query('SELECT count(*) FROM clearing_run'))).toEqual([[1]])
  })
  it('a void on the next day, by other terms: takes back what the day before had given', async () => {
    const { open, book, meddle } = await fresh(kind)
    const database = await open()
    await book([sale, { ...sale, sequence: 2, store: '9999' }])
    const before = await clear(database, DAY, options)
    await meddle(`INSERT INTO store VALUES ('M', '9999', 'new')`)
    const undo = { kind: 'voidSale', businessDate: NEXT, settleFen: -100_00, store: undefined } as const
    await book([
      { ...sale, ...undo, sequence: 3, refersTo: 1 },
      { ...sale, ...undo, sequence: 4, refersTo: 2 },
    ])
    const dear = {
      ...options,
      acquirer: { cutOver: '23:00', fees: [{ card: 'any', ratePpm: 90_000, leastFen: 0 }] },
    } as const
    const after = await clear(database, NEXT, dear)
    const figures = (day: ClearedDay) => day.lines.map((line) => [key(line), line.grossFen, line.feeFen])
    expect(figures(before)).toEqual([
      ['M/store/0008/bank', 100_00, 55],
      ['M/suspense/9999/bank', 100_00, 0],
    ])
    expect(figures(after)).toEqual([
      ['M/store/0008/bank', -100_00, -55],
      ['M/suspense/9999/bank', -100_00, 0],
    ])
  })
  it('refunds over days, one of them taken back again: never more fee than was taken', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    const refund = { ...sale, kind: 'refund', refersTo: 1 } as const
    const back: Written = {
      ...sale,
      kind: 'reversal',
      sequence: 3,
      refersTo: 2,
      amountFen: 60_00,
      settleFen: 60_00,
    }
    await book([
      sale,
      { ...refund, sequence: 2, amountFen: 60_00, settleFen: -60_00 },
      back,
      { ...refund, sequence: 4, amountFen: 40_00, settleFen: -40_00, businessDate: NEXT },
      { ...refund, sequence: 5, amountFen: 60_00, settleFen: 0, businessDate: NEXT, code: '51' },
      { ...refund, sequence: 6, amountFen: 60_00, settleFen: -60_00, businessDate: NEXT },
    ])
    const [one, two] = [await clear(database, DAY, options), await clear(database, NEXT, options)]
    expect(one.lines.map(({ netFen, feeFen }) => [netFen, feeFen])).toEqual([[99_45, 55]])
    expect(two.lines.map(({ netFen, feeFen }) => [netFen, feeFen])).toEqual([[-99_45, -55]])
  })
  it('entries that do not add up: stops, names them, writes nothing', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    await book([
      sale,
      { ...sale, sequence: 2, kind: 'voidSale', settleFen: -99_99, refersTo: 1 },
      { ...sale, sequence: 3, kind: 'voidSale', settleFen: -1, refersTo: 77 },
    ])
    await expect(clear(database, DAY, options)).rejects.toThrow(
      '2026-11-21: not cleared, the ledger does not add up: entry 2 voidSale settles -9999 fen, its parts make -10000; entry 3 voidSale refers to entry 77, which is not there',
    )
    expect(await database.kept(async (own) => keptDay(own, DAY))).toBeUndefined()
  })
  it('entries that came after the clearing: what was cleared stays, the next day takes them once, by their own terms', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    await book([sale, { ...sale, sequence: 5, amountFen: 1_00, settleFen: 1_00 }])
    const first = await clear(database, DAY, options)
    // One has a sequence below what was cleared: it was given before, and committed after.
    await book([
      ...[
        { ...sale, sequence: 3 },
        { ...sale, sequence: 7, kind: 'refund', refersTo: 1, settleFen: -100_00 } as const,
      ],
      { ...sale, sequence: 8, businessDate: NEXT, amountFen: 2_00, settleFen: 2_00 },
    ])
    expect(await clear(database, DAY, options)).toEqual(first)
    expect(await differences(database, DAY)).toEqual(['消费 10000 待下次清算', '退货 -10000 待下次清算'])
    const dear = {
      ...options,
      acquirer: { cutOver: '23:00', fees: [{ card: 'any', ratePpm: 90_000, leastFen: 0 }] },
    } as const
    const shown = await clear(database, NEXT, { ...dear, partial: true })
    const next = await clear(database, NEXT, dear)
    expect(shown).toEqual(next)
    expect(next).toMatchObject({ entries: 3, settleFen: 2_00, late: { entries: 2, settleFen: 0 } })
    expect(next.lines.map((line) => [key(line), line.grossFen, line.feeFen])).toEqual([
      ['M/store/0008/bank', 2_00, 55 - 55 + 18],
    ])
    expect(await clear(database, NEXT, dear)).toEqual(next)
    expect(await clear(database, DAY, options)).toEqual(first)
    expect(await database.kept((own) => keptDay(own, NEXT))).toEqual(next)
    expect(await differences(database, DAY)).toEqual([
      '消费 10000 已入2026-11-22清算',
      '退货 -10000 已入2026-11-22清算',
    ])
    const third = await clear(database, '20261123', options)
    expect(third).toMatchObject({ entries: 0, late: { entries: 0, settleFen: 0 } })
  })
  it('a late entry is not taken by a day before the newest that is cleared, nor once more after its own day', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    await book([sale, { ...sale, sequence: 2, businessDate: '20261123' }])
    await clear(database, DAY, options)
    await clear(database, '20261123', options)
    await book([
      { ...sale, sequence: 3 },
      { ...sale, sequence: 4, businessDate: NEXT },
    ])
    expect(await clear(database, NEXT, options)).toMatchObject({ entries: 1, late: { entries: 0 } })
    expect(await clear(database, '20261124', options)).toMatchObject({ entries: 1, late: { entries: 1 } })
  })
  it('a late refund of a sale that has others: counts on the day that took it, and changes no fee of before', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    const refund = { ...sale, kind: 'refund', refersTo: 1, amountFen: 50_00, settleFen: -50_00 } as const
    await book([sale, { ...refund, sequence: 2, businessDate: NEXT }])
    const days = [await clear(database, DAY, options), await clear(database, NEXT, options)]
    await book([{ ...refund, sequence: 3 }])
    expect(await clear(database, NEXT, options)).toEqual(days[1])
    const last = await clear(database, '20261123', options)
    const fees = [...days, last].flatMap(({ lines }) => lines.map(({ feeFen }) => feeFen))
    expect(fees).toEqual([55, -28, -27])
    expect(await clear(database, NEXT, options)).toEqual(days[1])
  })
  it('an entry that is gone, or is another: a sentence, and what was cleared stays', async () => {
    const { open, book, meddle } = await fresh(kind)
    const database = await open()
    await book([sale])
    const first = await clear(database, DAY, options)
    const off = kind === 'sqlite' ? 'DROP TRIGGER ledger_update' : 'ALTER TABLE ledger DISABLE TRIGGER ALL'
    await meddle(off)
    await meddle('UPDATE ledger SET amount = 20000, settle = 20000')
    await expect(clear(database, DAY, options)).rejects.toThrow(
      '2026-11-21: was cleared as 1 entries and 10000 fen, but the ledger now has 1 and 20000 fen',
    )
    expect(await database.kept((own) => keptDay(own, DAY))).toEqual(first)
  })
  it('a fee table that is mended counts for every day that is not cleared, also one that was referred to', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    await book([
      sale,
      { ...sale, sequence: 2, kind: 'voidSale', businessDate: NEXT, settleFen: -100_00, refersTo: 1 },
    ])
    const wrong = { ...options, acquirer: { cutOver: '23:00', fees: [] } }
    expect((await clear(database, NEXT, wrong)).lines[0]?.feeFen).toBe(0)
    expect((await clear(database, DAY, options)).lines[0]?.feeFen).toBe(55)
  })
  it('lines that are not kept as they were counted: stops, nothing written', async () => {
    const { open, book, meddleKept } = await fresh(kind)
    const database = await open()
    await database.writing(async () => {}) // the tables are there
    await meddleKept(1)
    await book([sale])
    await expect(clear(database, DAY, options)).rejects.toThrow(
      '2026-11-21: not cleared, the lines make 10001 fen, the ledger 10000',
    )
    expect(await database.kept((own) => own.query('SELECT count(*) FROM clearing_run'))).toEqual([[0]])
  })
  it('no fee row of a table fits: stops', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    await book([sale])
    const poor = {
      ...options,
      acquirer: { cutOver: '23:00', fees: [{ card: 'cash', ratePpm: 0, leastFen: 0 }] },
    } as const
    await expect(clear(database, DAY, poor)).rejects.toThrow(
      'entry 1 sale no fee row for merchant M, store 0008, bank',
    )
  })
  it('a day that is not over: refused; with partial shown, and nothing written', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    await book([sale])
    const early = { ...options, now: { date: DAY, time: '230159' } }
    await expect(clear(database, DAY, early)).rejects.toThrow(
      '2026-11-21: the day is not over, it ends at 23:00',
    )
    const shown = await clear(database, DAY, { ...early, partial: true })
    expect(shown.settleFen).toBe(100_00)
    expect(await database.kept(async (own) => own.query('SELECT 1 FROM clearing_run'))).toBeUndefined()
    const now = { ...options, now: { date: DAY, time: '230200' } }
    expect(await clear(database, DAY, now)).toEqual(shown)
  })
  it('a day without entries: cleared with nothing', async () => {
    const database = await (await fresh(kind)).open()
    const empty = { date: DAY, entries: 0, settleFen: 0, late: { entries: 0, settleFen: 0 }, lines: [] }
    expect(await clear(database, DAY, options)).toEqual(empty)
    expect(await clear(database, DAY, options)).toEqual(empty)
  })
  it('two who clear the same day at once: one clearing, the same for both', async () => {
    const books = await fresh(kind)
    await books.book(randomDays(3, 60).written)
    const [one, two] = [await books.open(), await books.open()]
    const [first, second] = await Promise.all([clear(one, DAY, options), clear(two, DAY, options)])
    expect(second).toEqual(first)
    expect(await one.kept((own) => own.query('SELECT count(*) FROM clearing_run'))).toEqual([[1]])
  })
  it('datesDue: every ended date with entries that is not cleared, in order', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    const at = (sequence: number, businessDate: string): Written => ({ ...sale, sequence, businessDate })
    await book([
      at(1, '20261119'),
      at(2, '20261121'),
      at(3, '20261121'),
      at(4, '20261122'),
      at(5, '20261123'),
    ])
    const now = { date: '20261122', time: '230500' }
    expect(await datesDue(database, '23:00', now)).toEqual(['20261119', '20261121', '20261122'])
    await clear(database, '20261121', options)
    expect(await datesDue(database, '23:00', now)).toEqual(['20261119', '20261122'])
    expect(await datesDue(database, '23:30', now)).toEqual(['20261119'])
  })
})

describe('clear: any two days', () => {
  it('SQLite: both days add up to what stands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 60 }),
        async (seed, sales) => {
          const { open, book } = await fresh('sqlite')
          const database = await open()
          const { written, expected } = randomDays(seed, sales)
          await book(written)
          const days = [await clear(database, DAY, options), await clear(database, NEXT, options)]
          const net = days.flatMap(({ lines }) => lines).reduce((sum, line) => sum + line.netFen, 0)
          const want = [...expected.lines.values()].reduce((sum, { gross, fee }) => sum + gross - fee, 0)
          expect(net).toBe(want)
        },
      ),
      { numRuns: 6 },
    )
  })
})
