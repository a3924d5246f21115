import { accept, type Inbound } from '../../../../host-link/tms/node/accept.ts'
import { conduct, tellAgain } from '../../../../host-link/tms/node/conductor.ts'
import type { TmsDatabase } from '../../../../host-link/tms/node/database.ts'
import { CONDUCTOR, renewLeases } from '../../../../host-link/tms/node/leases.ts'
import { signerOf } from '../../../../host-link/tms/node/signers.ts'
import { handedOver, tellSome } from '../../../../host-link/tms/node/tell.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import type { TmsStore } from '../../../../host-link/tms/store.ts'
import { shardOf } from '../../../../host-link/transport/inbox-topics.ts'
import { bytesOfHex } from '../../../../host-link/wire/bytes.ts'
import type { DownloadState } from '../../../../host-link/wire/tms/codes.ts'
import { readEnvelope, sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { decodeOrder, ORDER_BYTES_MAX, type Order } from '../../../../host-link/wire/tms/order.ts'
import { encodeReport, type Report } from '../../../../host-link/wire/tms/report.ts'
import { decodeWant } from '../../../../host-link/wire/tms/talk.ts'
import { newTerminal, seedOf, TENANT, type testRelease, testSigners } from './rig.ts'

export const NOW = 1_800_000_000
const NONCE = new Uint8Array(8)
const ZEROS = new Uint8Array(32)

/** The rules of the service by hand: no broker, no loops, and the time is what the test says. */
export interface HandRig {
  readonly database: TmsDatabase
  readonly store: TmsStore
  readonly clock: { now: number }
  /** The terminal is there and says hello. */
  greet(serial: string): Promise<void>
  away(serial: string): Promise<void>
  report(serial: string, change?: Partial<Report>, element?: string): Promise<readonly string[]>
  /** Reports where its download of this release stands. */
  downloads(serial: string, release: ReturnType<typeof testRelease>, state: DownloadState): Promise<void>
  /** Reports that it runs this release. */
  runs(serial: string, release: ReturnType<typeof testRelease>): Promise<void>
  /** Orders that terminals get now. `killed`: the worker ends between its commit and the broker, and nobody gets them. */
  tell(killed?: 'killed'): Promise<ReadonlyMap<string, Order>>
  /** One step of the conductor: its alarms. */
  step(): Promise<readonly string[]>
  /** The loop that tells again, then what goes out. */
  again(): Promise<ReadonlyMap<string, Order>>
  states(deployment: number): Promise<{ readonly [serial: string]: string }>
  close(): Promise<void>
}

export async function handRig(address: string, serials: readonly string[]): Promise<HandRig> {
  const database = await openTmsDatabase(address)
  const store = tmsStore(database)
  await store.addTerminals(
    serials.map((serial) => newTerminal(serial)),
    NOW,
  )
  const clock = { now: NOW }
  const seqs = new Map<string, number>()
  const { director } = testSigners()
  const leases = () => renewLeases(database, 'w')
  const conductor = async () => {
    const lease = (await leases()).find(({ shard }) => shard === CONDUCTOR)
    if (lease === undefined) throw new Error('no lease')
    return lease
  }
  const hear = async (message: Inbound) =>
    accept(database, { id: 'w', leases: await leases(), tenant: TENANT }, [message], clock.now)
  const own = (serial: string) => ({ serial, shard: shardOf(serial) })
  const rig: HandRig = {
    ...{ database, store, clock },
    async greet(serial) {
      const hello = { nonce: NONCE, serial, epoch: 1, maker: 'm', model: 'A8', blockMax: 4_096 }
      const { publicKey: reportKey } = signerOf(seedOf(serial))
      await hear({
        kind: 'hello',
        ...own(serial),
        hello: { ...hello, rootVersion: 1, reportKey, report: null },
      })
    },
    async away(serial) {
      await hear({ kind: 'presence', ...own(serial), online: false, connection: clock.now })
    },
    async report(serial, change = {}, element = serial) {
      const seq = (seqs.get(serial) ?? 0) + 1
      seqs.set(serial, seq)
      const payload = encodeReport({ ...reportOf(serial, seq), ...change })
      const envelope = sealEnvelope('report', payload, [signerOf(seedOf(element))])
      return (await hear({ kind: 'state', ...own(serial), envelope })).doubts
    },
    async downloads(serial, { manifest }, state) {
      const download = { state, release: bytesOfHex(manifest), doneBytes: 1_000, size: 2_000 }
      await rig.report(serial, { download: { ...download, code: 0, waiting: 0 } })
    },
    async runs(serial, { manifest, program }) {
      const running = { place: 'a' as const, version: '2.0.0', counter: 1, trial: false }
      await rig.report(serial, {
        running: { ...running, program: bytesOfHex(program), release: bytesOfHex(manifest) },
      })
    },
    async tell(killed) {
      const teller = { id: 'w', leases: await leases(), tenant: TENANT, director, source: 0 }
      const told = await tellSome(database, teller, clock.now)
      if (killed !== undefined) return new Map()
      await handedOver(database, told)
      return new Map(
        told.map(({ serial, payload }) => {
          const order = decodeWant(payload).order ?? new Uint8Array(0)
          return [serial, decodeOrder(readEnvelope(order, ORDER_BYTES_MAX).payload)]
        }),
      )
    },
    async step() {
      return (await conduct(database, 'w', await conductor(), clock.now)).alarms
    },
    async again() {
      await tellAgain(database, 'w', await conductor(), clock.now)
      return rig.tell()
    },
    async states(deployment) {
      const { rows } = await store.targets({ deployment, limit: 1_000 })
      return Object.fromEntries(rows.map(({ serial, state }) => [serial, state]))
    },
    close: () => store.close(),
  }
  return rig
}

function reportOf(serial: string, seq: number): Report {
  return {
    ...{ tenant: TENANT, seq, created: 0, expires: 0, serial, epoch: 1, nonce: NONCE, last: null },
    running: { place: 'factory', version: '1.0.0', program: ZEROS, release: ZEROS, counter: 1, trial: false },
    download: { state: 'empty', release: null, doneBytes: 0, size: 0, code: 0, waiting: 0 },
    parameters: { pseq: 0, hash: null, drift: [], code: 0, refused: null },
    batch: { number: 1, count: 0, frozen: false, owed: 0 },
    checkValues: new Map(),
    comms: { quality: 3, security: 'plain', counters: [] },
    health: { paper: 0, flashRetired: 0, starts: 1, salesFailed: 0 },
    commandResults: [],
    device: { maker: 'm', model: 'A8', runtime: 'r' },
  }
}
