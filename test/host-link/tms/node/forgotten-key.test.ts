import { afterAll, describe, expect, test } from 'vitest'
import { accept, type Inbound } from '../../../../host-link/tms/node/accept.ts'
import { openDatabase } from '../../../../host-link/tms/node/database.ts'
import { renewLeases } from '../../../../host-link/tms/node/leases.ts'
import { TMS_SCHEMA } from '../../../../host-link/tms/node/schema.ts'
import { signerOf } from '../../../../host-link/tms/node/signers.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { shardOf } from '../../../../host-link/transport/inbox-topics.ts'
import { sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { encodeReport } from '../../../../host-link/wire/tms/report.ts'
import { DATABASES, databases } from './places.ts'
import { newTerminal, seedOf, serialOf, TENANT } from './rig.ts'

const NOW = 1_800_000_000
const SERIAL = serialOf(1)
const NONCE = new Uint8Array(8)
const at = databases()
afterAll(() => at.remove())

/** A terminal's hello with the report of this epoch, signed by the key of `element`. */
function hello(element: string, epoch: number): Inbound {
  const zeros = new Uint8Array(32)
  const report = encodeReport({
    ...{ tenant: TENANT, seq: 1, created: 0, expires: 0, serial: SERIAL, epoch, nonce: NONCE, last: null },
    running: {
      ...{ place: 'factory', version: '1.0.0', program: zeros, release: zeros, counter: 1, trial: false },
    },
    download: { state: 'empty', release: null, doneBytes: 0, size: 0, code: 0, waiting: 0 },
    parameters: { pseq: 0, hash: null, drift: [], code: 0, refused: null },
    batch: { number: epoch, count: 0, frozen: false, owed: 0 },
    checkValues: new Map(),
    comms: { quality: 3, security: 'plain', counters: [] },
    health: { paper: 0, flashRetired: 0, starts: epoch, salesFailed: 0 },
    commandResults: [],
    device: { maker: 'm', model: 'A8', runtime: 'r' },
  })
  return {
    ...{ kind: 'hello', serial: SERIAL, shard: shardOf(SERIAL) },
    hello: {
      ...{ nonce: NONCE, serial: SERIAL, epoch, maker: 'm', model: 'A8', blockMax: 4_096, rootVersion: 1 },
      reportKey: signerOf(seedOf(element)).publicKey,
      report: sealEnvelope('report', report, [signerOf(seedOf(element))]),
    },
  }
}

describe.each(DATABASES.filter(({ skipped }) => !skipped))('report keys on $title', ({ database: kind }) => {
  test('a key is forgotten, the terminal comes with a new secure element that counts from one → it is heard, and each report is an event', async () => {
    const database = await openTmsDatabase(await at.address(kind))
    const store = tmsStore(database)
    await store.addTerminals([newTerminal(SERIAL)], NOW)
    const leases = await renewLeases(database, 'w')
    const hear = (message: Inbound) =>
      accept(database, { id: 'w', leases, tenant: TENANT }, [message], NOW).then(({ doubts }) => doubts)
    const epoch = async () => (await store.terminal(SERIAL))?.reported?.epoch
    expect(await hear(hello('old', 40))).toEqual([])
    expect(await hear(hello('new', 1))).toHaveLength(1)
    expect(await epoch()).toBe(40)
    await store.setReportKey(SERIAL, '')
    expect(await hear(hello('new', 1))).toEqual([])
    expect(await epoch()).toBe(1)
    expect(await hear(hello('old', 41))).toHaveLength(1)
    expect(await epoch()).toBe(1)
    await store.close()
  })

  test('both elements begin at one → a report of each is an event, acknowledged once kept; the same again is none', async () => {
    const database = await openTmsDatabase(await at.address(kind))
    const store = tmsStore(database)
    await store.addTerminals([newTerminal(SERIAL)], NOW)
    const leases = await renewLeases(database, 'w')
    const hear = async (...messages: readonly Inbound[]) =>
      (await accept(database, { id: 'w', leases, tenant: TENANT }, messages, NOW)).kept.length
    expect(await hear(hello('old', 1), hello('old', 1))).toBe(2)
    expect(await store.countEvents()).toBe(1)
    await store.setReportKey(SERIAL, '')
    expect(await hear(hello('new', 1), hello('new', 1))).toBe(2)
    expect(await store.countEvents()).toBe(2)
    expect((await store.terminal(SERIAL))?.reported).toMatchObject({ epoch: 1, seq: 1 })
    expect(await hear(hello('new', 40))).toBe(1)
    // A key that a person enters counts from the start too; the same one again does not.
    const entered = Buffer.from(signerOf(seedOf('third')).publicKey).toString('hex')
    for (let again = 0; again < 2; again++) {
      await store.setReportKey(SERIAL, entered)
      expect(await hear(hello('third', 2))).toBe(1)
      expect((await store.terminal(SERIAL))?.reported).toMatchObject({ epoch: 2, seq: 1 })
    }
    expect(await store.countEvents()).toBe(4)
    await store.close()
  })

  test('a database of the version before → its events stay in their order, and are not kept twice', async () => {
    const address = await at.address(kind)
    const before = await openDatabase(address, [{ name: 'tms', steps: TMS_SCHEMA.steps.slice(0, 2) }])
    await tmsStore(before).addTerminals([newTerminal(SERIAL)], NOW)
    const key = Buffer.from(signerOf(seedOf('old')).publicKey).toString('hex')
    await before.write(async ({ run }) => {
      await run(`UPDATE terminal SET report_key = ?, key_trust = 'firstUse', epoch = 1, seq = 1`, [key])
      for (const [epoch, text] of [
        [3, 'first'],
        [1, 'second'],
      ] as const)
        await run(`INSERT INTO event (serial, epoch, seq, at, type, text) VALUES (?, ?, 1, 5, 'report', ?)`, [
          SERIAL,
          epoch,
          text,
        ])
      await run(`INSERT INTO event (serial, at, type, text) VALUES (?, 6, 'note', 'third')`, [SERIAL])
    })
    await before.close()
    const database = await openTmsDatabase(address)
    const store = tmsStore(database)
    const texts = async () => (await store.eventsOf(SERIAL, 9)).map(({ text }) => text)
    expect(await texts()).toEqual(['third', 'second', 'first'])
    const leases = await renewLeases(database, 'w')
    await accept(database, { id: 'w', leases, tenant: TENANT }, [hello('old', 1), hello('old', 2)], NOW)
    expect(await texts()).toEqual([expect.stringContaining('1.0.0'), 'third', 'second', 'first'])
    await store.close()
  })
})
