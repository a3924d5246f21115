import { encodeMessage } from '../wire/dialect.ts'
import type { Message } from '../wire/message.ts'
import { transactions } from '../wire/transaction.ts'
import { panOf, type Reply, withoutMac } from './answer.ts'
import { type Context, type Decision, refused, replyWith } from './context.ts'
import { clearTrack2 } from './issuer.ts'
import { type Entry, type Kind, TRADE_KINDS, type TransactionKey } from './ledger.ts'
import { parts60, sixDigitNumber, text } from './request.ts'
import { REVERSAL_CONTENT } from './reversal.ts'
import type { Posting } from './store.ts'
import { storedMessage } from './stored-answer.ts'

export type Act = (context: Context, key: TransactionKey, fingerprint: string) => Decision

/**
 * Rule P6: the same key with the same content gets the stored answer; with other content 94, an alarm, no effect. The same
 * goes for a trace that comes as another kind of transaction: it is one trace of one batch. A second reversal with other
 * content gets 25 instead: after the first nothing stands under its trace, nor can anything come to. What the host posted by
 * itself at the end of a batch has no answer to repeat: the batch is settled, 77. `again`: what a repeat may note once
 * more, because it comes to the same however often it is noted.
 */
export function keyed(
  context: Context,
  kind: Kind,
  act: Act,
  again?: (context: Context, key: TransactionKey) => Posting | undefined,
): Decision {
  const { office, books, terminal, fields, request } = context
  const batch = sixDigitNumber(parts60(fields).batch)
  const trace = sixDigitNumber(text(fields, 11))
  if (batch === 0 || trace === 0) return refused(context, '30')
  const key: TransactionKey = { terminalId: terminal.terminalId, batch, trace, kind }
  const content = contentOf(context, request.message, kind)
  const fingerprint = office.seal.fingerprint(encodeMessage('cbor', content))
  const under = books.underTrace(terminal.terminalId, batch, trace)
  const known = under.find((entry) => entry.key.kind === kind)
  // The host's own entry under this key, from an upload or against an orphan: there is no request that it could be a repeat
  // of. A reversal has nothing left to do then; anything else comes too late for its batch.
  if (known && (known.origin === 'upload' || known.origin === 'orphan'))
    return refused(context, kind === 'reversal' ? '25' : '77')
  if (known && known.fingerprint === fingerprint) {
    const posting = again?.(context, key)
    return { ...(posting && { posting }), result: repeated(context, known) }
  }
  if (!known && !under.some((entry) => isOther(kind, entry.key.kind))) return act(context, key, fingerprint)

  office.bell.ring('conflict')
  return {
    posting: { conflict: { terminalId: key.terminalId, batch } },
    ...refused(context, kind === 'reversal' ? '25' : '94'),
  }
}

/** Whether one trace may not be both. A confirmation has its top-up's trace. */
function isOther(kind: Kind, known: Kind): boolean {
  if (kind === 'topUpConfirm' || known === 'topUpConfirm') return false
  return TRADE_KINDS.includes(kind) && TRADE_KINDS.includes(known)
}

/**
 * What makes a repeated advice 通知 the same, beside its key. It may first come with the stripe, and after a power cut from
 * the journal with the card's number alone: the number is what counts (2), however it was read.
 */
const ADVICE_CONTENT = [3, 4, 25, 37, 38, 42, 49, 57, 61]

function contentOf(context: Context, message: Message, kind: Kind): Message {
  const { mti, fields } = withoutMac(message)
  const only = (elements: readonly number[]) =>
    Object.fromEntries(Object.entries(fields).filter(([element]) => elements.includes(Number(element))))
  if (kind === 'reversal') return { mti, fields: only(REVERSAL_CONTENT) }
  if (transactions[kind].whenLost !== 'forward') return { mti, fields }
  const pan = panOf(fields, clearTrack2(context))
  return { mti, fields: { ...only(ADVICE_CONTENT), ...(pan !== undefined && { 2: pan }) } }
}

/** The stored answer: under the same keys and in the same dialect byte for byte what was sent the first time. */
function repeated(context: Context, known: Entry): Reply {
  const { mti, fields } = storedMessage(known.answer)
  const pan = known.maskedPan === undefined ? undefined : panOf(context.fields, clearTrack2(context))
  const bears = known.key.kind !== 'reversal' // its answer has no field 2
  const answer = { mti, fields: { ...fields, ...(bears && pan !== undefined && { 2: pan }) } }
  return { ...replyWith(context, answer), repeated: true }
}
