import { isApproval } from '../../wire/response-code.ts'
import type { CardKind, Grant, Kind } from '../ledger.ts'
import { feeFen, shareOf } from './fee.ts'
import type { Terms } from './terms.ts'
import { ways } from './way.ts'

/**
 * Whose line money goes to: a store 门店; a merchant that has no stores (`own`); the mall 商场, for the offers it pays;
 * a biller 缴费单位; the prepaid float 备付金; the issuer 发卡方, for the offers it pays; 待处理 suspense.
 */
export type Party = 'store' | 'own' | 'mall' | 'biller' | 'float' | 'issuer' | 'suspense'
/** Where the money comes from. */
export type Source = CardKind | 'points'
/** Why money is in suspense 待处理. */
export type Pending = 'noStore' | 'unknownStore' | 'noBiller' | 'noOriginal'

/** A ledger entry as clearing reads it. */
export interface LedgerRow {
  readonly sequence: number
  readonly kind: Kind
  readonly businessDate: string
  readonly merchant: string
  readonly store: string | undefined
  readonly cardKind: CardKind | undefined
  readonly code: string
  readonly amountFen: number
  readonly discount: Grant | undefined
  readonly cashBack: Grant | undefined
  readonly settleFen: number
  readonly biller: string | undefined
  /** Sequence of what it refers to; the entry itself in `original`, where the ledger has it. */
  readonly refersTo: number | undefined
  readonly original: LedgerRow | undefined
  /** Of a refund, and of the reversal of one: how much of the sale stood refunded before this entry. */
  readonly refundedBeforeFen: number
}

/** What one entry does to one line. Its part of the ledger's sum is `amount − discount − cashBack`. */
export interface Share {
  readonly merchant: string
  readonly party: Party
  /** Store number or biller; empty where the party has none. */
  readonly name: string
  readonly amountFen: number
  /** Offers that this party pays for. */
  readonly discountFen: number
  readonly cashBackFen: number
  /** 手续费: kept back from this party. */
  readonly feeFen: number
}

export type Cleared =
  | {
      readonly kind: 'cleared'
      readonly source: Source
      readonly shares: readonly Share[]
      readonly pending: Pending | undefined
    }
  /** The books contradict themselves, or nobody said what the fee is: clearing stops. */
  | { readonly kind: 'fault'; readonly why: string }

export type TermsOf = (businessDate: string) => Terms

/**
 * Who gets what of an entry. What undoes another entry gives back exactly what that one gave, by the terms of its day,
 * whatever store, offer or fee holds today; what undoes a refund, the fee of what then stands refunded. The shares of an entry add up to its `settleFen`, or it is a fault.
 */
export function cleared(row: LedgerRow, termsOf: TermsOf): Cleared {
  const result = split(row, termsOf)
  if (result.kind === 'fault') return result
  const sum = result.shares.reduce((total, share) => total + grossFen(share), 0)
  if (sum === row.settleFen) return result
  return { kind: 'fault', why: `settles ${row.settleFen} fen, its parts make ${sum}` }
}

/** What a share adds to the sum of the ledger, before the fee. */
export function grossFen({ amountFen, discountFen, cashBackFen }: Share): number {
  return amountFen - discountFen - cashBackFen
}

/** `voidSale` and its like, or what is deeper: a reversal of a void of a sale. */
export const ORIGINALS_DEEP_MAX = 4

function split(row: LedgerRow, termsOf: TermsOf, deep = 0): Cleared {
  const way = ways[row.kind]
  if (way === 'nothing' || !isApproval(row.code)) return result(row, [])
  if (way === 'purchase') return purchase(row, termsOf(row.businessDate))
  if (way === 'bill') return bill(row)
  if (way === 'float') return result(row, [share(row, 'float', '', { amountFen: -row.amountFen })])

  if (row.refersTo === undefined) {
    // A reversal that came before its original is a tombstone; any other credit is somebody's money.
    return row.settleFen === 0 ? result(row, []) : pending(row, row.settleFen, 'noOriginal')
  }
  if (row.original === undefined)
    return { kind: 'fault', why: `refers to entry ${row.refersTo}, which is not there` }
  if (deep === ORIGINALS_DEEP_MAX) return { kind: 'fault', why: 'refers to entries too deep' }
  const whole = split(row.original, termsOf, deep + 1)
  if (whole.kind === 'fault') return whole
  if (way === 'refund') return refund(row, row.original, whole, row.amountFen, termsOf)
  const { original: refunded } = row.original
  if (ways[row.original.kind] === 'refund' && refunded !== undefined && isApproval(row.original.code)) {
    const sold = split(refunded, termsOf, deep + 2)
    return refund(row, refunded, sold, -row.original.amountFen, termsOf)
  }
  return { ...whole, shares: whole.shares.map(negated) }
}

/**
 * 消费 and its like. The store gets the amount without what it pays for itself; the mall's line pays its discounts and
 * cash-backs; the issuer owes its discounts, and is owed the cash-backs of others, which its cardholders have.
 */
function purchase(row: LedgerRow, terms: Terms): Cleared {
  const off = (payer: Grant['payer']) => paidFen(row.discount, payer)
  const back = (payer: Grant['payer']) => paidFen(row.cashBack, payer)
  const payable = row.amountFen - off('S')
  const payee = payeeOf(row, terms)
  const shares: Share[] = []
  if (payee.pending !== undefined) {
    shares.push(share(row, 'suspense', row.store ?? '', { ...storeOffers(row), amountFen: row.amountFen }))
  } else {
    const place = { merchant: row.merchant, store: payee.name || undefined, card: row.cardKind ?? 'bank' }
    const fees = terms.feeRow(place)
    if (fees === undefined) return { kind: 'fault', why: `no fee row for ${placeText(place)}` }
    const paid = payable - off('M') - off('I')
    const fee = feeFen(fees, paid)
    shares.push(
      share(row, payee.party, payee.name, { ...storeOffers(row), amountFen: row.amountFen, feeFen: fee }),
    )
  }
  if (off('M') + back('M') > 0)
    shares.push(share(row, 'mall', '', { discountFen: off('M'), cashBackFen: back('M') }))
  const given = back('S') + back('M') + back('I')
  if (off('I') + given > 0)
    shares.push(share(row, 'issuer', '', { amountFen: given, discountFen: off('I'), cashBackFen: back('I') }))
  return { ...result(row, shares), pending: payee.pending }
}

function storeOffers({ discount, cashBack }: LedgerRow) {
  return { discountFen: paidFen(discount, 'S'), cashBackFen: paidFen(cashBack, 'S') }
}

function paidFen(grant: Grant | undefined, payer: Grant['payer']): number {
  return grant?.payer === payer ? grant.fen : 0
}

interface Payee {
  readonly party: 'store' | 'own' | 'suspense'
  readonly name: string
  readonly pending?: Pending
}

function payeeOf({ merchant, store }: LedgerRow, terms: Terms): Payee {
  if (store === undefined)
    return terms.hasStores(merchant)
      ? { party: 'suspense', name: '', pending: 'noStore' }
      : { party: 'own', name: '' }
  if (terms.isStore(merchant, store)) return { party: 'store', name: store }
  return { party: 'suspense', name: store, pending: 'unknownStore' }
}

/** 缴费: the whole amount is the biller's; no fee of the table is for billers. */
function bill(row: LedgerRow): Cleared {
  if (row.biller === undefined) return pending(row, row.amountFen, 'noBiller')
  return result(row, [share(row, 'biller', row.biller, { amountFen: row.amountFen })])
}

/**
 * 退货 takes back a part, and its reversal, of a negative `fen`, brings it back. Discounts and the fee are those of what
 * stands refunded after the entry less those of what stood before it: whatever the order, refunds of everything take back
 * everything, and never more than was taken. A cash-back stays with the cardholder, and with who pays for it.
 */
function refund(row: LedgerRow, original: LedgerRow, whole: Cleared, fen: number, termsOf: TermsOf): Cleared {
  if (whole.kind === 'fault') return whole
  const paid = original.amountFen - (original.discount?.fen ?? 0)
  const before = row.refundedBeforeFen
  const after = before + fen
  if (after > paid)
    return { kind: 'fault', why: `refunds ${after} fen of entry ${original.sequence}, which paid ${paid}` }
  const part = (total: number) => shareOf(total, after, paid) - shareOf(total, before, paid)
  const discount = part(original.discount?.fen ?? 0)
  const terms = termsOf(original.businessDate)
  const shares = whole.shares.flatMap((from): Share[] => {
    const discountFen = from.discountFen === 0 ? 0 : discount
    if (from.party === 'mall' || from.party === 'issuer')
      return discountFen === 0 ? [] : [share(original, from.party, '', { discountFen: 0 - discountFen })]
    const fees = terms.feeRow({
      merchant: original.merchant,
      store: from.name || undefined,
      card: original.cardKind ?? 'bank',
    })
    const taken = (sum: number) => (fees === undefined ? 0 : Math.min(from.feeFen, feeFen(fees, sum)))
    return [
      share(original, from.party, from.name, {
        amountFen: 0 - (fen + discount),
        discountFen: 0 - discountFen,
        feeFen: from.party === 'suspense' ? 0 : taken(before) - taken(after),
      }),
    ]
  })
  return { ...whole, shares }
}

function pending(row: LedgerRow, amountFen: number, why: Pending): Cleared {
  return { ...result(row, [share(row, 'suspense', row.store ?? '', { amountFen })]), pending: why }
}

function result(row: LedgerRow, shares: readonly Share[]): Extract<Cleared, { kind: 'cleared' }> {
  return { kind: 'cleared', source: sourceOf(row), shares, pending: undefined }
}

/** A card whose kind nobody knows is not ours: a bank's. */
function sourceOf({ kind, cardKind }: LedgerRow): Source {
  return kind === 'pointsSale' || kind === 'pointsVoid' ? 'points' : (cardKind ?? 'bank')
}

function share(
  { merchant }: LedgerRow,
  party: Party,
  name: string,
  figures: Partial<Pick<Share, 'amountFen' | 'discountFen' | 'cashBackFen' | 'feeFen'>>,
): Share {
  return { merchant, party, name, amountFen: 0, discountFen: 0, cashBackFen: 0, feeFen: 0, ...figures }
}

/** `0 - x`: there is no minus zero among amounts. */
function negated(from: Share): Share {
  return {
    ...from,
    amountFen: 0 - from.amountFen,
    discountFen: 0 - from.discountFen,
    cashBackFen: 0 - from.cashBackFen,
    feeFen: 0 - from.feeFen,
  }
}

function placeText({
  merchant,
  store,
  card,
}: {
  merchant: string
  store: string | undefined
  card: string
}): string {
  return `merchant ${merchant}${store === undefined ? '' : `, store ${store}`}, ${card}`
}
