import type { KeyEvent, KeyOrder, MasterKeys, TerminalKeys } from './key-book.ts'
import type {
  Account,
  Batch,
  BillKey,
  Difference,
  Entry,
  PlanPart,
  Report,
  Session,
  StoreSales,
  Totals,
  TransactionKey,
  Uploaded,
} from './ledger.ts'

/** The books as one transaction sees them: everything posted before it, also by others in the same commit. */
export interface Books {
  /** Sequence that the `nth` entry (from 0) of this transaction will have. */
  nextSequence(nth?: number): number
  entry(key: TransactionKey): Entry | undefined
  /** Everything booked under one trace of a batch, of whatever kind, in order of sequence. */
  underTrace(terminalId: string, batch: number, trace: number): readonly Entry[]
  entryAt(sequence: number): Entry | undefined
  /** Entries that name this one as their `original`, in order of sequence. */
  referring(original: number): readonly Entry[]
  /** Entries of one bill, in order of sequence. */
  ofBill(bill: BillKey): readonly Entry[]
  account(name: string): Account | undefined
  /** The terminal's open batch. */
  openBatch(terminalId: string): Batch | undefined
  batch(terminalId: string, number: number): Batch | undefined
  /** Whether the batch has an entry of a kind in `TRADE_KINDS`, approved or not. */
  hasSales(terminalId: string, batch: number): boolean
  /** Whether anything at all was booked under the batch. */
  hasEntries(terminalId: string, batch: number): boolean
  /** Counted from `standing`, and not from running counters. */
  totals(terminalId: string, batch: number): Totals
  /** Entries of a batch that settle something and are neither reversals nor reversed, in order of sequence. */
  standing(terminalId: string, batch: number): readonly Entry[]
  /** Parts of an instalment plan that stand, by number; empty for one that was removed. */
  plan(original: number): readonly PlanPart[]
  /** Records noted of a batch upload that has not ended, by trace. */
  uploads(terminalId: string, batch: number): readonly Uploaded[]
  session(terminalId: string): Session | undefined
  /** Master keys that came after the provisioning file's. */
  masters(terminalId: string): MasterKeys | undefined
  /** That the terminal is to get a new master key. */
  keyOrder(terminalId: string): KeyOrder | undefined
}

/** All that one transaction changes, in one durable act (rule P7). */
export interface Posting {
  /** Their sequences are `nextSequence(0)`, `nextSequence(1)` …; effects and points move the accounts they name. */
  readonly entries?: readonly Entry[]
  /** New count of wrong PINs of an account. */
  readonly pinTries?: { readonly account: string; readonly wrongPins: number; readonly wrongPinDate: string }
  /** Activation and change of PIN; what is absent stays. */
  readonly cards?: readonly {
    readonly account: string
    readonly active?: boolean
    readonly activatedDate?: string
    readonly sealedPin?: Uint8Array
  }[]
  /** Opens plans of instalments. */
  readonly plans?: readonly { readonly original: number; readonly parts: readonly PlanPart[] }[]
  /** Removes plans as a whole, or brings them back as they were. */
  readonly planStands?: readonly { readonly original: number; readonly stands: boolean }[]
  /** Ends batches, which fixes their totals (rule P10), and opens the next. */
  readonly batch?: {
    readonly terminalId: string
    readonly ends?: readonly {
      readonly number: number
      readonly state: 'settled' | 'left'
      readonly totals: Totals
    }[]
    readonly open?: number
  }
  readonly conflict?: { readonly terminalId: string; readonly batch: number }
  /** Notes records of a batch upload, each once by its trace; `afresh` forgets those noted before. */
  readonly uploads?: {
    readonly terminalId: string
    readonly batch: number
    readonly records: readonly Uploaded[]
    readonly afresh?: boolean
  }
  readonly differences?: readonly Difference[]
  readonly report?: Report
  readonly session?: { readonly terminalId: string; readonly value: Session }
  /** Each terminal once. */
  readonly masters?: readonly { readonly terminalId: string; readonly value: MasterKeys }[]
  /** Orders of a loading; without a `value` there is none any more. */
  readonly keyOrders?: readonly { readonly terminalId: string; readonly value: KeyOrder | undefined }[]
  readonly keyEvents?: readonly KeyEvent[]
}

export interface TerminalOrder extends KeyOrder {
  readonly terminalId: string
}

/** An account when it is opened. */
export interface Opening {
  readonly name: string
  readonly balanceFen: number
  readonly points: number
  readonly active: boolean
}

/** What a transaction will most likely read: a store that is far away fetches it all at once. */
export interface Likely {
  readonly terminalId: string
  /** Of the request itself, and others under its trace. */
  readonly key?: TransactionKey
  readonly accounts?: readonly string[]
}

/**
 * 账务存储: where the books are kept. Transactions that see the same terminal or the same account never run beside each
 * other, also where several processes have one store (PostgreSQL).
 */
export interface Store {
  /**
   * Runs `decide`, posts what it returns, and resolves once that, and everything it saw, is durable. `decide` may be
   * run several times until all that it reads is at hand; it does nothing but read the books and compute. A throw of
   * it posts nothing and rejects. Rejects with `StoreStopped` when the store cannot write or is closed, and with
   * `StoreUnsure` when it cannot tell now whether it has written.
   */
  transact<Result>(
    decide: (books: Books) => { readonly posting?: Posting; readonly result: Result },
    likely?: Likely,
  ): Promise<Result>
  /** Opens accounts that the books do not know yet; a known one keeps its balance. Durable before the next transaction. */
  openAccounts(accounts: readonly Opening[]): void
  /** Names of stores for the reports; a known number takes the new name. Durable before the next transaction. */
  nameStores(merchantId: string, stores: readonly { readonly number: string; readonly name: string }[]): void
  /** Sales by merchant and store of a host date `20261121`, in no order. */
  storeSales(date: string): StoreSales[] | Promise<StoreSales[]>
  /** What settlements of a host date found different, in the order found. */
  differences(date: string): Difference[] | Promise<Difference[]>
  /** Reports of one kind, newest first, of all terminals. */
  reports(kind: Report['kind']): Report[] | Promise<Report[]>
  /** Master keys of all terminals that have other than their provisioning file's, and all orders, by terminal. */
  masterKeys(): TerminalKeys[] | Promise<TerminalKeys[]>
  keyOrders(): TerminalOrder[] | Promise<TerminalOrder[]>
  /** Record of the loadings of one terminal, oldest first. */
  keyEvents(terminalId: string): KeyEvent[] | Promise<KeyEvent[]>
  /** Waits for what is under way, then closes. */
  close(): Promise<void>
}

/**
 * The store cannot write any more; the host sends no answer from then on (rule P7). A store that failed to write a file
 * has stopped: nobody knows what reached the disk, so it neither tries again nor reads.
 */
export class StoreStopped extends Error {
  override readonly name: string = 'StoreStopped'
}

/**
 * The line to the books broke, or they were busy for too long: this one request gets no answer (rule P7). The same request
 * again finds what became of it by its key (rule P6).
 */
export class StoreUnsure extends StoreStopped {
  override readonly name = 'StoreUnsure'
}
