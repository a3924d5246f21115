import { setTimeout } from 'node:timers/promises'
import { inboxTopics, SHARDS, shardOf } from '../../transport/inbox-topics.ts'
import { decodeCbor } from '../../wire/cbor.ts'
import { decodeHello, encodeAck } from '../../wire/tms/talk.ts'
import { decodeLogPiece } from '../log-piece.ts'
import type { Catalogue } from '../store.ts'
import { accept, type Inbound } from './accept.ts'
import { type BlockService, blockService } from './blocks.ts'
import type { BrokerLink, LinkEvents } from './broker-link.ts'
import { conduct, tellAgain } from './conductor.ts'
import { inList, type TmsDatabase } from './database.ts'
import { CONDUCTOR, type Lease, RENEW_MS, releaseLeases, renewLeases } from './leases.ts'
import type { Signer } from './signers.ts'
import { handedOver, LOT, type Told, tellSome } from './tell.ts'
import { rememberingVerify } from './verify.ts'

export interface WorkerOptions {
  readonly database: TmsDatabase
  readonly objects: Pick<Catalogue, 'object' | 'objectBytes'>
  readonly tenant: string
  readonly director: Signer
  /** Another than any other worker of this database ever had. */
  readonly id: string
  readonly link: (events: LinkEvents) => Promise<BrokerLink>
  /** 0 MQTT, 2 also HTTPS. */
  readonly source: number
  readonly log: (line: string) => void
  /** Largest block that an order allows (`tell.ts`). */
  readonly blockBytes?: number
  /** Bytes on their way to terminals of the broker. */
  readonly budgetBytes?: number
}

export interface Worker {
  /** There is something to tell: not at the next look, but now. */
  wake(): void
  readonly shards: () => readonly number[]
  readonly sentBytes: () => number
  close(): Promise<void>
}

export const BUDGET_BYTES = 32 * 1_048_576
/** Of one transaction. */
const BATCH_MAX = 512
/** Beyond it reports are passed over: terminals send them again until they are acknowledged. */
const QUEUE_MAX = 50_000
const LOOK_MS = 500
/** Between two transactions that are not full, at most. */
const REST_MS = 50
const AGAIN_MS = 15_000

/**
 * A worker holds no state that is not in the database: it leases shards, keeps what their terminals report, acknowledges it
 * after it is on the disk, tells them what they are to have, and serves blocks. Any number of them share the shards of a
 * database; one of them conducts the deployments.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { database, tenant, id, log } = options
  const state: State = { leases: [], queue: [], closed: false }
  const verify = rememberingVerify()
  const link = await options.link({
    receive: (topic, payload) => received(topic, payload),
    renewed: () => forgetPresence(state.leases),
  })
  const blocks = blockService({
    objects: options.objects,
    budgetBytes: options.budgetBytes ?? BUDGET_BYTES,
    buffered: () => link.buffered(),
    nowMs: () => performance.now(),
    send: (serial, payload) => link.publish(inboxTopics(tenant, serial).down('blk'), payload, 0),
  })
  const received = receiver(options, state, blocks, () => flush.now())

  const forgetPresence = async (leases: readonly Lease[]) => {
    if (!link.tellsPresence || leases.length === 0) return
    const { marks, values } = inList(leases.map(({ shard }) => shard))
    await database.write(({ run }) =>
      run(`UPDATE terminal SET online = 0 WHERE online = 1 AND shard IN (${marks})`, values),
    )
  }
  const flush = repeating(log, async () => {
    const batch = state.queue.splice(0, BATCH_MAX)
    if (batch.length === 0) return false
    const beganMs = performance.now()
    const { kept, greeted, doubts } = await accept(
      database,
      { id, leases: state.leases, tenant, verify },
      batch,
      seconds(),
    )
    for (const { serial, epoch, seq } of kept)
      link.publish(inboxTopics(tenant, serial).down('ack'), encodeAck({ epoch, seq }), 1)
    for (const doubt of doubts) log(`not believed: ${doubt}`)
    if (greeted) tell.now()
    // As long again, so that more share the next transaction: to commit costs the same for one and for hundreds.
    if (state.queue.length < BATCH_MAX) await setTimeout(Math.min(REST_MS, performance.now() - beganMs))
    return state.queue.length > 0
  })
  const handed: Told[] = []
  const tell = repeating(
    log,
    async () => {
      if (state.leases.length === 0) return false
      const { director, source, blockBytes } = options
      const teller = {
        id,
        leases: state.leases,
        tenant,
        director,
        source,
        ...(blockBytes !== undefined && { blockBytes }),
      }
      const told = await tellSome(database, teller, seconds())
      const given = told.filter(({ serial, payload }) =>
        link.publish(inboxTopics(tenant, serial).down('want'), payload, 1),
      )
      handed.push(...given)
      // Several lots share a transaction: what is told again because its worker was killed before costs a message.
      if (told.length < LOT || handed.length >= HANDED_MAX) await handedOver(database, handed.splice(0))
      return told.length > 0
    },
    LOOK_MS,
  )
  const conductor = repeating(
    log,
    async () => {
      const lease = state.leases.find(({ shard }) => shard === CONDUCTOR)
      if (lease === undefined) return false
      const { alarms, faults, queued } = await conduct(database, id, lease, seconds())
      for (const alarm of alarms) log(`ALARM ${alarm}`)
      for (const fault of faults) log(fault)
      if (queued > 0) tell.now()
      return queued > 0
    },
    LOOK_MS,
  )
  const again = repeating(
    log,
    async () => {
      const lease = state.leases.find(({ shard }) => shard === CONDUCTOR)
      if (lease !== undefined && (await tellAgain(database, id, lease, seconds())) > 0) tell.now()
      return false
    },
    AGAIN_MS,
  )
  const lease = repeating(
    log,
    async () => {
      const leases = await renewLeases(database, id)
      const fresh = leases.filter(
        ({ shard, epoch }) => !state.leases.some((held) => held.shard === shard && held.epoch === epoch),
      )
      state.leases = leases
      if (fresh.length > 0) log(`${id}: ${leases.length} of ${CONDUCTOR + 1} leases`)
      await forgetPresence(fresh.filter(({ shard }) => shard < SHARDS))
      await link.listen(leases.map(({ shard }) => shard).filter((shard) => shard < SHARDS))
      return false
    },
    RENEW_MS,
  )
  await lease.first()
  for (const loop of [tell, conductor, again]) loop.now()
  return {
    wake() {
      blocks.forget()
      conductor.now()
      tell.now()
    },
    shards: () => state.leases.map(({ shard }) => shard),
    sentBytes: () => blocks.sentBytes(),
    async close() {
      state.closed = true
      blocks.close()
      for (const loop of [lease, conductor, again, tell, flush]) await loop.stop()
      await link.close()
      await releaseLeases(database, id).catch(() => {}) // they run out by themselves
    },
  }
}

interface State {
  leases: readonly Lease[]
  queue: Inbound[]
  closed: boolean
}

/** Terminals whose orders the broker has before that is written down. */
const HANDED_MAX = 4_096
const seconds = (): number => Math.floor(Date.now() / 1000)

const TOPIC = /^t\/([^/]+)\/\d\d\/([^/]+)\/up\/(hello|get|state|on|log)$/

/** What terminals send: blocks are answered at once, all else waits for the next transaction. */
function receiver(
  { tenant }: WorkerOptions,
  state: State,
  blocks: BlockService,
  flush: () => void,
): (topic: string, payload: Uint8Array) => void {
  return (topic, payload) => {
    const [, of, serial, kind] = TOPIC.exec(topic) ?? []
    if (of !== tenant || serial === undefined || state.closed) return
    if (kind === 'get') {
      blocks.asked(serial, payload)
      return
    }
    const message = inbound(serial, kind, payload)
    if (message === undefined || state.queue.length >= QUEUE_MAX) return
    state.queue.push(message)
    flush()
  }
}

function inbound(serial: string, kind: string | undefined, payload: Uint8Array): Inbound | undefined {
  const own = { serial, shard: shardOf(serial) }
  try {
    if (kind === 'state') return { kind: 'state', ...own, envelope: payload }
    if (kind === 'hello') {
      const hello = decodeHello(payload)
      return hello.serial === serial ? { kind: 'hello', ...own, hello } : undefined
    }
    if (kind === 'log') return { kind: 'log', ...own, piece: decodeLogPiece(payload) }
    if (kind !== 'on') return undefined
    const said = decodeCbor(payload)
    if (!(said instanceof Map)) return undefined
    const connection = said.get(1)
    return typeof connection === 'number'
      ? { kind: 'presence', ...own, online: said.get(0) === 1, connection }
      : undefined
  } catch {
    return undefined // bytes that are no message
  }
}

interface Loop {
  /** Once, and its fault is the caller's; then again and again. */
  first(): Promise<void>
  /** Runs now, or once more after the run that is under way. */
  now(): void
  stop(): Promise<void>
}

const FAULT_MS = 500

/** Runs `step` one at a time: again at once while it says so, every `everyMs`, and when it is asked to. */
function repeating(log: (line: string) => void, step: () => Promise<boolean>, everyMs?: number): Loop {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let asked = false
  let stopped = false
  const arm = (ms: number | undefined) => {
    if (timer !== undefined) clearTimeout(timer)
    timer = stopped || ms === undefined ? undefined : globalThis.setTimeout(now, ms)
  }
  const run = async () => {
    try {
      do asked = false
      while (((await step()) || asked) && !stopped)
      arm(everyMs)
    } catch (error) {
      log(error instanceof Error ? error.message : String(error))
      arm(FAULT_MS)
    }
  }
  const now = () => {
    asked = true
    if (stopped || running !== undefined) return
    arm(undefined)
    running = run().finally(() => {
      running = undefined
    })
  }
  return {
    async first() {
      await step()
      arm(everyMs)
    },
    now,
    async stop() {
      stopped = true
      arm(undefined)
      await running
    },
  }
}
