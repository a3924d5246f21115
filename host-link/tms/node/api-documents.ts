import { createHash } from 'node:crypto'
import { PROGRAM } from '../../../terminal/version.ts'
import { bytesOfHex } from '../../wire/bytes.ts'
import type { LayerVersion } from '../api-parameters.ts'
import { BY_POLICY, setsNeedSecond } from '../approval.ts'
import { DEFAULT_GATE, type Gate, type ParameterDocument, type Policy, type Terminal } from '../model.ts'
import { contentDigest, makeDocument, type SetContent, setValues } from '../parameters/document.ts'
import { effectiveOf } from '../parameters/effective.ts'
import { type Layer, layersOf, layerText } from '../parameters/layer.ts'
import type { TerminalQuery } from '../store.ts'
import { accepted, type Face } from './api-face.ts'
import { ApiFault } from './api-input.ts'
import { publishedLayers } from './api-layer-store.ts'
import type { Query } from './database.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())
const DAY = 86_400
/** A set that a terminal has not taken in this time is made anew. */
const VALID = 366 * DAY
/** How long before their time sets are sent out, so that terminals have them when it comes. */
export const LEAD = 6 * 3600
/** Times ahead for which sets are made; terminals keep as many. */
const AHEAD_MAX = 2

/** A document of a terminal, as it was made. */
export interface StoredDocument {
  readonly serial: string
  readonly pseq: number
  readonly digest: string
  readonly hash: string
  readonly effective: number
  readonly made: number
  readonly expires: number
  readonly bytes: number
}

const COLUMNS = 'serial, pseq, digest, hash, effective, made, expires, length(envelope)'

/** Documents of a terminal, the newest first. */
export async function documentsOf(
  { query }: Pick<Query, 'query'>,
  serial: string,
): Promise<readonly StoredDocument[]> {
  const rows = await query(
    `SELECT ${COLUMNS} FROM tms_document WHERE serial = ? ORDER BY pseq DESC LIMIT 20`,
    [serial],
  )
  return rows.map(([name, pseq, digest, hash, effective, made, expires, bytes]) => ({
    serial: String(name),
    pseq: Number(pseq),
    digest: String(digest),
    hash: String(hash),
    effective: Number(effective),
    made: Number(made),
    expires: Number(expires),
    bytes: Number(bytes),
  }))
}

/** The document that is to be in force now: the newest whose time has come. */
export function wantedDocument(
  documents: readonly StoredDocument[],
  now: number,
): StoredDocument | undefined {
  return documents.find(({ effective }) => effective <= now)
}

export interface Delivery {
  readonly name: string
  readonly reason: string
  readonly waves: LayerVersion['waves']
  /** Whose work it is. */
  readonly by: string
  /** Who agreed; `BY_POLICY` where nobody has to. Undefined: the policy says whether it waits for somebody. */
  readonly approvedBy?: string
}

export interface Delivered {
  /** Deployments that were made, the one of now first. */
  readonly deployments: readonly number[]
  readonly terminals: number
  /** The deployments wait for a second person. */
  readonly waits: boolean
}

/**
 * Makes the documents of all terminals of a query whose content has changed, and deployments that bring them: one now, and
 * one for each time ahead. Throws `ApiFault` for a terminal whose parameters are not right, which undoes all of it.
 */
export async function deliver(
  face: Face,
  fleet: Omit<TerminalQuery, 'limit'>,
  delivery: Delivery,
): Promise<Delivered> {
  const { now } = face
  const published = byLayer(await publishedLayers(face.query))
  const made = new Map<number, ParameterDocument[]>()
  for await (const terminal of terminalsOf(face, fleet)) {
    if (terminal.status === 'retired') continue
    const layers = layersOf(terminal).flatMap((layer) => published.get(layerText(layer)) ?? [])
    for (const document of await documentsFor(face, terminal, layers)) {
      const { at } = document
      const list = made.get(at) ?? []
      list.push(document)
      made.set(at, list)
    }
  }
  const terminals = new Set([...made.values()].flat().map(({ serial }) => serial)).size
  const waits = delivery.approvedBy === undefined && setsNeedSecond(face.options.policy.parameters, terminals)
  const deployments: number[] = []
  for (const [at, documents] of [...made].sort(([a], [b]) => a - b))
    deployments.push(
      await deployed(face, documents, at === 0 ? 0 : Math.max(now, at - LEAD), delivery, waits),
    )
  if (deployments.length > 0) face.wake()
  return { deployments, terminals, waits: waits && deployments.length > 0 }
}

/** Sets of one terminal that are new: of now (`at` 0), and of times ahead. */
async function documentsFor(
  { query, options, now }: Face,
  terminal: Terminal,
  layers: readonly Layer[],
): Promise<readonly (ParameterDocument & { readonly at: number })[]> {
  const { serial } = terminal
  const ahead = [...new Set(layers.map(({ effective }) => effective))]
    .filter((time) => time > now)
    .sort((a, b) => a - b)
  const known = [...(await documentsOf(query, serial))]
  const fresh: (ParameterDocument & { readonly at: number })[] = []
  for (const at of [0, ...ahead.slice(0, AHEAD_MAX)]) {
    const effective = effectiveOf(terminal, layers, at === 0 ? now : at)
    const [finding] = effective.findings
    if (finding !== undefined)
      throw new ApiFault('refused', `${serial}: ${finding.en}.`, finding.key, effective.findings)
    const { policy, tenant, signers } = options
    const schema = PROGRAM.parameterSchema
    const content: SetContent = {
      serial,
      schema,
      effective: at,
      drift: policy.drift,
      values: setValues(effective),
    }
    const digest = contentDigest(content, sha256)
    const before = known.find(
      (document) => document.effective === at || (at === 0 && document.effective <= now),
    )
    const nothing = before === undefined && content.values.size === 0
    // What comes after a newer set of now must be newer still.
    const stale = fresh.length > 0 || (before?.expires ?? now) < now + VALID / 12
    if (nothing || (before?.digest === digest && !stale)) continue
    const [newest] = known
    // Never below the time: terminals take no set whose number is not above the last, also after a backup was put back.
    const pseq = Math.max((newest?.pseq ?? 0) + 1, now)
    const head = { tenant, pseq, created: now, expires: now + VALID }
    const base = newest === undefined ? null : bytesOfHex(newest.hash.toUpperCase())
    const envelope = documentBytes(content, { ...head, base }, signers.parameters)
    const hash = createHash('sha256').update(envelope).digest('hex')
    await query.run(
      'INSERT INTO tms_document (serial, pseq, digest, hash, effective, made, expires, envelope) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      [serial, pseq, digest, hash, at, now, now + VALID, envelope],
    )
    known.unshift({
      serial,
      pseq,
      digest,
      hash,
      effective: at,
      made: now,
      expires: head.expires,
      bytes: envelope.length,
    })
    fresh.push({ serial, envelope, at })
  }
  return fresh
}

function documentBytes(...[content, head, signer]: Parameters<typeof makeDocument>): Uint8Array {
  try {
    return makeDocument(content, head, signer)
  } catch (error) {
    if (error instanceof RangeError) throw new ApiFault('refused', `${error.message}.`)
    throw error
  }
}

/** Of a deployment of parameters: each set says itself from when on it counts. */
export const ANY_TIME: Policy = {
  ...{ earliest: 0, windowFrom: 0, windowTo: 0, deadline: 0, deferrals: 0 },
  allowOpenBatch: false,
  automatic: true,
}
/** Parameters show within the hour whether terminals take them; nobody has to settle for it. */
const GATE: Gate = { ...DEFAULT_GATE, bakeSeconds: 3600 }

async function deployed(
  { store, now }: Face,
  documents: readonly ParameterDocument[],
  startAt: number,
  { name, reason, waves, by, approvedBy = BY_POLICY }: Delivery,
  waits: boolean,
): Promise<number> {
  const plan = {
    ...{ name: name.slice(0, 80), kind: 'parameters' as const, release: 0, group: '', dynamic: false },
    ...{ policy: ANY_TIME, gate: GATE, ratePerMinute: 0, startAt, waves, createdBy: by },
  }
  const made = accepted(await store.createDeployment(plan, { documents }, now))
  if (made.kind !== 'created') throw new Error(`parameters: no deployment for ${reason}`)
  accepted(await store.submitDeployment(made.id, by, now))
  if (!waits) accepted(await store.approveDeployment(made.id, approvedBy, now))
  return made.id
}

/** Published versions by their layer's text. */
export function byLayer<L extends Layer>(layers: readonly L[]): ReadonlyMap<string, readonly L[]> {
  const map = new Map<string, L[]>()
  for (const layer of layers) {
    const list = map.get(layerText(layer.layer)) ?? []
    list.push(layer)
    map.set(layerText(layer.layer), list)
  }
  return map
}

const PAGE = 1_000

/** All terminals of a query, page by page. */
export async function* terminalsOf(
  { store }: Pick<Face, 'store'>,
  fleet: Omit<TerminalQuery, 'limit'>,
): AsyncIterable<Terminal> {
  let after: string | undefined
  do {
    const page = await store.terminals({ ...fleet, ...(after !== undefined && { after }), limit: PAGE })
    yield* page.rows
    after = page.next
  } while (after !== undefined)
}
