import { operator63 } from '../../host-link/wire/subfields.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import type { Pos } from '../pos.ts'
import { type Answer, exchange } from './exchange.ts'
import type { Line } from './line.ts'
import { requestOf } from './request.ts'
import { SETTING_SIGNED_ON } from './sign-on.ts'

/**
 * 签退. Once the host has answered 00, the terminal counts as signed off, also after a restart; the working keys stay where
 * they are until the next sign-on replaces them, for an owed reversal may need them.
 */
export async function signOff(pos: Pos, line: Line): Promise<Answer | { readonly kind: 'storageFault' }> {
  const { journal } = pos
  const trace = journal.nextTrace()
  if (journal.burnTrace() !== 'written') return { kind: 'storageFault' }
  const operator = { 63: operator63(String(pos.session.operator ?? 1).padStart(2, '0')) }
  const request = requestOf(pos, transactions.signOff, { trace, batch: journal.batch() }, operator)
  const answer = await exchange(pos, line, request, { authenticated: false, cancellable: true })
  if (answer.kind !== 'answered' || answer.code !== '00') return answer
  pos.session.signedOn = false
  // Another text than any day's: today's keys are no reason to think that we are signed on.
  if (journal.set(SETTING_SIGNED_ON, new Uint8Array([0])) !== 'written') return { kind: 'storageFault' }
  return answer
}
