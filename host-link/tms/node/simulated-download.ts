import { CODE, type DownloadState } from '../../wire/tms/codes.ts'
import { readEnvelope } from '../../wire/tms/envelope.ts'
import type { Order } from '../../wire/tms/order.ts'
import { decodeRelease, MANIFEST_BYTES_MAX } from '../../wire/tms/release.ts'
import { type FetchCounts, type Fetching, type FetchOptions, fetchObject, sha256 } from './simulated-fetch.ts'
import { type Kept, type Now, same } from './simulated-state.ts'

export type End = 'confirmed' | 'reverted' | 'failed'

export interface DownloadOptions {
  readonly kept: Kept
  readonly now: Now
  readonly counts: FetchCounts
  readonly fetch: FetchOptions
  /** How a new program ends, and after how long each step of it. */
  readonly ends: End
  readonly stepMs: number
  readonly report: () => void
  readonly later: (ms: number, work: () => void) => void
  /** The first window of a payload has been asked for. */
  readonly begun: () => void
  readonly ended: (end: End) => void
}

export interface Download {
  act(order: Order): void
  take(payload: Uint8Array): void
  /** The line is there again. */
  again(): void
  stop(): void
}

/** Leaves of an index: 16 bytes of SHA-256 for each 1,024 of the payload, after the 32 of the whole. */
const LEAF = { name: 32, bytes: 1_024, hash: 16 } as const

/** From an order to what runs in the end: manifest, index, payload, verified, armed, trial. */
export function simulatedDownload(options: DownloadOptions): Download {
  const { kept, now, counts, report, later } = options
  let fetching: Fetching | undefined
  /** Came while a program was armed or on trial. */
  let heard: Order | undefined

  const end = (how: End, code: number) => {
    const program = now.order?.program ?? null
    if (program === null) return
    kept.last = { release: program.hash, end: how, code, order: program.order }
    now.state = how
    fetching = undefined
    report()
    options.ended(how)
    // A real one says hello when it has restarted; this one does not, and heard then what it would be told now.
    const next = heard
    heard = undefined
    if (next !== undefined) act(next)
  }
  const after = (next: DownloadState, work: () => void) => {
    fetching = undefined
    now.state = next
    report()
    later(options.stepMs, () => {
      if (now.state === next) work() // not given up meanwhile
    })
  }
  const restart = () => {
    const { order, manifest } = now
    if (order?.program == null || manifest === undefined) return
    kept.epoch++
    now.seq = 0
    kept.previous = kept.running
    kept.running = {
      program: manifest.program.hash,
      release: order.program.hash,
      version: manifest.version,
      trial: true,
    }
    after('trial', () => {
      const good = options.ends === 'confirmed'
      kept.running = good ? { ...kept.running, trial: false } : kept.previous
      end(options.ends, good ? CODE.ok : CODE.healthSelfTest)
    })
  }
  /** Blocks and window as order and terminal both take them. */
  const terms = (): FetchOptions => {
    const { blockBytes, windowBytes, ...rest } = options.fetch
    const { blockMax = blockBytes, windowMax = windowBytes } = now.order?.transfer ?? {}
    return {
      ...{ blockBytes: Math.min(blockBytes, blockMax), windowBytes: Math.min(windowBytes, windowMax) },
      ...rest,
    }
  }
  const whole = (hash: Uint8Array, size: number, done: (bytes: Uint8Array) => void) => {
    const wanted = { hash, size, keep: true, isRight: () => true, progress: () => {} }
    const refused = () => end('failed', CODE.cancelled)
    const got = (bytes: Uint8Array | undefined) =>
      bytes !== undefined && same(sha256(bytes), hash) ? done(bytes) : end('failed', CODE.blockWrong)
    fetching = fetchObject(terms(), { ...wanted, refused, done: got }, counts)
  }
  const fetchPayload = (index: Uint8Array, size: number) => {
    fetching = fetchObject(
      terms(),
      {
        ...{
          hash: index.subarray(0, LEAF.name),
          size,
          keep: false,
          isRight: (offset, bytes) => leavesAreRight(index, offset, bytes),
        },
        refused: () => end('failed', CODE.cancelled),
        progress: (bytes) => {
          now.doneBytes = bytes
        },
        done: () => after('verified', () => after('armed', restart)),
      },
      counts,
    )
    options.begun()
  }
  const begin = (hash: Uint8Array, size: number) =>
    whole(hash, size, (bytes) => {
      now.manifest = decodeRelease(readEnvelope(bytes, MANIFEST_BYTES_MAX).payload)
      const payload = now.manifest.payloads.find(({ base }) => base === null)
      if (payload === undefined) end('failed', CODE.baseMissing)
      else
        whole(payload.index, LEAF.name + Math.ceil(payload.size / LEAF.bytes) * LEAF.hash, (index) =>
          fetchPayload(index, payload.size),
        )
    })
  const act = (order: Order): void => {
    const { program } = order
    const before = now.order?.program ?? null
    // What is armed is started, whatever comes now.
    if (now.state === 'armed' || now.state === 'trial') {
      heard = order
      return
    }
    now.order = order
    if (program === null) {
      if (now.state !== 'receiving' && now.state !== 'verified') return
      fetching?.stop()
      now.state = 'superseded'
      report()
      return
    }
    const tried =
      kept.last !== null && same(kept.last.release, program.hash) && kept.last.order === program.order
    const known = before !== null && same(before.hash, program.hash) && before.order === program.order
    if (same(kept.running.release, program.hash) || tried || (known && now.state !== 'empty')) {
      report()
      return
    }
    fetching?.stop()
    now.state = 'receiving'
    now.doneBytes = 0
    now.manifest = undefined
    report()
    begin(program.hash, program.size)
  }
  return {
    act,
    take: (payload) => fetching?.take(payload),
    again: () => fetching?.again(),
    stop() {
      fetching?.stop()
      fetching = undefined
      heard = undefined
    },
  }
}

function leavesAreRight(index: Uint8Array, offset: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += LEAF.bytes) {
    const leaf = LEAF.name + ((offset + at) / LEAF.bytes) * LEAF.hash
    const hash = sha256(bytes.subarray(at, at + LEAF.bytes)).subarray(0, LEAF.hash)
    if (!same(hash, index.subarray(leaf, leaf + LEAF.hash))) return false
  }
  return true
}
