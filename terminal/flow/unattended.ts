import { noticeNextDay } from '../host/next-day.ts'
import { isInDoubt, owing, ready } from '../host/ready.ts'
import type { Pos } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { t } from '../screen/page.ts'
import { downloadWanted } from './download.ts'
import { resumeSettlement } from './settlement.ts'
import { reportBlocked } from './step/fault-slip.ts'
import { progressOn, settle } from './step/online.ts'
import { workOnUpdate } from './update.ts'

/** How long a screen that waits for somebody stands before clock, paper and what is owed are looked at again. */
const REFRESH_MS = 20_000
/** The same while the mark of a download moves. */
const PROGRESS_MS = 5_000
/** How often it looks whether a dead line has come back, while something is owed. */
const LINE_LOOK_MS = 2_000

/**
 * What the terminal does by itself while nobody uses it, also while it is locked or nobody is logged on: sends what is owed,
 * finishes a settlement that was interrupted, signs on for the new day, downloads what the host asked for, puts in force what
 * was downloaded. `asks`: somebody is logged on, who is asked first.
 */
export async function workUnattended(pos: Pos, asks = false): Promise<void> {
  noticeNextDay(pos)
  await retryOwed(pos)
  await resumeSettlement(pos)
  await signOnNextDay(pos)
  await downloadWanted(pos)
  await workOnUpdate(pos, asks)
}

/** When `workUnattended` is to be called next. */
export function refreshMs(pos: Pos): number {
  const { session, journal, device } = pos
  if (pos.update?.state().state === 'receiving') return PROGRESS_MS
  if ((owing(pos) === 0 && !journal.frozen()) || session.storageFault) return REFRESH_MS
  const longest = session.lineWasDown ? LINE_LOOK_MS : REFRESH_MS
  const next = owing(pos) > 0 ? session.nextReversalMs : session.nextSettlementMs
  return Math.max(0, Math.min(longest, next - device.clock.monotonicMs()))
}

/** What is owed is tried again by itself, at growing intervals: nobody has to remember it. */
async function retryOwed(pos: Pos): Promise<void> {
  const { session, parameters, device } = pos
  if (owing(pos) === 0 || session.storageFault) return
  // A line that has come back is worth a try at once.
  const down = device.link.quality() === 0
  if (session.lineWasDown && !down) session.nextReversalMs = 0
  session.lineWasDown = down
  if (device.clock.monotonicMs() < session.nextReversalMs) return
  const title = t(pos, isInDoubt(pos) ? 'reversal' : 'forwarding')
  const { settled, lines } = await settle(pos, title)
  const spread = 2 ** Math.min(session.reversalFailures, 4)
  session.nextReversalMs = device.clock.monotonicMs() + parameters.reversalRetrySeconds * 1000 * spread
  if (settled) await notice(pos, title, lines, 3)
  else await reportBlocked(pos)
}

/** 自动签到 of a terminal that stays on over midnight: without a line again later, at growing intervals. */
async function signOnNextDay(pos: Pos): Promise<void> {
  const { session, parameters, device } = pos
  if (session.signedOn) session.signOnDue = false
  if (!session.signOnDue) {
    session.signOnFailures = 0
    session.nextSignOnMs = 0
    return
  }
  if (session.storageFault || device.clock.monotonicMs() < session.nextSignOnMs) return
  const readiness = await ready(pos, progressOn(pos, t(pos, 'signOn')))
  device.link.close()
  if (readiness.kind === 'ready') return
  const spread = 2 ** Math.min(session.signOnFailures, 4)
  session.signOnFailures++
  session.nextSignOnMs = device.clock.monotonicMs() + parameters.reversalRetrySeconds * 1000 * spread
}
