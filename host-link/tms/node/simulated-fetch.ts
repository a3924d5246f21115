import { createHash } from 'node:crypto'
import { type Block, decodeBlock, encodeGet } from '../../wire/tms/talk.ts'

export interface FetchOptions {
  readonly blockBytes: number
  readonly windowBytes: number
  /** A window that did not come whole is asked for again after so long. */
  readonly timeoutMs: number
  readonly send: (payload: Uint8Array) => void
}

export interface FetchCounts {
  /** Blocks that had come before, bytes of them. */
  doubleBytes: number
  wrong: number
  later: number
  timeouts: number
}

export interface Fetching {
  take(payload: Uint8Array): void
  /** The line is there again: asks for what is missing. */
  again(): void
  stop(): void
}

interface Wanted {
  readonly hash: Uint8Array
  readonly size: number
  /** What is right about a block; with `keep` the bytes are handed on at the end. */
  readonly isRight: (offset: number, bytes: Uint8Array) => boolean
  readonly keep: boolean
  readonly done: (bytes: Uint8Array | undefined) => void
  readonly refused: (error: number) => void
  readonly progress: (doneBytes: number) => void
}

/** A request under way: blocks of it that have not come, the last of all that it asked for. */
interface Flight {
  readonly open: Set<number>
  readonly last: number
}

/**
 * Fetches one object block by block, in any order, as a terminal does: two requests of half a window each are under way, so
 * that the line is never empty. Blocks come in the order in which they were asked for: what is missing before one that came
 * is lost, and goes with the next request.
 */
export function fetchObject(options: FetchOptions, wanted: Wanted, counts: FetchCounts): Fetching {
  const { blockBytes, windowBytes, timeoutMs, send } = options
  const blocks = Math.ceil(wanted.size / blockBytes)
  const has = new Uint8Array(blocks)
  const kept = wanted.keep ? Buffer.alloc(wanted.size) : undefined
  const flights = new Map<number, Flight>()
  let missing = blocks
  let doneBytes = 0
  let request = 0
  let timer: NodeJS.Timeout | undefined
  let over = false

  const arm = (ms: number) => {
    if (timer !== undefined) clearTimeout(timer)
    timer = setTimeout(() => {
      counts.timeouts++
      again()
    }, ms)
  }
  const again = () => {
    flights.clear()
    ask()
  }
  const ask = () => {
    while (!over && flights.size < FLIGHTS) {
      const next = nextOf(has, flights, Math.max(1, Math.floor(windowBytes / FLIGHTS / blockBytes)))
      if (next === undefined) return
      const [first = 0] = next
      const bitmap = new Uint8Array(8)
      for (const block of next)
        bitmap[(block - first) >> 3] = (bitmap[(block - first) >> 3] ?? 0) | (1 << ((block - first) & 7))
      request++
      flights.set(request, { open: new Set(next), last: next[next.length - 1] ?? first })
      arm(timeoutMs)
      send(encodeGet({ object: wanted.hash, blockBytes, first, bitmap, request }))
    }
  }
  const stop = () => {
    over = true
    if (timer !== undefined) clearTimeout(timer)
  }
  const keep = (offset: number, bytes: Uint8Array) => {
    const at = offset / blockBytes
    if (has[at] !== 0) {
      counts.doubleBytes += bytes.length
      return
    }
    if (bytes.length !== Math.min(blockBytes, wanted.size - offset) || !wanted.isRight(offset, bytes)) {
      counts.wrong++
      return
    }
    has[at] = 1
    missing--
    doneBytes += bytes.length
    kept?.set(bytes, offset)
    wanted.progress(doneBytes)
  }
  const land = (of: number, block: number) => {
    for (const older of flights.keys()) if (older < of) flights.delete(older)
    const flight = flights.get(of)
    flight?.open.delete(block)
    if (flight !== undefined && (flight.open.size === 0 || block === flight.last)) flights.delete(of)
  }
  const take = (payload: Uint8Array) => {
    const block = read(payload)
    if (over || block === undefined || !Buffer.from(wanted.hash.subarray(0, 8)).equals(block.object)) return
    if ('error' in block) {
      if (!flights.has(block.request)) return
      if (block.error === 4) {
        counts.later++
        arm(1000 * block.seconds)
        return
      }
      stop()
      wanted.refused(block.error)
      return
    }
    keep(block.offset, block.bytes)
    land(block.request, block.offset / blockBytes)
    if (missing === 0) {
      stop()
      wanted.done(kept)
    } else {
      arm(timeoutMs)
      ask()
    }
  }
  ask()
  return { take, again, stop }
}

const FLIGHTS = 2
const SPAN_MAX = 64

/** Numbers of blocks that are neither here nor under way, `most` of them, within 64 of the first. */
function nextOf(
  has: Uint8Array,
  flights: ReadonlyMap<number, Flight>,
  most: number,
): readonly number[] | undefined {
  const under = (block: number) => [...flights.values()].some(({ open }) => open.has(block))
  const next: number[] = []
  for (let block = has.indexOf(0); block >= 0 && block < has.length && next.length < most; block++) {
    if (next[0] !== undefined && block - next[0] >= SPAN_MAX) break
    if (has[block] === 0 && !under(block)) next.push(block)
  }
  return next.length === 0 ? undefined : next
}

function read(payload: Uint8Array): Block | undefined {
  try {
    return decodeBlock(payload)
  } catch {
    return undefined
  }
}

export const sha256 = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(bytes).digest())
