import { describe, expect, it } from 'vitest'
import { accept, type Inbound } from '../../../../host-link/tms/node/accept.ts'
import { LEAD } from '../../../../host-link/tms/node/api-documents.ts'
import { conduct } from '../../../../host-link/tms/node/conductor.ts'
import { CONDUCTOR, renewLeases } from '../../../../host-link/tms/node/leases.ts'
import { signerOf } from '../../../../host-link/tms/node/signers.ts'
import { tellSome } from '../../../../host-link/tms/node/tell.ts'
import { shardOf } from '../../../../host-link/transport/inbox-topics.ts'
import { readEnvelope, sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { decodeOrder, ORDER_BYTES_MAX } from '../../../../host-link/wire/tms/order.ts'
import { encodeReport } from '../../../../host-link/wire/tms/report.ts'
import { decodeWant } from '../../../../host-link/wire/tms/talk.ts'
import { type ApiRig, addTerminals, apiRigs, KINDS, NOW } from './api-rig.ts'
import { hex, seedOf, TENANT, testSigners } from './rig.ts'

const rigs = apiRigs()
const product = { kind: 'product', name: '' }
const HOUR = 3_600
/** Numbers of sets begin at the time at which the first is made: here from 1 on. */
const counted = (pseq: unknown): number => Number(pseq) - NOW + 1

describe.each(KINDS.filter(({ skip }) => !skip))(
  'parameters for times ahead 定时参数 on $title',
  ({ kind }) => {
    async function publish(api: ApiRig, locale: string, effective: number): Promise<void> {
      const content = { values: { locale, noticeSeconds: 5 + (effective % 7) }, locks: [], variables: {} }
      const body = { content, effective, waves: 'all', reason: 'test' }
      const version = (await api.get('saveLayer', 'operator', { query: product, body })).draft?.version ?? 0
      await api.get('publishLayer', 'operator', { query: product, body: { draft: version } })
      await api.get('approveLayer', 'approver', { query: product, body: { version, note: '' } })
    }

    /** A terminal that is there, and the conductor and teller of the service at the time of the API. */
    async function rig() {
      const api = await rigs(kind)
      const [serial = ''] = await addTerminals(api, 1)
      const signer = signerOf(seedOf(serial))
      const own = { serial, shard: shardOf(serial) }
      let seq = 0
      const worker = async () => ({ id: 'w', leases: await renewLeases(api.database, 'w'), tenant: TENANT })
      const hear = async (message: Inbound) => accept(api.database, await worker(), [message], api.clock.now)
      const hello = {
        nonce: new Uint8Array(8),
        serial,
        epoch: 1,
        maker: 'm',
        model: 'A8',
        blockMax: 4_096,
        rootVersion: 1,
      }
      await hear({ kind: 'hello', ...own, hello: { ...hello, reportKey: signer.publicKey, report: null } })
      return {
        api,
        serial,
        /** Sets that the order lists, by their number: what `told` before is there. */
        async step(): Promise<readonly number[] | undefined> {
          const { id, leases } = await worker()
          const lease = leases.find(({ shard }) => shard === CONDUCTOR)
          if (lease === undefined) throw new Error('no lease')
          await conduct(api.database, id, lease, api.clock.now)
          const teller = { id, leases, tenant: TENANT, director: testSigners().director, source: 0 }
          const [told] = await tellSome(api.database, teller, api.clock.now)
          if (told === undefined) return undefined
          const order = decodeWant(told.payload).order ?? new Uint8Array(0)
          const { parameterSets } = decodeOrder(readEnvelope(order, ORDER_BYTES_MAX).payload)
          const rows = await api.database.reads.query('SELECT hash, pseq FROM tms_document')
          return parameterSets.map(({ hash }) => counted(rows.find(([one]) => one === hex(hash))?.[1]))
        },
        /** The terminal reports that this set stands. */
        async stands(set: number): Promise<void> {
          const pseq = NOW + set - 1
          const [row] = await api.database.reads.query('SELECT hash FROM tms_document WHERE pseq = ?', [pseq])
          const zeros = new Uint8Array(32)
          const report = encodeReport({
            ...{
              tenant: TENANT,
              seq: ++seq,
              created: 0,
              expires: 0,
              serial,
              epoch: 1,
              nonce: new Uint8Array(8),
            },
            running: { place: 'a', version: '1', program: zeros, release: zeros, counter: 1, trial: false },
            download: { state: 'empty', release: null, doneBytes: 0, size: 0, code: 0, waiting: 0 },
            last: null,
            parameters: {
              pseq,
              hash: Uint8Array.from(Buffer.from(String(row?.[0]), 'hex')),
              drift: [],
              code: 0,
              refused: null,
            },
            batch: { number: 7, count: 2, frozen: false, owed: 0 },
            ...{
              checkValues: new Map(),
              comms: { quality: 3, security: 'tls', counters: [] },
              commandResults: [],
            },
            health: { paper: 0, flashRetired: 0, starts: 3, salesFailed: 0 },
            device: { maker: 'm', model: 'A8', runtime: 'r' },
          })
          await hear({ kind: 'state', ...own, envelope: sealEnvelope('report', report, [signer]) })
        },
        async states(): Promise<readonly (readonly [number, string])[]> {
          const rows = await api.database.reads.query(
            'SELECT pseq, state FROM target ORDER BY pseq, deployment',
          )
          return rows.map(([pseq, state]) => [counted(pseq), String(state)] as const)
        },
      }
    }

    it('one set for now and one for two hours ahead → both are listed, and each is confirmed when it stands', async () => {
      const { api, step, stands, states } = await rig()
      await publish(api, 'en', 0)
      await publish(api, 'zh', NOW + 2 * HOUR)
      expect(await step()).toEqual([1, 2])
      await stands(1)
      expect(await states()).toEqual([
        [1, 'confirmed'],
        [2, 'notified'],
      ])
      expect(await step()).toEqual([2])
      api.clock.now = NOW + 2 * HOUR
      await stands(2)
      expect(await states()).toEqual([
        [1, 'confirmed'],
        [2, 'confirmed'],
      ])
      expect(await step()).toEqual([])
      await stands(2)
      expect(await step()).toBeUndefined() // it is where it should be
    })

    it('a set for a day ahead, then a newer one for half a day ahead → the older never comes', async () => {
      const { api, step, stands, states } = await rig()
      await publish(api, 'en', NOW + 24 * HOUR)
      expect(await states()).toEqual([[1, 'waiting']])
      await publish(api, 'zh', NOW + 12 * HOUR)
      expect(await states()).toEqual(expect.arrayContaining([[1, 'superseded']]))
      const gone = (await api.get('deployments', 'viewer')).find(({ id }) => id === 1)
      expect(gone).toMatchObject({ state: 'aborted', why: expect.stringMatching(/^superseded by 2 /) })
      expect(await step()).toEqual([])
      api.clock.now = NOW + 12 * HOUR - LEAD
      expect((await step())?.[0]).toBe(2)
      await stands(2)
      api.clock.now = NOW + 24 * HOUR
      await step()
      expect((await states()).filter(([pseq]) => pseq === 1)).toEqual([[1, 'superseded']])
    })

    it('a newer set for now while an older one waits for its hour → the older goes, the new one for that hour comes', async () => {
      const { api, step, states } = await rig()
      await publish(api, 'en', NOW + HOUR)
      expect(await step()).toEqual([1])
      const content = { values: { pinBypass: true }, locks: [], variables: {} }
      const query = { kind: 'merchant', name: '898100000000001' }
      const body = { content, effective: 0, waves: 'all', reason: 'test' }
      const version = (await api.get('saveLayer', 'operator', { query, body })).draft?.version ?? 0
      await api.get('publishLayer', 'operator', { query, body: { draft: version } })
      await api.get('approveLayer', 'approver', { query, body: { version, note: '' } })
      expect(await step()).toEqual([2, 3])
      expect(await states()).toEqual([
        [1, 'superseded'],
        [2, 'notified'],
        [3, 'notified'],
      ])
    })

    it('a terminal that was away over two times → the newest stands, the one between is over', async () => {
      const { api, step, stands, states } = await rig()
      await publish(api, 'en', NOW + HOUR)
      await publish(api, 'zh', NOW + 2 * HOUR)
      expect(await step()).toEqual([1, 2])
      api.clock.now = NOW + 3 * HOUR
      await stands(2)
      expect(await states()).toEqual([
        [1, 'superseded'],
        [2, 'confirmed'],
      ])
    })
  },
)
