import { transactionIn } from '../../host-link/wire/profile.ts'
import { type Transaction, type TransactionName, transactions } from '../../host-link/wire/transaction.ts'
import type { Pos } from '../pos.ts'

/** Kinds of journal entries, and the row of `transactions` that each sends. The numbers are on flash: never reuse one. */
// biome-ignore format: one row a kind
const numbers = {
  sale:          1,  voidSale:         2,  refund:         3,
  preauth:       4,  preauthVoid:      5,  completion:     6,  completionVoid: 7, completionAdvice: 8,
  instalment:    9,  instalmentVoid:  10,  pointsSale:    11,  pointsVoid:    12,
  topUp:        13,  accountTopUp:    14,  topUpVoid:     15,  activation:    16, pinChange: 17,
  cashSale:     18,  cashVoid:        19,  billPayment:   20,  billCash:      21, transfer:  22,
} as const satisfies { readonly [Name in TransactionName]?: number }

/** Names of transactions that have an entry in the journal. */
export type EntryName = keyof typeof numbers

export function kindOf(name: EntryName): number {
  return numbers[name]
}

/** The name of an entry's kind. Throws for a number that no release ever wrote. */
export function entryNameOf(kind: number): EntryName {
  for (const name of Object.keys(numbers) as EntryName[]) if (numbers[name] === kind) return name
  throw new Error(`journal entry of unknown kind ${kind}`)
}

/** The row of an entry's kind, with the acquirer's codes. */
export function transactionOf(pos: Pos, kind: number): Transaction {
  const name = entryNameOf(kind)
  // An acquirer's profile may lose a function that an entry of yesterday still owes: then our own codes.
  return transactionIn(pos.profile, name) ?? transactions[name]
}
