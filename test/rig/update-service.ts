import { verify } from 'node:crypto'
import type { InboxEvents, InboxPort } from '../../emulator/device/ports.ts'
import type { VirtualTime } from '../../emulator/virtual-time.ts'
import { readEnvelope, signedBytes } from '../../host-link/wire/tms/envelope.ts'
import type { Order, ProgramOrder } from '../../host-link/wire/tms/order.ts'
import { decodeReport, REPORT_BYTES_MAX, type Report } from '../../host-link/wire/tms/report.ts'
import {
  type Block,
  type BlockBytes,
  decodeGet,
  decodeHello,
  encodeAck,
  encodeBlock,
  encodeWant,
  type Get,
  type Hello,
} from '../../host-link/wire/tms/talk.ts'
import type { DownTopic, UpTopic } from '../../terminal/device/inbox.ts'
import { hexOf, NOW, sha256 } from '../host-link/wire/tms/samples.ts'
import { crew, type MadeRelease, type Objects, sealOrder } from './update-documents.ts'

/** What the service wants of the terminal; written by the test, told with the next order. */
export interface Desire {
  program: ProgramOrder | null
  parameterSets: Order['parameterSets']
  policy?: Partial<Order['policy']>
  commands: Order['commands']
  transfer: Order['transfer']
}

/** What goes wrong on the way or at the service; all of it may be changed at any time. */
export interface Fates {
  /** One way, in milliseconds. */
  latencyMs: number
  /** Bytes a second of blocks towards the terminal; 0: without limit. */
  bytesPerSecond: number
  /** What becomes of a message towards the terminal: its copies, each so much later than usual. */
  down(
    topic: DownTopic,
    bytes: Uint8Array,
  ): readonly { readonly bytes: Uint8Array; readonly afterMs: number }[]
  /** Whether a message of the terminal arrives. */
  up(topic: UpTopic, bytes: Uint8Array): boolean
  /** What is answered to a request instead of its blocks; undefined: the blocks. */
  refuse(get: Get): readonly Block[] | undefined
  /** What becomes of a block that is right. */
  mangle(block: BlockBytes): Block
  /** The second source; undefined: it fails. Absent: as the objects are. */
  range?: (object: Uint8Array, offset: number, length: number) => Uint8Array | undefined
  /** Reports are acknowledged. */
  acks: boolean
}

/** A scripted download service 下载服务 for one terminal: real documents, real messages, no state but what is here. */
export interface Service {
  readonly port: InboxPort
  readonly objects: Objects
  readonly desire: Desire
  readonly fates: Fates
  /** In the order in which they came. */
  readonly hellos: Hello[]
  readonly gets: Get[]
  readonly reports: Report[]
  readonly ranges: { readonly object: string; readonly offset: number; readonly length: number }[]
  /** Other messages of the terminal. */
  readonly logs: Uint8Array[]
  /** Roots that go with the next order, and who directs. */
  roots: readonly Uint8Array[]
  director: typeof crew.director
  /** Makes its release the desired program. */
  want(release: MadeRelease, order?: number): void
  wantSets(...envelopes: readonly Uint8Array[]): void
  /** Tells the terminal now, by the nonce of its last hello. */
  tell(over?: Partial<Order>): void
  /** The connection comes or goes. */
  online(is: boolean): void
  /** Bytes of blocks of this object asked for so far. */
  asked(object: Uint8Array): number
  /** Of the last order. */
  seq(): number
  /** Sends what it likes. */
  send(topic: DownTopic, bytes: Uint8Array): void
}

/** `seq`: of the last order before. */
export function makeService(time: VirtualTime, seqBefore = 0): Service {
  let events: InboxEvents | undefined
  let connected = true
  let seq = seqBefore
  let reportKey: Uint8Array | undefined
  let nonce: Uint8Array | undefined
  let lineFreeMs = 0
  const objects: Objects = new Map()
  const asked = new Map<string, number>()
  const fates: Fates = {
    latencyMs: 20,
    bytesPerSecond: 0,
    down: (_, bytes) => [{ bytes, afterMs: 0 }],
    up: () => true,
    refuse: () => undefined,
    mangle: (block) => block,
    acks: true,
  }

  function send(topic: DownTopic, bytes: Uint8Array): void {
    const to = events
    for (const copy of fates.down(topic, bytes)) {
      const busyMs = fates.bytesPerSecond === 0 ? 0 : (copy.bytes.length * 1_000) / fates.bytesPerSecond
      lineFreeMs = Math.max(time.monotonicMs(), lineFreeMs) + busyMs
      time.after(lineFreeMs - time.monotonicMs() + fates.latencyMs + copy.afterMs, () => {
        if (connected && events === to) to?.message(topic, copy.bytes)
      })
    }
  }

  function tell(over: Partial<Order> = {}): void {
    if (nonce === undefined) return
    const { policy, ...desire } = service.desire
    seq++
    const made = sealOrder(
      {
        ...desire,
        ...{ seq, nonce, created: NOW + Math.floor(time.monotonicMs() / 1_000) },
        policy: { ...POLICY, ...policy },
        ...over,
      },
      service.director,
    )
    send('want', encodeWant({ roots: service.roots, order: made }))
  }

  function received(topic: UpTopic, bytes: Uint8Array): void {
    if (topic === 'hello') {
      const hello = decodeHello(bytes)
      service.hellos.push(hello)
      reportKey = hello.reportKey
      nonce = hello.nonce
      if (hello.report !== null) reported(hello.report)
      tell()
    } else if (topic === 'get') give(decodeGet(bytes))
    else if (topic === 'state') reported(bytes)
    else service.logs.push(bytes)
  }

  function reported(bytes: Uint8Array): void {
    const { payload, signatures } = readEnvelope(bytes, REPORT_BYTES_MAX)
    const [signature] = signatures
    if (
      reportKey === undefined ||
      signature === undefined ||
      !verified(reportKey, payload, signature.signature)
    )
      throw new Error('a report that the terminal has not signed')
    const report = decodeReport(payload)
    const before = service.reports.at(-1)
    if (
      before !== undefined &&
      (report.epoch < before.epoch || (report.epoch === before.epoch && report.seq < before.seq))
    )
      throw new Error('a report with an older number')
    service.reports.push(report)
    if (fates.acks) send('ack', encodeAck({ epoch: report.epoch, seq: report.seq }))
  }

  function give(get: Get): void {
    service.gets.push(get)
    const name = hexOf(get.object)
    const object = objects.get(name)
    const refusal = object === undefined ? [refused(get, 1)] : fates.refuse(get)
    if (refusal !== undefined || object === undefined) {
      for (const block of refusal ?? []) send('blk', encodeBlock(block))
      return
    }
    for (let bit = 0; bit < get.bitmap.length * 8; bit++) {
      if ((((get.bitmap[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 0) continue
      const offset = (get.first + bit) * get.blockBytes
      const bytes = object.slice(offset, offset + get.blockBytes)
      if (bytes.length === 0) continue
      asked.set(name, (asked.get(name) ?? 0) + bytes.length)
      send(
        'blk',
        encodeBlock(fates.mangle({ object: get.object.slice(0, 8), request: get.request, offset, bytes })),
      )
    }
  }

  const port: InboxPort = {
    open(own) {
      events = own
      time.after(fates.latencyMs, () => {
        if (connected && events === own) own.online()
      })
      return {
        publish(topic, bytes) {
          if (!connected || events !== own) return 'offline'
          if (fates.up(topic, bytes))
            time.after(fates.latencyMs, () => {
              if (connected && events === own) received(topic, bytes)
            })
          return 'queued'
        },
        close() {
          if (events === own) events = undefined
        },
      }
    },
    async fetch(object, offset, length) {
      service.ranges.push({ object: hexOf(object), offset, length })
      await new Promise<void>((resolve) => void time.after(2 * fates.latencyMs, resolve))
      if (!connected) return undefined
      if (fates.range !== undefined) return fates.range(object, offset, length)
      return objects.get(hexOf(object))?.slice(offset, offset + length)
    },
  }
  const service: Service = {
    ...{ port, objects, fates, send, tell, roots: [], director: crew.director },
    ...{ hellos: [], gets: [], reports: [], ranges: [], logs: [] },
    desire: {
      ...{ program: null, parameterSets: [], commands: [] },
      transfer: { blockMax: 4_096, windowMax: 65_536, source: 0 },
    },
    want(release, order = 1) {
      for (const [name, bytes] of release.objects) objects.set(name, bytes)
      service.desire.program = { hash: release.hash, size: release.envelope.length, order }
    },
    wantSets(...envelopes) {
      for (const envelope of envelopes) objects.set(hexOf(sha256(envelope)), envelope)
      service.desire.parameterSets = envelopes.map((each) => ({ hash: sha256(each), size: each.length }))
    },
    online(is) {
      if (connected === is) return
      connected = is
      if (is) events?.online()
      else events?.offline()
    },
    seq: () => seq,
    asked: (object) => asked.get(hexOf(object)) ?? 0,
  }
  return service
}

const POLICY = {
  ...{ earliest: 0, windowFrom: 0, windowTo: 0, deadline: 0, deferrals: 3 },
  ...{ allowOpenBatch: false, automatic: true },
}

/** A refusal of a request, as in `BLOCK_ERROR`. */
export function refused(get: Get, error: number, seconds = 0): Block {
  return { object: get.object.slice(0, 8), request: get.request, error, seconds }
}

function verified(key: Uint8Array, payload: Uint8Array, signature: Uint8Array): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]) // RFC 8410, 4
  return verify(null, signedBytes('report', payload), { key: der, format: 'der', type: 'spki' }, signature)
}
