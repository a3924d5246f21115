import { transactionIn } from '../../../host-link/wire/profile.ts'
import { keyFault } from '../../host/master-key.ts'
import { noticeNextDay } from '../../host/next-day.ts'
import { countsFull } from '../../host/settle-totals.ts'
import { batchIsRefused, SETTING_SIGNED_ON } from '../../host/sign-on.ts'
import type { FunctionName } from '../../parameter/functions.ts'
import type { Pos } from '../../pos.ts'
import { type Left, notice } from '../../screen/input.ts'
import { t } from '../../screen/page.ts'
import type { TextKey } from '../../screen/text.ts'
import { remoteLock } from '../../update/remote-lock.ts'
import { supervisorApproval } from './approval.ts'
import { goOnline, whatToDo } from './online.ts'

export type Begun =
  | { readonly kind: 'begun'; readonly approver: number | undefined }
  | Left
  | { readonly kind: 'refused' }

/** Whether the merchant has this function: its parameter and the acquirer's profile both say so. */
export function available(pos: Pos, name: FunctionName): boolean {
  return pos.functions[name].enabled && transactionIn(pos.profile, name) !== undefined
}

/**
 * What comes before every transaction: it is allowed, there is room for it, no settlement is under way, today's keys are
 * here, nothing is owed, and the supervisor approves where the function asks for it. `offline`: may begin without a line,
 * in a batch that the host has given: a terminal that never signed on has none.
 */
export async function begin(
  pos: Pos,
  title: string,
  name: FunctionName,
  line: 'online' | 'offline' = 'online',
): Promise<Begun> {
  noticeNextDay(pos)
  if (await refused(pos, title, name)) return { kind: 'refused' }
  if (pos.functions[name].supervisor) {
    const approval = await supervisorApproval(pos, title)
    if (approval.kind !== 'approved') return approval
  }
  const approver = pos.functions[name].supervisor ? 0 : undefined
  // Refused, with nothing in it: a sign-on brings the batch that the host has open.
  const otherBatch = pos.session.batchRefused === pos.journal.batch()
  if (otherBatch) pos.session.signedOn = false
  const hasBatch = pos.journal.setting(SETTING_SIGNED_ON) !== undefined && !otherBatch
  if (line === 'offline' && hasBatch) return { kind: 'begun', approver }
  if (!pos.session.signedOn || pos.journal.owed().length + pos.journal.doubtful().length > 0) {
    const online = await goOnline(pos, title)
    if (online.kind !== 'ready') return online
    pos.device.link.close()
    if (otherBatch) pos.session.batchRefused = undefined // the host has said which is open, perhaps this one
    if (await refused(pos, title, name)) return { kind: 'refused' } // what was sent may have been refused with its batch
  }
  return { kind: 'begun', approver }
}

async function refused(pos: Pos, title: string, name: FunctionName): Promise<boolean> {
  const why = refusal(pos, name)
  if (why !== undefined) {
    const keys = keyFault(pos)
    const lock = remoteLock(pos)
    await notice(pos, title, [
      t(pos, why),
      ...(why === 'remoteLocked' && lock !== undefined ? [lock || t(pos, 'remoteLockedHow')] : []),
      t(pos, 'notCharged'),
      ...(keys === why ? [t(pos, whatToDo[keys])] : []),
    ])
  }
  return why !== undefined
}

/** Why nothing may be begun now. */
function refusal(pos: Pos, name: FunctionName): TextKey | undefined {
  const { session, journal, parameters } = pos
  if (!available(pos, name)) return 'notAvailable'
  const keys = keyFault(pos)
  if (keys !== undefined) return keys
  if (session.storageFault) return 'storageFault'
  if (remoteLock(pos) !== undefined) return 'remoteLocked'
  if (journal.frozen()) return 'settlementOpen'
  if (batchIsRefused(pos)) return 'batchRefused'
  if (journal.room() < 1 || journal.count() >= parameters.batchTransactionsMax) return 'batchFull'
  if (countsFull(pos)) return 'batchFull'
  return undefined
}
