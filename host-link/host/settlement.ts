import { WireError } from '../wire/message.ts'
import { parseSettlement48, settlement48 } from '../wire/subfields.ts'
import { asFen } from '../wire/values.ts'
import { answerTo } from './answer.ts'
import { type Context, type Decision, refused, replyWith } from './context.ts'
import { NO_TOTALS, type Totals, type TransactionKey } from './ledger.ts'
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
 * fix its totals in the same posting that has the answer (rule P10); other ones leave it open. A batch that was
 * settled before gets the result again, by its stored totals, under whatever trace it is asked; a batch that
 * never was gets 77. All our cards are 内卡 domestic; the foreign group must be 0.
 */
export function settlement(context: Context, key: TransactionKey, fingerprint: string): Decision {
  const { books, terminal, fields } = context
  const claimed = totalsOf(text(fields, 48))
  if (!claimed) return refused(context, '30')
  const batch = books.batch(terminal.terminalId, key.batch)
  if (!batch) return refused(context, '77', { 48: field48(NO_TOTALS, ERROR) })

  const settled = batch.state === 'settled'
  const own = settled ? batch.totals : books.totals(terminal.terminalId, batch.number)
  const equal = claimed === 'foreign' ? false : isEqual(own, claimed)
  const closing: Posting['batch'] | undefined =
    equal && !settled
      ? {
          terminalId: terminal.terminalId,
          end: { number: batch.number, state: 'settled', totals: own },
          ...(batch.state === 'open' && { open: nextBatch(books, terminal.terminalId, batch.number) }),
        }
      : undefined
  return booked(context, key, fingerprint, field48(own, equal ? EQUAL : DIFFERENT), closing)
}

function booked(
  context: Context,
  key: TransactionKey,
  fingerprint: string,
  totals48: string,
  closing: Posting['batch'] | undefined,
): Decision {
  const { office, books, terminal, request, fields, at, held } = context
  const operator = text(fields, 63)
  const answer = answerTo(request, '00', at, office.institutions, {
    15: at.date.slice(4),
    48: totals48,
    ...(operator !== undefined && { 63: operator }),
  })
  const session = held.change()
  const entry = {
    sequence: books.nextSequence(),
    key,
    fingerprint,
    at,
    merchantId: terminal.merchantId,
    storeNumber: undefined,
    account: undefined,
    maskedPan: undefined,
    code: '00',
    amountFen: 0,
    effectFen: 0,
    original: undefined,
    answer: storedAnswer(answer),
  }
  return {
    posting: { entry, ...(closing && { batch: closing }), ...(session && { session }) },
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

/** Our totals and the answer; counts above 999 do not fit the field and are written as 999. */
function field48(totals: Totals, answer: number): string {
  const group = ({ debitFen, debitCount, creditFen, creditCount }: Totals) => ({
    debit: asFen(debitFen),
    debitCount: Math.min(debitCount, 999),
    credit: asFen(creditFen),
    creditCount: Math.min(creditCount, 999),
    answer,
  })
  return settlement48(group(totals), group(NO_TOTALS))
}
