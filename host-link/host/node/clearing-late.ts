import { setImmediate } from 'node:timers/promises'
import { daysFrom } from '../clearing/business-day.ts'
import type { Books, ClearingDatabase, Query } from './clearing-database.ts'

/** Days before the newest cleared one in which an entry that came late is looked for. */
export const LATE_DAYS = 40

/** An entry that came when its business date had been cleared: a clock was set back, or the cut-over was moved. */
export interface LateEntry {
  readonly sequence: number
  readonly businessDate: string
  readonly settleFen: number
  /** The date whose clearing took it; absent as long as none has. */
  readonly clearedOn: string | undefined
}

/** Sequences as runs `first, last, first, last …`: a server leaves gaps, and what fills one later is late. */
export interface Taken {
  readonly entries: number
  readonly runs: readonly number[]
}

export function makeTaken(): { add(sequence: number): void; taken(): Taken } {
  const runs: number[] = []
  let entries = 0
  return {
    add(sequence) {
      entries += 1
      if (runs.at(-1) === sequence - 1) runs[runs.length - 1] = sequence
      else runs.push(sequence, sequence)
    },
    taken: () => ({ entries, runs }),
  }
}

export async function keepTaken(own: Query, date: string, { entries, runs }: Taken): Promise<void> {
  await own.query('INSERT INTO clearing_taken (business_date, entries, runs) VALUES (?, ?, ?)', [
    date,
    entries,
    JSON.stringify(runs),
  ])
}

export async function keepLate(own: Query, late: readonly LateEntry[], date: string): Promise<void> {
  for (const { sequence, businessDate, settleFen } of late)
    await own.query(
      'INSERT INTO clearing_late (sequence, business_date, cleared_on, settle) VALUES (?, ?, ?, ?)',
      [...[sequence, businessDate, date, settleFen]],
    )
}

/** Late entries that a clearing has taken, by sequence. */
export async function keptLate(own: Query): Promise<readonly LateEntry[]> {
  const rows = await own.query(
    'SELECT sequence, business_date, settle, cleared_on FROM clearing_late ORDER BY sequence',
  )
  return rows.map(([sequence, businessDate, settle, clearedOn]) => ({
    ...{ sequence: Number(sequence), businessDate: String(businessDate) },
    ...{ settleFen: Number(settle), clearedOn: String(clearedOn) },
  }))
}

export interface Late {
  /** All, taken or not, by sequence. */
  readonly entries: readonly LateEntry[]
  /** The newest date that was cleared; empty where none was. */
  readonly newest: string
}

/**
 * Every late entry of `LATE_DAYS` days, and all that were taken. Dates are counted in the index; only one that has more
 * entries than were taken is looked through. It goes by what was taken and not by the highest sequence: a server gives
 * sequences before it commits, and so not in the order of commits.
 */
export async function lateEntries(database: ClearingDatabase, books: Books): Promise<Late> {
  const found = await database.kept(async (own) => ({
    taken: await keptLate(own),
    days: await own.query('SELECT business_date, entries FROM clearing_taken ORDER BY business_date'),
    newest: (await own.query('SELECT max(business_date) FROM clearing_run'))[0]?.[0],
  }))
  if (typeof found?.newest !== 'string') return { entries: [], newest: '' }
  const { taken, newest } = found
  const from = daysFrom(newest, -LATE_DAYS)
  const waiting: LateEntry[] = []
  for (const [day, entries] of found.days) {
    const date = String(day)
    if (date < from) continue
    await setImmediate() // a host in this process goes on serving
    const [count] = await books.query('SELECT count(*) FROM ledger WHERE business_date = ?', [date])
    const known = taken.filter(({ businessDate }) => businessDate === date)
    if (Number(count?.[0]) <= Number(entries) + known.length) continue
    waiting.push(...(await waitingOf(database, books, date, new Set(known.map(({ sequence }) => sequence)))))
  }
  return { entries: [...taken, ...waiting].sort((a, b) => a.sequence - b.sequence), newest }
}

/** Those that wait are given to `date` where it is the newest: no day before it changes any more. */
export function takenBy(date: string, { entries, newest }: Late): readonly LateEntry[] {
  if (date <= newest) return entries
  return entries.map((entry) => ({ ...entry, clearedOn: entry.clearedOn ?? date }))
}

async function waitingOf(
  database: ClearingDatabase,
  books: Books,
  date: string,
  known: ReadonlySet<number>,
): Promise<LateEntry[]> {
  const rows = await database.kept((own) =>
    own.query('SELECT runs FROM clearing_taken WHERE business_date = ?', [date]),
  )
  const runs = JSON.parse(String(rows?.[0]?.[0] ?? '[]')) as readonly number[]
  const waiting: LateEntry[] = []
  let at = 0
  for await (const lot of books.iterate(
    'SELECT sequence, settle FROM ledger WHERE business_date = ? ORDER BY sequence',
    [date],
  ))
    for (const [value, settle] of lot) {
      const sequence = Number(value)
      while (at < runs.length && (runs[at + 1] ?? 0) < sequence) at += 2
      const had = at < runs.length && (runs[at] ?? 0) <= sequence
      if (had || known.has(sequence)) continue
      waiting.push({ sequence, businessDate: date, settleFen: Number(settle), clearedOn: undefined })
    }
  return waiting
}
