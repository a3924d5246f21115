import { WireError } from '../wire/message.ts'
import { type CountDigits, parseSettlement48, settlement48 } from '../wire/settlement.ts'
import { asFen } from '../wire/values.ts'
import { answerTo } from './answer.ts'
import { plainEntry } from './booking.ts'
import { type Context, type Decision, refused, replyWith } from './context.ts'
import { type Batch, NO_TOTALS, type Totals, type TransactionKey } from './ledger.ts'
import { text } from './request.ts'
import { nextBatch } from './sign-on.ts'
import type { Posting } from './store.ts'
import { storedAnswer } from './stored-answer.ts'

/** 对账应答 answer of a settlement, the last digit of each group in field 48. */
const EQUAL = 1
const DIFFERENT = 2
const ERROR = 3

/**
 * 结算 settlement: compares the terminal's totals with our own, counted from the entries. Equal ones close the batch and
 * fix its totals in the same posting that has the answer (rule P10); other ones leave it open for the upload 批上送. A
 * batch that was settled before gets the result again, by its stored totals, under whatever trace it is asked; a batch
 * that never was gets 77. All our cards are 内卡 domestic; the foreign group must be 0.
 */
export function settlement(context: Context, key: TransactionKey, fingerprint: string): Decision {
  const { books, terminal, fields } = context
  const digits = terminal.profile.settlementCountDigits
  const claimed = totalsOf(text(fields, 48))
  if (!claimed) return refused(context, '30')
  const found = settleable(context, key.batch)
  if (found.kind === 'unknown') return refused(context, '77', { 48: field48(NO_TOTALS, ERROR, digits) })

  const { batch, turn } = found
  const settled = batch.state === 'settled'
  const own = settled ? batch.totals : books.totals(terminal.terminalId, batch.number)
  const equal = claimed === 'foreign' ? false : isEqual(own, claimed)
  const closed = equal && !settled ? closing(context, batch, own) : turn
  return booked(context, key, fingerprint, field48(own, equal ? EQUAL : DIFFERENT, digits), closed)
}

export type Settleable =
  | { readonly kind: 'known'; readonly batch: Batch; readonly turn?: NonNullable<Posting['batch']> }
  | { readonly kind: 'unknown' }

/**
 * The batch that a settlement or an upload names. One that these books never had, but later than the open one, is
 * taken as one without entries, and noted: the books may be a copy from before it (row L08), and a terminal that may
 * not settle is lost.
 */
export function settleable({ books, terminal }: Context, number: number): Settleable {
  const { terminalId } = terminal
  const batch = books.batch(terminalId, number)
  if (batch) return { kind: 'known', batch }
  const open = books.openBatch(terminalId)
  if (!open || number <= open.number) return { kind: 'unknown' }
  const noted = { number, state: 'left', totals: NO_TOTALS } as const
  return { kind: 'known', batch: { ...noted, conflict: false }, turn: { terminalId, ends: [noted] } }
}

/**
 * Closes a batch with these totals. Where it was the open one, the next is opened; where it is a later one, the open one
 * is left behind besides: the terminal has gone on without these books.
 */
export function closing(
  { books, terminal }: Context,
  { number }: Batch,
  totals: Totals,
): NonNullable<Posting['batch']> {
  const { terminalId } = terminal
  const end = { number, state: 'settled', totals } as const
  const open = books.openBatch(terminalId)
  if (open && open.number > number) return { terminalId, ends: [end] }
  const passed = open && open.number < number
  const left = passed && {
    number: open.number,
    state: 'left' as const,
    totals: books.totals(terminalId, open.number),
  }
  return { terminalId, ends: [...(left ? [left] : []), end], open: nextBatch(books, terminalId, number) }
}

function booked(
  context: Context,
  key: TransactionKey,
  fingerprint: string,
  totals48: string,
  turn: Posting['batch'] | undefined,
): Decision {
  const { office, request, fields, at, businessDate, held } = context
  const operator = text(fields, 63)
  const answer = answerTo(request, '00', at, office.institutions, {
    15: businessDate.slice(4),
    48: totals48,
    ...(operator !== undefined && { 63: operator }),
  })
  const session = held.change()
  const entry = plainEntry(context, key, fingerprint, '00', storedAnswer(answer))
  return {
    posting: { entries: [entry], ...(turn && { batch: turn }), ...(session && { session }) },
    result: replyWith(context, answer),
  }
}

/** The claimed totals; `foreign` where the group we have no cards for is not 0; nothing where 48 is no settlement. */
function totalsOf(field: string | undefined): Totals | 'foreign' | undefined {
  try {
    const { domestic, foreign } = parseSettlement48(field ?? '')
    const group = ({ debit, debitCount, credit, creditCount }: typeof domestic): Totals => ({
      debitFen: debit,
      debitCount,
      creditFen: credit,
      creditCount,
    })
    return isEqual(group(foreign), NO_TOTALS) ? group(domestic) : 'foreign'
  } catch (error) {
    if (error instanceof WireError || error instanceof RangeError) return undefined
    throw error
  }
}

function isEqual(a: Totals, b: Totals): boolean {
  return (
    a.debitFen === b.debitFen &&
    a.debitCount === b.debitCount &&
    a.creditFen === b.creditFen &&
    a.creditCount === b.creditCount
  )
}

/** Our totals and the answer; a count that does not fit its digits is written as the largest that does. */
function field48(totals: Totals, answer: number, digits: CountDigits): string {
  const countMax = 10 ** digits - 1
  const group = ({ debitFen, debitCount, creditFen, creditCount }: Totals) => ({
    debit: asFen(debitFen),
    debitCount: Math.min(debitCount, countMax),
    credit: asFen(creditFen),
    creditCount: Math.min(creditCount, countMax),
    answer,
  })
  return settlement48(group(totals), group(NO_TOTALS), digits)
}
