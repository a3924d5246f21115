import type { Message } from '../../../host-link/wire/message.ts'
import { type Transaction, transactions } from '../../../host-link/wire/transaction.ts'

/** The row of `transactions` that a message on the line is of, by its type and fields 3, 25, 60.1 and 60.3. */
export function rowOf({ mti, fields }: Message): Transaction | undefined {
  const type = String(fields[60] ?? '').slice(0, 2)
  const network = String(fields[60] ?? '').slice(8, 11)
  const rows = Object.values<Transaction>(transactions).filter(
    (row) =>
      row.mti === mti &&
      (row.processingCode === undefined || row.processingCode === fields[3]) &&
      (row.condition === undefined || row.condition === fields[25]) &&
      (row.processingCode === undefined || row.type === type) &&
      (row.processingCode !== undefined ||
        row.network === undefined ||
        mti === '0400' ||
        row.network === network),
  )
  // A sign-on has the network code of its profile: a row that names the code goes before it.
  return (
    rows.find(({ processingCode, network: own }) => processingCode === undefined && own === network) ??
    rows[0]
  )
}

/** Batch in field 60.2 and trace in field 11. */
export function keyOf({ fields }: Message): { readonly batch: number; readonly trace: number } {
  return { batch: Number(String(fields[60] ?? '').slice(2, 8)), trace: Number(fields[11] ?? 0) }
}

/** Kinds of message that have an entry in the journal: what can move money, or a PIN. */
export function hasEntry({ name, whenLost }: Transaction): boolean {
  return whenLost !== 'nothing' && name !== 'topUpConfirm'
}
