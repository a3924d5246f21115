import type { Fee } from '../../../../host-link/host/acquirer.ts'
import type { LedgerRow } from '../../../../host-link/host/clearing/shares.ts'
import type { CardKind, Grant, Kind, Payer } from '../../../../host-link/host/ledger.ts'

/** Two business dates of a mall M, which has stores, and of a shop N, which has none. */
export const DAYS = ['20261121', '20261122'] as const
export const STORES = { M: ['0008', '0010', '0012', '00000201'] }
export const FEES: readonly Fee[] = [
  { card: 'any', ratePpm: 6000, leastFen: 1 },
  { card: 'member', ratePpm: 3800, leastFen: 0, capFen: 2600 },
  { card: 'cash', ratePpm: 0, leastFen: 0 },
  { merchant: 'M', card: 'bank', ratePpm: 5500, leastFen: 8, capFen: 3000 },
  { merchant: 'M', store: '0012', card: 'any', ratePpm: 12_345, leastFen: 3 },
  { merchant: 'M', store: '0012', card: 'cash', ratePpm: 1000, leastFen: 0 },
]

/** An entry as the ledger has it, its `original` only by sequence. */
export type Written = Omit<LedgerRow, 'original' | 'refundedBeforeFen'>

export interface Expected {
  /** Fen before fees and fees, by `merchant/party/name/source`, of both days together. */
  readonly lines: ReadonlyMap<string, { readonly gross: number; readonly fee: number }>
  /** Sum of `settleFen` by business date. */
  readonly settle: ReadonlyMap<string, number>
}

/**
 * Entries as the host books them, and what clearing must make of both days together, reckoned not entry by entry but from
 * what finally stands of each sale: undone ones are nothing, the others less what was refunded.
 */
export function randomDays(seed: number, sales: number): { written: Written[]; expected: Expected } {
  const next = numbers(seed)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T
  const upTo = (most: number): number => 1 + Math.floor(next() * most)
  const written: Written[] = []
  const lines = new Map<string, { gross: number; fee: number }>()
  const settle = new Map<string, number>()
  const book = (entry: Omit<Written, 'sequence'>): Written => {
    const row = { ...entry, sequence: written.length * 2 + 1 } // gaps, as PostgreSQL leaves them
    written.push(row)
    settle.set(row.businessDate, (settle.get(row.businessDate) ?? 0) + row.settleFen)
    return row
  }
  const expect = (key: string, gross: number, fee = 0): void => {
    const line = lines.get(key) ?? { gross: 0, fee: 0 }
    lines.set(key, { gross: line.gross + gross, fee: line.fee + fee })
  }

  for (let at = 0; at < sales; at++) {
    const merchant = next() < 0.8 ? 'M' : 'N'
    const store =
      merchant === 'N'
        ? next() < 0.9
          ? undefined
          : '0008'
        : next() < 0.9
          ? pick(STORES.M)
          : next() < 0.5
            ? undefined
            : '9999'
    const base = { ...BLANK, businessDate: DAYS[0], merchant, store }
    const late = (): string => (next() < 0.3 ? DAYS[1] : DAYS[0])
    const amount = upTo(next() < 0.5 ? 2000 : 3_000_000)
    const what = next()
    if (what < 0.08) {
      // 充值: the till took the money, the merchant owes it; 售卡激活 alike.
      const kind = pick<Kind>(['topUp', 'activation'])
      const row = book({ ...base, kind, amountFen: amount, settleFen: -amount, cardKind: 'member' })
      if (next() < 0.3)
        undo(book, row, kind === 'topUp' ? pick<Kind>(['topUpVoid', 'reversal']) : 'reversal', late())
      else expect(`${merchant}/float//member`, -amount)
      continue
    }
    if (what < 0.14) {
      const kind = pick<Kind>(['billPayment', 'billCash'])
      const cardKind: CardKind = kind === 'billCash' ? 'cash' : 'bank'
      const biller = pick(['电力', '自来水'])
      const row = book({ ...base, kind, amountFen: amount, settleFen: amount, biller, cardKind })
      if (next() < 0.3) undo(book, row, 'reversal', late())
      else expect(`${merchant}/biller/${biller}/${cardKind}`, amount)
      continue
    }
    if (what < 0.2) {
      // Moves nothing of a merchant's: declined, held, card to card, unknown reversal.
      const kind = pick<Kind>([
        'sale',
        'preauth',
        'transfer',
        'accountTopUp',
        'reversal',
        'balanceEnquiry',
        'refund',
      ])
      const code = kind === 'sale' || kind === 'refund' ? '51' : '00'
      book({ ...base, kind, code, amountFen: amount })
      continue
    }
    const kind = pick<Kind>([
      'sale',
      'sale',
      'sale',
      'completion',
      'completionAdvice',
      'instalment',
      'pointsSale',
      'cashSale',
    ])
    const cardKind: CardKind | undefined =
      kind === 'cashSale'
        ? 'cash'
        : kind === 'pointsSale'
          ? 'member'
          : pick(['member', 'bank', 'bank', undefined])
    const payer = pick<Payer>(['S', 'M', 'I'])
    const discount: Grant | undefined =
      kind === 'sale' && next() < 0.3 ? { fen: Math.floor(next() * (amount + 1)), payer } : undefined
    const cashBack: Grant | undefined =
      kind === 'sale' && next() < 0.2 ? { fen: upTo(500), payer: pick<Payer>(['S', 'M', 'I']) } : undefined
    const paid = amount - (discount?.fen ?? 0)
    const row = book({ ...base, kind, amountFen: amount, settleFen: paid, cardKind, discount, cashBack })
    const undoKinds: { readonly [name: string]: Kind } = {
      ...{ sale: 'voidSale', completion: 'completionVoid', instalment: 'instalmentVoid' },
      ...{ pointsSale: 'pointsVoid', cashSale: 'cashVoid' },
    }
    let undone = false
    let refunded = 0
    const fate = next()
    if (fate < 0.15) {
      undo(book, row, 'reversal', late())
      undone = true
    } else if (fate < 0.3 && undoKinds[kind] !== undefined) {
      const date = late()
      const undoing = undo(book, row, undoKinds[kind], date)
      undone = true
      if (next() < 0.3) {
        undo(book, undoing, 'reversal', date) // the void's answer was lost: the sale stands again
        undone = false
      }
    } else if (fate < 0.5 && paid > 0) {
      const orderly = next() < 0.5 // the host's clock was never set back meanwhile
      let day: string = DAYS[0]
      for (let part = 0; part < 3 && refunded < paid; part++) {
        const fen = next() < 0.3 ? paid - refunded : upTo(paid - refunded)
        day = orderly && day === DAYS[1] ? day : late()
        // A refund may name another store than the sale had, or none: it goes to that of the sale.
        const elsewhere = {
          store: pick([store, undefined, '0008']),
          cardKind: next() < 0.5 ? cardKind : undefined,
        }
        const back = book({
          ...base,
          ...elsewhere,
          kind: 'refund',
          amountFen: fen,
          settleFen: -fen,
          refersTo: row.sequence,
          businessDate: day,
        })
        // A refund that is taken back leaves the others as if it had not been, whenever they came.
        if (!orderly || next() < 0.5) {
          refunded += fen
          continue
        }
        if (day === DAYS[0]) day = late()
        undo(book, back, 'reversal', day)
      }
    }
    if (undone) continue
    standing(row, refunded, expect)
  }
  return { written, expected: { lines, settle } }
}

/** What a sale that stands leaves on the lines, less its refunds. */
function standing(
  { merchant, store, kind, cardKind, amountFen, discount, cashBack }: Written,
  refunded: number,
  expect: (key: string, gross: number, fee?: number) => void,
): void {
  const source = kind === 'pointsSale' ? 'points' : (cardKind ?? 'bank')
  const fen = discount?.fen ?? 0
  const paid = amountFen - fen
  // Half up, by rationals.
  const round = (top: bigint, bottom: bigint): number => Number((top * 2n + bottom) / (bottom * 2n))
  const discountBack = paid === 0 ? 0 : round(BigInt(fen) * BigInt(refunded), BigInt(paid))
  const discountLeft = fen - discountBack
  const own = discount?.payer === 'S'
  const known = merchant === 'M' && STORES.M.includes(store ?? '')
  const payee = known
    ? `store/${store}`
    : merchant === 'N' && store === undefined
      ? 'own/'
      : `suspense/${store ?? ''}`
  const given = cashBack?.fen ?? 0
  const gross = paid - refunded + (own ? 0 : discountLeft) - (cashBack?.payer === 'S' ? given : 0)
  const fee = payee.startsWith('suspense')
    ? 0
    : feeBy(merchant, known ? store : undefined, cardKind ?? 'bank', paid, refunded)
  expect(`${merchant}/${payee}/${source}`, gross, fee)
  if (discount?.payer === 'M') expect(`${merchant}/mall//${source}`, -discountLeft)
  if (cashBack?.payer === 'M') expect(`${merchant}/mall//${source}`, -given)
  if (discount?.payer === 'I') expect(`${merchant}/issuer//${source}`, -discountLeft)
  if (cashBack !== undefined && cashBack.payer !== 'I') expect(`${merchant}/issuer//${source}`, given)
}

/** The fee of what was paid, less the fee of what was refunded, by the table read by eye. */
function feeBy(
  merchant: string,
  store: string | undefined,
  card: CardKind,
  paid: number,
  refunded: number,
): number {
  const [ppm, least, cap] =
    store === '0012'
      ? card === 'cash'
        ? [1000, 0, 1e12]
        : [12_345, 3, 1e12]
      : card === 'cash'
        ? [0, 0, 1e12]
        : merchant === 'M' && card === 'bank'
          ? [5500, 8, 3000]
          : card === 'member'
            ? [3800, 0, 2600]
            : [6000, 1, 1e12]
  const fee = (fen: number): number => {
    if (fen === 0) return 0
    const exact = Number((BigInt(fen) * BigInt(ppm as number) * 2n + 1_000_000n) / 2_000_000n)
    return exact < (least as number) ? (least as number) : exact > (cap as number) ? (cap as number) : exact
  }
  return fee(paid) - Math.min(fee(refunded), fee(paid))
}

const BLANK: Omit<Written, 'sequence' | 'kind' | 'businessDate' | 'merchant' | 'store'> = {
  ...{
    cardKind: undefined,
    code: '00',
    amountFen: 0,
    discount: undefined,
    cashBack: undefined,
    settleFen: 0,
  },
  ...{ biller: undefined, refersTo: undefined },
}

function undo(
  book: (entry: Omit<Written, 'sequence'>) => Written,
  of: Written,
  kind: Kind,
  businessDate: string,
): Written {
  // A void carries no offer of its own, and its store need not be typed again.
  return book({
    ...of,
    kind,
    businessDate,
    store: undefined,
    discount: undefined,
    cashBack: undefined,
    settleFen: 0 - of.settleFen,
    refersTo: of.sequence,
  })
}

/** mulberry32. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
