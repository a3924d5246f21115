import { sixDigits } from '../../host-link/wire/values.ts'
import { unconfirmed } from '../host/confirm.ts'
import { owing, ready } from '../host/ready.ts'
import {
  allowRound,
  closeSettled,
  freezeBatch,
  type SettleEnd,
  type SettleStop,
  type SettleTell,
  settleOn,
} from '../host/settle.ts'
import {
  clearProgress,
  SETTING_PROGRESS,
  saveProgress,
  settleProgress,
  slipBegun,
  slipPending,
} from '../host/settle-progress.ts'
import {
  keepReport,
  lastReport,
  reportOf,
  SETTING_REPORT,
  SETTING_REPORT_MORE,
} from '../host/settle-report.ts'
import { reserveSettings } from '../host/settle-setting.ts'
import { type BatchTotals, batchTotals } from '../host/settle-totals.ts'
import { signOff } from '../host/sign-off.ts'
import { SETTING_SIGNED_ON } from '../host/sign-on.ts'
import { decodeIntent } from '../journal/body.ts'
import { type Pos, unreachable } from '../pos.ts'
import { confirm, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { type Line, showPage, t } from '../screen/page.ts'
import { supervisorApproval } from './step/approval.ts'
import { reportBlocked } from './step/fault-slip.ts'
import { codeLine, doubtTexts, progressOn, readinessLines } from './step/online.ts'
import { printReport } from './step/print-report.ts'
import { kindName, totalsSlip } from './step/totals-slip.ts'

/**
 * 结算: everything owed is sent, the totals are shown and confirmed, the batch is frozen (P9), settled with the host and
 * closed. From `freezeBatch` on it is finished whatever happens: now, by idle, or after a restart.
 */
export async function settlement(pos: Pos): Promise<void> {
  const title = t(pos, 'settle')
  if (pos.session.storageFault) return notice(pos, title, [t(pos, 'storageFault'), t(pos, 'callService')])
  if (pos.journal.frozen()) allowRound(pos)
  else if (!(await begun(pos, title))) return
  const end = await finished(pos, title)
  if (end.kind !== 'closed') return tellStop(pos, title, end)
  await printSettlement(pos)
}

/**
 * 自动结算 at a deadline: as `settlement`, and nobody confirms the totals. Begins only on a line that answers, so that no
 * batch is frozen for want of one. True: the batch was closed.
 */
export async function settleByItself(pos: Pos): Promise<boolean> {
  const title = t(pos, 'settle')
  if (pos.session.storageFault || pos.journal.frozen()) return false
  const { kind } = await ready(pos, progressOn(pos, title))
  pos.device.link.close()
  if (kind !== 'ready') return false
  if (batchTotals(pos).rotten) pos.device.info.restart() // as in `begun`
  if (!freezeBatch(pos) || (await finished(pos, title)).kind !== 'closed') return false
  await printSettlement(pos)
  return true
}

/** What comes before the freeze. False: the operator left, or something still waits to be sent. */
async function begun(pos: Pos, title: string): Promise<boolean> {
  if (pos.parameters.settleSupervisor && (await supervisorApproval(pos, title)).kind !== 'approved')
    return false
  if (!(await nothingWaits(pos, title))) return false
  const totals = batchTotals(pos)
  if (totals.rotten) {
    await notice(pos, title, [t(pos, 'restarting')], 2)
    pos.device.info.restart() // the start asks the host what became of the entry, and then this counts it
    return false
  }
  const shown = totalsLines(pos, totals)
  if ((await confirm(pos, { title, lines: shown })).kind !== 'yes') return false
  if (freezeBatch(pos)) return true
  pos.session.storageFault = true
  await notice(pos, title, [t(pos, 'storageFault'), t(pos, 'notSettled')])
  return false
}

/** A terminal that never signed on does so first: its batch number is a guess, and no host could settle it. */
async function nothingWaits(pos: Pos, title: string): Promise<boolean> {
  const hasBatch = pos.journal.setting(SETTING_SIGNED_ON) !== undefined
  if (owing(pos) > 0 || !hasBatch) {
    const readiness = await ready(pos, progressOn(pos, title))
    pos.device.link.close()
    if (readiness.kind === 'ready') return true
    const why = readinessLines(pos, readiness)
    if (owing(pos) > 0) await tellWaiting(pos, title, why)
    else await notice(pos, title, [...why, t(pos, 'notSettled')])
    return false
  }
  return true
}

/** V11, L14, F06: why nothing is settled, and each entry that waits. */
async function tellWaiting(pos: Pos, title: string, why: readonly Line[]): Promise<void> {
  const waiting = [...pos.journal.owed(), ...pos.journal.doubtful(), ...unconfirmed(pos)].map((entry) => {
    const amount = entry.intent.length === 0 ? '' : yuan(decodeIntent(entry.intent).amount)
    return `${sixDigits(entry.trace)} ${kindName(pos, entry.kind)} ${amount}`
  })
  await notice(pos, title, [t(pos, 'waitsToSend'), ...waiting, ...why])
  await reportBlocked(pos)
}

/** `借记 12 笔`, one line a column, and what is left over. */
export function totalsLines(pos: Pos, totals: BatchTotals): Line[] {
  const { debit, debitCount, credit, creditCount } = totals
  return [
    `${t(pos, 'debit')} ${debitCount} ${yuan(debit)}`,
    `${t(pos, 'credit')} ${creditCount} ${yuan(credit)}`,
    `${t(pos, 'net')} ${yuan(debit - credit)}`,
    `${t(pos, 'batchNumber')} ${sixDigits(pos.journal.batch())}`,
  ]
}

/** Settles the frozen batch with the host and closes it; says when idle may try again what failed now. */
async function finished(pos: Pos, title: string): Promise<SettleEnd | Waits> {
  const { session, parameters, device } = pos
  // Closed by the host already: no line is needed for the rest.
  const end = settleProgress(pos).phase === 'closing' ? CLOSED : await withHost(pos, title)
  if (end.kind === 'closed') {
    session.settlementFailures = 0
    session.download.opportune = true
    return closeSettled(pos) ? end : { kind: 'storageFault' }
  }
  const spread = 2 ** Math.min(session.settlementFailures, 4)
  session.settlementFailures++
  session.nextSettlementMs = device.clock.monotonicMs() + parameters.reversalRetrySeconds * 1000 * spread
  return end
}
const CLOSED = { kind: 'closed' } as const
/** There is no line to settle on. */
interface Waits {
  readonly kind: 'waits'
  readonly lines: readonly Line[]
}

async function withHost(pos: Pos, title: string): Promise<SettleEnd | Waits> {
  for (let attempt = 1; ; attempt++) {
    const readiness = await ready(pos, progressOn(pos, title))
    if (readiness.kind !== 'ready') return { kind: 'waits', lines: readinessLines(pos, readiness) }
    const end = await settleOn(pos, readiness.line, batchTotals(pos), tellSteps(pos, title))
    if (end.kind === 'closed' && pos.parameters.autoSignOff) await signOff(pos, readiness.line)
    pos.device.link.close()
    if (end.kind === 'refused' && end.code === UNKNOWN_BATCH && attempt > 1 && isEmpty(pos))
      return givenUp(pos)
    // The host asked for a new sign-on: once, then it is refused.
    if (end.kind !== 'refused' || pos.session.signedOn || attempt > 1) return end
  }
}
/** Field 39: the host has no such batch, and has never had. */
const UNKNOWN_BATCH = '77'

/** Nothing was approved in the batch, and nothing is owed: there is nothing that a host could settle. */
function isEmpty(pos: Pos): boolean {
  return pos.journal.last() === undefined && owing(pos) === 0
}

/**
 * Ends a batch that is empty here and unknown to the host, also after a sign-on: else it stays frozen for ever. What the host
 * declined in it stands in the report. The next sign-on brings the host's number for the batch that opens.
 */
function givenUp(pos: Pos): SettleEnd {
  const reported = keepReport(pos, reportOf(pos, batchTotals(pos), NOT_SETTLED_BY_HOST, ''))
  const kept =
    reported && saveProgress(pos, { ...settleProgress(pos), phase: 'closing', answer: NOT_SETTLED_BY_HOST })
  if (!kept) pos.session.storageFault = true
  return { kind: kept ? 'closed' : 'storageFault' }
}
/** 对账出错, as the host says it in field 48 of that 77. */
const NOT_SETTLED_BY_HOST = 3

function tellSteps(pos: Pos, title: string): SettleTell {
  return (step, done, all) => {
    const counter: Line[] = all > 0 ? [{ text: `${done}/${all}`, align: 'centre' }] : []
    showPage(pos, { title, lines: [{ text: t(pos, step), align: 'centre' }, ...counter] })
  }
}

async function tellStop(pos: Pos, title: string, stop: SettleStop | Waits): Promise<void> {
  await notice(pos, title, [...stopLines(pos, stop), t(pos, 'settlementOpen')])
}

function stopLines(pos: Pos, stop: SettleStop | Waits): readonly Line[] {
  switch (stop.kind) {
    case 'waits':
      return stop.lines
    case 'unknown':
      return [t(pos, doubtTexts[stop.why])]
    case 'refused':
      return [codeLine(pos, stop.code)]
    case 'differs':
      return [t(pos, 'countsDiffer'), t(pos, 'callService')]
    case 'keysWrong':
      return [t(pos, 'keysWrong')]
    case 'storageFault':
      return [t(pos, 'storageFault'), t(pos, 'callService')]
    default:
      return unreachable(stop)
  }
}

/** The slip of the settlement that was just closed. Paper does not undo it: what does not come out is reprinted (L13). */
async function printSettlement(pos: Pos): Promise<void> {
  const report = lastReport(pos)
  const title = t(pos, 'settled')
  if (report === undefined) {
    clearProgress(pos)
    return
  }
  const slip = totalsSlip(pos, report, slipPending(pos) === 'again')
  const printed = await printReport(pos, title, slip, () => slipBegun(pos))
  const verdict = t(pos, report.answer === 1 ? 'balanced' : 'notBalanced')
  clearProgress(pos)
  await notice(pos, title, printed ? [verdict] : [verdict, t(pos, 'reprintLater')])
}

/** At every start: the place of the settings, and what a cut left to erase (L20). */
export function afterStart(pos: Pos): void {
  reserveSettings(pos, [SETTING_PROGRESS, SETTING_REPORT, SETTING_REPORT_MORE])
  if (pos.journal.scrubPending()) pos.journal.scrub()
}

/**
 * Finishes by itself, at growing intervals, what was interrupted: a frozen batch takes no transaction, so there is nothing
 * else to do. What cannot be finished now is said by the hint at idle, and at length to who asks with the key.
 */
export async function resumeSettlement(pos: Pos): Promise<void> {
  const { journal, session, device } = pos
  if (session.storageFault) return
  if (journal.frozen()) {
    const down = device.link.quality() === 0
    if (session.lineWasDown && !down) session.nextSettlementMs = 0 // a line that has come back is worth a try at once
    session.lineWasDown = down
    if (device.clock.monotonicMs() < session.nextSettlementMs) return
    if ((await finished(pos, t(pos, 'settle'))).kind !== 'closed') return
  }
  if (slipPending(pos) !== 'no') await printSettlement(pos)
}
