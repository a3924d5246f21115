import { afterAll, describe, expect, test } from 'vitest'
import { conduct } from '../../../../host-link/tms/node/conductor.ts'
import { CONDUCTOR, renewLeases } from '../../../../host-link/tms/node/leases.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { DATABASES, databases } from './places.ts'
import { deploy, newDeployment, newTerminal, serialOf, testRelease, wanted } from './rig.ts'

const at = databases()
afterAll(() => at.remove())

const NOW = 1_800_000_000
const PILOT = { name: 'pilot', filter: '', members: [serialOf(1)], note: '' }
const WIDER = { ...PILOT, members: [1, 2, 3].map(serialOf) }

describe.each(DATABASES.filter(({ skipped }) => !skipped))(
  'a group that deployments go by, on $title',
  ({ database: kind }) => {
    async function opened() {
      const database = await openTmsDatabase(await at.address(kind))
      const store = tmsStore(database)
      await store.addTerminals(
        [1, 2, 3].map((number) => newTerminal(serialOf(number))),
        NOW,
      )
      const lease = (await renewLeases(database, 'w')).find(({ shard }) => shard === CONDUCTOR)
      if (lease === undefined) throw new Error('no lease')
      const release = await store.addRelease(testRelease('2.0.0', 100))
      if (release.kind !== 'added') throw new Error('no release')
      await wanted(store.approveRelease(release.id, 'bert', NOW))
      await wanted(store.putGroup(PILOT))
      const dynamic = async (change: object = {}) => {
        const made = await store.createDeployment(
          newDeployment(release.id, { group: 'pilot', dynamic: true, ...change }),
          'group',
          NOW,
        )
        if (made.kind !== 'created') throw new Error('not made')
        return made.id
      }
      const start = async (id: number) => {
        await wanted(store.submitDeployment(id, 'anna', NOW))
        await wanted(store.approveDeployment(id, 'bert', NOW))
      }
      return {
        ...{ database, store, dynamic, start, release: release.id },
        step: (now = NOW) => conduct(database, 'w', lease, now),
        terminals: async (id: number) => (await store.counts(id)).reduce((sum, { count }) => sum + count, 0),
      }
    }

    test('until a dynamic deployment has ended its group is neither changed nor dropped; then it is', async () => {
      const { store, dynamic, start, step, terminals } = await opened()
      const id = await dynamic()
      const why = `deployment ${id} goes by this group: end it before the group changes`
      for (const now of [
        async () => {},
        () => start(id),
        async () => void (await step()),
        () => wanted(store.pauseDeployment(id, 'anna', 'look', NOW)),
      ]) {
        await now()
        expect(await store.putGroup(WIDER)).toEqual({ kind: 'refused', why })
        expect(await store.dropGroup('pilot')).toEqual({ kind: 'refused', why })
      }
      expect((await store.group('pilot'))?.members).toEqual(PILOT.members)
      await wanted(store.resumeDeployment(id, 'anna', NOW))
      await step()
      expect(await terminals(id)).toBe(1)
      await wanted(store.abortDeployment(id, 'anna', 'over', NOW))
      await wanted(store.putGroup(WIDER))
      await wanted(store.dropGroup('pilot'))
      await store.close()
    })

    test('a filter still takes who comes to fit it later; a deployment of a list has nothing to do with its group', async () => {
      const { store, dynamic, start, step, terminals, release } = await opened()
      await wanted(store.putGroup({ ...PILOT, members: [], filter: 'store = 0001' }))
      const id = await dynamic()
      await start(id)
      await step()
      expect(await terminals(id)).toBe(3)
      await store.addTerminals([newTerminal(serialOf(4)), newTerminal(serialOf(5), { store: '0002' })], NOW)
      await step()
      expect(await terminals(id)).toBe(4)
      await deploy(store, release, [serialOf(1)], { group: 'other' })
      await wanted(store.putGroup({ ...PILOT, name: 'other' }))
      await store.close()
    })

    test('one whose group is gone all the same is paused with an alarm, once, and the others go on', async () => {
      const { database, store, dynamic, start, step, release } = await opened()
      const id = await dynamic()
      await start(id)
      await step()
      await database.write(async ({ run }) => {
        await run('DELETE FROM group_member')
        await run('DELETE FROM terminal_group')
      })
      const other = await deploy(store, release, [serialOf(2)])
      const done = await step()
      expect(done.alarms).toHaveLength(1)
      expect((await store.deployment(id))?.state).toBe('paused')
      expect((await store.deployment(other))?.state).toBe('running')
      expect(await store.counts(other)).toMatchObject([{ state: 'queued', count: 1 }])
      await step()
      expect((await store.alarms(10)).map(({ deployment }) => deployment)).toEqual([id])
      await store.close()
    })

    test('a fault of the service in one is said, tried again, and stops no other', async () => {
      const { database, store, step, release } = await opened()
      const [bad, good] = [
        await deploy(store, release, [serialOf(1)]),
        await deploy(store, release, [serialOf(2)]),
      ]
      await database.write(({ run }) => run(`UPDATE deployment SET gate = '{' WHERE id = ?`, [bad]))
      for (let turn = 0; turn < 2; turn++)
        expect((await step()).faults).toEqual([expect.stringMatching(new RegExp(`^deployment ${bad}: `))])
      expect(await store.counts(good)).toMatchObject([{ state: 'queued' }])
      expect(await store.alarms(10)).toEqual([])
      await store.close()
    })
  },
)
