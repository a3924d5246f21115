import { maskPan } from '../wire/mask.ts'
import type { Fields } from '../wire/message.ts'
import { tags57 } from '../wire/tags.ts'
import { transactions } from '../wire/transaction.ts'
import { newestMessage } from './acquirer.ts'
import { answerTo, bookedFields, panOf } from './answer.ts'
import { type Context, type Decision, replyWith } from './context.ts'
import { faultOf } from './faults.ts'
import { clearTrack2 } from './issuer.ts'
import type { Judge, Verdict } from './judge.ts'
import type { Entry, TransactionKey } from './ledger.ts'
import { amountOf, staffOf, storeNumberOf } from './merchant.ts'
import { text } from './request.ts'
import { named } from './sign-on.ts'
import type { Posting } from './store.ts'
import { storedAnswer } from './stored-answer.ts'

/**
 * Judges a request and books what was found: checks, effects, entry and answer in one posting. A decline is booked like
 * an approval, without effect. That goes for 77 too: its trace is used up, and the same request is refused again
 * (rule P6) whatever becomes of the batch, for the terminal was told that nothing is booked.
 */
export function judged(context: Context, key: TransactionKey, fingerprint: string, judge: Judge): Decision {
  const { books, terminal, fields } = context
  const { processingCode } = transactions[key.kind]
  const batch = named(books, terminal.terminalId, key.batch)
  const code =
    batch.kind === 'refused'
      ? '77'
      : isTooLate(context, key)
        ? tooLate(key)
        : processingCode !== undefined && text(fields, 49) !== '156'
          ? '12'
          : undefined
  const verdict = code === undefined ? tested(context, judge(context, key)) : { code }
  return booked(context, key, fingerprint, verdict)
}

/**
 * 68, or of an advice 25: a terminal takes 68 for "not now" and sends an advice again until it is answered otherwise.
 */
function tooLate({ kind }: TransactionKey): string {
  return transactions[kind].whenLost === 'forward' ? '25' : '68'
}

/** Test mode: x.x9 declines what would have been approved. */
function tested({ office, request }: Context, verdict: Verdict): Verdict {
  const declines = faultOf(office.testFaults, request.message) === 'decline'
  return declines && verdict.code === '00' ? { ...verdict, code: '05' } : verdict
}

/** Rule P5: what arrives after its reversal, or after the host said it knows of none, is too late: 68. */
function isTooLate({ books }: Context, { terminalId, batch, trace }: TransactionKey): boolean {
  return books
    .underTrace(terminalId, batch, trace)
    .some(({ key }) => key.kind === 'reversal' || key.kind === 'statusInquiry')
}

function booked(context: Context, key: TransactionKey, fingerprint: string, verdict: Verdict): Decision {
  const { office, books, terminal, request, held } = context
  const sequence = books.nextSequence()
  const answer = answerTo(request, verdict.code, context.at, office.institutions, {
    ...answerFields(context, key, verdict, sequence),
  })
  const session = held.change()
  const batch = named(books, terminal.terminalId, key.batch)
  const posting: Posting = {
    entries: [{ ...entryOf(context, key, verdict), sequence, fingerprint, answer: storedAnswer(answer) }],
    ...(verdict.tries && { pinTries: verdict.tries }),
    ...(verdict.code === '00' && verdict.posting),
    ...(batch.kind === 'turn' && { batch: batch.turn }),
    ...(session && { session }),
  }
  return { posting, result: replyWith(context, answer) }
}

function answerFields(context: Context, key: TransactionKey, verdict: Verdict, sequence: number): Fields {
  const { office, fields, at, businessDate } = context
  const { processingCode } = transactions[key.kind]
  const pan = panOf(fields, clearTrack2(context))
  const approved = verdict.code === '00'
  const tagged = approved ? answer57(context, verdict) : undefined
  return {
    ...(processingCode !== undefined &&
      bookedFields(verdict.code, at, businessDate, office.institutions, sequence)),
    ...(pan !== undefined && { 2: pan }),
    ...(approved && verdict.answer),
    ...(tagged !== undefined && { 57: tagged }),
  }
}

/** Field 57 of an approval: the request's tags, what the judge adds, and the number of the newest message 服务信息. */
function answer57(context: Context, { tags }: Verdict): string | undefined {
  const { terminal, fields, office } = context
  if (!terminal.profile.tags) return undefined
  const newest = newestMessage(office.acquirer, terminal.terminalId)
  const messageWaiting = newest > 0 ? String(newest).padStart(6, '0') : undefined
  const added = tags57({ ...tags, messageWaiting })
  return added === undefined ? undefined : (text(fields, 57) ?? '') + added
}

/** The entry of a verdict, but for what the books and the answer give it. A decline has no effect, whatever it says. */
function entryOf(
  context: Context,
  key: TransactionKey,
  verdict: Verdict,
): Omit<Entry, 'sequence' | 'fingerprint' | 'answer'> {
  const { terminal, fields, at, businessDate } = context
  const approved = verdict.code === '00'
  const pan = panOf(fields, clearTrack2(context))
  const store = storeNumberOf(context)
  const requested = store.kind === 'good' ? store.number : undefined
  const amountFen = amountOf(context)
  return {
    key,
    at,
    businessDate,
    merchantId: terminal.merchantId,
    storeNumber: 'storeNumber' in verdict ? verdict.storeNumber : requested,
    account: verdict.account,
    account2: verdict.account2,
    maskedPan: verdict.maskedPan ?? (pan && maskPan(pan)),
    cardKind: verdict.cardKind,
    ...staffOf(context),
    code: verdict.code,
    amountFen,
    discount: approved ? verdict.discount : undefined,
    cashBack: approved ? verdict.cashBack : undefined,
    offer: approved ? verdict.offer : undefined,
    points: approved ? (verdict.points ?? 0) : 0,
    settleFen: approved ? settled(key, amountFen - (verdict.discount?.fen ?? 0)) : 0,
    effectFen: approved ? (verdict.effectFen ?? 0) : 0,
    effect2Fen: approved ? (verdict.effect2Fen ?? 0) : 0,
    original: verdict.original,
    bill: verdict.bill,
    origin: 'wire',
  }
}

/** What a paid amount counts for the merchant, by the row of its kind. */
export function settled({ kind }: Pick<TransactionKey, 'kind'>, paidFen: number): number {
  const { settles } = transactions[kind]
  return settles === 'debit' ? paidFen : settles === 'credit' ? -paidFen : 0
}

/** An entry that moves no money: a settlement, an upload, the tombstone of an inquiry. */
export function plainEntry(
  context: Context,
  key: TransactionKey,
  fingerprint: string,
  code: string,
  answer: Uint8Array,
): Entry {
  const { books, terminal, at, businessDate } = context
  const nothing = undefined
  return {
    ...{ sequence: books.nextSequence(), key, fingerprint, at, businessDate, code, answer, origin: 'wire' },
    ...{ merchantId: terminal.merchantId, storeNumber: nothing, account: nothing, account2: nothing },
    ...{ maskedPan: nothing, cardKind: nothing, ...staffOf(context), amountFen: 0, discount: nothing },
    ...{ cashBack: nothing, offer: nothing, points: 0, settleFen: 0, effectFen: 0, effect2Fen: 0 },
    ...{ original: nothing, bill: nothing },
  }
}
