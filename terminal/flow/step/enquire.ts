import type { Fields } from '../../../host-link/wire/message.ts'
import { transactionIn } from '../../../host-link/wire/profile.ts'
import type { TransactionName } from '../../../host-link/wire/transaction.ts'
import { type Answer, exchange } from '../../host/exchange.ts'
import type { Line } from '../../host/line.ts'
import { requestOf, sealed, tagsField } from '../../host/request.ts'
import type { Pos } from '../../pos.ts'
import { notice } from '../../screen/input.ts'
import { showPage, t } from '../../screen/page.ts'
import type { Card } from './card.ts'

/**
 * Asks the host something that moves no money: a trace is used, nothing is kept, nothing is owed when the answer is lost.
 * The answer, or nothing where nothing was sent and the operator knows.
 */
export async function enquire(
  pos: Pos,
  title: string,
  line: Line,
  name: TransactionName,
  /** Undefined where a track or a PIN could not be encrypted. */
  fields: Fields | undefined,
  more: {
    /** The card, where an answer for another card must not be taken. */
    readonly card?: Card
    /** What goes in our tags beside the operator. */
    readonly tags?: Parameters<typeof tagsField>[1]
  } = {},
): Promise<Answer | undefined> {
  const row = transactionIn(pos.profile, name)
  if (row === undefined) {
    await notice(pos, title, [t(pos, 'notAvailable')])
    return undefined
  }
  const trace = pos.journal.nextTrace()
  const burnt = pos.journal.burnTrace()
  if (burnt !== 'written') {
    await notice(pos, title, [t(pos, burnt === 'full' ? 'batchFull' : 'storageFault')])
    return undefined
  }
  const key = { trace, batch: pos.journal.batch() }
  const operator = String(pos.session.operator ?? 0).padStart(2, '0')
  const tagged = fields && { ...fields, ...tagsField(pos, { ...more.tags, operator }) }
  const request = tagged && sealed(pos, requestOf(pos, row, key, tagged))
  if (request === undefined) {
    await notice(pos, title, [t(pos, 'keysWrong')])
    return undefined
  }
  showPage(pos, { title, lines: [{ text: t(pos, 'waiting'), align: 'centre' }], hint: t(pos, 'hintCancel') })
  const pan = more.card === undefined ? {} : { pan: more.card.pan }
  return exchange(pos, line, request, { authenticated: true, cancellable: true, ...pan })
}
