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
const BLOCKS_MAX = 64
/** HTTPS begins with a connection and its handshake. */
const RANGE_TIMEOUT_MIN_MS = 20_000
/** Windows in a row without a block that was missing: five minutes at most, however busily something drips. */
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

/** What one window brought. */
interface Brought {
  readonly kept: number
  readonly end?: FetchEnd | undefined
  readonly waitMs?: number
}

interface Ask {
  readonly blockBytes: number
  /** Numbers of blocks of that size, rising, within 64 of the first. */
  readonly blocks: readonly number[]
}

async function fromSource(
  line: Line,
  wanted: Wanted,
  transfer: Transfer,
  pace: Pace,
  source: 'mqtt' | 'https',
): Promise<FetchEnd> {
  const wrong = new Map<number, number>()
  let unanswered = 0
  let wholes = 0
  for (;;) {
    await line.clear()
    if (line.stopped()) return { kind: 'stopped' }
    const ask = nextAsk(wanted, transfer, pace)
    if (ask === undefined) {
      if (wanted.whole()) return { kind: 'done' }
      if (++wholes === WRONG_MAX) return { kind: 'failed', code: CODE.blockWrong }
      continue
    }
    const bring = source === 'mqtt' ? askWindow : askRange
    const { kept, end, waitMs = 0 } = await bring(line, wanted, ask, pace, transfer, wrong)
    if (end !== undefined) return end
    if (waitMs > 0) await quiet(line, waitMs)
    else if (kept > 0) unanswered = 0
    else if (++unanswered === UNANSWERED_MAX) return { kind: 'failed', code: CODE.timeout }
  }
}

/** Lets `ms` pass; blocks that come are passed over. */
async function quiet(line: Line, ms: number): Promise<void> {
  const endMs = line.clock.monotonicMs() + ms
  while (!line.stopped() && line.clock.monotonicMs() < endMs)
    await line.block(endMs - line.clock.monotonicMs())
}

/**
 * The next window: whole blocks that are missing, as large as agreed and fitting the window; of a block that came in
 * part only its missing leaves.
 */
function nextAsk(wanted: Wanted, transfer: Transfer, pace: Pace): Ask | undefined {
  const leaves = Math.ceil(wanted.size / LEAF_BYTES)
  const window = Math.min(pace.windowBytes, transfer.windowMax)
  let per = Math.min(transfer.blockMax, BLOCK_BYTES) / LEAF_BYTES
  while (per > 1 && per * LEAF_BYTES > window) per /= 2
  const untouched = (block: number): boolean => {
    for (let leaf = block * per; leaf < Math.min(leaves, (block + 1) * per); leaf++)
      if (wanted.has(leaf)) return false
    return true
  }
  let missing = 0
  while (missing < leaves && wanted.has(missing)) missing++
  if (missing === leaves) return undefined
  const partly = !untouched(Math.floor(missing / per))
  const step = partly ? 1 : per
  const first = Math.floor(missing / step)
  const blocks: number[] = []
  for (let block = first; block < first + BLOCKS_MAX && block * step < leaves; block++) {
    if ((blocks.length + 1) * step * LEAF_BYTES > window && blocks.length > 0) break
    if (partly ? !wanted.has(block) && !untouched(Math.floor(block / per)) : untouched(block))
      blocks.push(block)
  }
  return { blockBytes: step * LEAF_BYTES, blocks }
}

async function askWindow(
  line: Line,
  wanted: Wanted,
  { blockBytes, blocks }: Ask,
  pace: Pace,
  transfer: Transfer,
  wrong: Map<number, number>,
): Promise<Brought> {
  const { clock } = line
  const [first = 0] = blocks
  const bitmap = new Uint8Array(Math.ceil(((blocks[blocks.length - 1] ?? first) - first + 1) / 8))
  for (const block of blocks) {
    const bit = block - first
    bitmap[bit >> 3] = (bitmap[bit >> 3] as number) | (1 << (bit & 7))
  }
  const request = ++pace.request
  const get = encodeGet({ object: wanted.hash, blockBytes, first, bitmap, request })
  const sent = line.inbox.publish('get', get, 0)
  if (sent === 'offline') return { kept: 0, end: { kind: 'offline' } }
  if (sent === 'full') return { kept: 0, waitMs: FULL_MS }

  const open = new Set(blocks)
  const sentMs = clock.monotonicMs()
  let deadlineMs = sentMs + pace.timeoutMs
  let measured = false
  let kept = 0
  let clean = true
  /** The last block of the window is here, and those before it that are not come no more: the line keeps the order. */
  let passed = false
  while (open.size > 0) {
    const block = await line.block(Math.max(0, deadlineMs - clock.monotonicMs()))
    const pausedMs = await line.clear()
    if (pausedMs > 0) measured = true
    deadlineMs += pausedMs
    if (line.stopped()) return { kept, end: { kind: 'stopped' } }
    if (block === undefined) break
    if (!same(block.object, wanted.hash.subarray(0, OBJECT_NAME_BYTES))) continue
    if (!('bytes' in block)) {
      if (block.request === request) return { kept, ...refused(block.error, block.seconds, pace) }
      continue
    }
    if (!fits(block, wanted.size)) continue
    // What an earlier request brings late may be right, but says nothing of this source now.
    const ours = block.request === request
    const took = await takeBlock(line, wanted, block.offset, block.bytes, ours ? wrong : new Map())
    if (took.end !== undefined) return took
    kept += took.kept
    if (took.kept + took.wrong === 0 || (!ours && took.wrong > 0)) continue // once more, or not the answer
    if (!measured && ours) measure(pace, clock.monotonicMs() - sentMs)
    measured = true
    clean &&= took.wrong === 0
    for (let at = block.offset; at < block.offset + block.bytes.length; at += blockBytes)
      if (at % blockBytes === 0) open.delete(at / blockBytes)
    passed ||= ours && !open.has(blocks[blocks.length - 1] ?? first)
    if (took.kept > 0) deadlineMs = clock.monotonicMs() + (passed ? pace.variationMs : pace.timeoutMs)
  }
  if (open.size > 0 && !passed) {
    slower(pace)
    pace.timeoutMs = Math.min(TIMEOUT_MAX_MS, pace.timeoutMs * 2)
  } else if (clean && open.size === 0) faster(pace, blockBytes, transfer.windowMax)
  return { kept }
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

/** The second source: the first run of the window in one piece. */
async function askRange(
  line: Line,
  wanted: Wanted,
  { blockBytes, blocks }: Ask,
  pace: Pace,
  transfer: Transfer,
  wrong: Map<number, number>,
): Promise<Brought> {
  const [first = 0] = blocks
  const run = blocks.findIndex((block, i) => block !== first + i)
  const offset = first * blockBytes
  const bytes = (run < 0 ? blocks.length : run) * blockBytes
  const length = Math.min(bytes, FETCH_BYTES_MAX, wanted.size - offset)
  const timeoutMs = Math.max(RANGE_TIMEOUT_MIN_MS, pace.timeoutMs)
  const result = await line.inbox.fetch(wanted.hash, offset, length, timeoutMs)
  await line.clear()
  if (line.stopped()) return { kept: 0, end: { kind: 'stopped' } }
  if (result.kind === 'none') return { kept: 0, end: { kind: 'failed', code: CODE.linkLost } }
  if (result.kind === 'cancelled' || result.kind === 'busy') return { kept: 0, waitMs: 1 }
  if (result.kind !== 'bytes' || result.bytes.length !== length) {
    slower(pace)
    return { kept: 0 }
  }
  faster(pace, blockBytes, transfer.windowMax)
  return takeBlock(line, wanted, offset, result.bytes, wrong)
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
