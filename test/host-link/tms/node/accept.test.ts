import { afterAll, describe, expect, test } from 'vitest'
import { accept, type Inbound } from '../../../../host-link/tms/node/accept.ts'
import { conduct } from '../../../../host-link/tms/node/conductor.ts'
import type { TmsDatabase } from '../../../../host-link/tms/node/database.ts'
import { CONDUCTOR, type Lease, renewLeases } from '../../../../host-link/tms/node/leases.ts'
import { signerOf } from '../../../../host-link/tms/node/signers.ts'
import { tellSome } from '../../../../host-link/tms/node/tell.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { verify } from '../../../../host-link/tms/node/verify.ts'
import type { TmsStore } from '../../../../host-link/tms/store.ts'
import { shardOf } from '../../../../host-link/transport/inbox-topics.ts'
import { bytesOfHex } from '../../../../host-link/wire/bytes.ts'
import { readEnvelope, sealEnvelope, signedBytes } from '../../../../host-link/wire/tms/envelope.ts'
import { decodeOrder, ORDER_BYTES_MAX, type Order } from '../../../../host-link/wire/tms/order.ts'
import { encodeReport, type Report } from '../../../../host-link/wire/tms/report.ts'
import { decodeWant } from '../../../../host-link/wire/tms/talk.ts'
import { DATABASES, databases } from './places.ts'
import { newTerminal, rollOut, seedOf, serialOf, TENANT, testRelease, testSigners, wanted } from './rig.ts'

const at = databases()
afterAll(() => at.remove())

const NOW = 1_800_000_000
const SERIAL = serialOf(1)
const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const shard = shardOf(SERIAL)

function report(change: Partial<Report> = {}): Report {
  return {
    ...{ tenant: TENANT, seq: 1, created: 0, expires: 0, serial: SERIAL, epoch: 1, nonce: NONCE, last: null },
    running: {
      place: 'factory',
      version: '1.0.0',
      program: new Uint8Array(32),
      release: new Uint8Array(32),
      counter: 1,
      trial: false,
    },
    download: { state: 'empty', release: null, doneBytes: 0, size: 0, code: 0, waiting: 0 },
    parameters: { pseq: 0, hash: null, drift: [], code: 0, refused: null },
    batch: { number: 3, count: 2, frozen: false, owed: 1 },
    checkValues: new Map(),
    comms: { quality: 3, security: 'plain', counters: [] },
    health: { paper: 0, flashRetired: 0, starts: 1, salesFailed: 0 },
    commandResults: [],
    device: { maker: 'm', model: 'A8', runtime: 'r' },
    ...change,
  }
}

const state = (change: Partial<Report> = {}, signer = SERIAL): Inbound => ({
  ...{ kind: 'state', serial: SERIAL, shard },
  envelope: sealEnvelope('report', encodeReport(report(change)), [signerOf(seedOf(signer))]),
})
const hello = (change: Partial<Report> | null = {}, key = SERIAL, nonce = NONCE): Inbound => ({
  ...{ kind: 'hello', serial: SERIAL, shard },
  hello: {
    ...{ nonce, serial: SERIAL, epoch: 1, maker: 'm', model: 'A8', blockMax: 4_096, rootVersion: 1 },
    reportKey: signerOf(seedOf(key)).publicKey,
    report: change && sealEnvelope('report', encodeReport(report(change)), [signerOf(seedOf(SERIAL))]),
  },
})
const presence = (online: boolean, connection: number): Inbound => ({
  kind: 'presence',
  serial: SERIAL,
  shard,
  online,
  connection,
})

interface Rig {
  readonly database: TmsDatabase
  readonly store: TmsStore
  readonly leases: readonly Lease[]
  hear(
    ...messages: readonly Inbound[]
  ): Promise<{ readonly kept: readonly string[]; readonly doubts: readonly string[] }>
  /** Orders that are told now. */
  told(): Promise<readonly Order[]>
  step(): Promise<unknown>
}

describe.each(DATABASES.filter(({ skipped }) => !skipped))(
  'what terminals say, on $title',
  ({ database: kind }) => {
    async function rig(): Promise<Rig> {
      const database = await openTmsDatabase(await at.address(kind))
      const store = tmsStore(database)
      await store.addTerminals([newTerminal(SERIAL)], NOW)
      const leases = await renewLeases(database, 'w')
      const { director } = testSigners()
      const lease = leases.find((one) => one.shard === CONDUCTOR)
      return {
        ...{ database, store, leases },
        async hear(...messages) {
          const { kept, doubts } = await accept(database, { id: 'w', leases, tenant: TENANT }, messages, NOW)
          return { kept: kept.map(({ epoch, seq }) => `${epoch}.${seq}`), doubts }
        },
        async told() {
          const told = await tellSome(database, { id: 'w', leases, tenant: TENANT, director, source: 0 }, NOW)
          return told.map(({ payload }) => {
            const { payload: order, signatures } = readEnvelope(
              decodeWant(payload).order ?? new Uint8Array(0),
              ORDER_BYTES_MAX,
            )
            expect(
              verify(
                director.publicKey,
                signedBytes('director', order),
                signatures[0]?.signature ?? new Uint8Array(0),
              ),
            ).toBe(true)
            return decodeOrder(order)
          })
        },
        step: () => (lease ? conduct(database, 'w', lease, NOW) : Promise.resolve()),
      }
    }

    test('it says hello and goes, all in one transaction → offline; and is there again with the next connection', async () => {
      const { store, hear } = await rig()
      const online = async () => (await store.terminal(SERIAL))?.presence.online
      await hear(presence(true, 1), hello(), state({ seq: 2 }), presence(false, 1))
      expect(await online()).toBe(false)
      await hear(presence(true, 2), state({ seq: 3 }))
      expect(await online()).toBe(true)
      await hear(presence(false, 1), state({ seq: 4 })) // of the connection before, late
      expect(await online()).toBe(true)
      await store.close()
    })

    test('an event is kept once for each epoch and number, and acknowledged each time; a late one moves nothing', async () => {
      const { store, hear } = await rig()
      await hear(hello())
      expect(
        (
          await hear(
            state({ seq: 5, batch: { number: 9, count: 0, frozen: false, owed: 0 } }),
            state({ seq: 4 }),
          )
        ).kept,
      ).toEqual(['1.5', '1.4'])
      expect((await hear(state({ seq: 5 }), state({ seq: 4 }))).kept).toEqual(['1.5', '1.4'])
      expect((await store.eventsOf(SERIAL, 10)).map(({ epoch, seq }) => `${epoch}.${seq}`)).toEqual([
        '1.4',
        '1.5',
        '1.1',
      ])
      expect((await store.terminal(SERIAL))?.reported).toMatchObject({ seq: 5, batchNumber: 9 })
      await hear(state({ epoch: 2, seq: 1 }), state({ epoch: 1, seq: 99 }))
      expect((await store.terminal(SERIAL))?.reported).toMatchObject({ epoch: 2, seq: 1 })
      await store.close()
    })

    test('the first key is believed, a later one not; an entered one from the start', async () => {
      const { store, hear } = await rig()
      await hear(hello())
      expect(await store.terminal(SERIAL)).toMatchObject({ keyTrust: 'firstUse' })
      await hear(hello(null, 'thief'))
      const stolen = await hear(state({ seq: 7 }, 'thief'))
      expect(stolen).toMatchObject({
        kept: [],
        doubts: [`${SERIAL}: not signed by the key of this terminal`],
      })
      expect((await hear(state({ seq: 2 }))).kept).toEqual(['1.2'])
      await wanted(store.setReportKey(SERIAL, Buffer.from(signerOf(seedOf('new')).publicKey).toString('hex')))
      expect(await hear(state({ seq: 3 }))).toMatchObject({ kept: [] })
      expect((await hear(state({ seq: 3 }, 'new'))).kept).toEqual(['1.3'])
      await store.close()
    })

    test('reports of another serial, another tenant, or that are damaged, are not believed', async () => {
      const { store, hear } = await rig()
      await hear(hello(null))
      const damaged = state()
      if (damaged.kind === 'state') damaged.envelope[40] = (damaged.envelope[40] ?? 0) ^ 1
      for (const wrong of [
        state({ serial: 'OTHER' }),
        state({ tenant: 'other' }),
        damaged,
        { ...damaged, envelope: new Uint8Array(3) } as Inbound,
      ]) {
        const heard = await hear(wrong)
        expect(heard.kept).toEqual([])
        expect(heard.doubts).toHaveLength(1)
      }
      expect(await store.eventsOf(SERIAL, 10)).toEqual([])
      expect((await store.terminal(SERIAL))?.reported).toBeUndefined()
      await store.close()
    })

    test('an "offline" of an older connection does not count', async () => {
      const { store, hear } = await rig()
      const online = async () => (await store.terminal(SERIAL))?.presence.online
      await hear(presence(true, 7), presence(false, 6))
      expect(await online()).toBe(true)
      await hear(presence(false, 7))
      expect(await online()).toBe(false)
      await store.close()
    })

    test('a hello is answered by an order for its nonce; the same order again keeps its number, a new one rises', async () => {
      const { store, hear, told, step } = await rig()
      await hear(hello())
      const [first] = await told()
      expect(first).toMatchObject({ serial: SERIAL, nonce: NONCE, seq: NOW, program: null })
      expect(await told()).toEqual([])
      await hear(hello(null, SERIAL, Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1)))
      expect(await told()).toMatchObject([{ nonce: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1), seq: NOW }])
      const release = testRelease('2.0.0', 2_000)
      const { deployment } = await rollOut(store, release, [SERIAL])
      await step()
      const [order] = await told()
      expect(order).toMatchObject({
        seq: NOW + 1,
        program: { hash: bytesOfHex(release.manifest), order: NOW + 1 },
      })
      expect(await store.counts(deployment)).toMatchObject([{ state: 'notified' }])
      await hear(hello())
      expect(await told()).toMatchObject([{ seq: NOW + 1, program: { order: NOW + 1 } }])
      await store.close()
    })

    test('a report tells which hello was its last: one that was not heard is answered all the same', async () => {
      const { store, hear, told } = await rig()
      await hear(hello())
      await told()
      await hear(state({ seq: 2, nonce: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9) }))
      expect(await told()).toMatchObject([{ nonce: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9) }])
      await store.close()
    })

    test('confirmed counts only from what runs, and ends the offer; a trial does not', async () => {
      const { store, hear, told, step } = await rig()
      await hear(hello())
      const release = testRelease('2.0.0', 2_000)
      const { deployment } = await rollOut(store, release, [SERIAL])
      await step()
      await told()
      const running = {
        place: 'a' as const,
        version: '2.0.0',
        program: bytesOfHex(release.program),
        release: bytesOfHex(release.manifest),
        counter: 1,
      }
      const counted = async () => (await store.counts(deployment)).map(({ state: name }) => name)
      await hear(state({ epoch: 2, running: { ...running, trial: true } }))
      expect(await counted()).toEqual(['trial'])
      await hear(
        state({ epoch: 2, seq: 2, running: { ...running, program: new Uint8Array(32), trial: false } }),
      )
      expect(await counted()).toEqual(['trial'])
      await hear(state({ epoch: 2, seq: 3, running: { ...running, trial: false } }))
      expect(await counted()).toEqual(['confirmed'])
      expect(await told()).toMatchObject([{ program: null }])
      await store.close()
    })

    test('commands go with the order, once more until their result is there', async () => {
      const { store, hear, told } = await rig()
      await hear(hello())
      await told()
      await wanted(
        store.addCommand(
          { serial: SERIAL, kind: 'report', argument: new Uint8Array(0), createdBy: 'anna' },
          NOW,
        ),
      )
      expect(await told()).toMatchObject([{ commands: [{ id: NOW, kind: 5 }] }])
      await hear(hello())
      expect(await told()).toMatchObject([{ commands: [{ id: NOW }] }])
      await hear(state({ seq: 3, commandResults: [{ id: NOW, code: 0, bytes: Uint8Array.of(1) }] }))
      expect(await store.commandsOf(SERIAL)).toMatchObject([{ state: 'done', result: Uint8Array.of(1) }])
      await hear(hello())
      expect(await told()).toMatchObject([{ commands: [] }])
      await store.close()
    })

    test('a worker whose lease has gone keeps nothing and tells nothing', async () => {
      const { database, store, hear, told } = await rig()
      await hear(hello())
      await database.write(({ run }) => run('UPDATE lease SET until_ms = 0'))
      await renewLeases(database, 'other')
      expect((await hear(state({ seq: 2 }))).kept).toEqual([])
      expect(await told()).toEqual([])
      await store.close()
    })
  },
)
