import { randomBytes } from 'node:crypto'
import { inboxTopics, shardOf } from '../../transport/inbox-topics.ts'
import { encodeCbor } from '../../wire/cbor.ts'
import { CODE, type DownloadState } from '../../wire/tms/codes.ts'
import { sealEnvelope } from '../../wire/tms/envelope.ts'
import type { Order } from '../../wire/tms/order.ts'
import { encodeReport } from '../../wire/tms/report.ts'
import { decodeAck, encodeHello } from '../../wire/tms/talk.ts'
import type { Signer } from './signers.ts'
import { type End, simulatedDownload } from './simulated-download.ts'
import { type Line, type LineQuality, openLine } from './simulated-line.ts'
import {
  doneCommands,
  factoryState,
  freshStart,
  orderIn,
  reportOf,
  type SimulatedCounts,
} from './simulated-state.ts'

export interface SimulatedOptions {
  readonly host: string
  readonly port: number
  readonly tenant: string
  readonly serial: string
  readonly password: string
  readonly model: string
  readonly quality?: LineQuality
  readonly reportSigner: Signer
  /** Whose orders count; undefined: any. */
  readonly director?: Uint8Array
  readonly blockBytes: number
  readonly windowBytes: number
  readonly timeoutMs: number
  /** How a new program ends, and after how long each step of it. */
  readonly ends?: End
  readonly stepMs?: number
  /** Hears its orders and acts on none. */
  readonly idle?: boolean
  /** Stops reading when it has asked for its first window of a payload; a line that is then closed stays so until `crash`. */
  readonly freezes?: boolean
  /** It begins with an order's program after some of this time, by chance; a broker that is far away is not met by all at once. */
  readonly spreadMs?: number
  readonly random: () => number
  /** It begins with an order's program; it asks for the first window of a payload. */
  readonly begins?: () => void
  readonly fetches?: () => void
  readonly told?: (order: Order) => void
  readonly ended?: (end: End) => void
}

export interface SimulatedTerminal {
  readonly serial: string
  readonly counts: SimulatedCounts
  /** Reports that it made, and those that the service acknowledged, as `epoch.seq`. */
  readonly made: ReadonlySet<string>
  readonly acknowledged: ReadonlySet<string>
  readonly state: () => DownloadState
  /** Ids of commands in the order in which it did them. */
  readonly done: () => readonly number[]
  readonly online: () => boolean
  readonly running: () => { readonly release: string; readonly version: string }
  /** Loses power: says nothing, and starts anew with what was durable. */
  crash(): void
  report(): void
  close(): void
}

/** The first wait before it connects again, and the longest, in ms: full jitter. */
export const RECONNECT_MS = 300
export const RECONNECT_MS_MAX = 5_000

/**
 * A terminal without a terminal: MQTT, hello, orders, windows of blocks checked against the index, signed reports that are sent
 * until they are acknowledged. It does not unpack: when all leaves are right, it says that it runs the manifest's program.
 */
export function simulatedTerminal(options: SimulatedOptions): SimulatedTerminal {
  const topics = inboxTopics(options.tenant, options.serial)
  const counts = {
    ...{ doubleBytes: 0, wrong: 0, later: 0, timeouts: 0 },
    reconnects: 0,
    orders: 0,
    refusedOrders: 0,
  }
  const reports = { made: new Set<string>(), acknowledged: new Set<string>() }
  const kept = factoryState()
  const now = freshStart(randomBytes(8))
  const timers = timersOf()
  let line: Line | undefined
  let online = false
  let frozen = false
  let answered = false
  let connection = Date.now()
  let tries = 0
  let begun: 'no' | 'waits' | 'begun' = 'no'
  let newest: Order | undefined
  let unacknowledged: { readonly key: string; readonly envelope: Uint8Array } | undefined

  const download = simulatedDownload({
    ...{ kept, now, counts, ends: options.ends ?? 'confirmed', stepMs: options.stepMs ?? 20 },
    fetch: {
      ...{ blockBytes: options.blockBytes, windowBytes: options.windowBytes, timeoutMs: options.timeoutMs },
      send: (bytes) => line?.publish(topics.up('get'), bytes, 0),
    },
    report: () => report(),
    later: timers.later,
    begun: () => {
      options.fetches?.()
      if (options.freezes !== true) return
      frozen = true
      line?.freeze()
    },
    ended: (end) => options.ended?.(end),
  })
  const newReport = () => {
    now.seq++
    const key = `${kept.epoch}.${now.seq}`
    reports.made.add(key)
    const payload = encodeReport(reportOf(options, kept, now))
    unacknowledged = { key, envelope: sealEnvelope('report', payload, [options.reportSigner]) }
    repeat(key)
    return unacknowledged.envelope
  }
  // Until it is acknowledged, or a newer one says more.
  const repeat = (key: string) =>
    timers.later(options.timeoutMs * 2, () => {
      if (unacknowledged?.key !== key) return
      if (online) line?.publish(topics.up('state'), unacknowledged.envelope, 1)
      repeat(key)
    })
  const report = () => {
    const envelope = newReport()
    if (online) line?.publish(topics.up('state'), envelope, 1)
  }
  const hello = () => {
    const { nonce } = now
    answered = false
    const own = { nonce, serial: options.serial, epoch: kept.epoch, maker: 'simulated', model: options.model }
    const rest = { blockMax: options.blockBytes, rootVersion: 1, reportKey: options.reportSigner.publicKey }
    line?.publish(topics.up('hello'), encodeHello({ ...own, ...rest, report: newReport() }), 1)
    timers.later(options.timeoutMs * 4, () => {
      if (online && !answered && nonce === now.nonce) hello()
    })
  }
  const wanted = (payload: Buffer) => {
    const found = orderIn(payload, options, options.director, now.nonce, kept.orderSeq)
    if (found === undefined) {
      counts.refusedOrders++
      return
    }
    answered = true
    kept.orderSeq = found.seq
    counts.orders++
    options.told?.(found)
    if (options.idle === true) return
    if (doneCommands(kept, now, found)) report()
    begin(found)
  }
  const begin = (found: Order) => {
    const { spreadMs = 0 } = options
    newest = found
    if (found.program === null || begun === 'begun') {
      download.act(found)
      return
    }
    if (begun === 'waits') return // the same once more
    begun = 'waits'
    const go = () => {
      begun = 'begun'
      options.begins?.()
      if (newest !== undefined) download.act(newest)
    }
    if (spreadMs === 0) go()
    else timers.later(options.random() * spreadMs, go)
  }
  const message = (topic: string, payload: Buffer) => {
    if (topic.endsWith('/blk')) download.take(payload)
    else if (topic.endsWith('/want')) wanted(payload)
    else if (topic.endsWith('/ack')) {
      const { epoch, seq } = decodeAck(payload)
      reports.acknowledged.add(`${epoch}.${seq}`)
      if (unacknowledged?.key === `${epoch}.${seq}`) unacknowledged = undefined
    }
  }
  const open = () => {
    connection++
    now.nonce = randomBytes(8)
    line = openLine(lineOptions(options, connection), {
      up() {
        online = true
        tries = 0
        line?.publish(topics.on, presence(1, connection), 1, true)
        hello()
        download.again()
      },
      message,
      down() {
        online = false
        line = undefined
        counts.reconnects++
        if (frozen) return
        // Full jitter, doubled with each try: a broker that comes back is not met by all at once.
        timers.later(options.random() * Math.min(RECONNECT_MS_MAX, RECONNECT_MS * 2 ** tries++), open)
      },
    })
  }
  const crash = () => {
    download.stop()
    timers.clear()
    if (kept.running.trial && now.order?.program != null) {
      kept.running = kept.previous
      kept.last = {
        release: now.order.program.hash,
        end: 'reverted',
        code: CODE.tries,
        order: now.order.program.order,
      }
    }
    kept.epoch++
    Object.assign(now, freshStart(now.nonce))
    unacknowledged = undefined
    frozen = false
    const lost = line
    if (lost === undefined) timers.later(1, open)
    else lost.close()
  }
  open()
  return {
    ...{ serial: options.serial, counts, ...reports, crash, report },
    state: () => now.state,
    done: () => kept.done,
    online: () => online,
    running: () => ({
      release: Buffer.from(kept.running.release).toString('hex'),
      version: kept.running.version,
    }),
    close() {
      timers.end()
      download.stop()
      line?.close()
    },
  }
}

function presence(is: 0 | 1, connection: number): Uint8Array {
  return encodeCbor(
    new Map([
      [0, is],
      [1, connection],
    ]),
  )
}

function lineOptions(options: SimulatedOptions, connection: number): Parameters<typeof openLine>[0] {
  const { tenant, serial } = options
  const branch = `t/${tenant}/${String(shardOf(serial)).padStart(2, '0')}/${serial}`
  return {
    ...options.quality,
    ...{ host: options.host, port: options.port, clientId: serial, username: serial },
    ...{ password: options.password, random: options.random, filter: `${branch}/dn/#` },
    will: { topic: inboxTopics(tenant, serial).on, payload: presence(0, connection) },
  }
}

/** Timers that all end at once. */
function timersOf() {
  const timers = new Set<NodeJS.Timeout>()
  let over = false
  const clear = () => {
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
  }
  return {
    clear,
    later(ms: number, work: () => void) {
      if (over) return
      const timer = setTimeout(() => {
        timers.delete(timer)
        work()
      }, ms)
      timers.add(timer)
    },
    end() {
      over = true
      clear()
    },
  }
}
