import { answerTo, bookedFields } from './answer.ts'
import { type Context, type Decision, refused, replyWith } from './context.ts'
import type { TransactionKey } from './ledger.ts'
import { amountOf } from './purchase.ts'
import { sixDigitNumber, text } from './request.ts'
import { storedAnswer } from './stored-answer.ts'

/**
 * 冲正 reversal of a sale. It gives back what the sale took, once; for a sale that is not in the books, or took
 * nothing, it leaves a tombstone that makes the sale decline when it arrives later (rule P5). Either way the
 * answer is 00 and the terminal owes nothing any more. A batch that the host does not know makes no difference: books
 * from a backup, or a batch that an unsigned sign-on moved, must not leave a terminal owing for ever.
 *
 * A refusal (64 another amount than the original's, 77 a batch that is settled, rule P10) is not booked: it must not
 * occupy the key of a reversal that is still owed.
 */
export function reversal(context: Context, key: TransactionKey, fingerprint: string): Decision {
  const { office, books, terminal, request, at, held } = context
  const batch = books.batch(terminal.terminalId, key.batch)
  if (batch?.state === 'settled') return refused(context, '77')
  const original = books.entry({ ...key, kind: 'sale' })
  const amountFen = amountOf(context)
  if (original && original.amountFen !== amountFen) {
    office.bell.ring('wrongAmount')
    return refused(context, '64')
  }

  const sequence = books.nextSequence()
  const answer = answerTo(
    request,
    '00',
    at,
    office.institutions,
    bookedFields('00', at, office.institutions, sequence),
  )
  const session = held.change()
  const entry = {
    sequence,
    key,
    fingerprint,
    at,
    merchantId: terminal.merchantId,
    storeNumber: original?.storeNumber,
    account: original?.account,
    maskedPan: original?.maskedPan,
    code: '00',
    amountFen,
    effectFen: original ? -original.effectFen : 0,
    original: original?.sequence,
    answer: storedAnswer(answer),
  }
  return { posting: { entry, ...(session && { session }) }, result: replyWith(context, answer) }
}

/**
 * What makes a repeated reversal the same, beside its key. Reason (39), authorisation (38), card, and what a newer
 * program of the terminal says of itself (60.4) may differ between two tries: it must not stay owed for that.
 */
export const REVERSAL_CONTENT = [3, 4, 42, 49]

/**
 * 状态查询 status inquiry, ours: the sale of field 61 is `booked` (with 4, 37, 38) or `unknown`, which also stands for
 * declined and reversed. Where nothing is in the books, `unknown` is a promise: it leaves a tombstone like a
 * reversal's, so that the sale cannot be booked after the terminal was told that it is not. It is answered for every
 * batch, also one that is settled or unknown: it asks, and changes no total.
 */
export function statusInquiry(context: Context): Decision {
  const { office, books, terminal, request, fields, at, held } = context
  const { booked, unknown } = terminal.profile.inquiry
  const original = text(fields, 61) ?? ''
  const batch = sixDigitNumber(original.slice(0, 6))
  const trace = sixDigitNumber(original.slice(6, 12))
  if (batch === 0 || trace === 0) return refused(context, '30')

  const key: TransactionKey = { terminalId: terminal.terminalId, batch, trace, kind: 'statusInquiry' }
  const sale = books.entry({ ...key, kind: 'sale' })
  const undone = books.entry({ ...key, kind: 'reversal' }) !== undefined
  if (sale && sale.effectFen < 0 && !undone) {
    const sold = bookedFields('00', sale.at, office.institutions, sale.sequence)
    return refused(context, booked, {
      4: String(sale.amountFen).padStart(12, '0'),
      37: sold[37] ?? '',
      38: sold[38] ?? '',
    })
  }
  if (sale || undone || books.entry(key)) return refused(context, unknown)

  const answer = answerTo(request, unknown, at, office.institutions)
  const session = held.change()
  const entry = {
    sequence: books.nextSequence(),
    key,
    fingerprint: '',
    at,
    merchantId: terminal.merchantId,
    storeNumber: undefined,
    account: undefined,
    maskedPan: undefined,
    code: unknown,
    amountFen: 0,
    effectFen: 0,
    original: undefined,
    answer: storedAnswer(answer),
  }
  return { posting: { entry, ...(session && { session }) }, result: replyWith(context, answer) }
}
