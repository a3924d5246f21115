import { dayAfter } from '../acquirer.ts'
import type { Line } from '../clearing/tally.ts'
import type { ClearedDay } from './clearing.ts'
import type { Books, Query } from './clearing-database.ts'
import type { LateEntry } from './clearing-late.ts'

/** 资金到账 what a store or a cardholder is told, as JSON. `id` is the same at every delivery. */
export type Notice =
  | {
      readonly id: string
      readonly kind: 'payOut'
      readonly businessDate: string
      /** When the bank pays: the day after the business date. */
      readonly payDate: string
      readonly merchant: string
      /** Absent where the merchant has no stores. */
      readonly store?: string
      readonly amountFen: number
    }
  | {
      readonly id: string
      readonly kind: 'topUp'
      readonly businessDate: string
      readonly merchant: string
      readonly store?: string
      readonly terminal: string
      /** First six and last four digits. */
      readonly card?: string
      readonly amountFen: number
      readonly date: string
      readonly time: string
    }

/** Top-ups that stand: neither reversed nor voided. */
const topUps = (
  where: string,
): string => `SELECT l.sequence, l.merchant, l.store, l.terminal, l.pan, l.amount, l.date, l.time, l.business_date
  FROM ledger l
  WHERE ${where} AND l.kind = 'topUp' AND l.settle <> 0 AND NOT EXISTS (SELECT 1 FROM ledger r
    WHERE r.original = l.sequence AND r.kind IN ('reversal', 'topUpVoid') AND r.settle <> 0)
  ORDER BY l.sequence`

/** Writes the notices of a day: one for each store that is paid, one for each top-up 充值 that stands, also a late one. */
export async function insertNotices(
  books: Books,
  own: Query,
  day: ClearedDay,
  late: readonly LateEntry[],
): Promise<void> {
  for (const notice of payOuts(day)) await insert(own, notice)
  await insertTopUps(books, own, 'l.business_date = ?', day.date)
  for (const { sequence } of late) await insertTopUps(books, own, 'l.sequence = ?', sequence)
}

async function insertTopUps(books: Books, own: Query, where: string, of: string | number): Promise<void> {
  for await (const lot of books.iterate(topUps(where), [of]))
    for (const [sequence, merchant, store, terminal, card, amount, date, time, businessDate] of lot)
      await insert(own, {
        id: `top-up-${sequence}`,
        kind: 'topUp',
        businessDate: String(businessDate),
        merchant: String(merchant),
        ...(store !== null && { store: String(store) }),
        terminal: String(terminal),
        ...(card !== null && { card: String(card) }),
        amountFen: Number(amount),
        date: String(date),
        time: String(time),
      })
}

function payOuts({ date, lines }: ClearedDay): Notice[] {
  const sums = new Map<string, Line[]>()
  for (const line of lines) {
    if (line.party !== 'store' && line.party !== 'own') continue
    const key = `${line.merchant}${line.party === 'store' ? `-${line.name}` : ''}`
    sums.set(key, [...(sums.get(key) ?? []), line])
  }
  return [...sums].flatMap(([key, of]): Notice[] => {
    const amountFen = of.reduce((sum, { netFen }) => sum + netFen, 0)
    const [first] = of
    if (first === undefined || amountFen <= 0) return []
    const who = { merchant: first.merchant, ...(first.party === 'store' && { store: first.name }) }
    const id = `pay-out-${date}-${key}`
    return [{ id, kind: 'payOut', businessDate: date, payDate: dayAfter(date), ...who, amountFen }]
  })
}

async function insert(own: Query, notice: Notice): Promise<void> {
  await own.query(
    `INSERT INTO clearing_notice (id, business_date, body, attempts, next_at, fault, delivered_at)
      VALUES (?, ?, ?, 0, 0, '', NULL)`,
    [notice.id, notice.businessDate, JSON.stringify(notice)],
  )
}

/** A notice that one worker has taken for a while. */
export interface Taken {
  readonly id: string
  readonly body: string
  /** Deliveries that were tried before. */
  readonly attempts: number
}

/**
 * Takes notices that are due, so many at most; until `untilMs` nobody else does. Who dies with them leaves them to the
 * next. Times are milliseconds since 1970.
 */
export async function takeDue(
  own: Query,
  nowMs: number,
  untilMs: number,
  most: number,
): Promise<readonly Taken[]> {
  const due = await own.query(
    `SELECT id, body, attempts, next_at FROM clearing_notice WHERE next_at IS NOT NULL AND next_at <= ?
      ORDER BY next_at, id LIMIT ?`,
    [nowMs, most],
  )
  const taken: Taken[] = []
  for (const [id, body, attempts, nextAt] of due) {
    const [row] = await own.query(
      'UPDATE clearing_notice SET next_at = ? WHERE id = ? AND next_at = ? RETURNING id',
      [untilMs, id ?? null, nextAt ?? null],
    )
    if (row !== undefined) taken.push({ id: String(id), body: String(body), attempts: Number(attempts) })
  }
  return taken
}

/** What became of a delivery: it is over, or is tried again at `nextAtMs`. */
export async function noteDelivery(
  own: Query,
  { id, attempts }: Taken,
  outcome: { readonly deliveredAtMs: number } | { readonly nextAtMs: number; readonly fault: string },
): Promise<void> {
  const delivered = 'deliveredAtMs' in outcome
  await own.query(
    `UPDATE clearing_notice SET attempts = ?, next_at = ?, fault = ?, delivered_at = ?
      WHERE id = ? AND delivered_at IS NULL`,
    delivered
      ? [attempts + 1, null, '', outcome.deliveredAtMs, id]
      : [attempts + 1, outcome.nextAtMs, outcome.fault, null, id],
  )
}
