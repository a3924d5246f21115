import type { DownloadState } from '../../wire/tms/codes.ts'
import { readEnvelope, signedBytes } from '../../wire/tms/envelope.ts'
import { decodeOrder, ORDER_BYTES_MAX, type Order } from '../../wire/tms/order.ts'
import type { ReleaseManifest } from '../../wire/tms/release.ts'
import type { Report } from '../../wire/tms/report.ts'
import { decodeWant } from '../../wire/tms/talk.ts'
import type { FetchCounts } from './simulated-fetch.ts'
import { verify } from './verify.ts'

export interface Running {
  readonly program: Uint8Array
  readonly release: Uint8Array
  readonly version: string
  readonly trial: boolean
}

/** What a simulated terminal has in its flash. */
export interface Kept {
  epoch: number
  orderSeq: number
  running: Running
  previous: Running
  last: Report['last']
  /** Commands that were done, each once: ids rise. */
  done: readonly number[]
}

/** And what it forgets with its power. */
export interface Now {
  seq: number
  nonce: Uint8Array
  state: DownloadState
  order: Order | undefined
  manifest: ReleaseManifest | undefined
  doneBytes: number
  /** Commands of the last order: what came of them is reported. */
  listed: readonly number[]
}

export interface SimulatedCounts extends FetchCounts {
  reconnects: number
  orders: number
  refusedOrders: number
}

export interface Identity {
  readonly serial: string
  readonly tenant: string
  readonly model: string
}

const FACTORY = new Uint8Array(32)

export function factoryState(): Kept {
  const factory = { program: FACTORY, release: FACTORY, version: '1.0.0', trial: false }
  return { epoch: 1, orderSeq: 0, running: factory, previous: factory, last: null, done: [] }
}

export function freshStart(nonce: Uint8Array): Now {
  return { seq: 0, nonce, state: 'empty', order: undefined, manifest: undefined, doneBytes: 0, listed: [] }
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** The order of a `Want`, where it is the director's, for this terminal, for this hello, and not an older one. */
export function orderIn(
  payload: Uint8Array,
  { serial, tenant }: Identity,
  director: Uint8Array | undefined,
  nonce: Uint8Array,
  seq: number,
): Order | undefined {
  const { order } = decodeWant(payload)
  if (order === null) return undefined
  const envelope = readEnvelope(order, ORDER_BYTES_MAX)
  const signature = envelope.signatures[0]?.signature ?? new Uint8Array(0)
  if (director !== undefined && !verify(director, signedBytes('director', envelope.payload), signature))
    return undefined
  const found = decodeOrder(envelope.payload)
  const mine =
    found.serial === serial && found.tenant === tenant && same(found.nonce, nonce) && found.seq >= seq
  return mine ? found : undefined
}

export function reportOf(
  { serial, tenant, model }: Identity,
  { epoch, running, last, done }: Kept,
  now: Now,
): Report {
  const payload = now.manifest?.payloads.find(({ base }) => base === null)
  return {
    ...{ tenant, seq: now.seq, created: 0, expires: 0, serial, epoch, nonce: now.nonce, last },
    running: { place: same(running.release, FACTORY) ? 'factory' : 'a', ...running, counter: 1 },
    download: {
      ...{ state: now.state, release: now.order?.program?.hash ?? null, doneBytes: now.doneBytes },
      ...{ size: payload?.size ?? 0, code: last?.code ?? 0, waiting: 0 },
    },
    parameters: { pseq: 0, hash: null, drift: [], code: 0, refused: null },
    batch: { number: 1, count: 0, frozen: false, owed: 0 },
    checkValues: new Map(),
    comms: { quality: 4, security: 'plain', counters: [] },
    health: { paper: 0, flashRetired: 0, starts: epoch, salesFailed: 0 },
    commandResults: done
      .filter((id) => now.listed.includes(id))
      .map((id) => ({ id, code: 0, bytes: new Uint8Array(0) })),
    device: { maker: 'simulated', model, runtime: 'simulated' },
  }
}

/** Does the commands of an order, each once, also over a loss of power; whether there is something to report of them. */
export function doneCommands(kept: Kept, now: Now, { commands }: Order): boolean {
  const fresh = commands.map(({ id }) => id).filter((id) => id > (kept.done.at(-1) ?? 0))
  kept.done = [...kept.done, ...fresh]
  now.listed = commands.map(({ id }) => id)
  return commands.length > 0
}
