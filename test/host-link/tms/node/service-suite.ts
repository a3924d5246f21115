import { afterAll, afterEach, expect } from 'vitest'
import type { SimulatedTerminal } from '../../../../host-link/tms/node/simulated-terminal.ts'
import { databases, type Place, type Service, serviceAt } from './places.ts'
import { newTerminal, rollOut, seconds, serialOf, terminalAt, testRelease, until, wanted } from './rig.ts'

// What the service does whatever its database and broker are: one function a test. The files that call them have the titles.

type Started = Service & { readonly terminals: readonly SimulatedTerminal[] }

/** Services and terminals of the tests of one place; closed after each test. */
export interface ServiceRig {
  /** A service that knows these terminals. */
  service(serials: readonly string[]): Promise<Service>
  /** And these terminals, all of them online. */
  started(serials: readonly string[]): Promise<Started>
  /** One more terminal. */
  terminal(...how: Parameters<typeof terminalAt>): SimulatedTerminal
}

/** To be called in the `describe` of a place. */
export function serviceRig(place: Place): ServiceRig {
  const at = databases()
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })
  afterAll(() => at.remove())
  const rig: ServiceRig = {
    async service(serials) {
      const service = await serviceAt(place, at, serials)
      open.push(service)
      return service
    },
    async started(serials) {
      const service = await rig.service(serials)
      const terminals = serials.map((serial) => rig.terminal(service.port, serial))
      await until('all online', () => terminals.every((terminal) => terminal.online()))
      return { ...service, terminals }
    },
    terminal(...how) {
      const terminal = terminalAt(...how)
      open.push(terminal)
      return terminal
    },
  }
  return rig
}

const SERIALS = Array.from({ length: 12 }, (_, number) => serialOf(number))

const faults = (lines: readonly string[]): readonly string[] => lines.filter((line) => !/leases$/.test(line))

/** A release goes to twelve terminals. */
export async function expectTaken(rig: ServiceRig): Promise<void> {
  const { server, terminals, lines } = await rig.started(SERIALS)
  const release = testRelease('2.0.0', 20_000)
  const { deployment } = await rollOut(server.store, release, SERIALS)
  server.wake()
  await until('finished', async () => (await server.store.deployment(deployment))?.state === 'finished')
  expect(await server.store.counts(deployment)).toEqual([
    { wave: 0, state: 'confirmed', code: 0, count: SERIALS.length },
  ])
  expect(terminals.every((terminal) => terminal.running().release === release.manifest)).toBe(true)
  expect(terminals.map(({ counts }) => counts.doubleBytes + counts.wrong)).toEqual(SERIALS.map(() => 0))
  expect(faults(lines)).toEqual([])
  const known = await server.store.terminal(SERIALS[3] ?? '')
  expect(known).toMatchObject({ keyTrust: 'firstUse', presence: { online: true } })
  expect(known?.reported).toMatchObject({
    version: '2.0.0',
    release: release.manifest,
    place: 'a',
    trial: false,
  })
}

/** Two deployments, the older one slow. */
export async function expectNewerTaken(rig: ServiceRig): Promise<void> {
  const { server, terminals } = await rig.started(SERIALS.slice(0, 3))
  const slow = await rollOut(server.store, testRelease('2.0.0', 60_000), SERIALS.slice(0, 3), {
    ratePerMinute: 1,
  })
  server.wake()
  await until('one told', () => terminals.some(({ counts }) => counts.orders > 1))
  const newer = testRelease('3.0.0', 8_000)
  const { deployment } = await rollOut(server.store, newer, SERIALS.slice(0, 3))
  server.wake()
  await until('finished', async () => (await server.store.deployment(deployment))?.state === 'finished')
  expect(terminals.map((terminal) => terminal.running().version)).toEqual(['3.0.0', '3.0.0', '3.0.0'])
  const older = await server.store.counts(slow.deployment)
  expect(older.every(({ state }) => ['superseded', 'waiting', 'confirmed'].includes(state))).toBe(true)
}

/** What is armed is started, whatever comes now; the newer order waits for its end. */
export async function expectNewerAfterTrial(rig: ServiceRig): Promise<void> {
  const [serial = ''] = SERIALS
  const service = await rig.service([serial])
  const terminal = rig.terminal(service.port, serial, { stepMs: 500 })
  const { store } = service.server
  await rollOut(store, testRelease('2.0.0', 8_000), [serial])
  service.server.wake()
  await until('on trial', () => terminal.state() === 'trial')
  const { deployment } = await rollOut(store, testRelease('3.0.0', 8_000), [serial])
  service.server.wake()
  await until('finished', async () => (await store.deployment(deployment))?.state === 'finished')
  expect(terminal.running().version).toBe('3.0.0')
}

/** Its deployment has not begun. */
export async function expectWithdrawn(rig: ServiceRig): Promise<void> {
  const { server, terminals } = await rig.started(SERIALS.slice(0, 2))
  const release = testRelease('2.0.0', 20_000)
  const { release: id, deployment } = await rollOut(server.store, release, SERIALS.slice(0, 2), {
    startAt: seconds() + 3_600,
  })
  await wanted(server.store.withdrawRelease(id, 'bert', 'a fault was found', seconds()))
  server.wake()
  expect(await server.store.deployment(deployment)).toMatchObject({ state: 'aborted' })
  expect(await server.store.object(release.manifest)).toBeUndefined()
  expect(terminals.map((terminal) => terminal.running().version)).toEqual(['1.0.0', '1.0.0'])
}

/** Presence 在线 is what the broker and the last will say. */
export async function expectPresence(rig: ServiceRig): Promise<void> {
  const { server, terminals, port, mosquitto } = await rig.started(SERIALS.slice(0, 2))
  const [first] = SERIALS
  await until('seen', async () => (await server.store.terminal(first ?? ''))?.presence.online === true)
  terminals[0]?.close()
  await until('gone', async () => (await server.store.terminal(first ?? ''))?.presence.online === false)
  if (mosquitto !== undefined) return // its password file is read at the start
  await server.store.addTerminals([newTerminal('LATER1')], seconds())
  rig.terminal(port, 'LATER1')
  await until('online', async () => (await server.store.terminal('LATER1'))?.presence.online === true)
}

/** Two of twenty-one go back to what they had; a person lets them try again. */
export async function expectPaused(rig: ServiceRig): Promise<void> {
  const serials = Array.from({ length: 21 }, (_, number) => serialOf(100 + number))
  const service = await rig.service(serials)
  for (const [number, serial] of serials.entries())
    rig.terminal(service.port, serial, { ends: number < 2 ? 'reverted' : 'confirmed' })
  const { store } = service.server
  const { deployment } = await rollOut(store, testRelease('2.0.0', 4_000), serials)
  service.server.wake()
  await until('paused', async () => (await store.deployment(deployment))?.state === 'paused')
  const alarms = await store.alarms(10)
  expect(alarms.map(({ text }) => text).join()).toMatch(/2 of 2\d answered terminals failed/)
  const counts = await store.counts(deployment)
  expect(counts.find(({ state }) => state === 'reverted')).toMatchObject({ code: 22 })
  const { rows } = await store.targets({ deployment, state: 'reverted', limit: 9 })
  const first = rows.map(({ orderNo }) => orderNo)
  expect(first).toHaveLength(2)
  // Told again under a new order number.
  expect(await store.retryTargets(deployment, 'all', 'anna', seconds())).toBe(2)
  await wanted(store.resumeDeployment(deployment, 'anna', seconds()))
  service.server.wake()
  const tried = async () => (await store.targets({ deployment, state: 'reverted', limit: 9 })).rows
  await until('tried again', async () => {
    const rows = await tried()
    return rows.length === 2 && rows.every(({ orderNo }) => !first.includes(orderNo))
  })
  // Both failed twice, which nobody forgave the second time.
  expect((await tried()).map(({ code }) => code)).toEqual([22, 22])
}
