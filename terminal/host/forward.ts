import { isApproval } from '../../host-link/wire/response-code.ts'
import { decodeIntent, encodeOutcome } from '../journal/body.ts'
import type { Entry } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'
import { transactionOf } from './entry-kind.ts'
import { type Answer, exchange } from './exchange.ts'
import type { Line } from './line.ts'
import { outcomeOf } from './outcome.ts'
import { noteRejected } from './rejected.ts'
import { entryFields, keptCardFields, requestOf, sealed } from './request.ts'

/** 63.1 of a refund: which card scheme the original was of is the host's to find out. */
const SCHEME_UNKNOWN = '000'
/** The host could not deal with it now: no decision about the advice, so it is sent again. */
export const ASKS_AGAIN = ['68', '90', '91', '92', '96', '98', '99']

export type Forwarded =
  | { readonly kind: 'approved'; readonly code: string }
  | { readonly kind: 'declined'; readonly code: string }
  | { readonly kind: 'storageFault' }
  | { readonly kind: 'queued'; readonly why: Answer }

/**
 * 通知类交易, rule P11: sends an advice (refund, completion advice, cash) from its journal entry, the same each time, until the
 * host answers it. Never reversed: the goods or the money have changed hands.
 */
export async function forward(pos: Pos, line: Line, entry: Entry): Promise<Forwarded> {
  const intent = decodeIntent(entry.intent)
  const row = transactionOf(pos, entry.kind)
  const request = sealed(
    pos,
    requestOf(pos, row, entry, {
      ...keptCardFields(intent),
      ...entryFields(pos, row, intent),
      ...(row.name === 'refund' ? { 63: SCHEME_UNKNOWN } : {}),
    }),
  )
  if (request === undefined) return { kind: 'queued', why: { kind: 'unknown', why: 'mac' } }
  const answer = await exchange(pos, line, request, {
    authenticated: true,
    cancellable: false,
    ...(intent.pan === undefined ? {} : { pan: intent.pan }),
  })
  if (answer.kind !== 'answered' || ASKS_AGAIN.includes(answer.code)) return { kind: 'queued', why: answer }
  const verdict = isApproval(answer.code) ? 'approved' : 'declined'
  if (verdict === 'declined') noteRejected(pos.journal, entry.trace)
  const kept = pos.journal.close(entry.trace, verdict, encodeOutcome(outcomeOf(pos, answer.message)))
  if (kept !== 'written') {
    pos.session.storageFault = true
    return { kind: 'storageFault' }
  }
  return { kind: verdict, code: answer.code }
}
