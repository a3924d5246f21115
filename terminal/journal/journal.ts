import type { BatchNumber, Trace } from '../../host-link/wire/values.ts'

/**
 * 交易日志: the power-fail-safe log, as the flows see it (ARCHITECTURE.md, contract 3; bytes and recovery in
 * docs/journal.md). Every call that says it is durable has been programmed, read back and compared when it returns.
 */
export interface Journal {
  /** The open batch 批次. */
  batch(): BatchNumber
  /** Takes over the host's batch number, possible only while the open batch has no entry and is not frozen. Durable. */
  adoptBatch(batch: BatchNumber): Written
  /**
   * SETTLE_BEGIN (P9) 结算开始: from here to `closeBatch` no entry enters the batch. All else goes on: `close`, `undo`,
   * `markPrinted`, `burnTrace`, `set`. Space for it was reserved by `open`. Done already: writes nothing. Durable.
   */
  freeze(): Written
  /** `freeze` is durable and `closeBatch` is not. */
  frozen(): boolean
  /**
   * Closes the batch: its entries become history, `next` opens, not frozen. Refused (`fault`) while anything is owed
   * or in doubt. Durable. The card numbers of the closed batch are on the chip until `scrub`.
   */
  closeBatch(next: BatchNumber): Written
  /**
   * Erases what closed batches left on the chip, card numbers above all; the open batch and all settings stay. To be
   * called after `closeBatch`, and after a start while `scrubPending()`; at any other time it does nothing. Cut by
   * the power it is done again from where it was. `fault` when a worn sector keeps some of it: then it stays pending.
   */
  scrub(): Written
  /** A batch was closed and what it left may still be on the chip. Known at every start until `scrub` has ended. */
  scrubPending(): boolean
  /** Format of the log's headers, 1 or 2 (docs/journal.md). In 1 nothing is traded: `open` is `frozen`. */
  format(): number
  /** A change of format was begun and is not done: `bringTo` goes on with it. */
  formatPending(): boolean
  /**
   * Rewrites the log in another format, so that a program that reads only that one can take it over; settings, batch, trace
   * number and retired sectors stay. Possible (else `notNow`) while the batch is empty and nothing is frozen or to be
   * scrubbed. Cut by the power it is done again from where it was. Durable.
   */
  bringTo(format: number): Written | 'notNow'
  /** Entries of the open batch, whatever their state. From memory. */
  count(): number

  /** The trace number that `open` or `burnTrace` must take next: skips every number alive in the batch. */
  nextTrace(): Trace
  /** Makes `nextTrace()` used, for a message that has no entry (enquiry, sign-on). Durable. */
  burnTrace(): Written

  /**
   * INTENT (P2): an entry under `nextTrace()`, whose reversal is owed until `close` or `undo`. Space for all that
   * may follow is reserved before, settlement included: `full` and `frozen` mean nothing was written and nothing may
   * be sent. Durable.
   */
  open(kind: number, body: Uint8Array): Written | 'frozen'
  /** OUTCOME (P2): settles an owed or doubtful entry with the host's authenticated answer. Durable. */
  close(trace: Trace, verdict: 'approved' | 'declined', body: Uint8Array): Written
  /** REVERSED (P4): the host's authenticated answer to the reversal of an owed or doubtful entry. Durable. */
  undo(trace: Trace, body: Uint8Array): Written
  /** Adds to what has become of the slip: eight bits, or-ed, the application's meaning (`flow/step/print.ts`). Durable. */
  markPrinted(trace: Trace, copies: number): Written

  /** Entries whose reversal is owed 待冲正, oldest first. */
  owed(): readonly Entry[]
  /**
   * Entries whose outcome was lost to rot: the host must be asked, never reversed by ourselves. Oldest first. As the start found
   * them: what rots afterwards `each` shows in this state, and only the next start lists.
   */
  doubtful(): readonly Entry[]
  /** The latest approved entry of the open batch. */
  last(): Entry | undefined
  /** The entry of the open batch with this trace. */
  find(trace: Trace): Entry | undefined
  /** Visits the entries of the open batch, oldest first, until `visit` returns false. Reads the log about once. */
  each(visit: (entry: Entry) => boolean): void

  /** The latest value of a setting (key 0–255), 0–200 bytes. */
  setting(key: number): Uint8Array | undefined
  /** Durable. */
  set(key: number, value: Uint8Array): Written

  /**
   * Transactions that still fit, one after the other, at least this many, when no INTENT has more than `intentBytes`
   * and no OUTCOME more than `outcomeBytes`. By default the most that `open` and `close` take: then a result of 1 or
   * more promises that the next `open` is not `full`, whatever its length.
   */
  room(intentBytes?: number, outcomeBytes?: number): number
  /** What recovery found and did at start, for the log and the administrator. */
  report(): RecoveryReport
}

/** `full`: no space, nothing written. `fault`: the flash failed (also on every spare sector); not durable. */
export type Written = 'written' | 'full' | 'fault'

export interface Entry {
  readonly trace: Trace
  readonly batch: BatchNumber
  /** What the entry is (sale …), 0–255; the application's meaning. */
  readonly kind: number
  readonly state: EntryState
  /** As given to `open`, at most 400 bytes. */
  readonly intent: Uint8Array
  /** As given to `close` or `undo`, at most 300 bytes. */
  readonly outcome?: Uint8Array
  readonly printedCopies: number
}
export type EntryState = 'owed' | 'doubtful' | 'approved' | 'declined' | 'undone'

export interface RecoveryReport {
  /** Label of the recovery-table row that decided, with how many entries it decided. */
  readonly rows: readonly { readonly label: string; readonly count: number }[]
  /** Records lost to rot (a gap in the sequence). */
  readonly lost: number
  /** A torn record at the end was found (a power cut while writing). */
  readonly torn: boolean
  /** Sectors taken out of service. */
  readonly retired: number
  readonly programs: number
}

/** `halt`: what was found cannot come from any sequence of writes and cuts; a person must look. */
export type OpenedJournal =
  | { readonly kind: 'ready'; readonly journal: Journal }
  | { readonly kind: 'halt'; readonly label: string; readonly why: string }
