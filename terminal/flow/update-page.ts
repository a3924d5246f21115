import { type DownloadState, WAITING } from '../../host-link/wire/tms/codes.ts'
import type { Pos } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { chooseFrom } from '../screen/menu.ts'
import { type Line, t } from '../screen/page.ts'
import type { TextKey } from '../screen/text.ts'
import { momentOf } from '../update/facts.ts'
import { waitingFor } from '../update/safe-point.ts'
import { VERSION } from '../version.ts'
import { codeOf, updateNow } from './update.ts'

/** What is said of a state; of all others that nothing new is there. Armed and on trial it is seen by nobody: it restarts. */
// biome-ignore format: one row a state
const stateTexts: { readonly [State in DownloadState]?: TextKey } = {
  receiving: 'updateReceiving',
  verified:  'updateVerified',
  failed:    'updateFailed',
  expired:   'updateFailed',
  reverted:  'updateBack',
}

/** `transaction` never: who reads the page is at the terminal. */
// biome-ignore format: one row a reason
const waitTexts: readonly (readonly [bit: number, TextKey])[] = [
  [WAITING.batch,    'waitBatch'],
  [WAITING.window,   'waitWindow'],
  [WAITING.owed,     'waitOwed'],
  [WAITING.deferred, 'waitDeferred'],
  [WAITING.paper,    'waitPaper'],
]

/** 软件更新: what runs, what comes and what it waits for; asks the service now, or updates now. */
export async function softwareUpdate(pos: Pos): Promise<void> {
  const title = t(pos, 'softwareUpdate')
  const { update } = pos
  if (update === undefined) return notice(pos, title, [t(pos, 'updateOffline'), runningLine(pos)])
  const ready = update.programReady() !== undefined
  const choices = [t(pos, 'updateCheck'), ...(ready ? [t(pos, 'updateNow')] : [])]
  const chosen = await chooseFrom(pos, title, choices, pageLines(pos))
  if (chosen.kind !== 'chosen') return
  if (chosen.index === 1) {
    await updateNow(pos)
    return notice(pos, title, waitLines(pos)) // still here
  }
  const online = pos.device.inbox.state() === 'online'
  if (online) update.ask()
  await notice(pos, title, [t(pos, online ? 'updateAsked' : 'updateOffline')], 3)
}

function pageLines(pos: Pos): Line[] {
  const view = pos.update?.state()
  if (view === undefined) return []
  const { state, percent, code, parametersWaiting } = view
  const lines = [
    `${t(pos, stateTexts[state] ?? 'updateEmpty')} ${view.version ?? ''} ${percent === undefined ? '' : `${percent}%`}`.trim(),
    ...(code === 0 ? [] : [codeOf(pos, code)]),
    ...waitLines(pos),
    runningLine(pos),
  ]
  if (parametersWaiting > 0) lines.push(`${t(pos, 'updateParameters')} ${parametersWaiting}`)
  return lines
}

/** What runs, and from slot A, B or the factory. */
function runningLine(pos: Pos): string {
  const version = pos.update?.boot().active.version ?? VERSION
  return `${t(pos, 'version')} ${version} ${pos.device.slots.running().place.charAt(0).toUpperCase()}`
}

/** Why a program that is ready is not put in. */
function waitLines(pos: Pos): string[] {
  if (pos.update?.programReady() === undefined) return []
  const waits = waitingFor(momentOf(pos, false))
  return waitTexts.filter(([bit]) => (waits & bit) !== 0).map(([, text]) => t(pos, text))
}

/** `↓ 37%` on its way, 新版 when it is ready; empty: nothing. */
export function progressMark(pos: Pos): string {
  const view = pos.update?.state()
  if (view?.state === 'receiving') return `↓ ${Math.min(99, view.percent ?? 0)}%`
  return view?.state === 'verified' ? t(pos, 'updateMark') : ''
}
