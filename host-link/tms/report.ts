import { hexOf } from '../wire/bytes.ts'
import { WireError } from '../wire/message.ts'
import { readEnvelope, signedBytes, type Verify } from '../wire/tms/envelope.ts'
import { decodeReport, REPORT_BYTES_MAX, type Report } from '../wire/tms/report.ts'
import type { LastEnd, ReportFacts } from './progress.ts'

export const hexOfHash = (bytes: Uint8Array): string => hexOf(bytes).toLowerCase()

/** `untrusted`: well formed, but not signed by the terminal's own key, or for another. */
export type ReadReport =
  | { readonly kind: 'report'; readonly report: Report; readonly facts: ReportFacts }
  | { readonly kind: 'untrusted' | 'malformed'; readonly why: string }

/** Whose report it should be. `key`: its report key, 32 bytes; the signature counts by that key alone. */
export interface Reporter {
  readonly serial: string
  readonly tenant: string
  readonly key: Uint8Array
}

/** A signed report 状态报告. The signature is checked before anything of it is read. */
export function readSignedReport(
  bytes: Uint8Array,
  { serial, tenant, key }: Reporter,
  verify: Verify,
): ReadReport {
  try {
    const { payload, signatures } = readEnvelope(bytes, REPORT_BYTES_MAX)
    const [signature, ...others] = signatures
    if (
      signature === undefined ||
      others.length > 0 ||
      !verify(key, signedBytes('report', payload), signature.signature)
    )
      return { kind: 'untrusted', why: 'not signed by the key of this terminal' }
    const report = decodeReport(payload)
    if (report.serial !== serial || report.tenant !== tenant)
      return { kind: 'untrusted', why: 'the report of another terminal' }
    return { kind: 'report', report, facts: factsOf(report) }
  } catch (error) {
    if (error instanceof WireError) return { kind: 'malformed', why: error.message }
    throw error
  }
}

/** Whether a report is newer than the last: by epoch, then by number. */
export function isNewer(
  report: { readonly epoch: number; readonly seq: number },
  last: { readonly epoch: number; readonly seq: number },
): boolean {
  return report.epoch > last.epoch || (report.epoch === last.epoch && report.seq > last.seq)
}

function factsOf(report: Report): ReportFacts {
  const { running, download, parameters, batch, comms } = report
  return {
    epoch: report.epoch,
    seq: report.seq,
    place: running.place,
    version: running.version,
    program: hexOfHash(running.program),
    release: hexOfHash(running.release),
    counter: running.counter,
    trial: running.trial,
    download: download.state,
    offered: download.release === null ? '' : hexOfHash(download.release),
    percent: download.size === 0 ? 0 : Math.min(100, Math.floor((download.doneBytes * 100) / download.size)),
    code: download.code,
    waiting: download.waiting,
    parameterSeq: parameters.pseq,
    parameters: parameters.hash === null ? '' : hexOfHash(parameters.hash),
    parametersCode: parameters.code,
    parametersRefused: parameters.refused === null ? '' : hexOfHash(parameters.refused),
    drift: parameters.drift.length,
    batchNumber: batch.number,
    batchCount: batch.count,
    owed: batch.owed + (batch.frozen ? 1 : 0),
    quality: comms.quality,
    lastEnd: lastEndOf(report),
  }
}

function lastEndOf({ last }: Report): LastEnd | undefined {
  if (last === null) return undefined
  const { end } = last
  if (end !== 'confirmed' && end !== 'reverted' && end !== 'failed' && end !== 'expired') return undefined
  return { release: hexOfHash(last.release), end, code: last.code, orderNo: last.order }
}

/** A report in one line, for the list of events. */
export function reportLine(facts: ReportFacts): string {
  const { version, place, trial } = facts
  return `${version} in ${place}${trial ? ' on trial' : ''}, ${downloadLine(facts)}`
}

/** Where a download stands; how far only while it comes: what is there or over has no share. */
export function downloadLine({
  download,
  percent,
  code,
}: Pick<ReportFacts, 'download' | 'percent' | 'code'>): string {
  return `${download}${download === 'receiving' ? ` ${percent} %` : ''}${code === 0 ? '' : `, code ${code}`}`
}
