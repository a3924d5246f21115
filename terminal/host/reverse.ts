import type { Message } from '../../host-link/wire/message.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { decodeIntent } from '../journal/body.ts'
import type { Entry } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'
import { transactionOf } from './entry-kind.ts'
import { type Answer, type Doubt, exchange } from './exchange.ts'
import type { Line } from './line.ts'
import { entryFields, keptCardFields, requestOf, sealed } from './request.ts'

/** 0410 codes that end a reversal: done, or nothing there to reverse (the host keeps a tombstone). */
const ENDS_REVERSAL = ['00', '12', '25']

/** Field 39 of a reversal: why the answer was not trusted. Only known until the power is cut; then 98. */
// biome-ignore format: one row a doubt
const reasons: { readonly [D in Doubt]: string } = {
  timeout:  '98', // 未收到应答 no answer
  closed:   '98',
  operator: '06', // 其它 other
  mac:      'A0', // 应答MAC错
}
export function reversalReason(doubt: Doubt): string {
  return reasons[doubt]
}

/**
 * 冲正: tells the host to undo what it may have booked. The entry stays owed until an authenticated 0410 says so (P4):
 * whatever else happens here changes nothing durable.
 */
export async function reverse(
  pos: Pos,
  line: Line,
  entry: Entry,
): Promise<{ readonly kind: 'reversed' | 'storageFault' } | { readonly kind: 'owed'; readonly why: Answer }> {
  const request = reversalOf(pos, entry)
  if (request === undefined) return { kind: 'owed', why: { kind: 'unknown', why: 'mac' } }
  const { pan } = decodeIntent(entry.intent)
  const answer = await exchange(pos, line, request, {
    authenticated: true,
    cancellable: false,
    ...(pan === undefined ? {} : { pan }),
  })
  if (answer.kind !== 'answered' || !ENDS_REVERSAL.includes(answer.code)) return { kind: 'owed', why: answer }
  const written = pos.journal.undo(entry.trace, new Uint8Array([Number(answer.code)]))
  if (written !== 'written') {
    pos.session.storageFault = true
    return { kind: 'storageFault' }
  }
  pos.session.doubts.delete(entry.trace)
  return { kind: 'reversed' }
}

/** The original with type 0400: its trace and batch, without track, PIN, expiry and its MAC. */
function reversalOf(pos: Pos, entry: Entry): Message | undefined {
  const intent = decodeIntent(entry.intent)
  const original = transactionOf(pos, entry.kind)
  const row = { ...original, mti: transactions.reversal.mti }
  const message = requestOf(pos, row, entry, {
    ...(({ 14: _expiry, ...card }) => card)(keptCardFields(intent)),
    ...entryFields(pos, original, intent),
    39: pos.session.doubts.get(entry.trace) ?? reversalReason('timeout'),
  })
  return sealed(pos, message)
}
