import type { Fields } from '../wire/message.ts'
import type { TagName } from '../wire/tags.ts'
import type { Context } from './context.ts'
import type { BillKey, CardKind, Grant, TransactionKey } from './ledger.ts'
import type { Posting } from './store.ts'

/**
 * What a judge finds of one request: its code, and what it does to the books when that is 00. `booked` (`booking.ts`)
 * makes one entry, one answer and one posting of it; of a decline it keeps the code, the names and the tries, and no
 * effect whatever a judge says.
 */
export interface Verdict {
  readonly code: string
  readonly account?: string
  readonly account2?: string
  readonly cardKind?: CardKind
  readonly maskedPan?: string
  /** Where it is not the one that the request names. */
  readonly storeNumber?: string | undefined
  readonly discount?: Grant | undefined
  readonly cashBack?: Grant | undefined
  readonly offer?: string | undefined
  /** Change of the account's points. */
  readonly points?: number
  readonly effectFen?: number
  readonly effect2Fen?: number
  /** Sequence of the entry that this one refers to. */
  readonly original?: number
  readonly bill?: BillKey
  /** Elements of the answer beside those that every answer has; 2 is put back by itself. */
  readonly answer?: Fields
  /** Tags of field 57 that the answer adds to those of the request, in profiles with `tags`. */
  readonly tags?: { readonly [Name in TagName]?: string | undefined }
  /** Posted whatever the code is. */
  readonly tries?: NonNullable<Posting['pinTries']>
  /** Posted with the entry when the code is 00. */
  readonly posting?: Pick<Posting, 'cards' | 'plans' | 'planStands' | 'report'>
}

/** Judges a request whose MAC, terminal, merchant, key, batch and currency are in order, and that no tombstone forbids. */
export type Judge = (context: Context, key: TransactionKey) => Verdict
