import { transactions } from '../../host-link/wire/transaction.ts'
import { exchange } from '../host/exchange.ts'
import { openLine } from '../host/line.ts'
import { requestOf } from '../host/request.ts'
import type { Pos } from '../pos.ts'

/** Longer nobody waits: a program on trial has three minutes for all of its checks. */
const CONNECT_SECONDS_MAX = 10
const ANSWER_SECONDS_MAX = 20

/**
 * 回响测试 by itself. `silent`: no line, or nobody answered; `garbled`: something came that this program cannot read.
 */
export async function hostAnswers(of: Pos): Promise<'answered' | 'silent' | 'garbled'> {
  const { connectTimeoutSeconds, answerTimeoutSeconds } = of.parameters
  const parameters = {
    ...of.parameters,
    connectTimeoutSeconds: Math.min(CONNECT_SECONDS_MAX, connectTimeoutSeconds),
    answerTimeoutSeconds: Math.min(ANSWER_SECONDS_MAX, answerTimeoutSeconds),
  }
  const pos = { ...of, parameters }
  if (pos.device.link.quality() === 0) return 'silent'
  const line = await openLine(pos)
  if (line === undefined) return 'silent'
  const before = pos.session.strangeFrames
  const request = requestOf(pos, transactions.echo, { batch: pos.journal.batch() }, {})
  const answer = await exchange(pos, line, request, { authenticated: false, cancellable: true })
  pos.device.link.close()
  if (answer.kind === 'answered') return 'answered'
  return pos.session.strangeFrames > before ? 'garbled' : 'silent'
}
