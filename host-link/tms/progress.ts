import { CODE, WAITING } from '../wire/tms/codes.ts'
import type { ObjectHash, Reported, Target, TargetState } from './model.ts'
import { targetStates } from './states.ts'

/** How the last download of a terminal ended, as its signed report says. */
export interface LastEnd {
  readonly release: ObjectHash
  readonly end: 'confirmed' | 'reverted' | 'failed' | 'expired'
  readonly code: number
  readonly orderNo: number
}

/** What of a signed report moves targets. */
export interface ReportFacts extends Omit<Reported, 'at' | 'envelope'> {
  readonly lastEnd: LastEnd | undefined
  /** Why the parameter set `parametersRefused` was not taken. */
  readonly parametersCode: number
  /** '': none was refused. */
  readonly parametersRefused: ObjectHash
}

export interface Progress {
  readonly state: TargetState
  readonly code: number
  readonly percent: number
  readonly waiting: number
}

/** Codes with which a terminal refuses before it fetches (`wire/tms/codes.ts`): it is not for it, or it must not be. */
const REFUSALS: readonly number[] = [
  CODE.signature,
  CODE.expired,
  CODE.wrongModel,
  CODE.wrongTenant,
  CODE.counterLow,
  CODE.seqLow,
  CODE.runtime,
  CODE.parameterSchema,
  CODE.journalLayout,
  CODE.noSpace,
  CODE.baseMissing,
  CODE.notForMe,
  CODE.parameterUnknown,
  CODE.parameterValue,
  CODE.requiredVersion,
  CODE.malformed,
]

/**
 * Where a target stands after a report that was signed by the terminal, is for it, and is newer than all before. `program` is
 * what a release makes run; `confirmed` is nothing less than that program, of that release, running and not on trial. A
 * terminal that went away from a confirmed release reverted it, whenever that was.
 */
export function progressAfter(target: Target, program: ObjectHash, report: ReportFacts): Progress {
  const { end } = targetStates[target.state]
  // What it was before says nothing about what runs now.
  const asked: Target = target.state === 'confirmed' ? { ...target, state: 'notified', code: 0 } : target
  const now =
    target.kind === 'program' ? programProgress(asked, program, report) : parameterProgress(asked, report)
  if (end === 'open') return now
  if (target.state === 'confirmed') {
    if (now.state === 'confirmed') return now
    // Another set is in use: it is told again. Another program: it went back, whatever it says.
    return target.kind === 'parameters' ? { ...now, state: 'queued' } : { ...now, state: 'reverted' }
  }
  // It was given up, but the terminal had armed it already: what runs is the truth.
  if (end === 'bad' && now.state === 'confirmed') return now
  return { ...now, state: target.state, code: target.code }
}

function programProgress(target: Target, program: ObjectHash, report: ReportFacts): Progress {
  const at = { code: 0, percent: report.percent, waiting: report.waiting }
  const { lastEnd } = report
  if (report.release === target.object && report.program === program && !report.trial)
    return { ...at, state: 'confirmed', percent: 100, waiting: 0 }
  if (report.release === target.object && report.trial) return { ...at, state: 'trial', percent: 100 }
  if (target.orderNo > 0 && lastEnd?.release === target.object && lastEnd.orderNo === target.orderNo) {
    const { code } = lastEnd
    if (lastEnd.end === 'reverted') return { ...at, state: 'reverted', code }
    if (lastEnd.end === 'expired') return { ...at, state: 'expired', code }
    if (lastEnd.end === 'failed') return { ...at, state: failure(code), code }
  }
  if (report.offered !== target.object) return unchanged(target)
  return { ...at, ...downloadProgress(target, report) }
}

function failure(code: number): TargetState {
  return REFUSALS.includes(code) ? 'refused' : 'failed'
}

function downloadProgress(
  target: Target,
  report: ReportFacts,
): { readonly state: TargetState; readonly code: number } {
  const { code } = report
  const open = (state: TargetState) => ({ state, code: 0 })
  switch (report.download) {
    case 'receiving':
      return open(report.percent > 0 ? 'downloading' : 'accepted')
    case 'verified':
      return open((report.waiting & WAITING.deferred) !== 0 ? 'deferred' : 'downloaded')
    case 'armed':
      return open('armed')
    case 'trial':
      return open('trial')
    case 'failed':
      // Of an earlier try: `lastEnd` tells which order it was.
      return report.lastEnd === undefined
        ? { state: failure(code), code }
        : { state: target.state, code: target.code }
    default:
      return { state: target.state, code: target.code }
  }
}

function parameterProgress(target: Target, report: ReportFacts): Progress {
  if (report.parameters === target.object)
    return { ...unchanged(target), state: 'confirmed', code: 0, percent: 100 }
  const { parametersCode: code, parametersRefused: refused } = report
  // A set that needs a program first is waiting for it, not refused; what was refused before says nothing of this one.
  if (code === CODE.ok || code === CODE.needsProgram || target.orderNo === 0) return unchanged(target)
  if (refused !== target.object) return unchanged(target)
  return { ...unchanged(target), state: failure(code), code }
}

function unchanged({ state, code, percent, waiting }: Target): Progress {
  return { state, code, percent, waiting }
}

/** 等待原因 in words, by bit of a report's `waiting`. */
// biome-ignore format: one row a bit
const causes: readonly { readonly bit: number; readonly zh: string; readonly en: string }[] = [
  { bit: WAITING.batch,       zh: '批次未结算',   en: 'the batch is open'               },
  { bit: WAITING.window,      zh: '未到升级时段', en: 'outside the window'              },
  { bit: WAITING.transaction, zh: '正在使用',     en: 'somebody is at the terminal'     },
  { bit: WAITING.owed,        zh: '有待发交易',   en: 'a reversal or an advice is owed' },
  { bit: WAITING.deferred,    zh: '商户推迟',     en: 'deferred by the merchant'        },
  { bit: WAITING.paper,       zh: '缺纸',         en: 'no paper, or a slip is owed'     },
  { bit: WAITING.power,       zh: '电量不足',     en: 'battery too low'                 },
]

/** Why a terminal is not there yet 为什么在等: what its report says, or what the service knows. Empty: nothing known. */
export function whyWaiting(
  target: Pick<Target, 'state' | 'waiting'>,
  online: boolean,
): readonly { readonly zh: string; readonly en: string }[] {
  const { end, zh, en } = targetStates[target.state]
  if (end !== 'open') return []
  if (target.state === 'waiting') return [{ zh, en }]
  const reported = causes.filter(({ bit }) => (target.waiting & bit) !== 0)
  const reasons = reported.map((cause) => ({ zh: cause.zh, en: cause.en }))
  return online ? reasons : [{ zh: '离线', en: 'offline' }, ...reasons]
}
