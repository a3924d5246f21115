import type { Share, Source } from '../clearing/shares.ts'
import type { Line } from '../clearing/tally.ts'
import type { CardKind, Grant, Kind, Origin, PlanPart } from '../ledger.ts'

/** What the page asks the host's server for, by GET below `api/`. Dates are `20261121`, times `220452`, money is fen. */

/** `state`. */
export interface StateAnswer {
  readonly date: string
  readonly time: string
  /** 清算日期 of this moment. */
  readonly businessDate: string
  readonly cutOver: string
  readonly merchants: readonly { readonly merchant: string; readonly name: string }[]
  /** The last business date that has entries. */
  readonly latest: string | undefined
}

/** `cleared`; `due`: the day is over and not cleared yet; `open`: it still goes on. */
export type DayState = 'cleared' | 'due' | 'open'

export interface MonthDay {
  readonly date: string
  readonly state: DayState
  readonly entries: number
  readonly settleFen: number
  /** Of a cleared day: what is kept back from all parties, and what is held back. */
  readonly feeFen: number | undefined
  readonly suspenseFen: number | undefined
}

/** `month?month=202611`: days that have entries. */
export interface MonthAnswer {
  readonly month: string
  readonly days: readonly MonthDay[]
}

/** Approved money of one hour of a business date; `date` is the host's, before the cut-over perhaps the day before. */
export interface Hour {
  readonly date: string
  readonly hour: number
  readonly count: number
  readonly netFen: number
}

export interface PageLine extends Line {
  readonly storeName: string
}

/** Three ways to count the same money; they are equal, or the day is not cleared. */
export interface Check {
  /** Entries of the ledger, summed now. */
  readonly ledgerFen: number
  /** Lines of stores, mall, billers, float, issuer and suspense, before fees. */
  readonly linesFen: number
  /** Net of the lines, and the fees. */
  readonly paidFen: number
}

export interface MerchantDay {
  readonly merchant: string
  readonly name: string
  readonly entries: number
  readonly lines: readonly PageLine[]
  readonly check: Check
}

/** `day?date=20261121`. */
export interface DayAnswer {
  readonly date: string
  readonly state: DayState
  readonly entries: number
  readonly settleFen: number
  readonly merchants: readonly MerchantDay[]
  readonly hours: readonly Hour[]
  /** Why there are no lines: the day does not add up, or has too many entries to be counted for a look. */
  readonly fault: string | undefined
}

/** One entry in a list, with the part of one party. */
export interface EntryLine {
  readonly sequence: number
  readonly reference: string
  readonly kind: Kind
  readonly code: string
  readonly date: string
  readonly time: string
  readonly terminal: string
  readonly trace: number
  /** Masked. */
  readonly pan: string | undefined
  readonly cardKind: CardKind | undefined
  readonly amountFen: number
  readonly settleFen: number
  readonly grossFen: number
  readonly feeFen: number
  readonly netFen: number
  /** Why clearing cannot take it. */
  readonly fault: string | undefined
}

/** `entries?date=&merchant=&party=&name=&after=`: a party's entries of a day, in order of sequence. */
export interface EntriesAnswer {
  readonly date: string
  readonly merchant: string
  readonly merchantName: string
  readonly party: EntriesOf
  readonly name: string
  readonly storeName: string
  readonly entries: readonly EntryLine[]
  /** Give it as `after` for what follows; absent: there is no more. */
  readonly next: number | undefined
  /** Sums of all the party's entries of the day; absent where there are too many, or after the first part. */
  readonly sum: EntriesSum | undefined
}

export interface EntriesSum {
  readonly count: number
  readonly grossFen: number
  readonly feeFen: number
  readonly netFen: number
  readonly hours: readonly Hour[]
}

export const ENTRIES_OF = [
  ...(['store', 'own', 'mall', 'biller', 'float', 'issuer', 'suspense', 'all'] as const),
] as const
/** A party of clearing, or every entry of the merchant. */
export type EntriesOf = (typeof ENTRIES_OF)[number]

export interface PageShare extends Omit<Share, 'merchant'> {
  readonly storeName: string
  readonly grossFen: number
  readonly netFen: number
}

/** All that the books hold of one entry; no card number, no track, no key. */
export interface EntryDetail {
  readonly sequence: number
  readonly reference: string
  readonly authorisation: string
  readonly kind: Kind
  readonly code: string
  readonly date: string
  readonly time: string
  readonly businessDate: string
  readonly merchant: string
  readonly merchantName: string
  readonly store: string | undefined
  readonly storeName: string
  readonly terminal: string
  readonly batch: number
  readonly trace: number
  readonly account: string | undefined
  readonly account2: string | undefined
  readonly pan: string | undefined
  readonly cardKind: CardKind | undefined
  readonly operator: string | undefined
  readonly operatorName: string
  readonly approver: string | undefined
  readonly approverName: string
  readonly amountFen: number
  readonly discount: Grant | undefined
  readonly cashBack: Grant | undefined
  readonly offer: string | undefined
  readonly points: number
  readonly settleFen: number
  readonly effectFen: number
  readonly effect2Fen: number
  readonly original: number | undefined
  readonly biller: string | undefined
  readonly customer: string | undefined
  readonly bill: string | undefined
  readonly origin: Origin
  readonly source: Source | undefined
  readonly shares: readonly PageShare[]
  readonly fault: string | undefined
  readonly plan: readonly PlanPart[]
}

/** One link of what belongs together: a sale, its void, the void's reversal. */
export interface ChainLink {
  readonly sequence: number
  readonly original: number | undefined
  readonly kind: Kind
  readonly code: string
  readonly date: string
  readonly time: string
  readonly amountFen: number
  readonly settleFen: number
}

/** `entry?sequence=`. */
export interface EntryAnswer {
  readonly entry: EntryDetail
  /** In order of sequence, the entry itself among them. */
  readonly chain: readonly ChainLink[]
}

export type TableCell = string | number
export interface TableColumn {
  readonly key: string
  readonly zh: string
  readonly as: 'text' | 'count' | 'fen' | 'date' | 'time'
}

/** `table?kind=&date= | week= | month=`: a report as `shuaka host report` has it. */
export interface TableAnswer {
  readonly kind: string
  readonly from: string
  readonly to: string
  readonly columns: readonly TableColumn[]
  /** The first ones. */
  readonly rows: readonly (readonly TableCell[])[]
  /** Of all rows; absent where nobody counted to the end. */
  readonly total: readonly TableCell[] | undefined
  readonly more: boolean
  readonly notCleared: readonly string[]
}

/** `terminals`. */
export interface TerminalsAnswer {
  readonly terminals: readonly TerminalLine[]
}

export interface TerminalLine {
  readonly terminal: string
  readonly signedOn: boolean
  readonly operator: string
  readonly operatorName: string
  /** Of the last sign-on; empty where there was none. */
  readonly date: string
  readonly time: string
  /** The batch that is open. */
  readonly batch: number | undefined
  readonly status: StatusLine | undefined
  readonly inspections: readonly InspectionLine[]
}

export interface StatusLine {
  readonly date: string
  readonly time: string
  /** Values of the record by name. */
  readonly values: { readonly [name: string]: string }
}

export interface InspectionLine {
  readonly date: string
  readonly time: string
  readonly engineer: string
  readonly findings: readonly { readonly name: string; readonly value: string }[]
}

/** Every answer that is no success. */
export interface Refusal {
  /** One sentence for a person. */
  readonly error: string
}
