import type { Settles, Transaction } from '../../host-link/wire/transaction.ts'
import { asTrace, FEN_MAX, type Trace } from '../../host-link/wire/values.ts'
import { decodeIntent, decodeOutcome, type Intent } from '../journal/body.ts'
import type { Entry } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'
import { transactionOf } from './entry-kind.ts'
import { rejectedAtStart } from './rejected.ts'

/** One line of the totals: what was approved of one kind of entry. Amounts are paid amounts, in fen. */
export interface KindTotal {
  readonly kind: number
  readonly count: number
  readonly amount: number
}

/** 结算总计 of the open batch, from one pass over the journal. */
export interface BatchTotals {
  readonly debit: number
  readonly debitCount: number
  readonly credit: number
  readonly creditCount: number
  /** Kinds that count, in the order in which they first occur. */
  readonly kinds: readonly KindTotal[]
  /** Approved entries: how many an upload sends in packets, and how many one by one. */
  readonly packed: number
  readonly single: number
  /** 被拒通知: advices that the host declined, and top-ups whose confirmation it refused and nobody knows. The first by trace. */
  readonly rejectedCount: number
  readonly rejected: readonly Trace[]
  /** What the originals of approved voids were reduced by, by the trace of the void. */
  readonly voidDiscounts: ReadonlyMap<number, number>
  /**
   * An outcome that this run had read has rotted: nobody here can say whether its entry counts. Only a start lists it, so that
   * the host is asked; what the last one listed is settled before anything is.
   */
  readonly rotten: boolean
}

/** Declined advices that a report names one by one. */
const REJECTED_MAX = 20

/**
 * How an approved entry of this row is uploaded. 退货 and 预授权完成通知 go one by one, as the advices that they were. Where no
 * tag 20 says what a record is, one that settles nothing is not sent: the host could only take it for a sale.
 */
export function uploadWay(pos: Pos, { name, settles }: Transaction): 'packed' | 'alone' | 'not' {
  if (name === 'refund' || name === 'completionAdvice') return 'alone'
  return settles === 'not' && !pos.profile.tags ? 'not' : 'packed'
}

/**
 * Counts the batch: every approved entry once, in the column that its row of `transactions` says, with what was paid. A sale that was
 * voided later stays in its column, the void counts in the other. Memory: one number for each entry with a discount.
 */
export function batchTotals(pos: Pos): BatchTotals {
  const sums = { debit: 0, debitCount: 0, credit: 0, creditCount: 0 }
  const kinds = new Map<number, { kind: number; count: number; amount: number }>()
  const rejected: Trace[] = []
  const seen = { packed: 0, single: 0, rejectedCount: 0, rotten: false }
  const discounts = new Map<number, number>()
  const voidDiscounts = new Map<number, number>()
  const untold = new Set(rejectedAtStart(pos.journal)) // with the batch it would be forgotten
  pos.journal.each((entry) => {
    const row = transactionOf(pos, entry.kind)
    if ((entry.state === 'declined' && row.whenLost === 'forward') || untold.has(entry.trace)) {
      seen.rejectedCount++
      if (rejected.length < REJECTED_MAX) rejected.push(entry.trace)
    }
    if (entry.state === 'doubtful') seen.rotten = true
    if (entry.state !== 'approved') return true
    const way = uploadWay(pos, row)
    if (way === 'alone') seen.single++
    else if (way === 'packed') seen.packed++
    const read = readEntry(entry)
    if (read === undefined) return true
    if (read.discount > 0) discounts.set(entry.trace, read.discount)
    const ofOriginal = discounts.get(read.intent.original?.trace ?? 0) ?? 0
    if (ofOriginal > 0) voidDiscounts.set(entry.trace, ofOriginal)
    count(row.settles, read.intent.amount - read.discount - ofOriginal, sums)
    if (row.settles === 'not') return true
    const line = kinds.get(entry.kind) ?? { kind: entry.kind, count: 0, amount: 0 }
    line.count++
    line.amount += read.intent.amount - read.discount - ofOriginal
    kinds.set(entry.kind, line)
    return true
  })
  return { ...sums, ...seen, kinds: [...kinds.values()], rejected, voidDiscounts }
}

function count(
  settles: Settles,
  amount: number,
  sums: { debit: number; debitCount: number; credit: number; creditCount: number },
): void {
  if (settles === 'debit') {
    sums.debit = Math.min(sums.debit + amount, FEN_MAX) // twelve digits: what is above differs, and is uploaded
    sums.debitCount++
  } else if (settles === 'credit') {
    sums.credit = Math.min(sums.credit + amount, FEN_MAX)
    sums.creditCount++
  }
}

/** What was agreed and what was taken off it; undefined where rot took it (docs/journal.md, row `headless`). */
export function readEntry(entry: Entry): { readonly intent: Intent; readonly discount: number } | undefined {
  if (entry.intent.length === 0) return undefined
  const intent = decodeIntent(entry.intent)
  // Only an approval grants anything; the body of a reversal is no outcome.
  const { state, outcome } = entry
  const grants = state === 'approved' && outcome !== undefined && outcome.length > 0
  const granted = grants ? (decodeOutcome(outcome).discount?.amount ?? 0) : 0
  return { intent, discount: Math.min(granted, intent.amount) }
}

/**
 * Whether one more debit or credit might not fit the counts of field 48. Only asked from as many entries on as one count
 * holds: below, no column can be full.
 */
export function countsFull(pos: Pos): boolean {
  const countMax = 10 ** pos.profile.settlementCountDigits - 1
  if (pos.journal.count() < countMax) return false
  const counts = { debit: 0, credit: 0, not: 0 }
  pos.journal.each(({ kind, state }) => {
    if (state !== 'declined' && state !== 'undone') counts[transactionOf(pos, kind).settles]++
    return counts.debit < countMax && counts.credit < countMax
  })
  return counts.debit >= countMax || counts.credit >= countMax
}

/** What was paid or given back under one entry, in fen; undefined where rot took it. For a single entry: a void looks for its original. */
export function paidOf(pos: Pos, entry: Entry): number | undefined {
  const read = readEntry(entry)
  if (read === undefined) return undefined
  const trace = read.intent.original?.trace
  const original = trace === undefined || trace === 0 ? undefined : pos.journal.find(asTrace(trace))
  const ofOriginal = original?.state === 'approved' ? (readEntry(original)?.discount ?? 0) : 0
  return read.intent.amount - read.discount - ofOriginal
}
