import { same } from '../../host-link/wire/bytes.ts'
import { CODE, type Code } from '../../host-link/wire/tms/codes.ts'
import type { ObjectName, Transfer } from '../../host-link/wire/tms/order.ts'
import {
  BLOCK_ERROR,
  type Block,
  type BlockBytes,
  encodeGet,
  OBJECT_NAME_BYTES,
} from '../../host-link/wire/tms/talk.ts'
import type { Clock } from '../device/clock.ts'
import { FETCH_BYTES_MAX, type Inbox } from '../device/inbox.ts'
import { type Ask, nextAsk } from './ask.ts'
import { faster, measure, type Pace, slower, TIMEOUT_MAX_MS, TIMEOUT_MIN_MS } from './pace.ts'
import { LEAF_BYTES } from './record.ts'

/** What a transfer needs of the terminal around it. */
export interface Line {
  readonly inbox: Inbox
  readonly clock: Clock
  /** Lets others run, and waits while somebody is at the terminal: how long it did. */
  clear(): Promise<number>
  /** The next message with a block within `ms`; undefined: none came, or the transfer is to stop. */
  block(ms: number): Promise<Block | undefined>
  /** Another order came: what is under way is not wanted any more. */
  stopped(): boolean
}

/** An object under way, leaf by leaf of 1,024 bytes. */
export interface Wanted extends ObjectName {
  has(leaf: number): boolean
  /** Takes a leaf that is missing. */
  take(leaf: number, bytes: Uint8Array): 'kept' | 'wrong' | 'fault'
  /** Makes it durable that these leaves were kept. */
  mark(leaves: readonly number[]): boolean
  /** All leaves have come: whether they are the object. If not, none has come. */
  whole(): boolean
}

export type FetchEnd =
  | { readonly kind: 'done' | 'stopped' | 'offline' | 'fault' }
  /** No source gives it now. */
  | { readonly kind: 'failed'; readonly code: Code }

/** Largest block that this terminal takes. */
export const BLOCK_BYTES = 16_384
/** Requests under way, of half a window each: while one is taken, the other is on its way. */
const FLIGHTS_MAX = 2
/** HTTPS begins with a connection and its handshake. */
const RANGE_TIMEOUT_MIN_MS = 20_000
/** Time-outs in a row without a block that was missing: five minutes at most, however busily something drips. */
const UNANSWERED_MAX = 5
/** The same leaf, or the same document, wrong from one source. */
const WRONG_MAX = 3
const LATER_MS_MAX = 3_600_000
const FULL_MS = 1_000
/** Leaves taken between two pauses. */
const LEAVES_AT_ONCE = 4

/** Brings the leaves of an object that are missing, from the sources of the order, the second when the first gives none. */
export async function fetchObject(
  line: Line,
  wanted: Wanted,
  transfer: Transfer,
  pace: Pace,
): Promise<FetchEnd> {
  let end: FetchEnd = { kind: 'offline' }
  for (const source of ([['mqtt'], ['https'], ['mqtt', 'https']] as const)[transfer.source] ?? []) {
    const next = await fromSource(line, wanted, transfer, pace, source)
    if (next.kind !== 'offline' && next.kind !== 'failed') return next
    if (end.kind === 'offline' || next.kind === 'failed') end = next
  }
  return end
}

/** What a request or a block brought. */
interface Brought {
  readonly kept: number
  readonly end?: FetchEnd | undefined
  readonly waitMs?: number
}

/** A source at work. */
interface Work {
  readonly line: Line
  readonly wanted: Wanted
  readonly transfer: Transfer
  readonly pace: Pace
  /** Leaves that were wrong, and how often. */
  readonly wrong: Map<number, number>
  /** Oldest first. */
  flights: readonly Flight[]
  /** Nothing is asked for before. */
  laterMs: number
  /** Time-outs, or ranges that failed, since a leaf was kept. */
  unanswered: number
}

/** A request under way: `leaves` are those that have not come. */
interface Flight extends Ask {
  readonly request: number
  /** Negative: its round trip is measured, or cannot be. */
  sentMs: number
  /** What has not come then is given up. */
  untilMs: number
  /** Something came that was asked for later: the line keeps the order, so what has not come is lost. */
  passed: boolean
  clean: boolean
}

async function fromSource(
  line: Line,
  wanted: Wanted,
  transfer: Transfer,
  pace: Pace,
  source: 'mqtt' | 'https',
): Promise<FetchEnd> {
  const work: Work = {
    ...{ line, wanted, transfer, pace, wrong: new Map() },
    ...{ flights: [], laterMs: 0, unanswered: 0 },
  }
  let wholes = 0
  await line.clear()
  for (;;) {
    if (line.stopped()) return { kind: 'stopped' }
    const end = source === 'mqtt' ? await fly(work) : await range(work)
    if (end !== 'whole' && end !== undefined) return end
    if (end === undefined) continue
    if (wanted.whole()) return { kind: 'done' }
    if (++wholes === WRONG_MAX) return { kind: 'failed', code: CODE.blockWrong }
  }
}

/** One step over MQTT: asks, and takes what comes next. */
async function fly(work: Work): Promise<FetchEnd | 'whole' | undefined> {
  const { line, wanted } = work
  const { clock } = line
  const nowMs = clock.monotonicMs()
  if (nowMs >= work.laterMs && !askMore(work, nowMs)) return { kind: 'offline' }
  const waits = work.laterMs > nowMs
  if (work.flights.length === 0 && !waits) return 'whole'
  const untilMs = Math.min(waits ? work.laterMs : Infinity, ...work.flights.map((each) => each.untilMs))
  const block = await line.block(untilMs - nowMs)
  const pausedMs = await line.clear()
  if (line.stopped()) return undefined
  for (const each of work.flights) {
    each.untilMs += pausedMs
    if (pausedMs > 0) each.sentMs = -1
  }
  if (block === undefined) return giveUp(work, clock.monotonicMs() < untilMs)
  if (!same(block.object, wanted.hash.subarray(0, OBJECT_NAME_BYTES))) return undefined
  const flight = work.flights.find(({ request }) => request === block.request)
  if ('bytes' in block) return fits(block, wanted.size) ? land(work, block, flight) : undefined
  if (flight === undefined) return undefined
  const { end, waitMs = 0 } = refused(block.error, block.seconds, work.pace)
  work.laterMs = Math.max(work.laterMs, clock.monotonicMs() + waitMs)
  work.flights = work.flights.filter((each) => each !== flight)
  return end
}

/** Asks for as much as may be under way. False: there is no line. */
function askMore(work: Work, nowMs: number): boolean {
  const { line, wanted, pace } = work
  while (work.flights.length < (windowOf(work) > LEAF_BYTES ? FLIGHTS_MAX : 1)) {
    const ask = nextOf(work, windowOf(work) / FLIGHTS_MAX)
    if (ask === undefined) return true
    const request = ++pace.request
    const get = encodeGet({ ...ask, object: wanted.hash, request })
    const sent = line.inbox.publish('get', get, 0)
    if (sent === 'offline') return false
    if (sent === 'full') {
      work.laterMs = nowMs + FULL_MS
      return true
    }
    const untilMs = nowMs + pace.timeoutMs
    const flight = { ...ask, request, sentMs: nowMs, untilMs, passed: false, clean: true }
    work.flights = [...work.flights, flight]
  }
  return true
}

/** Nothing came in time, or the line `broke`: with one request that nothing answered the other goes too. */
function giveUp(work: Work, broke: boolean): FetchEnd | undefined {
  const { pace, line } = work
  const nowMs = line.clock.monotonicMs()
  const silent = work.flights.some(({ untilMs, passed }) => untilMs <= nowMs && !passed)
  work.flights = work.flights.filter(({ untilMs }) => untilMs > nowMs && !silent && !broke)
  if (!silent) return undefined
  slower(pace)
  pace.timeoutMs = Math.min(TIMEOUT_MAX_MS, pace.timeoutMs * 2)
  return ++work.unanswered < UNANSWERED_MAX ? undefined : { kind: 'failed', code: CODE.timeout }
}

/** Takes a block. `flight`: the request under way that it answers; undefined: it comes late, or unasked. */
async function land(
  work: Work,
  { offset, bytes }: BlockBytes,
  flight: Flight | undefined,
): Promise<FetchEnd | undefined> {
  const { line, wanted, pace, transfer } = work
  // What an earlier request brings late may be right, but says nothing of this source now.
  const took = await takeBlock(line, wanted, offset, bytes, flight === undefined ? new Map() : work.wrong)
  if (took.end !== undefined) return took.end
  if (took.kept > 0) work.unanswered = 0
  const nowMs = line.clock.monotonicMs()
  const came = new Set<Flight>()
  for (const each of work.flights)
    for (let leaf = offset / LEAF_BYTES; leaf * LEAF_BYTES < offset + bytes.length; leaf++)
      if ((each === flight || wanted.has(leaf)) && each.leaves.delete(leaf)) came.add(each)
  const answer = flight !== undefined && came.has(flight) ? flight : undefined
  if (answer !== undefined) {
    if (answer.sentMs >= 0) measure(pace, nowMs - answer.sentMs)
    answer.sentMs = -1
    answer.clean &&= took.wrong === 0
  }
  for (const each of work.flights) {
    const { passed } = each
    if (answer !== undefined)
      each.passed ||= each === answer ? !each.leaves.has(each.last) : each.request < answer.request
    if (each.passed ? !passed || came.has(each) : took.kept > 0)
      each.untilMs = nowMs + (each.passed ? pace.variationMs : pace.timeoutMs)
    if (each.leaves.size === 0 && each.clean) faster(pace, each, transfer.windowMax)
  }
  work.flights = work.flights.filter(({ leaves }) => leaves.size > 0)
  return undefined
}

function windowOf({ pace, transfer }: Work): number {
  return Math.min(pace.windowBytes, transfer.windowMax)
}

/** What is neither there nor under way, `bytes` of it. */
function nextOf({ wanted, flights, transfer }: Work, bytes: number): Ask | undefined {
  const had = (leaf: number): boolean => wanted.has(leaf) || flights.some(({ leaves }) => leaves.has(leaf))
  return nextAsk(wanted.size, had, Math.min(transfer.blockMax, BLOCK_BYTES), bytes)
}

/** The service said no, in its own words. */
function refused(error: number, seconds: number, pace: Pace): Omit<Brought, 'kept'> {
  if (error === BLOCK_ERROR.unknownObject) return { end: { kind: 'failed', code: CODE.cancelled } }
  if (error === BLOCK_ERROR.notYours) return { end: { kind: 'failed', code: CODE.notForMe } }
  if (error === BLOCK_ERROR.tooMany) {
    if (pace.windowBytes === LEAF_BYTES) return { end: { kind: 'failed', code: CODE.linkLost } } // less there is not
    slower(pace)
  }
  return { waitMs: Math.min(LATER_MS_MAX, Math.max(TIMEOUT_MIN_MS, seconds * 1_000)) }
}

/** Whole leaves inside the object. */
function fits({ offset, bytes }: BlockBytes, size: number): boolean {
  const end = offset + bytes.length
  return offset % LEAF_BYTES === 0 && end <= size && (end === size || bytes.length % LEAF_BYTES === 0)
}

/** One step over HTTPS: the first run of the window in one piece. */
async function range(work: Work): Promise<FetchEnd | 'whole' | undefined> {
  const { line, wanted, pace } = work
  const ask = nextOf(work, windowOf(work))
  if (ask === undefined) return 'whole'
  const offset = ask.first * ask.blockBytes
  let end = offset
  while (ask.leaves.has(end / LEAF_BYTES)) end += LEAF_BYTES
  const length = Math.min(end, offset + FETCH_BYTES_MAX, wanted.size) - offset
  const timeoutMs = Math.max(RANGE_TIMEOUT_MIN_MS, pace.timeoutMs)
  const result = await line.inbox.fetch(wanted.hash, offset, length, timeoutMs)
  await line.clear()
  if (line.stopped()) return undefined
  if (result.kind === 'none') return { kind: 'failed', code: CODE.linkLost }
  if (result.kind === 'cancelled' || result.kind === 'busy') {
    await line.block(1)
    return undefined
  }
  let kept = 0
  if (result.kind === 'bytes' && result.bytes.length === length) {
    faster(pace, ask, work.transfer.windowMax)
    const took = await takeBlock(line, wanted, offset, result.bytes, work.wrong)
    if (took.end !== undefined) return took.end
    kept = took.kept
  } else slower(pace)
  work.unanswered = kept > 0 ? 0 : work.unanswered + 1
  return work.unanswered < UNANSWERED_MAX ? undefined : { kind: 'failed', code: CODE.timeout }
}

/** Leaf by leaf: those that are missing and right are kept. */
async function takeBlock(
  line: Line,
  wanted: Wanted,
  offset: number,
  bytes: Uint8Array,
  wrong: Map<number, number>,
): Promise<Brought & { readonly wrong: number }> {
  const kept: number[] = []
  let bad = 0
  let often = false
  for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
    const leaf = (offset + at) / LEAF_BYTES
    if (wanted.has(leaf)) continue
    if (kept.length % LEAVES_AT_ONCE === LEAVES_AT_ONCE - 1) await line.clear()
    const took = wanted.take(leaf, bytes.subarray(at, at + LEAF_BYTES))
    if (took === 'fault') return { kept: 0, wrong: 0, end: { kind: 'fault' } }
    if (took === 'kept') kept.push(leaf)
    else {
      bad++
      const times = (wrong.get(leaf) ?? 0) + 1
      wrong.set(leaf, times)
      often ||= times >= WRONG_MAX
    }
  }
  if (kept.length > 0 && !wanted.mark(kept)) return { kept: 0, wrong: bad, end: { kind: 'fault' } }
  const end: FetchEnd | undefined = often ? { kind: 'failed', code: CODE.blockWrong } : undefined
  return { kept: kept.length, wrong: bad, end }
}

/** An object small enough for memory, checked as a whole. `hash`: SHA-256. */
export async function fetchBytes(
  line: Line,
  object: ObjectName,
  transfer: Transfer,
  pace: Pace,
  hash: (bytes: Uint8Array) => Uint8Array,
): Promise<Uint8Array | FetchEnd> {
  const bytes = new Uint8Array(object.size)
  const come = new Set<number>()
  const wanted: Wanted = {
    ...object,
    has: (leaf) => come.has(leaf),
    take(leaf, part) {
      bytes.set(part, leaf * LEAF_BYTES)
      come.add(leaf)
      return 'kept'
    },
    mark: () => true,
    whole() {
      const right = same(hash(bytes), object.hash)
      if (!right) come.clear()
      return right
    },
  }
  const end = await fetchObject(line, wanted, transfer, pace)
  return end.kind === 'done' ? bytes : end
}
