import type {
  Alarm,
  Command,
  CommandKind,
  CommandState,
  Deployment,
  DeploymentKind,
  DeploymentState,
  Event,
  Gate,
  Policy,
  Release,
  ReleaseState,
  Reported,
  Target,
  TargetState,
  Terminal,
  TerminalStatus,
  Wave,
  WaveState,
} from '../model.ts'
import type { Row, Value } from './database.ts'

/** Rows of the tables as what the core knows. Each list of columns is in the order that its function reads. */

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '')
const number = (value: Value | undefined): number => (typeof value === 'number' ? value : 0)
/** Databases give a Buffer; callers get plain bytes. */
export const bytesOf = (value: Value | undefined): Uint8Array =>
  value instanceof Uint8Array
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(0)

export const TERMINAL_COLUMNS = `serial, shard, status, maker, model, acquirer, merchant, merchant_name, store, terminal_id,
  account, address, zone_minutes, labels, note, report_key, key_trust, online, connection, presence_at, order_no, nonce,
  created_at, reported_at, epoch, seq, place, version, program, release_hash, counter, trial, download, offered, percent,
  code, waiting, pseq, parameters, drift, batch_number, batch_count, owed, quality, envelope`

export function terminalOf(row: Row): Terminal {
  const [serial, shard, status, maker, model, acquirer, merchant, merchantName, store, terminalId] = row
  const [
    account,
    address,
    zone,
    labels,
    note,
    key,
    trust,
    online,
    connection,
    since,
    orderNo,
    nonce,
    created,
  ] = row.slice(10)
  return {
    serial: text(serial),
    shard: number(shard),
    status: text(status) as TerminalStatus,
    maker: text(maker),
    model: text(model),
    acquirer: text(acquirer),
    merchant: text(merchant),
    merchantName: text(merchantName),
    store: text(store),
    terminalId: text(terminalId),
    account: text(account),
    address: text(address),
    zoneMinutes: number(zone),
    labels: labelsOf(text(labels)),
    note: text(note),
    reportKey: text(key),
    keyTrust: text(trust) as Terminal['keyTrust'],
    presence: { online: online === 1, connection: number(connection), since: number(since) },
    orderNo: number(orderNo),
    nonce: text(nonce),
    createdAt: number(created),
    reported: reportedOf(row.slice(23)),
  }
}

function reportedOf(row: Row): Reported | undefined {
  const [at, epoch, seq, place, version, program, release, counter, trial, download, offered, percent] = row
  const [code, waiting, pseq, parameters, drift, batchNumber, batchCount, owed, quality, envelope] =
    row.slice(12)
  if (number(at) === 0) return undefined
  return {
    at: number(at),
    epoch: number(epoch),
    seq: number(seq),
    place: text(place) as Reported['place'],
    version: text(version),
    program: text(program),
    release: text(release),
    counter: number(counter),
    trial: trial === 1,
    download: text(download),
    offered: text(offered),
    percent: number(percent),
    code: number(code),
    waiting: number(waiting),
    parameterSeq: number(pseq),
    parameters: text(parameters),
    drift: number(drift),
    batchNumber: number(batchNumber),
    batchCount: number(batchCount),
    owed: number(owed),
    quality: number(quality),
    envelope: bytesOf(envelope),
  }
}

/** Labels in their column: `,a,b,`, so that one is found whole. */
export const labelText = (labels: readonly string[]): string =>
  labels.length === 0 ? '' : `,${labels.join(',')},`
const labelsOf = (held: string): readonly string[] => held.split(',').filter((label) => label !== '')

export const RELEASE_COLUMNS = `id, version, manifest, manifest_size, seq, counter, models, program, program_length, payloads,
  signers, expires, notice_zh, notice_en, state, uploaded_by, uploaded_at, approved_by, approved_at, withdrawn_by,
  withdrawn_at, reason`

export function releaseOf(row: Row): Release {
  const [id, version, manifest, size, seq, counter, models, program, length, payloads] = row
  const [signers, expires, zh, en, state, uploadedBy, uploadedAt, approvedBy, approvedAt, by, at, reason] =
    row.slice(10)
  return {
    id: number(id),
    version: text(version),
    manifest: text(manifest),
    manifestSize: number(size),
    seq: number(seq),
    counter: number(counter),
    models: JSON.parse(text(models)) as string[],
    program: text(program),
    programLength: number(length),
    payloads: JSON.parse(text(payloads)) as Release['payloads'],
    signers: JSON.parse(text(signers)) as string[],
    expires: number(expires),
    noticeZh: text(zh),
    noticeEn: text(en),
    state: text(state) as ReleaseState,
    uploadedBy: text(uploadedBy),
    uploadedAt: number(uploadedAt),
    approvedBy: text(approvedBy),
    approvedAt: number(approvedAt),
    withdrawnBy: text(by),
    withdrawnAt: number(at),
    reason: text(reason),
  }
}

export const DEPLOYMENT_COLUMNS = `id, name, kind, release, group_name, dynamic, policy, gate, rate_per_minute, start_at, state,
  rank, reason, created_by, created_at, approved_by, approved_at, started_at, ended_at`

export function deploymentOf(row: Row, waves: readonly Wave[]): Deployment {
  const [id, name, kind, release, group, dynamic, policy, gate, rate, startAt, state] = row
  const [rank, reason, createdBy, createdAt, approvedBy, approvedAt, startedAt, endedAt] = row.slice(11)
  return {
    id: number(id),
    name: text(name),
    kind: text(kind) as DeploymentKind,
    release: number(release),
    group: text(group),
    dynamic: dynamic === 1,
    policy: JSON.parse(text(policy)) as Policy,
    gate: JSON.parse(text(gate)) as Gate,
    ratePerMinute: number(rate),
    startAt: number(startAt),
    state: text(state) as DeploymentState,
    waves,
    rank: number(rank),
    reason: text(reason),
    createdBy: text(createdBy),
    createdAt: number(createdAt),
    approvedBy: text(approvedBy),
    approvedAt: number(approvedAt),
    startedAt: number(startedAt),
    endedAt: number(endedAt),
  }
}

export const WAVE_COLUMNS = 'number, size, state, started_at, passed_at'

export function waveOf([index, size, state, startedAt, passedAt]: Row): Wave {
  return {
    index: number(index),
    size: number(size),
    state: text(state) as WaveState,
    startedAt: number(startedAt),
    passedAt: number(passedAt),
  }
}

export const TARGET_COLUMNS = `target.deployment, target.serial, target.kind, target.wave, target.state, target.code,
  target.percent, target.waiting, target.object, target.size, target.order_no, target.queued_at, target.notified_at,
  target.ended_at, target.updated_at`
export const TARGET_COLUMN_COUNT = 15

export function targetOf(row: Row): Target {
  const [deployment, serial, kind, wave, state, code, percent, waiting, object, size] = row
  const [orderNo, queuedAt, notifiedAt, endedAt, updatedAt] = row.slice(10)
  return {
    deployment: number(deployment),
    serial: text(serial),
    kind: text(kind) as DeploymentKind,
    wave: number(wave),
    state: text(state) as TargetState,
    code: number(code),
    percent: number(percent),
    waiting: number(waiting),
    object: text(object),
    size: number(size),
    orderNo: number(orderNo),
    queuedAt: number(queuedAt),
    notifiedAt: number(notifiedAt),
    endedAt: number(endedAt),
    updatedAt: number(updatedAt),
  }
}

export const COMMAND_COLUMNS =
  'id, serial, kind, argument, state, code, result, created_by, created_at, ended_at'

export function commandOf([id, serial, kind, argument, state, code, result, by, at, ended]: Row): Command {
  return {
    id: number(id),
    serial: text(serial),
    kind: text(kind) as CommandKind,
    argument: bytesOf(argument),
    state: text(state) as CommandState,
    code: number(code),
    result: bytesOf(result),
    createdBy: text(by),
    createdAt: number(at),
    endedAt: number(ended),
  }
}

export const EVENT_COLUMNS = 'id, serial, epoch, seq, at, type, text'

export function eventOf([id, serial, epoch, seq, at, type, line]: Row): Event {
  return {
    id: number(id),
    serial: text(serial),
    epoch: number(epoch),
    seq: number(seq),
    at: number(at),
    type: text(type),
    text: text(line),
  }
}

export const ALARM_COLUMNS = 'id, at, deployment, text, seen_by'

export function alarmOf([id, at, deployment, line, seenBy]: Row): Alarm {
  return {
    id: number(id),
    at: number(at),
    deployment: number(deployment),
    text: text(line),
    seenBy: text(seenBy),
  }
}
