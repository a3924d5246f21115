import type { Acquirer } from '../acquirer.ts'
import type { ClearingDatabase } from './clearing-database.ts'
import { differencesTable } from './clearing-differences.ts'
import { reconciliationTable, suspenseTable } from './clearing-entries.ts'
import { lateEntries } from './clearing-late.ts'
import { keptDays, merchantTable, payOutTable, storesTable } from './clearing-lines.ts'
import { prepaidTable } from './clearing-prepaid.ts'
import { salesTable } from './clearing-sales.ts'
import { keptTerms, termsBook } from './clearing-terms.ts'

/** Business dates `20261121`, in order; of sales and differences host dates. */
export type Period = readonly [string, ...string[]]
export type Cell = string | number

export interface Column {
  /** For programs: JSON and CSV. */
  readonly key: string
  /** For people. */
  readonly zh: string
  /** `fen` is an integer; `date` is `20261121`, `time` `220452`. */
  readonly as: 'text' | 'count' | 'fen' | 'date' | 'time'
}

/** One report. The rows come once, in order; memory does not grow with their number. */
export interface ReportTable {
  readonly title: string
  readonly columns: readonly Column[]
  readonly rows: AsyncIterable<readonly Cell[]>
  /** Sums of what came, under their columns; known after the last row. */
  total(): readonly Cell[] | undefined
  /** Days of the period that have entries and are not cleared: they are not in it. */
  readonly notCleared: readonly string[]
}

export interface ReportOptions {
  readonly period: Period
  readonly acquirer: Pick<Acquirer, 'fees' | 'staff'>
  /** First six and last four digits of an account's card, where somebody knows it. */
  readonly maskedPan?: (account: string) => string | undefined
}

/** What `host report` can make. */
// biome-ignore format: in the order in which help names them
export const REPORT_KINDS = [
  'sales', 'merchant', 'stores', 'payout', 'reconciliation', 'prepaid', 'suspense', 'differences',
] as const
export type ReportKind = (typeof REPORT_KINDS)[number]

/**
 * Makes a report and hands it to `use`, which reads its rows. `merchant`, `stores` and `payout` are of what was cleared, and
 * throw `HostError` where nothing was; the others also of a day that is not.
 */
export async function withReport<Result>(
  database: ClearingDatabase,
  kind: ReportKind,
  options: ReportOptions,
  use: (table: ReportTable) => Promise<Result>,
): Promise<Result> {
  const { period } = options
  return database.reading(async (books) => {
    if (kind === 'sales') return use(salesTable(books, period))
    if (kind === 'differences')
      return use(differencesTable(books, period, (await lateEntries(database, books)).entries))
    if (kind === 'prepaid') return use(await prepaidTable(books, options))
    if (kind === 'reconciliation' || kind === 'suspense') {
      const kept = (await database.kept(keptTerms)) ?? []
      const terms = await termsBook(books, kept, options.acquirer.fees)
      const { entries: late } = await lateEntries(database, books)
      return use(
        await (kind === 'suspense' ? suspenseTable : reconciliationTable)(books, period, terms, late),
      )
    }
    const days = await keptDays(database, books, period)
    if (kind === 'merchant') return use(merchantTable(days))
    return use(await (kind === 'stores' ? storesTable : payOutTable)(books, days))
  })
}
