import type { DownloadDesk } from '../emulator/page/downloads.ts'
import type { UserRole } from '../host-link/tms/access.ts'
import type { AnswerOf, CallName } from '../host-link/tms/api.ts'
import type { TmsServer } from '../host-link/tms/node/server.ts'
import { targetStates } from '../host-link/tms/states.ts'
import { PROGRAM } from '../terminal/version.ts'
import { type Broken, buildDevelopmentRelease, type DevelopmentTrust } from './release/development.ts'

export interface Input {
  readonly path?: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly bytes?: Uint8Array
}

/** Asks the API as the person of this role. Throws CommandError. */
export type Asking = <Name extends CallName>(
  name: Name,
  who: UserRole,
  input?: Input,
) => Promise<AnswerOf<Name>>

/** What the panel of the emulator's page does at the service, as people would. */
export interface Desk {
  readonly server: TmsServer
  readonly trust: DevelopmentTrust
  readonly ask: Asking
}

/** Models of the emulator: one program for all of them. */
const MODELS = ['compact', 'standard']
/** 结算提醒(%): of the batch limit. A value that no batch has to be empty for. */
const SHOWN_PARAMETER = 'settleWarningPercent'
const HIGHEST = 90
const LOWEST = 50

export function isBroken(word: string): word is Broken {
  return word === 'throws' || word === 'hangs'
}

/** What the panel shows beside what the terminal says of itself. */
export async function deskOf(
  desk: Desk,
  serial: string,
): Promise<Pick<DownloadDesk, 'next' | 'terminal' | 'target' | 'parameter'>> {
  const { row, slots, deployments } = await desk.ask('terminal', 'viewer', { path: serial })
  const { rows } = await desk.ask('terminalParameters', 'viewer', { path: serial })
  const shown = rows.find(({ key }) => key === SHOWN_PARAMETER)
  const [last] = [...deployments].sort((one, other) => other.deployment - one.deployment)
  const { online, version, download, parameters, locked } = row
  return {
    next: nextVersion(await desk.server.store.releases()),
    terminal: {
      ...{ online, locked, upToDate: parameters.upToDate, trial: slots.some(({ trial }) => trial) },
      ...(version !== undefined && { version }),
      ...(download !== undefined && { download }),
    },
    ...(last !== undefined && {
      target: {
        name: last.name.replace(` → ${serial}`, ''),
        state: last.state,
        ...namesOf(targetStates[last.state]),
        code: last.code,
      },
    }),
    ...(shown !== undefined && {
      parameter: { zh: shown.zh, en: shown.en, value: Number(shown.value), reported: shown.reported },
    }),
  }
}

function namesOf({ zh, en }: { readonly zh: string; readonly en: string }) {
  return { zh, en }
}

/** The bundle of this checkout under the next version: signed, uploaded, approved by a second person, and brought to one terminal. */
export async function offerRelease(desk: Desk, serial: string, broken: Broken | undefined): Promise<void> {
  const { trust, ask } = desk
  const releases = await desk.server.store.releases()
  const version = nextVersion(releases)
  const seq = 1 + Math.max(0, ...releases.map((one) => one.seq))
  // In full, not as a delta of a few hundred bytes: its way is to be seen.
  const bytes = await buildDevelopmentRelease({
    ...{ trust, version, seq, counter: PROGRAM.counter, models: MODELS },
    ...(broken === undefined ? {} : { broken }),
  })
  const { row: release } = await ask('uploadRelease', 'releaser', { bytes })
  await ask('approveRelease', 'approver', { path: String(release.id), body: { note: 'emulator' } })
  const plan = {
    ...{ name: `${version} → ${serial}`, kind: 'program', release: release.id, dynamic: false, waves: 'all' },
    target: { kind: 'list', serials: [serial] },
    gate: { confirmedPercent: 100, failurePercent: 100, sample: 20, bakeSeconds: 0 },
    policy: {
      ...{ earliest: 0, windowFrom: 0, windowTo: 0, deadline: 0, deferrals: 3 },
      ...{ allowOpenBatch: true, automatic: true },
    },
    ...{ ratePerMinute: 0, startAt: 0, reason: 'emulator' },
  }
  const { row } = await ask('createDeployment', 'releaser', { body: plan })
  const path = String(row.id)
  await ask('submitDeployment', 'releaser', { path })
  await ask('approveDeployment', 'approver', { path, body: { note: 'emulator' } })
}

/** 结算提醒 of this terminal, ten percent lower, and from the lowest back to the highest. */
export async function changeParameter({ ask }: Desk, serial: string): Promise<void> {
  const layer = { kind: 'terminal', name: serial }
  const { published } = await ask('layer', 'operator', { query: layer })
  const before = published?.content ?? { values: {}, locks: [], variables: {} }
  const value = Number(before.values[SHOWN_PARAMETER] ?? HIGHEST)
  const values = { ...before.values, [SHOWN_PARAMETER]: value - 10 < LOWEST ? HIGHEST : value - 10 }
  const body = { content: { ...before, values }, effective: 0, waves: 'all', reason: 'emulator' }
  const { draft } = await ask('saveLayer', 'operator', { query: layer, body })
  await ask('publishLayer', 'operator', { query: layer, body: { draft: draft?.version } })
}

/** A terminal as from the factory counts anew: the key and the numbers of its next hello are taken as those of a new one. */
export async function forgetTerminal({ server }: Desk, serial: string): Promise<void> {
  await server.store.setReportKey(serial, '')
}

/** `0.1.0` → `0.1.1`: after the newest that was ever offered. */
function nextVersion(releases: readonly { readonly version: string; readonly seq: number }[]): string {
  const [newest] = [...releases].sort((one, other) => other.seq - one.seq)
  return (newest?.version ?? PROGRAM.version).replace(/\d+$/, (digits: string) => String(Number(digits) + 1))
}
