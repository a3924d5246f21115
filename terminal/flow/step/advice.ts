import type { Trace } from '../../../host-link/wire/values.ts'
import { kindOf } from '../../host/entry-kind.ts'
import { ready } from '../../host/ready.ts'
import { forgetRejected } from '../../host/rejected.ts'
import { decodeOutcome } from '../../journal/body.ts'
import type { Pos } from '../../pos.ts'
import { notice } from '../../screen/input.ts'
import { t } from '../../screen/page.ts'
import { type Deal, type DealEnd, intentOf, openEntry } from './deal.ts'
import { codeLine, progressOn } from './online.ts'
import { printSlip } from './print.ts'

/** How an advice ended: `queued` is booked here and waits for the line. */
export type AdviceEnd = DealEnd | { readonly kind: 'queued'; readonly trace: Trace }

/**
 * 通知类交易, rule P11: booked in the journal, then sent with everything that is owed before it, in order. Without a line it
 * waits, up to the parameter's number of them. Its slip comes out either way; a queued one says so.
 */
export async function advise(pos: Pos, deal: Deal): Promise<AdviceEnd> {
  const { title, shown } = deal
  if (pos.journal.owed().length >= pos.parameters.adviceQueueMax) {
    await notice(pos, title, [t(pos, 'queueFull'), t(pos, 'notBooked')])
    return { kind: 'refused' }
  }
  const trace = pos.journal.nextTrace()
  const opened = openEntry(pos, kindOf(deal.name), intentOf(pos, deal, { kind: 'noPin' }))
  if (opened !== 'written') {
    await notice(pos, title, [t(pos, opened), t(pos, 'notBooked')])
    return { kind: 'refused' }
  }
  await ready(pos, progressOn(pos, title))
  pos.device.link.close()
  const entry = pos.journal.find(trace)
  if (entry?.state === 'declined') {
    const { code } = decodeOutcome(entry.outcome ?? new Uint8Array([0xa0]))
    await notice(pos, t(pos, 'declined'), [codeLine(pos, code), t(pos, 'notBooked')], undefined, shown)
    forget(pos, trace)
    return { kind: 'declined', trace }
  }
  const queued = entry?.state !== 'approved'
  await printSlip(pos, trace, [
    { text: t(pos, queued ? 'queued' : 'approved'), align: 'centre', large: true },
    ...shown,
  ])
  return { kind: queued ? 'queued' : 'approved', trace }
}

/** The operator has heard of it, so not again at idle; cut by the power before, it is told after the start. */
function forget(pos: Pos, trace: Trace): void {
  forgetRejected(pos.journal, trace)
  const at = pos.session.rejected.indexOf(trace)
  if (at >= 0) pos.session.rejected.splice(at, 1)
}
