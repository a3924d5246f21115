import { WireError } from '../wire/message.ts'
import { parseField61 } from '../wire/subfields.ts'
import { isCash } from './cash.ts'
import type { Context } from './context.ts'
import { checkPresented } from './issuer.ts'
import type { Judge, Verdict } from './judge.ts'
import type { Entry, Kind, TransactionKey } from './ledger.ts'
import { amountOf } from './merchant.ts'
import { isReversed, referenced, standingAfter } from './originals.ts'
import { sixDigitNumber, text } from './request.ts'

/**
 * 撤销 void of what this terminal sold in this batch: exactly undoes its entry. One judge for all kinds:
 *
 * - 25 where no approved entry of this kind, terminal, card and authorisation has the reference (37), batch and trace
 *   (61) that the request names: also where it was reversed, for then nothing is left of it;
 * - 64 another amount than the original's;
 * - 12 an original of another batch than the void's own, or one that was voided or refunded before.
 */
export function judgeVoid(...kinds: readonly Kind[]): Judge {
  return (context, key) => {
    const found = voidable(context, key, kinds)
    if (found.kind === 'bad') return found.verdict
    const { original, verdict } = found
    return {
      ...verdict,
      points: 0 - original.points,
      effectFen: 0 - original.effectFen,
      ...(original.key.kind === 'instalment' && {
        posting: { planStands: [{ original: original.sequence, stands: false }] },
      }),
    }
  }
}

export type Voidable =
  | { readonly kind: 'good'; readonly original: Entry; readonly verdict: Verdict }
  | { readonly kind: 'bad'; readonly verdict: Verdict }

/** The original that a void may undo, with the verdict of that but for its effects; or the verdict that refuses it. */
export function voidable(context: Context, key: TransactionKey, kinds: readonly Kind[]): Voidable {
  const { books } = context
  const original = originalOf(context, key, kinds)
  const bad = (code: string, more: Partial<Verdict> = {}): Voidable => ({
    kind: 'bad',
    verdict: { ...more, code },
  })
  if (!original) return bad('25')
  const card = checkCardOf(context, original)
  const names = namesOf(original)
  if (card.code !== '00') return bad(card.code, card)
  if (isReversed(books, original)) return bad('25', { ...names, ...card })
  if (original.amountFen !== amountOf(context)) return bad('64', { ...names, ...card })
  if (original.key.batch !== key.batch) return bad('12', { ...names, ...card })
  if (standingAfter(books, original).length > 0) return bad('12', { ...names, ...card })
  return { kind: 'good', original, verdict: { ...names, ...card, code: '00' } }
}

function originalOf(context: Context, key: TransactionKey, kinds: readonly Kind[]): Entry | undefined {
  const original = referenced(context)
  if (!original || !kinds.includes(original.key.kind)) return undefined
  const { batch, trace } = named61(context)
  const { terminalId } = original.key
  const same = terminalId === key.terminalId && original.key.batch === batch && original.key.trace === trace
  const authorisation = text(context.fields, 38)
  const authorised = authorisation === undefined || authorisation === authorisationOf(original)
  return same && authorised ? original : undefined
}

/** Authorisation (38) that an approved entry was answered with. */
export function authorisationOf({ sequence }: Entry): string {
  return String(sequence % 1_000_000).padStart(6, '0')
}

/** Batch and trace (61.1, 61.2) and date MMDD (61.3) of the original as the request names them; 0 where it does not. */
export function named61({ fields }: Context): {
  readonly batch: number
  readonly trace: number
  readonly date: string
} {
  try {
    const { batch, trace, date = '' } = parseField61(text(fields, 61) ?? '')
    return { batch: sixDigitNumber(batch), trace: sixDigitNumber(trace), date }
  } catch (error) {
    if (error instanceof WireError) return { batch: 0, trace: 0, date: '' }
    throw error
  }
}

/**
 * Whether the card is the original's. Swiped, or with a PIN: checked like any card. Otherwise the terminal gives the number that it
 * booked (2), and money goes back only to that card: 25
 * for another. A cash entry has no card, and wants none.
 */
function checkCardOf(context: Context, original: Entry): Verdict {
  const { office, fields } = context
  if (original.cardKind === 'cash') return isCash(context) ? { code: '00', cardKind: 'cash' } : { code: '25' }
  if (fields[35] !== undefined || fields[52] !== undefined) {
    const presented = checkPresented(context, 'given')
    if (presented.kind === 'bad') return presented.verdict
    const { found } = presented
    return { ...found, code: found.account === original.account ? '00' : '25' }
  }
  const card = office.cards.get(text(fields, 2) ?? '')
  if (!card || card.name !== original.account) return { code: '25' }
  return { code: '00', account: card.name, cardKind: card.kind }
}

/** What the entry of a void, a refund or a completion has from its original: money goes back where it came from. */
export function namesOf(original: Entry): Partial<Verdict> {
  const { sequence, storeNumber, discount, cashBack, offer, maskedPan, account, cardKind, bill } = original
  return {
    original: sequence,
    storeNumber,
    discount,
    cashBack,
    offer,
    ...(maskedPan !== undefined && { maskedPan }),
    ...(account !== undefined && { account }),
    ...(cardKind !== undefined && { cardKind }),
    ...(bill && { bill }),
  }
}
