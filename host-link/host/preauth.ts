import type { Context } from './context.ts'
import { checkPresented } from './issuer.ts'
import type { Verdict } from './judge.ts'
import type { Entry } from './ledger.ts'
import { amountFault, amountOf, storeNumberOf } from './merchant.ts'
import { authorised, isReversed, standingAfter } from './originals.ts'
import { text } from './request.ts'
import { named61 } from './void.ts'

/** 预授权完成 may take so much of what was authorised, in percent (UnionPay's rule). */
export const COMPLETION_PERCENT = 115

/** 预授权 pre-authorisation: holds the amount, which is no longer there to be spent; the merchant is owed nothing yet. */
export function judgePreauth(context: Context): Verdict {
  const presented = checkPresented(context, 'wanted')
  if (presented.kind === 'bad') return presented.verdict
  const { account, found } = presented
  if (storeNumberOf(context).kind === 'bad') return { ...found, code: '03' }
  const code = amountFault(context)
  if (code !== undefined) return { ...found, code }
  const amountFen = amountOf(context)
  return amountFen > account.balanceFen
    ? { ...found, code: '51' }
    : { ...found, code: '00', effectFen: -amountFen }
}

/** 预授权撤销: gives the hold free. 64 for another amount than was held. */
export function judgePreauthVoid(context: Context): Verdict {
  const held = holdOf(context, 'given')
  if (held.kind === 'bad') return held.verdict
  const { hold, verdict } = held
  if (amountOf(context) !== hold.amountFen) return { ...verdict, code: '64' }
  return { ...verdict, effectFen: hold.amountFen }
}

/** 预授权完成请求 completion: frees the hold and takes the final amount, once. */
export function judgeCompletion(context: Context): Verdict {
  return completed(context, 'given')
}

/** 预授权完成通知 completion advice: the same without PIN; sent again until it is answered. */
export function judgeCompletionAdvice(context: Context): Verdict {
  return completed(context, 'none')
}

function completed(context: Context, pin: 'given' | 'none'): Verdict {
  const held = holdOf(context, pin)
  if (held.kind === 'bad') return held.verdict
  const { hold, verdict } = held
  const code = amountFault(context)
  if (code !== undefined) return { ...verdict, code }
  const amountFen = amountOf(context)
  if (amountFen * 100 > hold.amountFen * COMPLETION_PERCENT) return { ...verdict, code: '61' }
  const balanceFen = context.books.account(hold.account ?? '')?.balanceFen ?? 0
  if (amountFen - hold.amountFen > balanceFen) return { ...verdict, code: '51' }
  return { ...verdict, effectFen: hold.amountFen - amountFen }
}

export type Held =
  | { readonly kind: 'good'; readonly hold: Entry; readonly verdict: Verdict }
  | { readonly kind: 'bad'; readonly verdict: Verdict }

function holdOf(context: Context, pin: 'given' | 'none'): Held {
  return holdOn(context, checkCard(context, pin))
}

/**
 * The pre-authorisation that card, authorisation (38) and date (61.3) name at this merchant. 25 where there is none or it
 * was reversed, 12 where it was voided or completed before.
 */
export function holdOn(context: Context, card: Verdict): Held {
  const { books } = context
  if (card.code !== '00' || card.account === undefined) return { kind: 'bad', verdict: card }
  const hold = authorised(context, 'preauth', card.account, named61(context).date)
  if (!hold || isReversed(books, hold)) return { kind: 'bad', verdict: { ...card, code: '25' } }
  const verdict: Verdict = {
    ...card,
    storeNumber: hold.storeNumber,
    original: hold.sequence,
    ...(hold.maskedPan !== undefined && { maskedPan: hold.maskedPan }),
  }
  if (standingAfter(books, hold).length > 0) return { kind: 'bad', verdict: { ...verdict, code: '12' } }
  return { kind: 'good', hold, verdict }
}

/** Swiped or typed, or the number alone (2): the authorisation that was given to this card is what counts. */
function checkCard(context: Context, pin: 'given' | 'none'): Verdict {
  const { office, fields } = context
  if (fields[35] !== undefined || fields[52] !== undefined) {
    const presented = checkPresented(context, pin)
    return presented.kind === 'bad' ? presented.verdict : { ...presented.found, code: '00' }
  }
  const card = office.cards.get(text(fields, 2) ?? '')
  return card ? { code: '00', account: card.name, cardKind: card.kind } : { code: '14' }
}
