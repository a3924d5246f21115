import { afterEach, expect, it } from 'vitest'
import { hashPassword } from '../../../../host-link/tms/node/acl.ts'
import { facesSchema } from '../../../../host-link/tms/node/api-schema.ts'
import { startTms } from '../../../../host-link/tms/node/server.ts'
import { type ApiRig, addTerminals, apiRigs, releaseFile, testRoot } from './api-rig.ts'
import { PASSWORD, seconds, TENANT, terminalAt, testSigners, until } from './rig.ts'

const rigs = apiRigs()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const plan = (change: object) => ({
  ...{ kind: 'program', release: 1, dynamic: false, ratePerMinute: 0, startAt: 0, reason: 'new' },
  gate: { confirmedPercent: 95, failurePercent: 100, sample: 20, bakeSeconds: 3_600 },
  policy: {
    ...{ earliest: 0, windowFrom: 0, windowTo: 0, deadline: 0, deferrals: 0 },
    ...{ allowOpenBatch: true, automatic: true },
  },
  ...change,
})

/** An API and a service on one database, and terminals that behave. */
async function live(
  count: number,
): Promise<{ readonly api: ApiRig; readonly serials: readonly string[]; readonly port: number }> {
  const api = await rigs('sqlite', {}, { tenant: TENANT, factoryRoot: testRoot(), now: seconds() })
  const serials = await addTerminals(api, count)
  const hash = hashPassword(Buffer.from(PASSWORD))
  for (const serial of serials) await api.store.setPassword(serial, hash)
  const server = await startTms({
    ...{ database: api.address, tenant: TENANT, signers: testSigners() },
    schemas: [facesSchema(api.address)],
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
  })
  open.push(server)
  return { api, serials, port: server.mqttPort ?? 0 }
}

async function released(api: ApiRig, version: string): Promise<number> {
  const { row } = await api.get('uploadRelease', 'releaser', { bytes: releaseFile(version) })
  await api.get('approveRelease', 'approver', { path: String(row.id), body: { note: '' } })
  return row.id
}

async function begun(api: ApiRig, body: object): Promise<string> {
  const { row } = await api.get('createDeployment', 'releaser', { body })
  const path = String(row.id)
  await api.get('submitDeployment', 'releaser', { path })
  await api.get('approveDeployment', 'approver', { path, body: { note: '' } })
  return path
}

it('a wave, a pause, on again, the next wave by hand, abort → each with terminals that report, and nobody else is told', async () => {
  const { api, serials, port } = await live(10)
  open.push(...serials.map((serial) => terminalAt(port, serial)))
  const release = await released(api, '1.2.0')
  const target = { kind: 'list', serials }
  const path = await begun(api, plan({ name: 'live', release, waves: [20, 50], target }))
  const confirmed = async () => (await api.get('deployment', 'viewer', { path })).row.confirmed
  const told = async () =>
    (await api.get('targets', 'viewer', { path })).rows.filter(({ state }) => state !== 'waiting').length
  await until('the first wave is done', async () => (await confirmed()) === 2)

  await api.get('pauseDeployment', 'operator', { path, body: { reason: 'lunch' } })
  expect((await api.get('deployment', 'viewer', { path })).row).toMatchObject({ state: 'paused' })
  await new Promise((resolve) => setTimeout(resolve, 700)) // a look of the conductor
  expect([await confirmed(), await told()]).toEqual([2, 2])
  expect((await api.get('resumeDeployment', 'operator', { path })).row.state).toBe('running')

  const { waves } = await api.get('nextWave', 'operator', { path })
  expect(waves.map(({ state }) => state)).toEqual(['passed', 'running', 'waiting'])
  await until('the second wave is done', async () => (await confirmed()) === 5)
  expect(await told()).toBe(5)

  const { row } = await api.get('abortDeployment', 'approver', { path, body: { reason: 'enough' } })
  expect(row.state).toBe('aborted')
  const { rows } = await api.get('targets', 'viewer', { path })
  expect(rows.map(({ state }) => state).sort()).toEqual([
    ...Array.from({ length: 5 }, () => 'cancelled'),
    ...Array.from({ length: 5 }, () => 'confirmed'),
  ])
  const events = (await api.get('audit', 'approver')).rows.map(({ event }) => event)
  expect(events).toEqual(
    expect.arrayContaining([
      'deploymentPaused',
      'deploymentResumed',
      'deploymentNextWave',
      'deploymentAborted',
    ]),
  )
})

it('one that reverted is tried again → told under another order number, and reverted again', async () => {
  const { api, serials, port } = await live(2)
  const [bad = '', silent = ''] = serials // the second never comes
  open.push(terminalAt(port, bad, { ends: 'reverted' }))
  const release = await released(api, '1.2.0')
  const path = await begun(
    api,
    plan({ name: 'again', release, waves: 'all', target: { kind: 'list', serials } }),
  )
  const orders: number[] = []
  const reverted = async () => {
    const [target] = (await api.store.targetsOf(bad)).filter(({ state }) => state === 'reverted')
    if (target !== undefined && !orders.includes(target.orderNo)) orders.push(target.orderNo)
    return target?.orderNo
  }
  await until('it went back', async () => (await reverted()) !== undefined)
  const [first] = orders
  expect(await api.get('retryDeployment', 'operator', { path, body: { serials: [bad] } })).toEqual({
    retried: 1,
  })
  await until('and again', async () => {
    const now = await reverted()
    return now !== undefined && now !== first
  })
  expect(orders).toHaveLength(2)
  expect((await api.store.targetsOf(silent))[0]?.state).toBe('queued')
})
