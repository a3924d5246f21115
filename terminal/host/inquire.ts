import { field61 } from '../../host-link/wire/subfields.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { sixDigits, twelveDigits } from '../../host-link/wire/values.ts'
import { decodeIntent, encodeOutcome } from '../journal/body.ts'
import type { Entry } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'
import { transactionOf } from './entry-kind.ts'
import { exchange } from './exchange.ts'
import { forward } from './forward.ts'
import type { Line } from './line.ts'
import { outcomeOf } from './outcome.ts'
import { requestOf, sealed } from './request.ts'
import { reverse } from './reverse.ts'

/**
 * 状态查询: asks the host what became of an entry whose outcome rotted away, or of one that is never reversed (`whenLost:
 * inquire`). Booked: the entry gets its outcome back. Not known to the host: nobody was charged, the host's promise keeps
 * it so, and where a reversal exists for the kind it leaves its tombstone too. An advice that the host does not know is
 * owed again by being sent again.
 */
export async function inquire(
  pos: Pos,
  line: Line,
  entry: Entry,
): Promise<{ readonly kind: 'settled' | 'storageFault' | 'doubtful' }> {
  const { inquiry } = pos.profile
  const trace = pos.journal.nextTrace()
  if (pos.journal.burnTrace() !== 'written') return { kind: 'storageFault' }
  const row = {
    ...transactions.statusInquiry,
    mti: inquiry.mti,
    type: inquiry.type,
    network: inquiry.network,
  }
  const original = { batch: sixDigits(entry.batch), trace: sixDigits(entry.trace) }
  const request = sealed(pos, requestOf(pos, row, { trace, batch: entry.batch }, { 61: field61(original) }))
  if (request === undefined) return { kind: 'doubtful' }
  const answer = await exchange(pos, line, request, { authenticated: true, cancellable: false })
  if (answer.kind !== 'answered') return { kind: 'doubtful' }
  if (answer.code === inquiry.booked) {
    // Another amount is not our transaction: nobody here can say what the host booked.
    const { amount } = decodeIntent(entry.intent)
    if (amount > 0 && answer.message.fields[4] !== twelveDigits(amount)) return { kind: 'doubtful' }
    const body = encodeOutcome(outcomeOf(pos, answer.message))
    return {
      kind: pos.journal.close(entry.trace, 'approved', body) === 'written' ? 'settled' : 'storageFault',
    }
  }
  if (answer.code !== inquiry.unknown) return { kind: 'doubtful' }
  const { whenLost } = transactionOf(pos, entry.kind)
  if (whenLost === 'inquire') {
    const body = encodeOutcome(outcomeOf(pos, answer.message))
    return {
      kind: pos.journal.close(entry.trace, 'declined', body) === 'written' ? 'settled' : 'storageFault',
    }
  }
  if (whenLost === 'forward') {
    const sent = await forward(pos, line, entry)
    if (sent.kind === 'declined') pos.session.rejected.push(entry.trace)
    return {
      kind: sent.kind === 'queued' ? 'doubtful' : sent.kind === 'storageFault' ? sent.kind : 'settled',
    }
  }
  const reversed = await reverse(pos, line, entry)
  return {
    kind: reversed.kind === 'reversed' ? 'settled' : reversed.kind === 'owed' ? 'doubtful' : 'storageFault',
  }
}
