import { kindOf, transactionOf } from '../../host/entry-kind.ts'
import { ready } from '../../host/ready.ts'
import { decodeIntent, decodeOutcome, paidAmount } from '../../journal/body.ts'
import { type Pos, unreachable } from '../../pos.ts'
import { notice } from '../../screen/input.ts'
import { yuan } from '../../screen/money.ts'
import { type Line, t } from '../../screen/page.ts'
import type { Deal, DealEnd, Trade } from './deal.ts'
import { reportBlocked } from './fault-slip.ts'
import { meaningOf } from './meaning.ts'
import { codeLine, doubtTexts, progressOn } from './online.ts'
import { printSlip } from './print.ts'

/** Tells the operator how a transaction ended, prints its slip, and reverses at once what is in doubt. */
export async function tellDeal(pos: Pos, deal: Deal, trade: Trade): Promise<DealEnd> {
  const { title } = deal
  const meaning = meaningOf(deal.name)
  switch (trade.kind) {
    case 'approved':
      // A paper jam is reprinted, never reversed.
      await printSlip(pos, trade.trace, [
        { text: t(pos, 'approved'), align: 'centre', large: true },
        ...resultLines(pos, deal, trade.trace),
      ])
      await tellCashBack(pos, deal, trade.trace)
      return { kind: 'approved', trace: trade.trace }
    case 'declined':
      await notice(
        pos,
        t(pos, 'declined'),
        [codeLine(pos, trade.code), t(pos, meaning.declined)],
        undefined,
        deal.shown,
      )
      return { kind: 'declined', trace: trade.trace }
    case 'unknown':
      return settleNow(pos, deal, trade)
    case 'disagreed': {
      const readiness = await ready(pos, progressOn(pos, title))
      pos.device.link.close()
      await notice(pos, title, [
        t(pos, 'termsDiffer'),
        t(pos, readiness.kind === 'ready' ? meaning.reversed : meaning.doubtful),
      ])
      return { kind: 'refused' }
    }
    case 'notSent':
      await notice(pos, title, [t(pos, trade.why), t(pos, meaning.notSent)])
      return { kind: 'refused' }
    case 'notKept':
      await notice(pos, title, [t(pos, 'storageFault'), t(pos, 'callService')])
      return { kind: 'refused' }
    default:
      return unreachable(trade)
  }
}

/** The amount, or what was really paid where the host granted an offer: original, discount, paid. */
function resultLines(pos: Pos, deal: Deal, trace: Parameters<typeof printSlip>[1]): readonly Line[] {
  const entry = pos.journal.find(trace)
  if (entry?.outcome === undefined) return deal.shown
  const intent = decodeIntent(entry.intent)
  const outcome = decodeOutcome(entry.outcome)
  const { discount, cashBack } = outcome
  if (discount === undefined && cashBack === undefined) return deal.shown
  const paid = `RMB ${yuan(paidAmount(intent, outcome))}`
  return [
    { text: paid, align: 'centre', large: true },
    ...(discount ? [`${t(pos, 'discount')} ${yuan(discount.amount)}`] : []),
    ...(cashBack ? [`${t(pos, 'cashBack')} ${yuan(cashBack.amount)}`] : []),
  ]
}

/** 返现: a compact screen has no room for it beside the result and what was paid. */
async function tellCashBack(pos: Pos, deal: Deal, trace: Parameters<typeof printSlip>[1]): Promise<void> {
  const outcome = pos.journal.find(trace)?.outcome
  const cashBack = outcome && decodeOutcome(outcome).cashBack
  if (cashBack === undefined || pos.device.display.size().rows > 6) return
  const amount = `RMB ${yuan(cashBack.amount)}`
  await notice(pos, deal.title, [t(pos, 'cashBack'), { text: amount, align: 'right', large: true }])
}

/** 冲正 (or 状态查询) at once, while the customer is here: the host may have booked it. What fails now stays owed. */
async function settleNow(pos: Pos, deal: Deal, trade: Extract<Trade, { kind: 'unknown' }>): Promise<DealEnd> {
  const before = pos.journal.owed()
  const open = before[before.length - 1]
  const readiness = await ready(pos, progressOn(pos, deal.title))
  pos.device.link.close()
  const inquired = transactionOf(pos, kindOf(deal.name)).whenLost === 'inquire'
  const after = open === undefined ? undefined : pos.journal.find(open.trace)
  if (inquired && readiness.kind === 'ready' && after !== undefined) {
    const done = after.state === 'approved'
    await notice(pos, deal.title, [
      t(pos, doubtTexts[trade.why]),
      t(pos, done ? 'settledApproved' : 'notDone'),
    ])
    return done ? { kind: 'approved', trace: after.trace } : { kind: 'declined', trace: after.trace }
  }
  const meaning = meaningOf(deal.name)
  const end = readiness.kind === 'ready' ? meaning.reversed : meaning.doubtful
  await notice(pos, deal.title, [t(pos, doubtTexts[trade.why]), t(pos, end)])
  await reportBlocked(pos)
  return trade
}
