import { maskPan } from '../wire/mask.ts'
import { asFen, twelveDigits } from '../wire/values.ts'
import { answerTo, bookedFields } from './answer.ts'
import { plainEntry } from './booking.ts'
import { type Context, type Decision, refused, replyWith } from './context.ts'
import type { Difference, Entry, Kind, TransactionKey } from './ledger.ts'
import { TRADE_KINDS } from './ledger.ts'
import { amountOf } from './merchant.ts'
import { isReversed, standingAfter } from './originals.ts'
import { reversedKind, sixDigitNumber, text } from './request.ts'
import type { Posting } from './store.ts'
import { storedAnswer, storedMessage } from './stored-answer.ts'

/**
 * 冲正 reversal of any transaction whose row says so. It undoes exactly what the original did, once; for one that is not
 * in the books, or did nothing, it leaves a tombstone that makes the original decline when it arrives later (rule P5).
 * Either way the answer is 00 and the terminal owes nothing any more. A batch that the host does not know makes no
 * difference: books from a backup, or a batch that an unsigned sign-on moved, must not leave a terminal owing for ever.
 *
 * In a settled batch nothing arrives any more (rule P10), so there is no tombstone: 25 where there is nothing to undo, and
 * what stands is adjusted on the day of the reversal (row R09), the batch's fixed totals staying as they are.
 *
 * One that names another amount, card or kind than what is booked under its trace means a transaction that never was:
 * under this trace it is refused whenever it arrives (rule P6). So 25 and an alarm; what is booked stays, and the terminal,
 * whose memory is of another time than our books (row X07), owes nothing any more. 25 is not booked: nothing to repeat.
 */
export function reversal(context: Context, key: TransactionKey, fingerprint: string): Decision {
  const { office, books, terminal, request, at, businessDate, held } = context
  const { terminalId, batch, trace } = key
  const isSettled = books.batch(terminalId, batch)?.state === 'settled'
  const kind = reversedKind(request.message, terminal.profile)
  const under = books.underTrace(terminalId, batch, trace)
  const original = under.find((entry) => entry.key.kind === kind)
  const isAnother = original
    ? original.amountFen !== amountOf(context) || isOtherCard(original, context)
    : under.some((entry) => ASKED.includes(entry.key.kind))
  if (isAnother) {
    office.bell.ring('conflict')
    return { posting: { conflict: { terminalId, batch } }, ...refused(context, '25') }
  }

  const stands = original !== undefined && standingAfter(books, original).length === 0
  // Nothing to undo, and nothing can arrive any more that a tombstone would have to decline: the terminal owes nothing.
  if (isSettled && !(stands && moved(original))) return refused(context, '25')

  const sequence = books.nextSequence()
  const answer = answerTo(
    request,
    '00',
    at,
    office.institutions,
    bookedFields('00', at, businessDate, office.institutions, sequence),
  )
  const plain = {
    ...plainEntry(context, key, fingerprint, '00', storedAnswer(answer)),
    amountFen: amountOf(context),
  }
  const session = held.change()
  const undone = stands ? undoing(original) : undefined
  return {
    posting: {
      entries: [{ ...plain, ...undone?.entry, ...(isSettled && { origin: 'adjusted' }) }],
      ...undone?.posting,
      ...(isSettled && original && { differences: [adjustmentOf(context, original)] }),
      ...(session && { session }),
    },
    result: replyWith(context, answer),
  }
}

/** Where both name one: the reversal of another customer's transaction must not give this one's money back. */
function isOtherCard({ maskedPan }: Entry, { fields }: Context): boolean {
  const pan = text(fields, 2)
  return maskedPan !== undefined && pan !== undefined && maskPan(pan) !== maskedPan
}

function moved({ settleFen, effectFen, effect2Fen, points }: Entry): boolean {
  return settleFen !== 0 || effectFen !== 0 || effect2Fen !== 0 || points !== 0
}

/**
 * Row R09: the reversal of what its batch was settled with. Its totals are fixed (P10) and stay; the money goes back on the
 * day of the reversal, and the list of differences says so.
 */
function adjustmentOf({ terminal, businessDate }: Context, original: Entry): Difference {
  const { key, settleFen } = original
  const { terminalId, batch, trace, kind } = key
  const place = { terminalId, batch, trace, kind, date: businessDate, merchantId: terminal.merchantId }
  return { ...place, what: 'adjusted', hostFen: settleFen, terminalFen: 0, done: 'creditedBack' }
}

/**
 * What undoes an entry: the entry's opposite, and what its kind did beside it. Whoever was voided, refunded or completed
 * in the meantime is not undone: his money is back already (row R16).
 */
export function undoing(original: Entry): {
  readonly entry: Partial<Entry>
  readonly posting: Pick<Posting, 'planStands' | 'cards'>
} {
  const { sequence, storeNumber, account, account2, maskedPan, cardKind, bill } = original
  return {
    entry: {
      ...{ original: sequence, storeNumber, account, account2, maskedPan, cardKind, bill },
      ...{ discount: original.discount, cashBack: original.cashBack, offer: original.offer },
      points: 0 - original.points,
      settleFen: 0 - original.settleFen,
      effectFen: 0 - original.effectFen,
      effect2Fen: 0 - original.effect2Fen,
    },
    posting: original.code === '00' ? besideUndone(original) : {},
  }
}

function besideUndone(original: Entry): Pick<Posting, 'planStands' | 'cards'> {
  const { key, sequence, account } = original
  if (key.kind === 'instalment') return { planStands: [{ original: sequence, stands: false }] }
  if (key.kind === 'instalmentVoid' && original.original !== undefined)
    return { planStands: [{ original: original.original, stands: true }] }
  if (key.kind === 'activation' && account !== undefined)
    return { cards: [{ account, active: false, activatedDate: '' }] }
  return {}
}

/**
 * What makes a repeated reversal the same, beside its key: codes, amount, merchant, currency. Reason (39), authorisation
 * (38), card, and what a newer program of the terminal says of itself (60.4) may differ between two tries: it must
 * not stay owed for that.
 */
export const REVERSAL_CONTENT = [3, 4, 25, 42, 49]

/**
 * 状态查询 status inquiry, ours: the transaction of field 61 is `booked` (with 4, 37, 38, and what a plan, points or
 * offers said: 62 and 57) or `unknown`, which also stands for declined and reversed. Where nothing is in the books,
 * `unknown` is a promise: it leaves a tombstone like a reversal's, so that the transaction cannot be booked after the
 * terminal was told that it is not. It is answered for every batch, also one that is settled or unknown: it asks, and
 * changes no total.
 */
export function statusInquiry(context: Context): Decision {
  const { books, terminal, request, fields, at, held, office } = context
  const { booked, unknown } = terminal.profile.inquiry
  const asked = text(fields, 61) ?? ''
  const batch = sixDigitNumber(asked.slice(0, 6))
  const trace = sixDigitNumber(asked.slice(6, 12))
  if (batch === 0 || trace === 0) return refused(context, '30')

  const key: TransactionKey = { terminalId: terminal.terminalId, batch, trace, kind: 'statusInquiry' }
  const under = books.underTrace(key.terminalId, batch, trace)
  const original = under.find((entry) => ASKED.includes(entry.key.kind))
  const undone = under.some((entry) => entry.key.kind === 'reversal')
  if (original && original.code === '00' && !undone && !isReversed(books, original))
    return refused(context, booked, saidBefore(original))
  if (under.length > 0) return refused(context, unknown)

  const answer = answerTo(request, unknown, at, office.institutions)
  const session = held.change()
  const entry = plainEntry(context, key, '', unknown, storedAnswer(answer))
  return { posting: { entries: [entry], ...(session && { session }) }, result: replyWith(context, answer) }
}

/** What a terminal may have in doubt; a confirmation has its top-up's trace and is not what is asked for. */
const ASKED: readonly Kind[] = TRADE_KINDS.filter((kind) => kind !== 'topUpConfirm')

/** 4, 37, 38, 57 and 62 as the original's answer had them. */
function saidBefore(original: Entry): { readonly [element: number]: string | Uint8Array } {
  const { fields } = storedMessage(original.answer)
  const said: { [element: number]: string | Uint8Array } = {
    4: twelveDigits(asFen(original.amountFen)),
  }
  for (const element of [37, 38, 57, 62]) {
    const value = fields[element]
    if (value !== undefined) said[element] = value
  }
  return said
}
