import type { Account, Batch, Entry, Session, StoreSales, Totals, TransactionKey } from './ledger.ts'

/** The books as one transaction sees them: everything posted before it, also by others in the same commit. */
export interface Books {
  /** Sequence that the entry of this transaction will have. */
  nextSequence(): number
  entry(key: TransactionKey): Entry | undefined
  account(name: string): Account | undefined
  /** The terminal's open batch. */
  openBatch(terminalId: string): Batch | undefined
  batch(terminalId: string, number: number): Batch | undefined
  /** Whether the batch has a sale, approved or not. */
  hasSales(terminalId: string, batch: number): boolean
  /** Whether anything at all was booked under the batch. */
  hasEntries(terminalId: string, batch: number): boolean
  /** What stands in a batch, counted from its entries and not from running counters. */
  totals(terminalId: string, batch: number): Totals
  session(terminalId: string): Session | undefined
}

/** All that one transaction changes, in one durable act (rule P7). */
export interface Posting {
  /** Its `effectFen` moves the balance of its `account`. */
  readonly entry?: Entry
  /** New count of wrong PINs of an account. */
  readonly pinTries?: { readonly account: string; readonly wrongPins: number; readonly wrongPinDate: string }
  /** Ends a batch, which fixes its totals (rule P10), and opens the next. */
  readonly batch?: {
    readonly terminalId: string
    readonly end?: { readonly number: number; readonly state: 'settled' | 'left'; readonly totals: Totals }
    readonly open?: number
  }
  readonly conflict?: { readonly terminalId: string; readonly batch: number }
  readonly session?: { readonly terminalId: string; readonly value: Session }
}

/**
 * 账务存储: where the books are kept. One process, one store; `decide` runs at once, never beside another.
 * A store that failed to write has stopped: nobody knows what reached the disk, so it neither tries again nor reads.
 */
export interface Store {
  /**
   * Runs `decide`, posts what it returns, and resolves once that, and everything it saw, is durable. A throw of
   * `decide` posts nothing and rejects. Rejects with `StoreStopped` when the store cannot write or is closed.
   */
  transact<Result>(
    decide: (books: Books) => { readonly posting?: Posting; readonly result: Result },
  ): Promise<Result>
  /** Opens accounts that the books do not know yet; a known one keeps its balance. Durable when it returns. */
  openAccounts(accounts: readonly { readonly name: string; readonly balanceFen: number }[]): void
  /** Names of stores for the reports; a known number takes the new name. Durable when it returns. */
  nameStores(merchantId: string, stores: readonly { readonly number: string; readonly name: string }[]): void
  /** Sales by merchant and store of a host date `20261121`, in no order. */
  storeSales(date: string): StoreSales[]
  /** Waits for what is under way, then closes. */
  close(): Promise<void>
}

/** The store cannot write any more; the host sends no answer from then on (rule P7). */
export class StoreStopped extends Error {
  override readonly name = 'StoreStopped'
}
