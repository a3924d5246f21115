import { afterAll, expect, test } from 'vitest'
import { accept, type Inbound } from '../../../../host-link/tms/node/accept.ts'
import { renewLeases } from '../../../../host-link/tms/node/leases.ts'
import { signerOf } from '../../../../host-link/tms/node/signers.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { shardOf } from '../../../../host-link/transport/inbox-topics.ts'
import { sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { encodeReport } from '../../../../host-link/wire/tms/report.ts'
import { databases } from './places.ts'
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

test('a key is forgotten, the terminal comes with a new secure element that counts from one → it is heard', async () => {
  const database = await openTmsDatabase(await at.address('sqlite'))
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
