import { BLOCK_ERROR, decodeGet, encodeBlock, type Get, OBJECT_NAME_BYTES } from '../../wire/tms/talk.ts'
import { WINDOW_BYTES_MAX } from '../order.ts'
import { hexOfHash } from '../report.ts'
import type { Catalogue } from '../store.ts'

export interface BlockOptions {
  readonly objects: Pick<Catalogue, 'object' | 'objectBytes'>
  /** Bytes on their way to terminals of this broker, at most. */
  readonly budgetBytes: number
  /** Bytes that the broker or the line to it has not passed on. */
  readonly buffered: () => number
  /** To one terminal, quality 0. */
  readonly send: (serial: string, payload: Uint8Array) => void
  readonly nowMs: () => number
}

export interface BlockService {
  /** `up/get` of a terminal. Bytes that are none are passed over. */
  asked(serial: string, payload: Uint8Array): void
  /** The objects that it holds are looked at anew: one was withdrawn. */
  forget(): void
  readonly sentBytes: () => number
  close(): void
}

/** Terminals that wait for a window; who comes after them is to come back later. */
const WAITING_MAX = 4_000
/** A window that nobody followed up is not on its way any more. */
const OUTSTANDING_MS = 1_000
/** What is known of an object is looked at again after so long: it may have been withdrawn. */
const FRESH_MS = 5_000
const CACHE_BYTES = 64 * 1_048_576
const PAUSE_MS = 10
/** Of the budget that a link's own buffer may hold before nothing more is handed to it. */
const BUFFERED_SHARE = 4

interface Held {
  readonly bytes: Uint8Array
  readonly owner: string
  readonly untilMs: number
}

/** Requests of one terminal that wait or are on their way: with two of them its line is never empty. */
const REQUESTS_MAX = 2

/**
 * 数据块: what a terminal asks for, out of objects that never change: a pure function of (object, offset), with a cache. Two
 * requests wait for each terminal; one more takes the place of its oldest. While the budget is used up terminals wait in the
 * order in which they came.
 */
export function blockService(options: BlockOptions): BlockService {
  const { budgetBytes, buffered, send, nowMs } = options
  const cache = objectCache(options)
  const waiting = new Map<string, readonly Get[]>()
  const outstanding = outstandingWindows(nowMs)
  let running = false
  let timer: NodeJS.Timeout | undefined
  let sent = 0

  const free = () => outstanding.bytes() < budgetBytes && buffered() < budgetBytes / BUFFERED_SHARE
  const pump = async () => {
    if (running) return
    running = true
    for (const [serial, [get, ...later]] of waiting) {
      if (!free()) {
        timer ??= setTimeout(() => {
          timer = undefined
          void pump()
        }, PAUSE_MS)
        break
      }
      waiting.delete(serial)
      if (later.length > 0) waiting.set(serial, later)
      if (get === undefined) continue
      const window = await windowOf(cache, serial, get)
      for (const payload of window) {
        send(serial, payload)
        sent += payload.length
      }
      outstanding.begun(
        serial,
        window.reduce((sum, { length }) => sum + length, 0),
      )
    }
    running = false
    if (waiting.size > 0 && timer === undefined) setImmediate(() => void pump())
  }
  return {
    asked(serial, payload) {
      const get = read(payload)
      if (get === undefined) return
      outstanding.over(serial)
      if (waiting.size >= WAITING_MAX && !waiting.has(serial)) {
        // Not all at once: by the serial's last digits, 2 to 9 seconds.
        send(serial, refusal(get, BLOCK_ERROR.later, 2 + (serial.charCodeAt(serial.length - 1) % 8)))
        return
      }
      waiting.set(serial, [...(waiting.get(serial) ?? []), get].slice(-REQUESTS_MAX))
      void pump()
    },
    forget: () => cache.forget(),
    sentBytes: () => sent,
    close() {
      if (timer !== undefined) clearTimeout(timer)
      waiting.clear()
    },
  }
}

function read(payload: Uint8Array): Get | undefined {
  try {
    return decodeGet(payload)
  } catch {
    return undefined
  }
}

async function windowOf(cache: ObjectCache, serial: string, get: Get): Promise<readonly Uint8Array[]> {
  const held = await cache.object(hexOfHash(get.object)).catch(() => 'later' as const)
  if (held === 'later') return [refusal(get, BLOCK_ERROR.later, 5)]
  if (held === undefined) return [refusal(get, BLOCK_ERROR.unknownObject, 0)]
  if (held.owner !== '' && held.owner !== serial) return [refusal(get, BLOCK_ERROR.notYours, 0)]
  const offsets = offsetsOf(get).filter((offset) => offset < held.bytes.length)
  const asked = offsets.reduce((sum, offset) => sum + Math.min(get.blockBytes, held.bytes.length - offset), 0)
  if (asked > WINDOW_BYTES_MAX || offsets.length === 0) return [refusal(get, BLOCK_ERROR.tooMany, 0)]
  return offsets.map((offset) =>
    blockMessage(get, offset, held.bytes.subarray(offset, offset + get.blockBytes)),
  )
}

/** Where the blocks of a request begin, in bytes. */
export function offsetsOf({
  first,
  bitmap,
  blockBytes,
}: Pick<Get, 'first' | 'bitmap' | 'blockBytes'>): readonly number[] {
  const offsets: number[] = []
  for (let bit = 0; bit < bitmap.length * 8; bit++)
    if (((bitmap[bit >> 3] ?? 0) >> (bit & 7)) & 1) offsets.push((first + bit) * blockBytes)
  return offsets
}

function refusal({ object, request }: Get, error: number, seconds: number): Uint8Array {
  return encodeBlock({ object: object.slice(0, OBJECT_NAME_BYTES), request, error, seconds })
}

/** The bytes of `encodeBlock`, without taking each of them in hand: blocks are most of what a service sends. */
export function blockMessage(
  { object, request }: Pick<Get, 'object' | 'request'>,
  offset: number,
  bytes: Uint8Array,
): Uint8Array {
  const out = Buffer.allocUnsafe(32 + bytes.length)
  out[0] = 0xa4
  out[1] = 0x00
  out[2] = 0x40 | OBJECT_NAME_BYTES
  out.set(object.subarray(0, OBJECT_NAME_BYTES), 3)
  let at = 3 + OBJECT_NAME_BYTES
  out[at++] = 0x01
  at = head(out, at, 0x00, request)
  out[at++] = 0x02
  at = head(out, at, 0x00, offset)
  out[at++] = 0x03
  at = head(out, at, 0x40, bytes.length)
  out.set(bytes, at)
  return out.subarray(0, at + bytes.length)
}

/** A head of CBOR in its shortest form (RFC 8949, 4.2.1). */
function head(out: Buffer, at: number, major: number, count: number): number {
  if (count < 24) return out.writeUInt8(major | count, at)
  if (count < 0x100) return out.writeUInt8(count, out.writeUInt8(major | 24, at))
  if (count < 0x1_0000) return out.writeUInt16BE(count, out.writeUInt8(major | 25, at))
  return out.writeUInt32BE(count, out.writeUInt8(major | 26, at))
}

/** Windows on their way, the oldest of a terminal over with its next request but one, or after a time. */
function outstandingWindows(nowMs: () => number) {
  const windows = new Map<
    number,
    { readonly serial: string; readonly bytes: number; readonly untilMs: number }
  >()
  const ofTerminal = new Map<string, readonly number[]>()
  let total = 0
  let last = 0
  const drop = (number: number) => {
    const window = windows.get(number)
    if (window === undefined) return
    windows.delete(number)
    total -= window.bytes
    const others = (ofTerminal.get(window.serial) ?? []).filter((one) => one !== number)
    if (others.length > 0) ofTerminal.set(window.serial, others)
    else ofTerminal.delete(window.serial)
  }
  return {
    /** It asks again: what it asked for before its last request has come. */
    over(serial: string) {
      const [oldest, ...later] = ofTerminal.get(serial) ?? []
      if (oldest !== undefined && later.length >= REQUESTS_MAX - 1) drop(oldest)
    },
    begun(serial: string, bytes: number) {
      windows.set(++last, { serial, bytes, untilMs: nowMs() + OUTSTANDING_MS })
      ofTerminal.set(serial, [...(ofTerminal.get(serial) ?? []), last])
      total += bytes
    },
    bytes() {
      const now = nowMs()
      for (const [number, { untilMs }] of windows) {
        if (untilMs > now) break // the oldest come first
        drop(number)
      }
      return total
    },
  }
}

interface ObjectCache {
  object(hash: string): Promise<Held | undefined>
  forget(): void
}

/** Whole objects, the least recently used go first. Requests for one that is being read wait for that reading. */
function objectCache({ objects, nowMs }: Pick<BlockOptions, 'objects' | 'nowMs'>): ObjectCache {
  const held = new Map<string, Held>()
  const reading = new Map<string, Promise<Held | undefined>>()
  let total = 0
  const drop = (hash: string) => {
    total -= held.get(hash)?.bytes.length ?? 0
    held.delete(hash)
  }
  const load = async (hash: string): Promise<Held | undefined> => {
    const known = held.get(hash)
    const about = await objects.object(hash)
    drop(hash)
    if (about === undefined) return undefined
    const bytes = known?.bytes ?? (await objects.objectBytes(hash, 0, about.size))
    if (bytes === undefined) return undefined
    const entry = { bytes, owner: about.owner, untilMs: nowMs() + FRESH_MS }
    held.set(hash, entry)
    total += bytes.length
    for (const [oldest] of held) {
      if (total <= CACHE_BYTES || oldest === hash) break
      drop(oldest)
    }
    return entry
  }
  return {
    async object(hash) {
      const known = held.get(hash)
      if (known !== undefined && known.untilMs > nowMs()) {
        held.delete(hash)
        held.set(hash, known)
        return known
      }
      const under = reading.get(hash) ?? load(hash).finally(() => reading.delete(hash))
      reading.set(hash, under)
      return under
    },
    forget() {
      held.clear()
      total = 0
    },
  }
}
