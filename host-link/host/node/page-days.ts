import { type Acquirer, businessDateOf } from '../acquirer.ts'
import { lastEnded } from '../clearing/business-day.ts'
import type { Line } from '../clearing/tally.ts'
import type { HostTime } from '../ledger.ts'
import type { DayAnswer, DayState, Hour, MonthAnswer, MonthDay, StateAnswer } from '../page/api.ts'
import { type ClearedDay, clear, keptDay } from './clearing.ts'
import type { Books, ClearingDatabase } from './clearing-database.ts'
import { lateEntries, takenBy } from './clearing-late.ts'
import { ledgerSums } from './clearing-ledger.ts'
import { storeNames } from './clearing-table.ts'
import { HostError } from './host-error.ts'

/** What the answers are made from. */
export interface PageSource {
  readonly database: ClearingDatabase
  readonly acquirer: Acquirer
  readonly now: () => HostTime
  /** Name of a merchant, empty for one that nobody named. */
  readonly merchantName: (merchant: string) => string
  readonly merchants: readonly string[]
}

/** More entries of a day that is not cleared are not counted for a look: that takes seconds. */
export const PREVIEW_ENTRIES_MAX = 50_000

export async function stateAnswer({
  database,
  acquirer,
  now,
  merchants,
  merchantName,
}: PageSource): Promise<StateAnswer> {
  const latest = await database.reading(async (books) => {
    const [row] = await books.query('SELECT max(business_date) FROM ledger')
    return row?.[0] ?? undefined
  })
  const at = now()
  return {
    ...at,
    businessDate: businessDateOf(at, acquirer.cutOver),
    cutOver: acquirer.cutOver,
    merchants: merchants.map((merchant) => ({ merchant, name: merchantName(merchant) })),
    latest: latest === undefined ? undefined : String(latest),
  }
}

/** Days of a month that have entries. Of a cleared day what was kept counts: its entries are not read. */
export async function monthAnswer(source: PageSource, month: string): Promise<MonthAnswer> {
  const { database } = source
  return database.reading(async (books) => {
    const days: MonthDay[] = []
    for (const date of await datesOf(books, month)) {
      const kept = await database.kept((own) => keptDay(own, date))
      const { entries, settleFen } = kept ?? (await counted(books, date))
      days.push({
        ...{ date, state: stateOf(source, date, kept), entries, settleFen },
        feeFen: kept && sumOf(kept.lines, ({ feeFen }) => feeFen),
        suspenseFen:
          kept && sumOf(kept.lines, ({ party, grossFen }) => (party === 'suspense' ? grossFen : 0)),
      })
    }
    return { month, days }
  })
}

/** One step of the index for each date: the ledger is not read through. */
async function datesOf(books: Books, month: string): Promise<readonly string[]> {
  const dates: string[] = []
  let date = `${month}00`
  for (;;) {
    const [row] = await books.query(
      'SELECT min(business_date) FROM ledger WHERE business_date > ? AND business_date <= ?',
      [date, `${month}31`],
    )
    if (row === undefined || row[0] === null) return dates
    date = String(row[0])
    dates.push(date)
  }
}

function stateOf({ now, acquirer }: PageSource, date: string, kept: ClearedDay | undefined): DayState {
  if (kept !== undefined) return 'cleared'
  return date <= lastEnded(now(), acquirer.cutOver) ? 'due' : 'open'
}

/**
 * A business date: what each merchant's parties get, as it was cleared, or counted for a look where it is not. Beside it
 * the ledger is summed anew, whatever the clearing says.
 */
export async function dayAnswer(source: PageSource, date: string): Promise<DayAnswer> {
  const { database, merchantName } = source
  return database.reading(async (books) => {
    const ledger = await counted(books, date)
    const kept = await database.kept((own) => keptDay(own, date))
    const { lines, fault }: Preview =
      kept === undefined
        ? await preview(source, books, date, ledger.entries)
        : { lines: kept.lines, fault: undefined }
    // What came late belongs to the date whose clearing took it; until one does, the sums of its own date differ.
    const late = takenBy(date, await lateEntries(database, books))
    const sums = await ledgerSums(
      books,
      date,
      late.filter(({ clearedOn }) => clearedOn !== undefined),
    )
    const nameOf = await storeNames(books)
    const merchants = new Set([...ledger.merchants.keys(), ...lines.map(({ merchant }) => merchant)])
    return {
      ...{ date, state: stateOf(source, date, kept), entries: ledger.entries, settleFen: ledger.settleFen },
      merchants: [...merchants].sort().map((merchant) => {
        const own = lines.filter((line) => line.merchant === merchant)
        const { entries = 0, settleFen = 0 } = sums.find((sum) => sum.merchant === merchant) ?? {}
        return {
          ...{ merchant, name: merchantName(merchant), entries },
          lines: own.map((line) => ({ ...line, storeName: nameOf(line.merchant, line.name) })),
          check: {
            ledgerFen: settleFen,
            linesFen: sumOf(own, ({ grossFen }) => grossFen),
            paidFen: sumOf(own, ({ netFen }) => netFen) + sumOf(own, ({ feeFen }) => feeFen),
          },
        }
      }),
      hours: ledger.hours,
      fault,
    }
  })
}

interface Preview {
  readonly lines: readonly Line[]
  readonly fault: string | undefined
}

/** Counted in the state of the books that is being read: no sale comes between sum and lines. */
async function preview(
  { database, acquirer, now }: PageSource,
  books: Books,
  date: string,
  entries: number,
): Promise<Preview> {
  if (entries > PREVIEW_ENTRIES_MAX)
    return {
      lines: [],
      fault: `${entries} entries are too many for a look; shuaka host clear --partial counts them`,
    }
  const same: ClearingDatabase = { ...database, reading: (work) => work(books) }
  try {
    const { lines } = await clear(same, date, { acquirer, now: now(), partial: true })
    return { lines, fault: undefined }
  } catch (error) {
    if (error instanceof HostError) return { lines: [], fault: error.message }
    throw error
  }
}

interface Counted {
  readonly entries: number
  readonly settleFen: number
  readonly hours: readonly Hour[]
  readonly merchants: ReadonlyMap<string, { readonly entries: number; readonly settleFen: number }>
}

/** Entries of a date, summed lot by lot: a host in this process goes on serving. */
async function counted(books: Books, date: string): Promise<Counted> {
  const hours = makeHours()
  const merchants = new Map<string, { entries: number; settleFen: number }>()
  let entries = 0
  const lots = books.iterate('SELECT merchant, date, time, settle FROM ledger WHERE business_date = ?', [
    date,
  ])
  for await (const lot of lots)
    for (const [merchant, day, time, settle] of lot) {
      const sum = merchants.get(String(merchant)) ?? { entries: 0, settleFen: 0 }
      merchants.set(String(merchant), sum)
      sum.entries += 1
      sum.settleFen += Number(settle)
      entries += 1
      hours.add(String(day), String(time), Number(settle))
    }
  const settleFen = sumOf([...merchants.values()], (merchant) => merchant.settleFen)
  return { entries, settleFen, hours: hours.list(), merchants }
}

/** Sums by hour of the host's clock; what moves no money is not counted. */
export function makeHours(): {
  add(date: string, time: string, fen: number): void
  /** In order of time. */
  list(): readonly Hour[]
} {
  const hours = new Map<string, { count: number; netFen: number }>()
  return {
    add(date, time, fen) {
      if (fen === 0) return
      const key = date + time.slice(0, 2)
      const sum = hours.get(key) ?? { count: 0, netFen: 0 }
      hours.set(key, sum)
      sum.count += 1
      sum.netFen += fen
    },
    list: () =>
      [...hours]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, sum]) => ({ date: key.slice(0, 8), hour: Number(key.slice(8)), ...sum })),
  }
}

function sumOf<Of>(list: readonly Of[], of: (one: Of) => number): number {
  return list.reduce((total, one) => total + of(one), 0)
}
