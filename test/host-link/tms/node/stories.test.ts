import { connect } from 'mqtt'
import { afterAll, afterEach, expect, test } from 'vitest'
import { startTms, type TmsServer } from '../../../../host-link/tms/node/server.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { inboxTopics, shardOf } from '../../../../host-link/transport/inbox-topics.ts'
import type { Order } from '../../../../host-link/wire/tms/order.ts'
import { databases } from './places.ts'
import {
  deploy,
  hex,
  newTerminal,
  PASSWORD,
  rollOut,
  serialOf,
  TENANT,
  terminalAt,
  testRelease,
  testSigners,
  until,
} from './rig.ts'

const at = databases()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
afterAll(() => at.remove())

async function started(address: string, port = 0): Promise<TmsServer> {
  const server = await startTms({
    ...{ database: address, tenant: TENANT, signers: testSigners() },
    broker: { kind: 'embedded', host: '127.0.0.1', port },
  })
  open.push(server)
  return server
}

async function stored(serials: readonly string[]): Promise<string> {
  const address = await at.address('sqlite')
  const store = tmsStore(await openTmsDatabase(address))
  await store.addTerminals(
    serials.map((serial) => newTerminal(serial)),
    1,
  )
  await store.close()
  return address
}

test('story: retained state survives a power cut of the broker: nothing but presence is ever kept there, and that is made anew; orders come out of the database', async () => {
  const serials = [1, 2, 3, 4].map(serialOf)
  const address = await stored(serials)
  const first = await started(address)
  const port = first.mqttPort ?? 0
  const terminals = serials.map((serial) => terminalAt(port, serial))
  open.push(...terminals)
  const online = async (server: TmsServer): Promise<number> =>
    (await Promise.all(serials.map((serial) => server.store.terminal(serial)))).filter(
      (one) => one?.presence.online,
    ).length
  await until('all there', async () => (await online(first)) === serials.length)
  await first.close() // broker and all that it held
  terminals[0]?.close() // and one of them will not come back
  const store = tmsStore(await openTmsDatabase(address))
  const release = testRelease('2.0.0', 20_000)
  const { deployment } = await rollOut(store, release, serials)
  await store.close()

  const second = await started(address, port)
  expect(await online(second)).toBe(0)
  await until('three are told and finish', async () =>
    (await second.store.counts(deployment)).some(({ state, count }) => state === 'confirmed' && count === 3),
  )
  expect(await online(second)).toBe(3)
  expect((await second.store.terminal(serialOf(1)))?.presence.online).toBe(false)
  // What the broker holds for who comes later is presence alone.
  const kept: string[] = []
  const watcher = connect(`mqtt://127.0.0.1:${port}`, {
    username: serialOf(2),
    clientId: serialOf(2),
    password: PASSWORD,
  })
  open.push({ close: () => watcher.end(true) })
  watcher.on('message', (topic, _, packet) => {
    if (packet.retain) kept.push(topic)
  })
  await watcher.subscribeAsync(`${branchOf(serialOf(2))}/dn/#`)
  await new Promise((resolve) => void setTimeout(resolve, 300))
  expect(kept).toEqual([])
})

test('story: bounded offline queues: twenty orders, each taking over from the one before, while a terminal is away → it hears the newest alone, under one number; also where its session was to be kept', async () => {
  const [away, keeps] = [serialOf(11), serialOf(12)]
  const server = await started(await stored([away, keeps]))
  const port = server.mqttPort ?? 0
  const url = `mqtt://127.0.0.1:${port}`
  // One that asks the broker to keep what comes while it is away.
  const session = { username: keeps, clientId: keeps, password: PASSWORD, clean: false, reconnectPeriod: 0 }
  const held = connect(url, session)
  await held.subscribeAsync(`${branchOf(keeps)}/dn/#`, { qos: 1 })
  await held.publishAsync(inboxTopics(TENANT, keeps).on, Uint8Array.of(0xa2, 0, 1, 1, 1) as Buffer, {
    qos: 1,
    retain: true,
  })
  await held.publishAsync(inboxTopics(TENANT, keeps).on, Uint8Array.of(0xa2, 0, 0, 1, 1) as Buffer, {
    qos: 1,
    retain: true,
  })
  await until('seen', async () => (await server.store.terminal(keeps))?.presence.online === false)
  held.end(true)

  const releases = [testRelease('2.0.0', 4_000), testRelease('3.0.0', 4_000)]
  const ids = [(await rollOut(server.store, releases[0] ?? testRelease('x', 1), [away, keeps])).release]
  ids.push((await rollOut(server.store, releases[1] ?? testRelease('x', 1), [away, keeps])).release)
  for (let number = 0; number < 18; number++) {
    await deploy(server.store, ids[number % 2] ?? 0, [away, keeps])
    server.wake()
  }
  await until('all begun', async () =>
    (await server.store.targetsOf(away)).every(({ state }) => state !== 'waiting'),
  )
  await new Promise((resolve) => void setTimeout(resolve, 600))

  const told: Order[] = []
  const terminal = terminalAt(port, away, { idle: true, told: (order) => void told.push(order) })
  open.push(terminal)
  await until('told', () => told.length > 0)
  await new Promise((resolve) => void setTimeout(resolve, 700))
  const programs = told.map(({ program }) => program && hex(program.hash))
  expect(new Set(programs)).toEqual(new Set([releases[1]?.manifest]))
  expect(new Set(told.map(({ seq }) => seq)).size).toBe(1)
  const came: string[] = []
  const again = connect(url, session)
  again.on('message', (topic) => void came.push(topic))
  open.push({ close: () => again.end(true) })
  await new Promise((resolve) => void again.once('connect', resolve))
  await new Promise((resolve) => void setTimeout(resolve, 500))
  expect(came).toEqual([])
})

const branchOf = (serial: string): string =>
  `t/${TENANT}/${String(shardOf(serial)).padStart(2, '0')}/${serial}`
