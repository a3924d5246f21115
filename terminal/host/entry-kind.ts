import { type Transaction, transactions } from '../../host-link/wire/transaction.ts'

/** Kinds of journal entries, and the row of `transactions` that each sends. The numbers are on flash: never reuse one. */
export const KIND_SALE = 1

export function transactionOf(kind: number): Transaction {
  if (kind === KIND_SALE) return transactions.sale
  throw new Error(`journal entry of unknown kind ${kind}`)
}
