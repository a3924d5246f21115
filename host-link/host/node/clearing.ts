import type { Acquirer } from '../acquirer.ts'
import { lastEnded } from '../clearing/business-day.ts'
import { cleared, type LedgerRow } from '../clearing/shares.ts'
import { inOrder, type Line, makeTally, unbalanced } from '../clearing/tally.ts'
import type { HostTime } from '../ledger.ts'
import type { Books, ClearingDatabase, Query } from './clearing-database.ts'
import {
  keepLate,
  keepTaken,
  keptLate,
  type Late,
  lateEntries,
  makeTaken,
  type Taken,
  takenBy,
} from './clearing-late.ts'
import { entriesAt, entriesOf, ledgerSums } from './clearing-ledger.ts'
import { insertNotices } from './clearing-notice.ts'
import { keepTerms, keptTerms, type TermsBook, termsBook } from './clearing-terms.ts'
import { HostError } from './host-error.ts'

/** One business date, cleared. */
export interface ClearedDay {
  readonly date: string
  /** Entries of the ledger that it has, and what they settle, late ones among them. */
  readonly entries: number
  readonly settleFen: number
  /** 迟到 entries of earlier dates, which came after those had been cleared. */
  readonly late: { readonly entries: number; readonly settleFen: number }
  readonly lines: readonly Line[]
}

export interface ClearOptions {
  readonly acquirer: Pick<Acquirer, 'cutOver' | 'fees' | 'notify'>
  readonly now: HostTime
  /** Counts what there is of a day, also of one that is not over, and writes nothing. */
  readonly partial?: boolean
  readonly progress?: (entries: number) => void
}

/** How many entries that differ a refusal names. */
const NAMED_MAX = 10

/**
 * 清算 one business date `20261121`: who gets what of every entry of the ledger, kept with the notices in one durable
 * act. A date that was cleared is counted again, compared, and left as it is. All entries must add up, one by one, by
 * merchant, and once more in the lines as they are kept; else it throws `HostError`, which says which differ, and
 * nothing is written. The newest clearing takes in, by the terms of their own dates, what came late for earlier ones. Refuses a date that is not over, except with `partial`.
 */
export async function clear(
  database: ClearingDatabase,
  date: string,
  options: ClearOptions,
): Promise<ClearedDay> {
  const { acquirer, now, partial = false } = options
  if (!partial && date > lastEnded(now, acquirer.cutOver))
    throw new HostError(
      `${dashed(date)}: the day is not over, it ends at ${acquirer.cutOver}; --partial shows what there is and writes nothing`,
    )
  return database.reading(async (books) => {
    const kept = await database.kept(async (own) => ({
      terms: await keptTerms(own),
      day: await keptDay(own, date),
    }))
    const terms = await termsBook(books, kept?.terms ?? [], acquirer.fees)
    const late = takenBy(date, await lateEntries(database, books))
    const { day, taken } = await counted(books, date, { terms, late }, options.progress)
    if (kept?.day !== undefined) return compared(day, kept.day)
    if (partial) return day
    const raced = await database.writing(async (own) => {
      const before = await keptDay(own, date)
      if (before === undefined) await keep(books, own, { day, taken, terms, late }, options)
      return before
    })
    return raced === undefined ? day : compared(day, raced)
  })
}

interface Ways {
  readonly terms: TermsBook
  readonly late: Late['entries']
}

/** The day as its entries say, and which of its own it has. Throws `HostError` where they do not add up. */
async function counted(
  books: Books,
  date: string,
  { terms, late }: Ways,
  progress: ClearOptions['progress'],
): Promise<{ readonly day: ClearedDay; readonly taken: Taken }> {
  const sums = await ledgerSums(books, date, late)
  const others = new Set(late.flatMap((one) => (one.businessDate === date ? [one.sequence] : [])))
  const supplement = late.filter(({ clearedOn }) => clearedOn === date)
  const taken = makeTaken()
  const tally = makeTally()
  const differing: string[] = []
  let differ = 0
  let entries = 0
  const add = (rows: readonly LedgerRow[]): void => {
    for (const row of rows) {
      const result = cleared(row, terms.of)
      if (result.kind === 'cleared') tally.add(row.merchant, row.settleFen, result)
      else {
        differ += 1
        if (differing.length < NAMED_MAX) differing.push(`entry ${row.sequence} ${row.kind} ${result.why}`)
      }
    }
    entries += rows.length
    progress?.(entries)
  }
  for await (const lot of entriesOf(books, date, date, [], '', late)) {
    const own = lot.flatMap(({ row }) => (others.has(row.sequence) ? [] : [row]))
    for (const { sequence } of own) taken.add(sequence)
    add(own)
  }
  for await (const lot of entriesAt(books, supplement, late)) add(lot.map(({ row }) => row))
  if (differ > 0) throw new HostError(refusal(date, differing, differ - differing.length))
  const merchants = unbalanced(tally, sums)
  if (merchants.length > 0) throw new HostError(refusal(date, merchants, 0))
  const sumOf = (of: readonly { readonly settleFen: number }[]) =>
    of.reduce((sum, { settleFen }) => sum + settleFen, 0)
  const day = {
    ...{ date, entries, settleFen: sumOf(sums) },
    late: { entries: supplement.length, settleFen: sumOf(supplement) },
    lines: tally.lines(),
  }
  return { day, taken: taken.taken() }
}

function refusal(date: string, differing: readonly string[], more: number): string {
  const rest = more > 0 ? `; and ${more} more` : ''
  return `${dashed(date)}: not cleared, the ledger does not add up: ${differing.join('; ')}${rest}`
}

function compared(day: ClearedDay, kept: ClearedDay): ClearedDay {
  if (JSON.stringify(day) === JSON.stringify(kept)) return kept
  throw new HostError(
    `${dashed(day.date)}: was cleared as ${kept.entries} entries and ${kept.settleFen} fen, but the ledger now has ${day.entries} and ${day.settleFen} fen, or other parts; nothing was changed`,
  )
}

const LINE_COLUMNS = `merchant, party, name, source, plus_count, plus, minus_count, minus, discount, cash_back, gross,
  fee, net`

async function keep(
  books: Books,
  own: Query,
  { day, taken, terms, late }: Ways & { readonly day: ClearedDay; readonly taken: Taken },
  { acquirer }: ClearOptions,
): Promise<void> {
  const { date, entries, settleFen } = day
  const supplement = late.filter(({ clearedOn }) => clearedOn === date)
  if (supplement.length > 0 && (await keptLate(own)).length !== late.length - supplement.length)
    throw new HostError(`${dashed(date)}: not cleared, another day was cleared meanwhile; clear it again`)
  await keepTerms(own, date, terms)
  await own.query('INSERT INTO clearing_run (business_date, entries, settle) VALUES (?, ?, ?)', [
    date,
    entries,
    settleFen,
  ])
  await keepTaken(own, date, taken)
  await keepLate(own, supplement, date)
  for (const line of day.lines)
    await own.query(
      `INSERT INTO clearing_line (business_date, ${LINE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[date, line.merchant, line.party, line.name, line.source, line.plusCount, line.plusFen],
        ...[line.minusCount, line.minusFen, line.discountFen, line.cashBackFen, line.grossFen],
        ...[line.feeFen, line.netFen],
      ],
    )
  // The third count: of the lines as they are kept.
  const [row] = await own.query(
    'SELECT CAST(coalesce(sum(net + fee), 0) AS BIGINT) FROM clearing_line WHERE business_date = ?',
    [date],
  )
  if (row?.[0] !== settleFen)
    throw new HostError(
      `${dashed(date)}: not cleared, the lines make ${row?.[0]} fen, the ledger ${settleFen}`,
    )
  if (acquirer.notify !== undefined) await insertNotices(books, own, day, supplement)
}

/** A day as it was kept; undefined for one that was not cleared. */
export async function keptDay(own: Query, date: string): Promise<ClearedDay | undefined> {
  const [run] = await own.query('SELECT entries, settle FROM clearing_run WHERE business_date = ?', [date])
  if (run === undefined) return undefined
  const rows = await own.query(`SELECT ${LINE_COLUMNS} FROM clearing_line WHERE business_date = ?`, [date])
  const lines = rows.map(([merchant, party, name, source, ...figures]): Line => {
    const [plusCount, plusFen, minusCount, minusFen, discountFen, cashBackFen, grossFen, feeFen, netFen] =
      figures.map(Number)
    return {
      ...{ merchant: String(merchant), party: party as Line['party'], name: String(name) },
      ...{ source: source as Line['source'], plusCount: plusCount ?? 0, plusFen: plusFen ?? 0 },
      ...{ minusCount: minusCount ?? 0, minusFen: minusFen ?? 0, discountFen: discountFen ?? 0 },
      ...{ cashBackFen: cashBackFen ?? 0, grossFen: grossFen ?? 0, feeFen: feeFen ?? 0, netFen: netFen ?? 0 },
    }
  })
  const [late] = await own.query(
    'SELECT count(*), CAST(coalesce(sum(settle), 0) AS BIGINT) FROM clearing_late WHERE cleared_on = ?',
    [date],
  )
  return {
    ...{ date, entries: Number(run[0]), settleFen: Number(run[1]) },
    late: { entries: Number(late?.[0]), settleFen: Number(late?.[1]) },
    lines: inOrder(lines),
  }
}

/** `2026-11-21`. */
export function dashed(date: string): string {
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
}
