import { asFen, twelveDigits } from '../wire/values.ts'
import type { Bill } from './acquirer.ts'
import { isCash } from './cash.ts'
import type { Context } from './context.ts'
import type { Judge } from './judge.ts'
import { amountOf, tagOf } from './merchant.ts'
import { stands } from './originals.ts'
import { readCard } from './service-card.ts'
import type { Books } from './store.ts'

/**
 * 缴费查询 bill query: what the customer owes the biller and has not paid, the first bill of the acquirer's file first.
 * Amount in field 4, bill and its text in the tags. 25 nothing is due, or nobody of that number is known.
 */
export const judgeBillQuery: Judge = (context) => {
  if (!isCash(context)) return { code: '12' }
  const { biller, customer } = billTags(context)
  const due = context.office.acquirer.bills.find(
    (bill) => bill.biller === biller && bill.customer === customer && !isPaid(context.books, bill),
  )
  if (!due) return { code: '25' }
  return {
    code: '00',
    answer: { 4: twelveDigits(asFen(due.amountFen)) },
    tags: { bill: due.bill, billText: context.office.gbk(due.text) },
  }
}

/** 缴费 bill payment from a card with its PIN: the whole bill, once. 51 the card has not enough. */
export const judgeBillPayment: Judge = (context) => {
  const read = readCard(context, { pin: 'wanted' })
  if (read.kind === 'bad') return read.verdict
  const { account, judged } = read
  const found = payable(context)
  if (found.kind === 'bad') return judged(found.code)
  const { bill } = found
  if (bill.amountFen > account.balanceFen) return { ...judged('51'), bill }
  return { ...judged('00'), bill, effectFen: -bill.amountFen }
}

/** 现金缴费 the same in cash: no card, no account. */
export const judgeBillCash: Judge = (context) => {
  if (!isCash(context)) return { code: '12' }
  const found = payable(context)
  if (found.kind === 'bad') return { code: found.code, cardKind: 'cash' }
  return { code: '00', cardKind: 'cash', bill: found.bill }
}

/** The bill that the tags name. 25 there is none, 12 it is paid, 64 another amount than it has. */
function payable(
  context: Context,
): { readonly kind: 'good'; readonly bill: Bill } | { readonly kind: 'bad'; readonly code: string } {
  const named = billTags(context)
  const bill = context.office.acquirer.bills.find(
    (one) => one.biller === named.biller && one.customer === named.customer && one.bill === named.bill,
  )
  if (!bill) return { kind: 'bad', code: '25' }
  if (isPaid(context.books, bill)) return { kind: 'bad', code: '12' }
  return amountOf(context) === bill.amountFen ? { kind: 'good', bill } : { kind: 'bad', code: '64' }
}

/** Whether an approved payment of the bill stands: it is read from the ledger, so what is reversed is owed again. */
function isPaid(books: Books, bill: Bill): boolean {
  return books
    .ofBill(bill)
    .some((entry) => ['billPayment', 'billCash'].includes(entry.key.kind) && stands(books, entry))
}

function billTags(context: Context): {
  readonly [name in 'biller' | 'customer' | 'bill']: string | undefined
} {
  const tag = (name: 'biller' | 'customer' | 'bill') => tagOf(context, name)
  return { biller: tag('biller'), customer: tag('customer'), bill: tag('bill') }
}
