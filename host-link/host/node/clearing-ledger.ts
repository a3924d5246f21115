import { type LedgerRow, ORIGINALS_DEEP_MAX } from '../clearing/shares.ts'
import type { LedgerSum } from '../clearing/tally.ts'
import type { CardKind, Grant, Kind, Payer } from '../ledger.ts'
import type { Books, Query, Row, Value } from './clearing-database.ts'
import type { LateEntry } from './clearing-late.ts'

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
 * @param late entries that count on another date than their own.
 */
export async function* entriesOf(
  books: Books,
  from: string,
  to: string,
  more: readonly string[] = [],
  where = '',
  late: readonly LateEntry[] = [],
): AsyncIterable<readonly Read[]> {
  const columns = [COLUMNS, ...more].join(', ')
  const sql = `SELECT ${columns} FROM ledger l WHERE l.business_date >= ? AND l.business_date <= ? ${where}
    ORDER BY l.business_date, l.sequence`
  const placed = new Map(late.map(({ sequence, clearedOn }) => [sequence, clearedOn ?? NEVER]))
  for await (const lot of books.iterate(sql, [from, to])) {
    const originals = await originalsOf(books, lot)
    const refunded = await refundsOf(books, [...lot, ...originals.values()], placed)
    yield lot.map((values) => ({
      row: rowOf(values, { originals, refunded, placed }, 0),
      more: values.slice(COLUMN_COUNT),
    }))
  }
}

/** The place of a late entry that no clearing has taken yet: after all others. */
const NEVER = '99999999'

/** The entries of these sequences, as `entriesOf` gives them. */
export async function* entriesAt(books: Books, late: readonly LateEntry[], all: readonly LateEntry[]) {
  for (let at = 0; at < late.length; at += KEYS_MAX) {
    const lot = late.slice(at, at + KEYS_MAX)
    const where = `AND l.sequence IN (${lot.map(({ sequence }) => sequence).join(', ')})`
    yield* entriesOf(books, '', NEVER, [], where, all)
  }
}

const SUMS = 'SELECT merchant, count(*), CAST(sum(settle) AS BIGINT) FROM ledger'

/**
 * What the ledger says of each merchant's clearing of a date, by sums of the database: all entries of the date, less those
 * that came after its clearing, and those of earlier dates that it took.
 */
export async function ledgerSums(
  books: Query,
  date: string,
  late: readonly LateEntry[] = [],
): Promise<readonly LedgerSum[]> {
  const sums = new Map<string, { merchant: string; entries: number; settleFen: number }>()
  const add = (rows: readonly Row[], sign: 1 | -1): void => {
    for (const [name, entries, settle] of rows) {
      const merchant = String(name)
      const sum = sums.get(merchant) ?? { merchant, entries: 0, settleFen: 0 }
      sums.set(merchant, sum)
      sum.entries += sign * Number(entries)
      sum.settleFen += sign * Number(settle)
    }
  }
  const sumsAt = (of: readonly LateEntry[]) =>
    inLots(
      books,
      of.map(({ sequence }) => sequence),
      (keys) => `${SUMS} WHERE sequence IN (${keys}) GROUP BY merchant`,
    )
  add(await books.query(`${SUMS} WHERE business_date = ? GROUP BY merchant`, [date]), 1)
  add(await sumsAt(late.filter(({ clearedOn }) => clearedOn === date)), 1)
  add(await sumsAt(late.filter(({ businessDate }) => businessDate === date)), -1)
  return [...sums.values()].filter(({ entries, settleFen }) => entries !== 0 || settleFen !== 0)
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

interface Around {
  readonly originals: ReadonlyMap<number, Row>
  readonly refunded: ReadonlyMap<number, readonly Refund[]>
  /** The date on which a late entry counts, by sequence. */
  readonly placed: ReadonlyMap<number, string>
}

/** Refunds of one original count by the date on which they are cleared, then by sequence. */
interface Place {
  readonly date: string
  readonly sequence: number
}

async function refundsOf(
  books: Query,
  rows: readonly Row[],
  placed: ReadonlyMap<number, string>,
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
      at: placeOf(date, sequence, placed),
      amountFen: Number(amount),
      undoneAt: undone === null ? undefined : placeOf(undoneDate, undone, placed),
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

function rowOf(values: Row, around: Around, deep: number): LedgerRow {
  const [sequence, kind, date, merchant, store, card, code, amount] = values
  const [discount, discountPayer, cashBack, cashBackPayer, settle, biller, refersTo] = values.slice(8)
  const original = refersTo === null ? undefined : around.originals.get(Number(refersTo))
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
      original === undefined || deep > ORIGINALS_DEEP_MAX ? undefined : rowOf(original, around, deep + 1),
    refundedBeforeFen: refundedBefore(values, kind === 'reversal' ? original : values, around),
  }
}

/** What stood refunded before an entry, which is this refund or takes it back. */
function refundedBefore(values: Row, refund: Row | undefined, { refunded, placed }: Around): number {
  if (refund === undefined || refund[1] !== 'refund') return 0
  const place = placeOf(values[2], values[0], placed)
  let sum = 0
  for (const { at, undoneAt, amountFen } of refunded.get(Number(refund[14])) ?? []) {
    if (before(at, place)) sum += amountFen
    if (undoneAt !== undefined && before(undoneAt, place)) sum -= amountFen
  }
  return sum
}

function placeOf(
  date: Value | undefined,
  sequence: Value | undefined,
  placed: ReadonlyMap<number, string>,
): Place {
  return { date: placed.get(Number(sequence)) ?? String(date), sequence: Number(sequence) }
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
