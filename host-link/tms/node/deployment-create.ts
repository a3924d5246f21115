import { createHash } from 'node:crypto'
import { WireError } from '../../wire/message.ts'
import { readEnvelope } from '../../wire/tms/envelope.ts'
import {
  decodeParameterSet,
  PARAMETER_SET_BYTES_MAX,
  type ParameterSet,
} from '../../wire/tms/parameter-set.ts'
import { isTooLate } from '../deployment.ts'
import type { NewDeployment, ParameterDocument, Refused, Release } from '../model.ts'
import { arePercentages, waveSizes } from '../rollout.ts'
import { putObject, releaseIn } from './catalogue-store.ts'
import { inList, lots, type Query, type TmsDatabase } from './database.ts'
import { refused, whereOf } from './fleet-store.ts'

type Targets =
  | { readonly serials: readonly string[] }
  | { readonly documents: readonly ParameterDocument[] }
  | 'group'

/** A terminal of a new deployment and what it is brought. */
export interface Member {
  readonly serial: string
  readonly model: string
  readonly labels: string
  readonly object: string
  readonly size: number
  /** Of a parameter set, as in `RankedTarget`; 0 of a program. */
  readonly pseq: number
  readonly effective: number
}

export const digestOf = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex')

/** A draft with its waves; which terminal is in which wave is fixed here. */
export async function createDeployment(
  database: TmsDatabase,
  query: Query,
  wanted: NewDeployment,
  targets: Targets,
  now: number,
): Promise<{ readonly kind: 'created'; readonly id: number } | Refused> {
  const release = await releaseFor(query, wanted)
  if (typeof release === 'string') return refused(release)
  const found = await membersOf(database, query, wanted, targets, release)
  if (typeof found === 'string') return refused(found)
  const why = wrongIn(wanted, found, release, now)
  if (why !== undefined) return refused(why)

  const internal = found.filter(isInternal).length
  const sizes = waveSizes(found.length, internal, wanted.waves)
  const id = await insertDeployment(query, wanted, now)
  for (const [number, size] of sizes.entries())
    await query.run(`INSERT INTO wave (deployment, number, size, state) VALUES (?, ?, ?, 'waiting')`, [
      id,
      number,
      size,
    ])
  const ends = sizes.map((_, at) => sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0))
  const placed = inOrder(found).map((member, at) => ({ member, wave: ends.findIndex((end) => at < end) }))
  for (const lot of lots(placed))
    await Promise.all(lot.map(({ member, wave }) => insertTarget(query, id, wanted, member, wave, now)))
  return { kind: 'created', id }
}

/** Also for one that joins later. */
export async function insertTarget(
  { run }: Query,
  id: number,
  { kind }: Pick<NewDeployment, 'kind'>,
  { serial, object, size, pseq, effective }: Member,
  wave: number,
  now: number,
): Promise<void> {
  await run(
    `INSERT INTO target (deployment, serial, kind, wave, state, object, size, pseq, effective, updated_at)
    VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?)`,
    [id, serial, kind, wave, object, size, pseq, effective, now],
  )
}

const isInternal = ({ labels }: Member): boolean => labels.includes(',internal,')

/** Our own first; then as their digests fall, so that no merchant or model is first as a whole. */
function inOrder(members: readonly Member[]): readonly Member[] {
  return members
    .map((member) => ({ member, key: (isInternal(member) ? '0' : '1') + digestOf(member.serial) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ member }) => member)
}

async function releaseFor(
  query: Query,
  { kind, release: id }: NewDeployment,
): Promise<Release | undefined | string> {
  if (kind === 'parameters') return undefined
  const release = await releaseIn(query, id)
  if (release === undefined) return 'there is no such release'
  if (release.state !== 'approved') return `the release is not approved: it is ${release.state}`
  return release
}

async function membersOf(
  database: TmsDatabase,
  query: Query,
  wanted: NewDeployment,
  targets: Targets,
  release: Release | undefined,
): Promise<readonly Member[] | string> {
  if (targets !== 'group' && 'documents' in targets) return documentMembers(query, targets.documents)
  if (release === undefined) return 'a deployment of parameters wants a set for each terminal'
  const named = { object: release.manifest, size: release.manifestSize, pseq: 0, effective: 0 }
  const member = ([serial, model, labels]: readonly unknown[]): Member => ({
    ...{ serial: String(serial), model: String(model), labels: String(labels) },
    ...named,
  })
  if (targets === 'group') {
    const { sql, values } = await whereOf(database, { group: wanted.group }, query)
    const rows = await query.query(
      `SELECT serial, model, labels FROM terminal WHERE status <> 'retired' AND (${sql})`,
      values,
    )
    return rows.map(member)
  }
  return listMembers(query, targets.serials, member)
}

async function listMembers(
  query: Query,
  serials: readonly string[],
  member: (row: readonly unknown[]) => Member,
): Promise<readonly Member[] | string> {
  const wantedSerials = [...new Set(serials)]
  const found: Member[] = []
  for (const lot of lots(wantedSerials)) {
    const { marks, values } = inList(lot)
    const rows = await query.query(
      `SELECT serial, model, labels FROM terminal WHERE status <> 'retired' AND serial IN (${marks})`,
      values,
    )
    found.push(...rows.map(member))
  }
  const known = new Set(found.map(({ serial }) => serial))
  const missing = wantedSerials.find((serial) => !known.has(serial))
  return missing === undefined ? found : `there is no terminal ${missing}`
}

async function documentMembers(
  query: Query,
  documents: readonly ParameterDocument[],
): Promise<readonly Member[] | string> {
  const bySerial = new Map(documents.map((document) => [document.serial, document.envelope]))
  const sets = new Map(documents.map(({ serial, envelope }) => [serial, setIn(envelope)]))
  if (bySerial.size !== documents.length) return 'a terminal has two parameter sets'
  const none = documents.find(({ serial }) => sets.get(serial)?.serial !== serial)
  if (none !== undefined) return `what is to be brought to ${none.serial} is no parameter set of it`
  for (const { serial, envelope } of documents) await putObject(query, digestOf(envelope), envelope, serial)
  return listMembers(query, [...bySerial.keys()], ([serial, model, labels]) => {
    const envelope = bySerial.get(String(serial)) ?? new Uint8Array(0)
    const asset = { serial: String(serial), model: String(model), labels: String(labels) }
    const { seq: pseq = 0, effective = 0 } = sets.get(asset.serial) ?? {}
    return { ...asset, object: digestOf(envelope), size: envelope.length, pseq, effective }
  })
}

function setIn(envelope: Uint8Array): ParameterSet | undefined {
  try {
    return decodeParameterSet(readEnvelope(envelope, PARAMETER_SET_BYTES_MAX).payload)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function wrongIn(
  wanted: NewDeployment,
  members: readonly Member[],
  release: Release | undefined,
  now: number,
): string | undefined {
  const { policy, gate, waves } = wanted
  if (wanted.name === '' || wanted.name.length > 80) return 'a name is 1–80 characters'
  if (members.length === 0) return 'no terminal is meant'
  if (wanted.dynamic && wanted.group === '') return 'only a group can take terminals that join later'
  if (typeof waves !== 'string' && !arePercentages(waves)) return 'waves are rising percentages from 1 to 99'
  if (![policy.windowFrom, policy.windowTo].every((minute) => isWhole(minute, 1439)))
    return 'a window is in minutes of the day, 0–1439'
  if (!isWhole(policy.deferrals, 9)) return 'deferrals are 0–9'
  if (policy.deadline !== 0 && policy.deadline <= policy.earliest)
    return 'the deadline is before the earliest time'
  if (isTooLate(policy, now)) return 'the deadline has passed'
  if (!isWhole(gate.confirmedPercent, 100) || !isWhole(gate.failurePercent, 100))
    return 'a gate is in percent, 0–100'
  if (!isWhole(wanted.ratePerMinute, 1_000_000)) return 'the rate is 0 or a number of terminals a minute'
  const others = members.filter(({ model }) => release !== undefined && !release.models.includes(model))
  if (others.length > 0)
    return `${others.length} terminals are of a model that the release is not for, ${others[0]?.serial} for one`
  return undefined
}

const isWhole = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max

async function insertDeployment({ query }: Query, wanted: NewDeployment, now: number): Promise<number> {
  const [row] = await query(
    `INSERT INTO deployment (name, kind, release, group_name, dynamic, policy, gate, rate_per_minute, start_at, state,
      created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'draft', ?, ?) RETURNING id`,
    [
      ...[wanted.name, wanted.kind, wanted.release, wanted.group, wanted.dynamic ? 1 : 0],
      ...[JSON.stringify(wanted.policy), JSON.stringify(wanted.gate), wanted.ratePerMinute, wanted.startAt],
      ...[wanted.createdBy, now],
    ],
  )
  return Number(row?.[0])
}
