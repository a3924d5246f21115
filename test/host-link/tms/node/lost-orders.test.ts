import { afterAll, describe, expect, test } from 'vitest'
import type { LinkEvents } from '../../../../host-link/tms/node/broker-link.ts'
import { signerOf } from '../../../../host-link/tms/node/signers.ts'
import { startWorker } from '../../../../host-link/tms/node/worker.ts'
import { inboxTopics } from '../../../../host-link/transport/inbox-topics.ts'
import { encodeHello } from '../../../../host-link/wire/tms/talk.ts'
import { handRig, NOW } from './hand-rig.ts'
import { DATABASES, databases } from './places.ts'
import { rollOut, seedOf, serialOf, TENANT, testRelease, testSigners, until, wanted } from './rig.ts'

const at = databases()
afterAll(() => at.remove())
const SERIAL = serialOf(1)
const HOUR = 3_600
const lock = { serial: SERIAL, kind: 'lock', argument: new Uint8Array(0), createdBy: 'anna' } as const

describe.each(DATABASES.filter(({ skipped }) => !skipped))(
  'an order that nobody heard, on $title',
  ({ database: kind }) => {
    async function online() {
      const rig = await handRig(await at.address(kind), [SERIAL])
      await rig.greet(SERIAL)
      await rig.tell()
      return rig
    }
    async function downloading() {
      const rig = await online()
      const release = testRelease('2.0.0', 2_000)
      const made = await rollOut(rig.store, release, [SERIAL])
      await rig.step()
      await rig.tell()
      await rig.downloads(SERIAL, release, 'receiving')
      return { rig, release, made }
    }

    test('the worker was killed between its commit and the broker: an abort → another tells it soon', async () => {
      const { rig, made } = await downloading()
      await wanted(rig.store.abortDeployment(made.deployment, 'olga', 'no', rig.clock.now))
      await rig.tell('killed')
      rig.clock.now += 5
      expect(await rig.tell()).toEqual(new Map()) // it may be on its way
      rig.clock.now += 6
      expect((await rig.tell()).get(SERIAL)).toMatchObject({ program: null })
      rig.clock.now += HOUR
      expect(await rig.tell()).toEqual(new Map())
      await rig.close()
    })

    test('a withdrawal that the broker lost, and the terminal reports that it goes on → told again, once for its report', async () => {
      const { rig, release, made } = await downloading()
      await wanted(rig.store.withdrawRelease(made.release, 'bert', 'a fault', rig.clock.now))
      expect((await rig.tell()).get(SERIAL)).toMatchObject({ program: null })
      rig.clock.now += 1
      await rig.downloads(SERIAL, release, 'receiving') // it crossed the order
      expect(await rig.tell()).toEqual(new Map())
      rig.clock.now += HOUR
      await rig.downloads(SERIAL, release, 'verified')
      expect((await rig.tell()).get(SERIAL)).toMatchObject({ program: null })
      rig.clock.now += HOUR
      await rig.downloads(SERIAL, release, 'superseded')
      expect(await rig.tell()).toEqual(new Map())
      await rig.close()
    })

    test('a remote lock that the broker lost → told again, ever more rarely, until its result is there', async () => {
      const rig = await online()
      await wanted(rig.store.addCommand(lock, rig.clock.now))
      await rig.tell('killed')
      const times: number[] = []
      for (; rig.clock.now < NOW + HOUR; rig.clock.now += 15)
        if ((await rig.again()).get(SERIAL)?.commands.length === 1) times.push(rig.clock.now - NOW)
      expect(times.length).toBeGreaterThan(4)
      expect(times.length).toBeLessThan(12)
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      expect(gaps).toEqual([...gaps].sort((a, b) => a - b))
      await rig.report(SERIAL, { commandResults: [{ id: NOW, code: 0, bytes: new Uint8Array(0) }] })
      await rig.tell()
      rig.clock.now += HOUR
      expect(await rig.again()).toEqual(new Map())
      await rig.close()
    })

    test('the link to the broker is down while a worker tells → it is told again, and then it is done', async () => {
      const { database, store, close } = await handRig(await at.address(kind), [SERIAL])
      let [up, tries] = [false, 0]
      let receive: LinkEvents['receive'] = () => {}
      const worker = await startWorker({
        ...{ database, objects: store, tenant: TENANT, director: testSigners().director, id: 'w', source: 0 },
        log: () => {},
        async link(events) {
          receive = events.receive
          const publish = (topic: string): boolean => {
            if (topic.endsWith('/want')) tries++
            return up
          }
          return {
            listen: async () => {},
            publish,
            buffered: () => 0,
            tellsPresence: false,
            close: async () => {},
          }
        },
      })
      const own = { nonce: new Uint8Array(8), serial: SERIAL, epoch: 1, maker: 'm', model: 'A8' }
      const { publicKey: reportKey } = signerOf(seedOf(SERIAL))
      const hello = encodeHello({ ...own, blockMax: 4_096, rootVersion: 1, reportKey, report: null })
      receive(inboxTopics(TENANT, SERIAL).up('hello'), hello)
      const tell = async () => (await database.reads.query('SELECT tell FROM terminal'))[0]?.[0]
      await until('signed', async () => tries === 1 && (await tell()) === 2)
      up = true
      await database.write(({ run }) => run('UPDATE terminal SET told_at = 1'))
      worker.wake()
      await until('told', async () => tries === 2 && (await tell()) === 0)
      expect(tries).toBe(2)
      await worker.close()
      await close()
    })

    test('G08 an older backup of the service is put back → its next order, command and retry have numbers above all that the terminal had seen', async () => {
      const rig = await online()
      const before = await rig.database.reads.query('SELECT order_no, order_digest FROM terminal')
      const seen: number[] = []
      for (let day = 0; day < 5; day++) {
        rig.clock.now += 86_400
        const done = await rig.store.addCommand(lock, rig.clock.now)
        if (done.kind === 'refused') throw new Error(done.why)
        const order = (await rig.tell()).get(SERIAL)
        seen.push(order?.seq ?? 0, done.id)
        await wanted(rig.store.cancelCommand(done.id))
        await rig.tell()
      }
      await rig.database.write(async ({ run }) => {
        const [number = 0, digest = ''] = before[0] ?? []
        await run('UPDATE terminal SET order_no = ?, order_digest = ?', [number, digest])
        await run('DELETE FROM command')
      })
      rig.clock.now += 60
      await rig.greet(SERIAL)
      // What it is to have is what the backup says that it was told, under a number that it would not take.
      const first = (await rig.tell()).get(SERIAL)?.seq ?? 0
      expect(first).toBeGreaterThan(Math.max(...seen))
      const added = await rig.store.addCommand(lock, rig.clock.now)
      expect(added.kind === 'added' && added.id).toBeGreaterThan(Math.max(...seen))
      expect((await rig.tell()).get(SERIAL)?.seq).toBeGreaterThan(first)
      await rig.close()
    })
  },
)
