import type { Fee } from '../acquirer.ts'
import type { CardKind } from '../ledger.ts'

/** What one transaction is charged by. */
export interface FeePlace {
  readonly merchant: string
  /** Absent: no store, only rows without one fit. */
  readonly store: string | undefined
  readonly card: CardKind
}

const MILLION = 1_000_000

/**
 * The fee of one transaction in fen: rate times amount, rounded half up 四舍五入 to the fen, then the least, then the cap.
 * An amount of 0, or less, has no fee. Exact for every amount of field 4: no product exceeds 2^53.
 */
export function feeFen({ ratePpm, leastFen, capFen }: Fee, amountFen: number): number {
  if (amountFen <= 0) return 0
  const whole = Math.floor(amountFen / MILLION)
  const rest = amountFen % MILLION
  const byRate = whole * ratePpm + Math.floor((rest * ratePpm + MILLION / 2) / MILLION)
  return Math.min(capFen ?? Number.POSITIVE_INFINITY, Math.max(leastFen, byRate))
}

/**
 * The row that fits best: one of this store, else of this merchant, else a general one; of these one of this kind of
 * card, else of any card; `any` is no cash 现金, which has rows of its own. Undefined where none fits; of two alike the first.
 */
export function feeRow(rows: readonly Fee[], place: FeePlace): Fee | undefined {
  let best: Fee | undefined
  for (const row of rows) {
    if (!fits(row, place)) continue
    if (best === undefined || rank(row) > rank(best)) best = row
  }
  return best
}

function fits(row: Fee, { merchant, store, card }: FeePlace): boolean {
  if (row.merchant !== undefined && row.merchant !== merchant) return false
  if (row.store !== undefined && row.store !== store) return false
  return row.card === 'any' ? card !== 'cash' : row.card === card
}

/** Place before card: a row of the store for any card is above a row of the merchant for this one. */
function rank({ merchant, store, card }: Fee): number {
  return (store === undefined ? 0 : 4) + (merchant === undefined ? 0 : 2) + (card === 'any' ? 0 : 1)
}

/** `total * part / whole`, rounded half up; exact where `part` and `whole` are amounts of field 4. `part ≤ whole`; 0 of a part below 0. */
export function shareOf(total: number, part: number, whole: number): number {
  if (part <= 0 || total === 0) return 0
  if (part === whole) return total
  return Number((2n * BigInt(total) * BigInt(part) + BigInt(whole)) / (2n * BigInt(whole)))
}
