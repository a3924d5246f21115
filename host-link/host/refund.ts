import type { Context } from './context.ts'
import { checkPresented } from './issuer.ts'
import type { Judge, Verdict } from './judge.ts'
import type { Entry, Kind } from './ledger.ts'
import { amountFault, amountOf } from './merchant.ts'
import { isReversed, referenced, standingAfter } from './originals.ts'
import { text } from './request.ts'
import { named61 } from './void.ts'

/** What can be given back in part: paid from the card's balance. */
const REFUNDABLE: readonly Kind[] = ['sale', 'instalment', 'completion', 'completionAdvice']

/**
 * 退货 refund: gives back a part or all of what was paid, of an earlier batch or of this one, at any terminal of the
 * merchant. An advice: no PIN, no reversal.
 *
 * - 25 where no approved entry of this merchant and card has the reference (37) and date (61.3), or where it was reversed;
 * - 12 where it was voided;
 * - 64 more than is left of what was paid (row F05): the discount 优惠 was never paid.
 *
 * A plan 分期 of which all was given back is removed.
 */
export const judgeRefund: Judge = (context) => {
  const card = checkCard(context)
  if (card.code !== '00') return card
  const code = amountFault(context)
  if (code !== undefined) return { ...card, code }
  return refunded(context, card, amountOf(context))
}

/** A refund to a card that is in order, of the original that 37 and 61 name; or the verdict that refuses it. */
export function refunded(context: Context, card: Verdict, amountFen: number): Verdict {
  const original = originalOf(context, card.account)
  if (!original) return { ...card, code: '25' }

  const { storeNumber, sequence } = original
  const found: Verdict = { ...card, storeNumber, original: sequence, code: '00' }
  const left = refundableFen(context, original)
  if (left === undefined) return { ...found, code: '12' }
  if (amountFen > left) return { ...found, code: '64' }
  const ends = original.key.kind === 'instalment' && amountFen === left
  return {
    ...found,
    effectFen: amountFen,
    points: 0 - pointsBack(context, original, amountFen),
    ...(ends && { posting: { planStands: [{ original: sequence, stands: false }] } }),
  }
}

/** Swiped, or (when it is sent again, or was typed) the number alone: the money goes to the original's card only. */
function checkCard(context: Context): Verdict {
  const { office, fields } = context
  if (fields[35] !== undefined) {
    const presented = checkPresented(context, 'none')
    return presented.kind === 'bad' ? presented.verdict : { ...presented.found, code: '00' }
  }
  const card = office.cards.get(text(fields, 2) ?? '')
  return card ? { code: '00', account: card.name, cardKind: card.kind } : { code: '14' }
}

function originalOf(context: Context, account: string | undefined): Entry | undefined {
  const original = referenced(context)
  if (!original || original.account !== account || !REFUNDABLE.includes(original.key.kind)) return undefined
  if (original.at.date.slice(4) !== named61(context).date) return undefined
  return isReversed(context.books, original) ? undefined : original
}

/** 积分 that a part of a sale had earned, by its own whole yuan: never more than all of it had. */
function pointsBack({ office }: Context, { points, cardKind }: Entry, amountFen: number): number {
  if (cardKind === undefined || cardKind === 'cash') return 0
  return Math.min(points, Math.floor(amountFen / 100) * office.acquirer.pointsPerYuan[cardKind])
}

/** What is left of the paid amount after the refunds that stand; nothing where the original was voided. */
function refundableFen({ books }: Context, original: Entry): number | undefined {
  const after = standingAfter(books, original)
  if (after.some(({ key }) => key.kind !== 'refund')) return undefined
  return after.reduce((left, { amountFen }) => left - amountFen, original.settleFen)
}
