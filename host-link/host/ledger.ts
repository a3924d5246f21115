import { type TransactionName, transactions } from '../wire/transaction.ts'

/** 账本: what the host's books hold. All amounts are integer fen, all times are the host's own (rule P12). */

/**
 * What a key can be of: the name of a row of `transactions`. A reversal 冲正 has batch and trace of its original; a
 * status inquiry's is a tombstone under those of the transaction that was asked for.
 */
export type Kind = TransactionName

/** Rule P1: what makes a request this request, whenever and however often it comes. */
export interface TransactionKey {
  readonly terminalId: string
  readonly batch: number
  readonly trace: number
  readonly kind: Kind
}

/** Local date `20261121` and time `220452` of the host. */
export interface HostTime {
  readonly date: string
  readonly time: string
}

/** What paid: a card of ours 会员卡, a bank's 银行卡, or cash 现金. */
export type CardKind = 'member' | 'bank' | 'cash'

/** Who pays for an offer: S 门店 store, M 商场 mall, I 发卡方 issuer. */
export type Payer = 'S' | 'M' | 'I'

/** Where an entry came from: a request; a batch upload 批上送; the host itself, crediting an orphan back; a request that adjusts a settled batch. */
export type Origin = 'wire' | 'upload' | 'orphan' | 'adjusted'

/** 优惠 what an offer gave. */
export interface Grant {
  readonly fen: number
  readonly payer: Payer
}

/** 账单 whose bill, and which. */
export interface BillKey {
  readonly biller: string
  readonly customer: string
  readonly bill: string
}

/** One row of the append-only ledger 流水: a request that was taken, what it did, and its answer (rule P7). */
export interface Entry {
  /** Unique and rising, from 1; a store may leave gaps. */
  readonly sequence: number
  readonly key: TransactionKey
  /** Keyed hash of the request's content: tells a repeat from another request under the same key (rule P6). */
  readonly fingerprint: string
  readonly at: HostTime
  /** 清算日期 `20261121`: the host's date, from the cut-over time on the next day's. Never changed afterwards. */
  readonly businessDate: string
  readonly merchantId: string
  readonly storeNumber: string | undefined
  /** Name of the card in the issuer's file; no PAN and no track is kept. */
  readonly account: string | undefined
  /** The other card of a transfer 转账 or an account top-up 账户充值: the one that is credited. */
  readonly account2: string | undefined
  /** First six and last four digits. */
  readonly maskedPan: string | undefined
  readonly cardKind: CardKind | undefined
  /** 柜员 who did it and 授权人 who approved it: two digits each. */
  readonly operator: string | undefined
  readonly approver: string | undefined
  /** Field 39 of the answer. */
  readonly code: string
  /** Field 4 of the request, 0 where it has none: the amount before any offer. */
  readonly amountFen: number
  /** 优惠: taken off what the cardholder pays. */
  readonly discount: Grant | undefined
  /** 返现: given to the cardholder's account in the same entry. */
  readonly cashBack: Grant | undefined
  /** Name of the discount, or else of the cash-back. */
  readonly offer: string | undefined
  /** What the entry adds to the account's points 积分. */
  readonly points: number
  /**
   * What counts for the merchant: the paid amount (amount − discount) of a debit row, minus that of a credit row, 0 of a
   * decline and of rows that settle `not`; a reversal has minus that of its original.
   */
  readonly settleFen: number
  /** What the entry adds to the balance of `account`: negative for a sale, positive for what a reversal gives back. */
  readonly effectFen: number
  /** The same of `account2`. */
  readonly effect2Fen: number
  /** Sequence of what a reversal undoes (absent in a tombstone), or what a void, refund or completion refers to. */
  readonly original: number | undefined
  readonly bill: BillKey | undefined
  readonly origin: Origin
  /** The answer, canonical CBOR, without PAN (2) and MAC (64): both are put back when it is sent (again). */
  readonly answer: Uint8Array
}

/** An issuer's account, as one card has it. */
export interface Account {
  /** What may still be spent. Negative only where what was spent had to be taken back: a reversed top-up, say. */
  readonly balanceFen: number
  /** 积分. */
  readonly points: number
  /** Wrong PINs in a row on `wrongPinDate`; of another day they no longer count. */
  readonly wrongPins: number
  readonly wrongPinDate: string
  /** 售卡激活: a card that was sold inactive buys nothing until it is activated. */
  readonly active: boolean
  /** Host date of the activation; empty where it was opened active, or is not active. */
  readonly activatedDate: string
  /** A PIN that was changed at a terminal, closed with the host's seal; else the card file's counts. */
  readonly sealedPin: Uint8Array | undefined
}

/** What counts for the merchant in a batch, reversals and what they undo left out. */
export interface Totals {
  readonly debitFen: number
  readonly debitCount: number
  readonly creditFen: number
  readonly creditCount: number
}
export const NO_TOTALS: Totals = { debitFen: 0, debitCount: 0, creditFen: 0, creditCount: 0 }

/** Totals of entries by the sign of their `settleFen`; the caller leaves reversals and reversed ones out. */
export function totalsOf(entries: Iterable<Pick<Entry, 'settleFen'>>): Totals {
  let { debitFen, debitCount, creditFen, creditCount } = NO_TOTALS
  for (const { settleFen } of entries) {
    if (settleFen > 0) {
      debitFen += settleFen
      debitCount += 1
    } else if (settleFen < 0) {
      creditFen -= settleFen
      creditCount += 1
    }
  }
  return { debitFen, debitCount, creditFen, creditCount }
}

/**
 * 批次: one is open; `settled` ones were closed by a settlement. `left` ones were left behind by the host
 * (`sign-on.ts`): they take no sale any more, but still the reversals that are owed, and a settlement.
 */
export interface Batch {
  readonly number: number
  readonly state: 'open' | 'settled' | 'left'
  /** A trace of this batch came twice with other content: the terminal has lost its memory, or is not alone. */
  readonly conflict: boolean
  /** Fixed when the batch was settled (rule P10); before, the entries are counted. */
  readonly totals: Totals
}

/** What the host holds of a terminal between two sign-ons 签到. */
export interface Session {
  /** `HostKeys.serialize()`, sealed under the host's secret (`seal.ts`). */
  readonly sealedKeys: Uint8Array
  /** Check value of the TMK the keys were made under; another TMK in the provisioning file voids them. */
  readonly masterCheck: string
  readonly operator: string
  readonly signedOn: boolean
  readonly at: HostTime
}

/** 分期 one part of an instalment plan: what the issuer bills, and when. */
export interface PlanPart {
  /** From 1. */
  readonly number: number
  /** Host date from which it is owed. */
  readonly due: string
  readonly amountFen: number
  readonly feeFen: number
}

/** 批上送 one record that a terminal uploaded before the end of its batch: what the terminal has under this trace. */
export interface Uploaded {
  readonly trace: number
  /** The row that its codes name; `undefined` where they name none, or the profile carries no codes. */
  readonly kind: Kind | undefined
  /** Paid amount. */
  readonly amountFen: number
  readonly account: string | undefined
  readonly maskedPan: string | undefined
  readonly storeNumber: string | undefined
  /** Fields 37, 38 and 61 of a refund or a completion: which entry it refers to. A record in field 48 has none of them. */
  readonly reference: string | undefined
  readonly authorisation: string | undefined
  readonly original61: string | undefined
}

/** 对账差异 what a settlement found different, for the reconciliation report. */
export interface Difference {
  readonly terminalId: string
  readonly batch: number
  readonly trace: number
  readonly kind: Kind
  /** `orphan`: only the host had it; `missing`: only the terminal had it; `amount`: both, with other amounts; `adjusted`: reversed after its batch was settled. */
  readonly what: 'orphan' | 'missing' | 'amount' | 'adjusted'
  /** Paid amounts as each side has them, 0 where it has none; signed as `settleFen`. */
  readonly hostFen: number
  readonly terminalFen: number
  /** What became of it: credited back, accepted, posted, or left to a person. */
  readonly done: 'creditedBack' | 'accepted' | 'posted' | 'open'
  readonly date: string
  readonly merchantId: string
}

/** 上送 what a terminal reported of itself: its latest status, and every inspection 巡检. */
export interface Report {
  readonly terminalId: string
  readonly kind: 'status' | 'inspection'
  /** Status: 0, the latest replaces the one before. Inspection: its batch × 1,000,000 + trace. */
  readonly number: number
  readonly at: HostTime
  readonly text: string
}

/** Sales of one store of a mall on one day. What was `returned` is among `sales`; net is the difference. */
export interface StoreSales {
  readonly merchantId: string
  /** `-` for sales without a store number 门店编号. */
  readonly storeNumber: string
  readonly storeName: string
  readonly sales: number
  readonly salesFen: number
  /** Reversed 冲正: counts and sums of the day's sales that a reversal undid, whenever it came. */
  readonly reversed: number
  readonly reversedFen: number
  /** Voids 撤销 and refunds 退货 of this day, of whichever day's sales. */
  readonly returned: number
  readonly returnedFen: number
}

/** Kinds that can move money or a PIN; what only asks is not among them, nor is what undoes or settles. */
export const TRADE_KINDS: readonly Kind[] = Object.values(transactions)
  .filter(({ whenLost }) => whenLost !== 'nothing')
  .map(({ name }) => name)

/** Kinds that a store's sales are counted from, and those that give some of them back. */
export const SOLD_KINDS: readonly Kind[] = [
  ...(['sale', 'cashSale', 'completion', 'completionAdvice', 'instalment', 'pointsSale'] as const),
]
export const RETURNED_KINDS: readonly Kind[] = [
  ...(['voidSale', 'cashVoid', 'completionVoid', 'instalmentVoid', 'pointsVoid', 'refund'] as const),
]

/** A key as the text that stores sort and search by. */
export function keyText({ terminalId, batch, trace, kind }: TransactionKey): string {
  return `${terminalId}/${batch}/${trace}/${kind}`
}
