import { setImmediate } from 'node:timers/promises'
import type { InboxEvents, InboxPort } from '../../../emulator/device/ports.ts'
import { makeVirtualTime, type VirtualTime } from '../../../emulator/virtual-time.ts'
import { accept, type Inbound } from '../../../host-link/tms/node/accept.ts'
import { type BlockService, blockService } from '../../../host-link/tms/node/blocks.ts'
import { conduct, tellAgain } from '../../../host-link/tms/node/conductor.ts'
import { CONDUCTOR, type Lease, renewLeases } from '../../../host-link/tms/node/leases.ts'
import type { Signer } from '../../../host-link/tms/node/signers.ts'
import { handedOver, tellSome } from '../../../host-link/tms/node/tell.ts'
import { openTmsDatabase, tmsStore } from '../../../host-link/tms/node/tms-store.ts'
import type { NewRelease, TmsStore } from '../../../host-link/tms/store.ts'
import { shardOf } from '../../../host-link/transport/inbox-topics.ts'
import { readEnvelope } from '../../../host-link/wire/tms/envelope.ts'
import { decodeReport, REPORT_BYTES_MAX } from '../../../host-link/wire/tms/report.ts'
import { decodeAck, decodeGet, decodeHello, encodeAck } from '../../../host-link/wire/tms/talk.ts'
import type { DownTopic, UpTopic } from '../../../terminal/device/inbox.ts'
import { crew, type MadeRelease } from '../../rig/update-documents.ts'
import { hexOf, MODEL, NOW, TENANT } from '../wire/tms/samples.ts'
import { newTerminal } from './node/rig.ts'

/** One terminal's line: what is said over it, and how good it is. */
export interface FleetLine {
  readonly serial: string
  readonly port: InboxPort
  /** Reports that the terminal signed and sent, and those acknowledged to it, as `epoch.seq`. */
  readonly made: Set<string>
  readonly acknowledged: Set<string>
  /** Bytes of blocks that it asked for, by object. */
  readonly asked: Map<string, number>
  readonly isUp: () => boolean
  up(is: boolean): void
}

/** What a line does to each message: its copies, each so many milliseconds later than usual. */
export type Fate = () => readonly number[]

/**
 * The rules of the service on a database of SQLite, and lines that lose, double and mix up, in virtual time: `accept`,
 * `conduct`, `tellSome`, `tellAgain` and the block service are those of the worker, with its loops as events of that time.
 */
export interface Fleet {
  readonly time: VirtualTime
  readonly store: TmsStore
  fate: Fate
  line(serial: string): FleetLine
  /** Unix seconds of now. */
  now(): number
  /** Something was decided: conduct and tell. */
  wake(): void
  /** What the service had to complain of. */
  readonly doubts: string[]
  close(): Promise<void>
}

const LATENCY_MS = 20
/** Of one instant, far more than there ever are. */
const EVENTS_MAX = 5_000
const LOOK_MS = 30_000
const AGAIN_MS = 60_000
const RENEW_MS = 1_000
const DIRECTOR = crew.director[0]

export async function makeFleet(file: string, serials: readonly string[]): Promise<Fleet> {
  if (DIRECTOR === undefined) throw new Error('nobody directs')
  const director: Signer = { kid: DIRECTOR.kid, publicKey: DIRECTOR.key, sign: DIRECTOR.sign }
  let work: Promise<void> = Promise.resolve()
  let seenMs = -1
  let still = 0
  const time = makeVirtualTime({
    wallMs: NOW * 1_000 + 8 * 3_600_000,
    // What the database has begun takes no virtual time.
    async settle() {
      still = time.monotonicMs() === seenMs ? still + 1 : 0
      seenMs = time.monotonicMs()
      if (still > EVENTS_MAX) throw new Error(`something goes round and round at ${seenMs} ms`)
      for (let seen: Promise<void> | undefined; seen !== work; ) {
        seen = work
        await setImmediate()
        await seen
      }
    },
  })
  const database = await openTmsDatabase(file)
  const store = tmsStore(database)
  await store.addTerminals(
    serials.map((serial) => newTerminal(serial, { model: MODEL })),
    NOW,
  )
  const doubts: string[] = []
  const now = (): number => NOW + Math.floor(time.monotonicMs() / 1_000)
  const then = (step: () => Promise<void>): void => {
    work = work.then(step)
  }
  const held = leasesOf(() => renewLeases(database, 'w'))
  const queue: Inbound[] = []

  async function flush(): Promise<void> {
    const batch = queue.splice(0)
    if (batch.length === 0) return
    const accepted = await accept(database, { id: 'w', leases: await held(), tenant: TENANT }, batch, now())
    doubts.push(...accepted.doubts)
    for (const { serial, epoch, seq } of accepted.kept)
      lines.get(serial)?.down('ack', encodeAck({ epoch, seq }))
    await conducted()
  }
  async function conducted(): Promise<void> {
    const leases = await held()
    const own = leases.find(({ shard }) => shard === CONDUCTOR)
    if (own !== undefined) await conduct(database, 'w', own, now())
    const told = await tellSome(database, { id: 'w', leases, tenant: TENANT, director, source: 0 }, now())
    for (const { serial, payload } of told) lines.get(serial)?.down('want', payload)
    await handedOver(database, told)
  }
  const wake = (): void => then(conducted)
  function look(): void {
    wake()
    time.after(LOOK_MS, look)
  }
  function again(): void {
    then(async () => {
      const own = (await held()).find(({ shard }) => shard === CONDUCTOR)
      if (own !== undefined) await tellAgain(database, 'w', own, now())
    })
    time.after(AGAIN_MS, again)
  }

  const fleet: Fleet = {
    ...{ time, store, now, doubts, fate: () => [0] },
    wake() {
      blocks.forget()
      wake()
    },
    line(serial) {
      const found = lines.get(serial)
      if (found === undefined) throw new Error(`${serial} is none of ours`)
      return found
    },
    async close() {
      blocks.close()
      await work
      await store.close()
    },
  }
  const blocks: BlockService = blockService({
    objects: store,
    budgetBytes: 1_048_576,
    buffered: () => 0,
    nowMs: () => time.monotonicMs(),
    send: (serial, payload) => lines.get(serial)?.down('blk', payload),
  })
  const heard = (message: Inbound): void => {
    queue.push(message)
    then(flush)
  }
  const lines = new Map(
    serials.map((serial) => [serial, makeLine(serial, time, () => fleet.fate(), blocks, heard)]),
  )
  look()
  again()
  return fleet
}

/** Held for six seconds of the real clock at a time, whatever the virtual one says. */
function leasesOf(renew: () => Promise<readonly Lease[]>): () => Promise<readonly Lease[]> {
  let leases: readonly Lease[] = []
  let renewedMs = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - renewedMs > RENEW_MS) {
      leases = await renew()
      renewedMs = performance.now()
    }
    return leases
  }
}

function makeLine(
  serial: string,
  time: VirtualTime,
  fate: () => readonly number[],
  blocks: BlockService,
  heard: (message: Inbound) => void,
): FleetLine & { down(topic: DownTopic, bytes: Uint8Array): void } {
  let events: InboxEvents | undefined
  let isUp = true
  let connection = 0
  const shard = shardOf(serial)
  const made = new Set<string>()
  const acknowledged = new Set<string>()
  const asked = new Map<string, number>()
  const told = (online: boolean, of: number): void =>
    heard({ kind: 'presence', serial, shard, online, connection: of })

  function connect(own: InboxEvents): void {
    const mine = ++connection
    time.after(LATENCY_MS, () => {
      if (!isUp || events !== own || connection !== mine) return
      told(true, mine)
      own.online()
    })
  }
  function gone(): void {
    const mine = connection
    time.after(LATENCY_MS, () => told(false, mine)) // its will
  }
  function note(envelope: Uint8Array): void {
    const { epoch, seq } = decodeReport(readEnvelope(envelope, REPORT_BYTES_MAX).payload)
    made.add(`${epoch}.${seq}`)
  }
  function received(topic: UpTopic, bytes: Uint8Array): void {
    if (topic === 'get') blocks.asked(serial, bytes)
    else if (topic === 'state') heard({ kind: 'state', serial, shard, envelope: bytes })
    else if (topic === 'hello') heard({ kind: 'hello', serial, shard, hello: decodeHello(bytes) })
  }
  function count(bytes: Uint8Array): void {
    const { object, bitmap, blockBytes } = decodeGet(bytes)
    const bits = [...bitmap].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
    asked.set(hexOf(object), (asked.get(hexOf(object)) ?? 0) + bits * blockBytes)
  }
  return {
    ...{ serial, made, acknowledged, asked, isUp: () => isUp },
    up(is) {
      if (is === isUp) return
      isUp = is
      if (events === undefined) return
      if (is) connect(events)
      else {
        events.offline()
        gone()
      }
    },
    down(topic, bytes) {
      const to = events
      for (const afterMs of fate())
        time.after(LATENCY_MS + afterMs, () => {
          if (!isUp || to === undefined || events !== to) return
          if (topic === 'ack') {
            const { epoch, seq } = decodeAck(bytes)
            acknowledged.add(`${epoch}.${seq}`)
          }
          to.message(topic, bytes)
        })
    },
    port: {
      open(own) {
        events = own
        if (isUp) connect(own)
        return {
          publish(topic, bytes) {
            if (!isUp || events !== own) return 'offline'
            if (topic === 'state') note(bytes)
            const report = topic === 'hello' ? decodeHello(bytes).report : null
            if (report !== null) note(report)
            if (topic === 'get') count(bytes)
            for (const afterMs of fate()) time.after(LATENCY_MS + afterMs, () => received(topic, bytes))
            return 'queued'
          },
          close() {
            if (events !== own) return
            events = undefined
            if (isUp) gone()
          },
        }
      },
    },
  }
}

/** A release of the rig as the service's catalogue takes it. */
export function newRelease({
  manifest,
  envelope,
  hash,
  objects,
}: Pick<MadeRelease, 'manifest' | 'envelope' | 'hash' | 'objects'>): NewRelease {
  return {
    objects: [...objects].map(([name, bytes]) => ({ hash: name, bytes })),
    release: {
      ...{ version: manifest.version, manifest: hexOf(hash), manifestSize: envelope.length },
      ...{ seq: manifest.seq, counter: manifest.counter, models: [...manifest.models] },
      ...{ program: hexOf(manifest.program.hash), programLength: manifest.program.length },
      payloads: manifest.payloads.map(({ base, size }) => ({ base: base === null ? '' : hexOf(base), size })),
      ...{ signers: crew.program.slice(0, 2).map(({ kid }) => hexOf(kid)), expires: manifest.expires },
      ...{ noticeZh: manifest.notice.zh, noticeEn: manifest.notice.en, uploadedBy: 'anna', uploadedAt: NOW },
    },
  }
}
