import { WireError } from '../../wire/message.ts'
import { DOWNLOAD_STATES, type DownloadState, WAITING } from '../../wire/tms/codes.ts'
import { readEnvelope } from '../../wire/tms/envelope.ts'
import { decodeReport, REPORT_BYTES_MAX, type Report } from '../../wire/tms/report.ts'
import type { TerminalAsset, TerminalDetail, TerminalRow, WaitingFor } from '../api-terminals.ts'
import type { Target, Terminal } from '../model.ts'
import { targetStatesOf } from '../states.ts'
import { commandViews } from './api-command-views.ts'
import { documentsOf, wantedDocument } from './api-documents.ts'
import type { Face } from './api-face.ts'
import { inList } from './database.ts'

/** The bits of a report as words. */
export function waitingWords(bits: number): readonly WaitingFor[] {
  return (Object.keys(WAITING) as (keyof typeof WAITING)[]).filter((name) => (bits & WAITING[name]) !== 0)
}

/** What the terminal said last; undefined where it has said nothing that can be read. */
export function reportOf({ reported }: Terminal): Report | undefined {
  if (reported === undefined) return undefined
  try {
    return decodeReport(readEnvelope(reported.envelope, REPORT_BYTES_MAX).payload)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

const downloadState = (word: string): DownloadState =>
  DOWNLOAD_STATES.find((state) => state === word) ?? 'empty'

/** Rows of the fleet; what the other tables know of them is read for all at once. */
export async function terminalRows(
  face: Face,
  terminals: readonly Terminal[],
): Promise<readonly TerminalRow[]> {
  const serials = terminals.map(({ serial }) => serial)
  const [versions, documents, locked] = [
    await wantedVersions(face, serials),
    await wantedSets(face, serials),
    await lockedOnes(face, serials),
  ]
  return terminals.map((terminal) => {
    const { serial, maker, model, status, merchant, store, terminalId, presence, reported } = terminal
    const wanted = documents.get(serial)
    const wantedVersion = versions.get(serial)
    return {
      ...{ serial, model, status, online: presence.online, locked: locked.has(serial) },
      ...(maker !== '' && { maker }),
      ...(merchant !== '' && { merchant }),
      ...(store !== '' && { store }),
      ...(terminalId !== '' && { terminalId }),
      ...(lastSeen(terminal) > 0 && { lastSeen: lastSeen(terminal) }),
      ...(wantedVersion !== undefined && { wantedVersion }),
      parameters: {
        ...(wanted !== undefined && { wanted: wanted.pseq }),
        ...(reported !== undefined && { reported: reported.parameterSeq }),
        upToDate: wanted === undefined || wanted.hash === reported?.parameters,
        drift: reported?.drift ?? 0,
      },
      ...(reported !== undefined && {
        version: reported.version,
        batchOpen: reported.batchCount > 0,
        download: {
          state: downloadState(reported.download),
          ...(reported.offered !== '' && { release: reported.offered }),
          ...{ percent: reported.percent, code: reported.code, waiting: waitingWords(reported.waiting) },
        },
      }),
    }
  })
}

/** When a terminal was last heard of: by its report or by the broker. */
export function lastSeen({ presence, reported }: Terminal): number {
  return Math.max(presence.since, reported?.at ?? 0)
}

async function wantedVersions(
  { query }: Face,
  serials: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const [one, states] = [inList(serials), inList(targetStatesOf('open'))]
  const rows = await query.query(
    `SELECT target.serial, release.version FROM target
     JOIN deployment ON deployment.id = target.deployment JOIN release ON release.id = deployment.release
     WHERE target.serial IN (${one.marks}) AND target.kind = 'program' AND target.state IN (${states.marks})
     AND deployment.state IN ('running', 'paused') ORDER BY deployment.rank`,
    [...one.values, ...states.values],
  )
  return new Map(rows.map(([serial, version]) => [String(serial), String(version)]))
}

async function wantedSets({ query, now }: Face, serials: readonly string[]) {
  const { marks, values } = inList(serials)
  const rows = await query.query(
    `SELECT serial, pseq, hash FROM tms_document WHERE serial IN (${marks}) AND effective <= ? ORDER BY serial, pseq`,
    [...values, now],
  )
  return new Map(
    rows.map(([serial, pseq, hash]) => [String(serial), { pseq: Number(pseq), hash: String(hash) }]),
  )
}

/** Locked 锁机 by a command that the terminal has carried out, and not unlocked since. */
async function lockedOnes({ query }: Face, serials: readonly string[]): Promise<ReadonlySet<string>> {
  const { marks, values } = inList(serials)
  const rows = await query.query(
    `SELECT serial, kind FROM command WHERE serial IN (${marks}) AND kind IN ('lock', 'unlock') AND state = 'done' AND code = 0 ORDER BY id`,
    values,
  )
  const last = new Map(rows.map(([serial, kind]) => [String(serial), String(kind)]))
  return new Set([...last].flatMap(([serial, kind]) => (kind === 'lock' ? [serial] : [])))
}

export function assetOf(terminal: Terminal): TerminalAsset {
  const { serial, maker, model, acquirer, merchant, merchantName, store, terminalId } = terminal
  const { account, address, zoneMinutes, labels, note, reportKey } = terminal
  return {
    ...{ serial, maker, model, acquirer, merchant, merchantName, store, terminalId },
    ...{ account, address, zoneMinutes, labels, note, reportKey },
  }
}

/** Why a target does not go on: what its terminal says, and what holds it up here. */
export function targetWaiting(target: Target, online: boolean, paused: boolean): readonly WaitingFor[] {
  if (targetStatesOf('open').every((state) => state !== target.state)) return []
  return [
    ...(target.state === 'waiting' ? (['wave'] as const) : []),
    ...(target.state === 'queued' && online ? (['rate'] as const) : []),
    ...(paused ? (['paused'] as const) : []),
    ...(online ? [] : (['offline'] as const)),
    ...waitingWords(target.waiting),
  ]
}

/** All that is known of one terminal. */
export async function terminalDetail(face: Face, terminal: Terminal): Promise<TerminalDetail> {
  const { serial, reported, shard } = terminal
  const [row] = await terminalRows(face, [terminal])
  if (row === undefined) throw new TypeError('terminals: no row of a terminal')
  const report = reportOf(terminal)
  return {
    row,
    ...{ asset: assetOf(terminal), shard, epoch: reported?.epoch ?? 0 },
    groups: await groupsOf(face, serial),
    slots: reported === undefined ? [] : [slotOf(reported)],
    ...(report !== undefined && reportedDetail(report)),
    checkValues:
      report === undefined
        ? []
        : [...report.checkValues].map(([slot, values]) => ({ slot: String(slot), values })),
    commands: await commandViews(face, serial),
    deployments: await deploymentsOf(face, terminal),
  }
}

function slotOf({ place, trial, version, release, program, counter }: NonNullable<Terminal['reported']>) {
  return { place, running: true, trial, version, release, programHash: program, counter }
}

function reportedDetail(report: Report) {
  const { batch, comms, health, device, download, last } = report
  const [exchanges = 0, unanswered = 0, connections = 0, lost = 0] = comms.counters
  return {
    batch: { number: batch.number, count: batch.count, frozen: batch.frozen, owed: batch.owed },
    comms: { quality: comms.quality, security: comms.security, exchanges, unanswered, connections, lost },
    health: { ...health },
    runtime: device.runtime,
    doneBytes: download.doneBytes,
    sizeBytes: download.size,
    ...(last !== null && {
      lastEnd: {
        release: Buffer.from(last.release).toString('hex'),
        end: last.end,
        code: last.code,
      },
    }),
  }
}

async function groupsOf({ store }: Face, serial: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const { name, filter, members } of await store.groups()) {
    const inside =
      filter === ''
        ? members.includes(serial)
        : (await store.countTerminals({ filter: `serial = ${serial}`, group: name })) > 0
    if (inside) found.push(name)
  }
  return found
}

async function deploymentsOf(face: Face, terminal: Terminal): Promise<TerminalDetail['deployments']> {
  const targets = await face.store.targetsOf(terminal.serial)
  return Promise.all(
    targets.map(async (target) => {
      const deployment = await face.store.deployment(target.deployment)
      const { wave, state, code, updatedAt } = target
      return {
        ...{
          deployment: target.deployment,
          name: deployment?.name ?? '',
          wave,
          state,
          code,
          since: updatedAt,
        },
        waiting: targetWaiting(target, terminal.presence.online, deployment?.state === 'paused'),
      }
    }),
  )
}

/** What the terminal says of its parameters, against what is wanted. */
export async function parameterReport(face: Face, terminal: Terminal) {
  const documents = await documentsOf(face.query, terminal.serial)
  const wanted = wantedDocument(documents, face.now)
  const report = reportOf(terminal)
  const hash = terminal.reported?.parameters ?? ''
  const current = wanted === undefined ? hash === '' : wanted.hash === hash
  return { wanted, drift: report?.parameters.drift ?? [], current, said: terminal.reported !== undefined }
}
