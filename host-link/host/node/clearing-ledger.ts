import { type LedgerRow, ORIGINALS_DEEP_MAX } from '../clearing/shares.ts'
import type { LedgerSum } from '../clearing/tally.ts'
import type { CardKind, Grant, Kind, Payer } from '../ledger.ts'
import type { Books, Query, Row, Value } from './clearing-database.ts'

const COLUMNS = `l.sequence, l.kind, l.business_date, l.merchant, l.store, l.card_kind, l.code, l.amount, l.discount,
  l.discount_payer, l.cash_back, l.cash_back_payer, l.settle, l.biller, l.original`
const COLUMN_COUNT = 15
/** Parameters of one query. */
const KEYS_MAX = 500

/** A ledger entry, and what a report asked for besides. */
export interface Read {
  readonly row: LedgerRow
  readonly more: Row
}

/**
 * Entries of business dates `from` to `to`, by date and sequence, each with what it refers to. Lots of some thousands;
 * memory does not grow with the number of entries.
 *
 * @param more further columns: SQL of `l`, the ledger.
 */
export async function* entriesOf(
  books: Books,
  from: string,
  to: string,
  more: readonly string[] = [],
  where = '',
): AsyncIterable<readonly Read[]> {
  const columns = [COLUMNS, ...more].join(', ')
  const sql = `SELECT ${columns} FROM ledger l WHERE l.business_date >= ? AND l.business_date <= ? ${where}
    ORDER BY l.business_date, l.sequence`
  for await (const lot of books.iterate(sql, [from, to])) {
    const originals = await originalsOf(books, lot)
    const refunded = await refundsOf(books, [...lot, ...originals.values()])
    yield lot.map((values) => ({
      row: rowOf(values, originals, refunded, 0),
      more: values.slice(COLUMN_COUNT),
    }))
  }
}

/** What the ledger says of each merchant's day, by a sum of the database. */
export async function ledgerSums(books: Books, date: string): Promise<readonly LedgerSum[]> {
  const rows = await books.query(
    `SELECT merchant, count(*), CAST(sum(settle) AS BIGINT) FROM ledger WHERE business_date = ?
      GROUP BY merchant ORDER BY merchant`,
    [date],
  )
  return rows.map(([merchant, entries, settle]) => ({
    merchant: String(merchant),
    entries: Number(entries),
    settleFen: Number(settle),
  }))
}

/** Everything that entries of a lot refer to, and what that refers to, by sequence. */
async function originalsOf(books: Query, lot: readonly Row[]): Promise<Map<number, Row>> {
  const found = new Map<number, Row>()
  let wanted = referredTo(lot, found)
  for (let deep = 0; wanted.length > 0 && deep <= ORIGINALS_DEEP_MAX; deep++) {
    const rows = await inLots(
      books,
      wanted,
      (keys) => `SELECT ${COLUMNS} FROM ledger l WHERE l.sequence IN (${keys})`,
    )
    for (const row of rows) found.set(Number(row[0]), row)
    wanted = referredTo(rows, found)
  }
  return found
}

function referredTo(rows: readonly Row[], known: ReadonlyMap<number, Row>): number[] {
  const sequences = rows.flatMap((row) => (row[14] === null ? [] : [Number(row[14])]))
  return [...new Set(sequences)].filter((sequence) => !known.has(sequence))
}

/** An approved refund, and where in the order of clearing it was taken back itself, if it was. */
interface Refund {
  readonly at: Place
  readonly amountFen: number
  readonly undoneAt: Place | undefined
}

/** Refunds of one original count by business date, then by sequence. */
interface Place {
  readonly date: string
  readonly sequence: number
}

async function refundsOf(
  books: Query,
  rows: readonly Row[],
): Promise<ReadonlyMap<number, readonly Refund[]>> {
  const refunds = new Map<number, Refund[]>()
  const originals = rows.flatMap((row) => (row[1] === 'refund' && row[14] !== null ? [Number(row[14])] : []))
  const found = await inLots(
    books,
    [...new Set(originals)],
    (
      keys,
    ) => `SELECT l.original, l.business_date, l.sequence, l.amount, r.business_date, r.sequence FROM ledger l
      LEFT JOIN ledger r ON r.original = l.sequence AND r.kind = 'reversal' AND r.settle <> 0
      WHERE l.original IN (${keys}) AND l.kind = 'refund' AND l.settle < 0`,
  )
  for (const [original, date, sequence, amount, undoneDate, undone] of found) {
    const refund = {
      at: { date: String(date), sequence: Number(sequence) },
      amountFen: Number(amount),
      undoneAt: undone === null ? undefined : { date: String(undoneDate), sequence: Number(undone) },
    }
    refunds.set(Number(original), [...(refunds.get(Number(original)) ?? []), refund])
  }
  return refunds
}

async function inLots(
  books: Query,
  keys: readonly number[],
  sql: (places: string) => string,
): Promise<Row[]> {
  const found: Row[] = []
  for (let at = 0; at < keys.length; at += KEYS_MAX) {
    // Padded with the last key: one statement for all full and one for all short lots.
    const lot = keys.slice(at, at + KEYS_MAX)
    const size = lot.length > 10 ? KEYS_MAX : 10
    const padded = Array.from({ length: size }, (_, index) => lot[Math.min(index, lot.length - 1)] ?? 0)
    found.push(...(await books.query(sql(padded.map(() => '?').join(', ')), padded)))
  }
  return found
}

function rowOf(
  values: Row,
  originals: ReadonlyMap<number, Row>,
  refunds: ReadonlyMap<number, readonly Refund[]>,
  deep: number,
): LedgerRow {
  const [sequence, kind, date, merchant, store, card, code, amount] = values
  const [discount, discountPayer, cashBack, cashBackPayer, settle, biller, refersTo] = values.slice(8)
  const original = refersTo === null ? undefined : originals.get(Number(refersTo))
  return {
    sequence: Number(sequence),
    kind: kind as Kind,
    businessDate: String(date),
    merchant: String(merchant),
    store: textOf(store),
    cardKind: textOf(card) as CardKind | undefined,
    code: String(code),
    amountFen: Number(amount),
    discount: grantOf(discount, discountPayer),
    cashBack: grantOf(cashBack, cashBackPayer),
    settleFen: Number(settle),
    biller: textOf(biller),
    refersTo: refersTo === null ? undefined : Number(refersTo),
    original:
      original === undefined || deep > ORIGINALS_DEEP_MAX
        ? undefined
        : rowOf(original, originals, refunds, deep + 1),
    refundedBeforeFen: kind === 'refund' ? refundedBefore(values, refunds) : 0,
  }
}

function refundedBefore(values: Row, refunds: ReadonlyMap<number, readonly Refund[]>): number {
  const place = { date: String(values[2]), sequence: Number(values[0]) }
  return (refunds.get(Number(values[14])) ?? [])
    .filter(({ at, undoneAt }) => before(at, place) && !(undoneAt && before(undoneAt, place)))
    .reduce((sum, { amountFen }) => sum + amountFen, 0)
}

function before(a: Place, b: Place): boolean {
  return a.date < b.date || (a.date === b.date && a.sequence < b.sequence)
}

function textOf(value: Value | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}

function grantOf(fen: Value | undefined, payer: Value | undefined): Grant | undefined {
  return payer === null ? undefined : { fen: Number(fen), payer: payer as Payer }
}
