import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { filterText, parseFilter, takes } from '../../../../host-link/tms/filter.ts'
import { DEFAULT_GATE } from '../../../../host-link/tms/model.ts'
import { conduct } from '../../../../host-link/tms/node/conductor.ts'
import type { TmsDatabase } from '../../../../host-link/tms/node/database.ts'
import { CONDUCTOR, renewLeases } from '../../../../host-link/tms/node/leases.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import type { TmsStore } from '../../../../host-link/tms/store.ts'
import { filters } from '../filters.ts'
import { DATABASES, databases } from './places.ts'
import { newDeployment, newTerminal, rollOut, serialOf, testRelease, wanted } from './rig.ts'

const at = databases()
afterAll(() => at.remove())

const NOW = 1_800_000_000

describe.each(DATABASES.filter(({ skipped }) => !skipped))('the store on $title', ({ database: kind }) => {
  async function opened(count = 0): Promise<{
    database: TmsDatabase
    store: TmsStore
    serials: string[]
    step(now?: number): Promise<readonly string[]>
  }> {
    const database = await openTmsDatabase(await at.address(kind))
    const store = tmsStore(database)
    const serials = Array.from({ length: count }, (_, number) => serialOf(number))
    await store.addTerminals(
      serials.map((serial) => newTerminal(serial)),
      NOW,
    )
    const leases = await renewLeases(database, 'w')
    const lease = leases.find(({ shard }) => shard === CONDUCTOR)
    if (lease === undefined) throw new Error('no lease')
    return {
      database,
      store,
      serials,
      step: async (now = NOW) => (await conduct(database, 'w', lease, now)).alarms,
    }
  }
  const set = (database: TmsDatabase, id: number, state: string, where: string, now = NOW) =>
    database.write(({ run }) =>
      run(`UPDATE target SET state = ?, notified_at = ? WHERE deployment = ? AND ${where}`, [state, now, id]),
    )
  const states = async (store: TmsStore, id: number) =>
    (await store.counts(id)).map(({ wave, state, count }) => `${wave} ${state} ${count}`)

  test('a filter takes the same terminals in the database as in memory', async () => {
    const { database, store } = await opened()
    const rows = Array.from({ length: 24 }, (_, number) =>
      newTerminal(serialOf(number), {
        ...{
          model: number % 2 ? 'A8' : 'A9',
          merchantName: number % 5 ? '商户' : '',
          labels: number % 3 ? ['pilot', 'north'] : [],
        },
        ...{ store: number % 7 ? 'a "b" \\c' : 'and', address: number % 4 ? '1.2' : 'S1' },
      }),
    )
    await store.addTerminals(rows, NOW)
    await database.write(({ run }) =>
      run(
        `UPDATE terminal SET batch_count = shard % 7, online = shard % 2, version = CASE WHEN shard % 3 = 0 THEN '1.2' ELSE 'A8' END`,
      ),
    )
    const columns = [
      ...new Set([
        'serial',
        'maker',
        'model',
        'acquirer',
        'merchant',
        'merchant_name',
        'store',
        'terminal_id',
        'address',
        'labels',
        'status',
        'online',
        'version',
        'program',
        'release_hash',
        'place',
        'counter',
        'trial',
        'download',
        'code',
        'percent',
        'parameters',
        'pseq',
        'drift',
        'batch_count',
        'owed',
        'shard',
        'key_trust',
        'presence_at',
      ]),
    ]
    const held = await database.reads.query(`SELECT ${columns.join(', ')} FROM terminal ORDER BY serial`)
    const memory = held.map((row) =>
      Object.fromEntries(columns.map((name, index) => [name, row[index] as string | number])),
    )
    await fc.assert(
      fc.asyncProperty(filters(), async (filter) => {
        const text = filterText(filter)
        if (text.length > 1_000) return
        const expected = memory
          .filter((row) => takes(parseFilter(text), row, Date.now() / 1000))
          .map(({ serial }) => serial)
        const page = await store.terminals({ filter: text, limit: 1_000 })
        expect(page.rows.map(({ serial }) => serial)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
    await store.close()
  })

  test('terminals come in pages by serial; groups are lists or filters; a wrong serial is refused', async () => {
    const { store, serials } = await opened(25)
    const seen: string[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Awaited<ReturnType<TmsStore['terminals']>> = await store.terminals({ after, limit: 10 })
      seen.push(...page.rows.map(({ serial }) => serial))
      after = page.next
    }
    expect(seen).toEqual(serials)
    expect(await store.addTerminals([newTerminal(serials[0] ?? '')], NOW)).toBe(0)
    await expect(store.addTerminals([newTerminal('a/+')], NOW)).rejects.toThrow('no serial')
    await wanted(store.putGroup({ name: 'pilot', filter: '', members: serials.slice(0, 2), note: '' }))
    await wanted(store.putGroup({ name: 'all A8', filter: 'model = A8', members: [], note: '' }))
    expect(await store.countTerminals({ group: 'pilot' })).toBe(2)
    expect(await store.countTerminals({ group: 'all A8', filter: `serial != ${serials[0]}` })).toBe(24)
    expect(await store.putGroup({ name: 'x', filter: '', members: ['none'], note: '' })).toMatchObject({
      kind: 'refused',
    })
    expect(await store.spread('model', {})).toEqual([{ value: 'A8', count: 25 }])
    await store.close()
  })

  test('a release is approved by a second person, and withdrawn once; only then deployments and objects are to be had', async () => {
    const { store, serials } = await opened(3)
    const release = testRelease('2.0.0', 3_000, 'anna')
    const added = await store.addRelease(release)
    if (added.kind !== 'added') throw new Error('not added')
    expect(await store.addRelease(release)).toMatchObject({ kind: 'refused' })
    expect(await store.object(release.manifest)).toBeUndefined()
    expect(await store.createDeployment(newDeployment(added.id), { serials }, NOW)).toMatchObject({
      kind: 'refused',
    })
    expect(await store.approveRelease(added.id, 'anna', NOW)).toMatchObject({ kind: 'refused' })
    expect(await store.approveRelease(added.id, 'bert', NOW)).toEqual({ kind: 'done' })
    expect(await store.object(release.manifest)).toMatchObject({ owner: '', release: added.id })
    const bytes = release.objects[2]
    expect(await store.objectBytes(bytes?.hash ?? '', 1_000, 50)).toEqual(bytes?.bytes.subarray(1_000, 1_050))
    expect(await store.withdrawRelease(added.id, 'carl', 'a fault', NOW)).toEqual({ kind: 'done' })
    expect(await store.object(release.manifest)).toBeUndefined()
    expect(await store.withdrawRelease(added.id, 'carl', 'again', NOW)).toMatchObject({ kind: 'refused' })
    await store.close()
  })

  test('waves: internal first, the next one only after gate and bake time, late joiners last, then finished', async () => {
    const { database, store, serials, step } = await opened(40)
    await store.editTerminal(serials[9] ?? '', { labels: ['internal'] })
    await wanted(store.putGroup({ name: 'fleet', filter: 'model = A8', members: [], note: '' }))
    const { release } = await rollOut(store, testRelease('2.0.0', 3_000), serials.slice(0, 1))
    const gate = { ...DEFAULT_GATE, bakeSeconds: 100 }
    const made = await store.createDeployment(
      newDeployment(release, { group: 'fleet', dynamic: true, waves: 'default', gate }),
      'group',
      NOW,
    )
    if (made.kind !== 'created') throw new Error('not made')
    const { id } = made
    expect(await store.submitDeployment(id, 'anna', NOW)).toEqual({ kind: 'done' })
    expect(await store.approveDeployment(id, 'anna', NOW)).toMatchObject({ kind: 'refused' })
    await step()
    expect(await states(store, id)).toEqual([
      '0 waiting 1',
      '1 waiting 5',
      '2 waiting 4',
      '3 waiting 12',
      '4 waiting 18',
    ])
    await wanted(store.approveDeployment(id, 'bert', NOW))
    await step()
    expect(
      (await store.targets({ deployment: id, state: 'queued', limit: 9 })).rows.map(({ serial }) => serial),
    ).toEqual([serials[9]])
    await set(database, id, 'confirmed', 'wave = 0')
    await step(NOW + 99)
    expect((await store.deployment(id))?.waves.map(({ state }) => state)).toEqual([
      'baking',
      'waiting',
      'waiting',
      'waiting',
      'waiting',
    ])
    await step(NOW + 100)
    expect(await states(store, id)).toContain('1 queued 5')
    await store.addTerminals([newTerminal('LATE1'), newTerminal('OTHER1', { model: 'Z' })], NOW)
    await step(NOW + 101)
    expect((await store.targetsOf('LATE1'))[0]).toMatchObject({ wave: 4, state: 'waiting' })
    expect(await store.targetsOf('OTHER1')).toEqual([])
    await wanted(store.nextWave(id, 'anna', NOW + 102))
    await step(NOW + 102)
    expect(await states(store, id)).toContain('2 queued 4')
    await store.close()
  })

  test('failures above the limit pause it with an alarm; who resumes it has seen them', async () => {
    const { database, store, serials, step } = await opened(40)
    const { deployment } = await rollOut(store, testRelease('2.0.0', 3_000), serials)
    await step()
    await set(database, deployment, 'confirmed', `serial < '${serials[18]}'`)
    await set(database, deployment, 'reverted', `serial = '${serials[18]}'`)
    expect(await step()).toEqual([])
    await set(database, deployment, 'confirmed', `serial = '${serials[19]}'`)
    expect(await step()).toEqual([
      'rollout: paused in wave 1, 1 of 20 answered terminals failed, more than 2 %',
    ])
    expect(await store.deployment(deployment)).toMatchObject({ state: 'paused' })
    expect(await store.alarms(5)).toHaveLength(1)
    await wanted(store.resumeDeployment(deployment, 'bert', NOW))
    expect(await step()).toEqual([])
    expect(await store.deployment(deployment)).toMatchObject({ state: 'running' })
    expect(await store.retryTargets(deployment, [serials[18] ?? ''], 'anna', NOW)).toBe(1)
    await step()
    await set(database, deployment, 'confirmed', '1 = 1')
    await step()
    expect(await store.deployment(deployment)).toMatchObject({ state: 'finished' })
    await store.close()
  })

  test('the rate a minute is kept; abort cancels what is open and leaves what is confirmed', async () => {
    const { database, store, serials, step } = await opened(30)
    const { deployment } = await rollOut(store, testRelease('2.0.0', 3_000), serials, { ratePerMinute: 10 })
    await step()
    await step(NOW + 1)
    expect(await states(store, deployment)).toEqual(['0 queued 10', '0 waiting 20'])
    await step(NOW + 61)
    expect(await states(store, deployment)).toEqual(['0 queued 20', '0 waiting 10'])
    await set(database, deployment, 'confirmed', `serial = '${serials[0]}'`)
    await wanted(store.abortDeployment(deployment, 'bert', 'no', NOW))
    expect(await states(store, deployment)).toEqual(['0 cancelled 29', '0 confirmed 1'])
    expect(await step(NOW + 200)).toEqual([])
    await store.close()
  })

  test('a lease that was lost conducts nothing: the other worker has another epoch', async () => {
    const { database, store, serials, step } = await opened(3)
    const { deployment } = await rollOut(store, testRelease('2.0.0', 3_000), serials)
    await database.write(({ run }) => run('UPDATE lease SET until_ms = 0'))
    await renewLeases(database, 'other')
    await step()
    expect(await store.deployment(deployment)).toMatchObject({ state: 'scheduled' })
    await store.close()
  })

  test('two workers share the shards; each shard has one, and the epoch rises with each hand', async () => {
    const { database, store } = await opened()
    for (let round = 0; round < 3; round++) for (const id of ['w', 'v']) await renewLeases(database, id)
    const [w, v] = [await renewLeases(database, 'w'), await renewLeases(database, 'v')]
    const shards = [...w, ...v].map(({ shard }) => shard)
    expect(new Set(shards).size).toBe(65)
    expect(shards).toHaveLength(65)
    expect(Math.abs(w.length - v.length)).toBeLessThanOrEqual(1)
    const moved = v.find(({ epoch }) => epoch > 1)
    expect(moved).toBeDefined()
    await store.close()
  })

  test('commands: at most 8 wait for one terminal; a cancelled one is not sent', async () => {
    const { store, serials } = await opened(1)
    const command = {
      serial: serials[0] ?? '',
      kind: 'lock' as const,
      argument: new Uint8Array(0),
      createdBy: 'anna',
    }
    for (let count = 0; count < 8; count++) await wanted(store.addCommand(command, NOW))
    expect(await store.addCommand(command, NOW)).toMatchObject({ kind: 'refused' })
    await wanted(store.cancelCommand(NOW))
    expect(await store.addCommand(command, NOW)).toMatchObject({ kind: 'added', id: NOW + 8 })
    expect((await store.commandsOf(command.serial)).map(({ state }) => state)).toEqual([
      ...Array.from({ length: 8 }, () => 'waiting'),
      'cancelled',
    ])
    expect(await store.addCommand({ ...command, serial: 'none' }, NOW)).toMatchObject({ kind: 'refused' })
    await store.close()
  })
})
