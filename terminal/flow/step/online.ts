import { responseOf } from '../../../host-link/wire/response-code.ts'
import { transactionOf } from '../../host/entry-kind.ts'
import type { Doubt } from '../../host/exchange.ts'
import type { KeyFault } from '../../host/master-key.ts'
import { isInDoubt, owing, type Progress, type Readiness, ready } from '../../host/ready.ts'
import type { SignOnResult } from '../../host/sign-on.ts'
import { decodeIntent } from '../../journal/body.ts'
import type { Entry } from '../../journal/journal.ts'
import type { Pos } from '../../pos.ts'
import { notice } from '../../screen/input.ts'
import { yuan } from '../../screen/money.ts'
import { type Line, showPage, t } from '../../screen/page.ts'
import type { TextKey } from '../../screen/text.ts'
import { reportBlocked } from './fault-slip.ts'

/** `ready`, with its steps on the screen and what stopped it told to the operator. */
export async function goOnline(
  pos: Pos,
  title: string,
  /** What the refusal means for the transaction, below why there is no line. */
  meaning: readonly Line[] = [],
): Promise<Extract<Readiness, { kind: 'ready' }> | { readonly kind: 'refused' }> {
  const readiness = await ready(pos, progressOn(pos, title))
  if (readiness.kind === 'ready') return readiness
  const [why = '', ...more] = readinessLines(pos, readiness)
  await notice(pos, title, [why, ...meaning, ...more])
  if (readiness.kind !== 'storageFault') await reportBlocked(pos)
  return { kind: 'refused' }
}

/** Settles what is owed or in doubt by itself, and says of the oldest how it ended. */
export async function settle(
  pos: Pos,
  title: string,
): Promise<{ readonly settled: boolean; readonly lines: Line[] }> {
  const [oldest] = [...pos.journal.owed(), ...pos.journal.doubtful()]
  const readiness = await ready(pos, progressOn(pos, title))
  pos.device.link.close()
  if (readiness.kind !== 'ready') return { settled: false, lines: readinessLines(pos, readiness) }
  const after = oldest && pos.journal.find(oldest.trace)
  if (after === undefined) return { settled: true, lines: [t(pos, 'confirmed')] }
  const end = t(pos, endOf(pos, after))
  const amount = after.intent.length > 0 ? decodeIntent(after.intent).amount : 0
  return { settled: true, lines: amount === 0 ? [end] : [`RMB ${yuan(amount)}`, end] }
}

/** How an entry ended that was owed or in doubt. */
function endOf(pos: Pos, { kind, state }: Entry): TextKey {
  if (state === 'approved' && transactionOf(pos, kind).whenLost === 'forward') return 'reportSent'
  return state === 'approved' ? 'settledApproved' : state === 'declined' ? 'notDone' : 'reversed'
}

/** Shows each step as a page with this title. */
export function progressOn(pos: Pos, title: string): Progress {
  return (step) => showPage(pos, { title, lines: [{ text: t(pos, step), align: 'centre' }] })
}

/** Lines that say why there is no line to trade on. */
export function readinessLines(pos: Pos, readiness: Exclude<Readiness, { kind: 'ready' }>): Line[] {
  const more = owingText(pos, 'reversalFirst')
  const owed = more === undefined ? [] : [t(pos, more)]
  switch (readiness.kind) {
    case 'noLine':
      return [t(pos, 'noLine'), ...owed, t(pos, 'checkCable')]
    case 'stillOwed':
      return [t(pos, more ?? 'reversalFirst')]
    case 'storageFault':
      return [t(pos, 'storageFault'), t(pos, 'callService')]
    case 'noKeys':
      return [t(pos, readiness.why), t(pos, whatToDo[readiness.why])]
    case 'notSignedOn':
      return [...signOnLines(pos, readiness.result), ...owed]
  }
}

/** What has to be sent before anything else: what is in doubt (said with `doubt`), advices, confirmations of top-ups. */
export function owingText(pos: Pos, doubt: TextKey): TextKey | undefined {
  if (isInDoubt(pos)) return doubt
  if (pos.journal.owed().length > 0) return 'adviceWaits'
  return owing(pos) > 0 ? 'confirmLater' : undefined
}

/** Lines that say how a sign-on ended. */
export function signOnLines(pos: Pos, result: SignOnResult): Line[] {
  switch (result.kind) {
    case 'signedOn':
      return [t(pos, 'signedOn')]
    case 'noAnswer':
      return [t(pos, 'signOnFailed'), t(pos, 'noAnswer')]
    case 'storageFault':
      return [t(pos, 'storageFault')]
    case 'declined':
      return [t(pos, 'signOnFailed'), codeLine(pos, result.code)]
    case 'keys':
      return [t(pos, 'signOnFailed'), t(pos, keyTexts[result.why] ?? 'keysWrong')]
  }
}

const keyTexts: { readonly [why: string]: TextKey } = { noKey: 'noMasterKey', replayed: 'keysReplayed' }

/** Who helps where the keys are gone, or never were there. */
export const whatToDo: { readonly [F in KeyFault]: TextKey } = {
  tampered: 'callService',
  secureDamaged: 'callService',
  noMasterKey: 'injectFirst',
}

/** `51 可用余额不足`: a response code in words. */
export function codeLine(pos: Pos, code: string): string {
  return `${code} ${responseOf(code)[pos.session.locale]}`
}

// biome-ignore format: one row a doubt
export const doubtTexts: { readonly [D in Doubt]: TextKey } = {
  timeout:  'noAnswer',
  closed:   'lineLost',
  operator: 'givenUp',
  mac:      'badMac',
}
