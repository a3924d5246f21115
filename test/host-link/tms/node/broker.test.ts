import mqtt from 'mqtt'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { hashPassword } from '../../../../host-link/tms/node/acl.ts'
import { embeddedBroker } from '../../../../host-link/tms/node/embedded-broker.ts'
import { CLIENT_BYTES_MAX, FRAME_BYTES_MAX } from '../../../../host-link/tms/node/guarded-stream.ts'
import { openLine } from '../../../../host-link/tms/node/simulated-line.ts'
import { inboxTopics } from '../../../../host-link/transport/inbox-topics.ts'
import { databases, PLACES, type Place, serviceAt } from './places.ts'
import { newTerminal, PASSWORD, serialOf, TENANT, terminalAt, until } from './rig.ts'

const at = databases()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
afterAll(() => at.remove())

const [me, you] = [serialOf(1), serialOf(2)]
const [mine, yours] = [inboxTopics(TENANT, me), inboxTopics(TENANT, you)]

async function service(place: Pick<Place, 'database' | 'broker'>) {
  const running = await serviceAt(place, at, [me, you])
  open.push(running)
  return running
}

function client(port: number, options: mqtt.IClientOptions = {}): mqtt.MqttClient {
  const made = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    clientId: me,
    username: me,
    password: PASSWORD,
    reconnectPeriod: 0,
    ...options,
  })
  made.on('error', () => {})
  open.push({ close: () => made.endAsync(true) })
  return made
}

const connected = (one: mqtt.MqttClient): Promise<boolean> =>
  new Promise((resolve) => {
    one.once('connect', () => resolve(true))
    one.once('close', () => resolve(false))
  })

const places = PLACES.filter(({ skipped, database }) => !skipped && database === 'sqlite')

describe.each(places)('who may do what on $title', (place) => {
  test('a wrong password, an unknown serial and no name at all do not get in', async () => {
    const { port } = await service(place)
    expect(await connected(client(port, { password: 'wrong' }))).toBe(false)
    expect(await connected(client(port, { username: 'nobody', clientId: 'nobody' }))).toBe(false)
    const { username: _, password: __, ...none } = { username: me, password: PASSWORD, clientId: 'x' }
    const anonymous = mqtt.connect(`mqtt://127.0.0.1:${port}`, { ...none, reconnectPeriod: 0 })
    anonymous.on('error', () => {})
    open.push({ close: () => anonymous.endAsync(true) })
    expect(await connected(anonymous)).toBe(false)
    expect(await connected(client(port))).toBe(true)
  })

  test("nobody reads another terminal's topics, nor all of them", async () => {
    const { port } = await service(place)
    const spy = client(port)
    expect(await connected(spy)).toBe(true)
    const heard: string[] = []
    spy.on('message', (topic) => heard.push(topic))
    for (const filter of [yours.down('want'), `t/${TENANT}/+/+/dn/#`, '#', mine.up('state')])
      await spy.subscribeAsync(filter).catch(() => {})
    const victim = terminalAt(port, you)
    open.push(victim)
    await until('the other was told', () => victim.counts.orders > 0)
    expect(heard).toEqual([])
  })

  test('nobody speaks for another terminal: its presence and reports stay its own', async () => {
    const { port, server } = await service(place)
    const liar = client(port)
    expect(await connected(liar)).toBe(true)
    liar.publish(yours.on, Buffer.from([0xa2, 0, 1, 1, 9]), { qos: 0, retain: true })
    liar.publish(yours.up('hello'), Buffer.from([0xa0]), { qos: 0 })
    // What it says of itself afterwards is heard: so all before was heard, or refused.
    const again = client(port)
    expect(await connected(again)).toBe(true)
    again.publish(mine.on, Buffer.from([0xa2, 0, 1, 1, 9]), { qos: 1, retain: true })
    await until('itself is seen', async () => (await server.store.terminal(me))?.presence.online === true)
    expect((await server.store.terminal(you))?.presence).toEqual({ online: false, connection: 0, since: 0 })
  })
})

describe.each(places)('what is not a terminal on $title', (place) => {
  test.each(['shuaka-service', '~shuaka-service', '..'])('%s is added to no list', async (serial) => {
    const { server } = await service(place)
    await expect(server.store.addTerminals([newTerminal(serial)], 1)).rejects.toThrow(/is no serial/)
  })

  test('a topic that is none of those of a terminal reaches nobody', async () => {
    const { port, mosquitto } = await service(place)
    const speaker = client(port)
    expect(await connected(speaker)).toBe(true)
    const heard: string[] = []
    if (mosquitto !== undefined) {
      const worker = mqtt.connect(mosquitto.url, { clientId: 'spy', reconnectPeriod: 0 })
      open.push({ close: () => worker.endAsync(true) })
      worker.on('message', (topic) => heard.push(topic))
      await worker.subscribeAsync(`t/${TENANT}/#`, { qos: 1 })
    }
    const other = mine.up('hello').replace(/hello$/, 'other')
    // The embedded one cuts off who tries; mosquitto answers and passes it on to nobody.
    const gone = new Promise<boolean>((resolve) => speaker.once('close', () => resolve(true)))
    speaker.publish(other, 'x', { qos: 1 }, () => {})
    if (mosquitto === undefined) return expect(await gone).toBe(true)
    speaker.publish(mine.up('log'), 'x', { qos: 1 })
    await until('the one that may be said is heard', () => heard.includes(mine.up('log')))
    expect(heard).not.toContain(other)
  })
})

describe('the embedded broker', () => {
  test('thirty thousand messages at once, to somebody and to nobody → all that were to arrive arrive, and it goes on', async () => {
    const hash = hashPassword(Buffer.from(PASSWORD))
    const broker = await embeddedBroker({
      ...{ tenant: TENANT, host: '127.0.0.1', port: 0, log: () => {} },
      passwordHash: async () => hash,
    })
    open.push(broker)
    const link = broker.link({ receive: () => {}, renewed: async () => {} })
    const one = client((await broker.listen()) ?? 0)
    expect(await connected(one)).toBe(true)
    await one.subscribeAsync(mine.down('ack'), { qos: 1 })
    let heard = 0
    one.on('message', () => heard++)
    for (let at = 0; at < 2_000; at++) link.publish(mine.down('ack'), Uint8Array.of(1), 1)
    // What is for nobody takes no time at all: with a bound it would be put off behind the others, and done at one go.
    for (let turn = 0; turn < 10; turn++) {
      await new Promise<void>((resolve) => queueMicrotask(resolve))
      for (let at = 0; at < 3_000; at++) link.publish(yours.down('ack'), Uint8Array.of(1), 0)
    }
    await until('all are there', () => heard === 2_000)
  })

  test(`a packet above ${FRAME_BYTES_MAX} bytes ends its connection before it is there`, async () => {
    const { port } = await service({ database: 'sqlite', broker: 'aedes' })
    const sender = client(port)
    expect(await connected(sender)).toBe(true)
    const closed = new Promise<boolean>((resolve) => sender.once('close', () => resolve(true)))
    sender.publish(mine.up('log'), Buffer.alloc(FRAME_BYTES_MAX + 100))
    expect(await closed).toBe(true)
  })

  test('a client that does not read is closed when its share is full, and keeps nobody else waiting', async () => {
    const hash = hashPassword(new TextEncoder().encode(PASSWORD))
    const broker = await embeddedBroker({
      tenant: TENANT,
      host: '127.0.0.1',
      port: 0,
      passwordHash: async () => hash,
      log: () => {},
    })
    open.push(broker)
    const port = (await broker.listen()) ?? 0
    const link = broker.link({ receive: () => {}, renewed: async () => {} })
    const state = { up: 0, heard: 0, gone: false }
    const line = (serial: string, events: { message(): void; down(): void }) =>
      openLine(
        {
          ...{
            host: '127.0.0.1',
            port,
            clientId: serial,
            username: serial,
            password: PASSWORD,
            random: Math.random,
          },
          will: { topic: inboxTopics(TENANT, serial).on, payload: new Uint8Array([0]) },
          filter: inboxTopics(TENANT, serial).down('blk'),
        },
        { ...events, up: () => state.up++ },
      )
    const frozen = line(me, { message: () => {}, down: () => {} })
    const other = line(you, { message: () => state.heard++, down: () => {} })
    open.push(frozen, other)
    await until('both there', () => state.up === 2)
    frozen.freeze()
    const block = new Uint8Array(16_384)
    let most = 0
    const SENT = 1_000
    for (let count = 0; count < SENT; count++) {
      link.publish(mine.down('blk'), block, 0)
      link.publish(yours.down('blk'), block.subarray(0, 100), 0)
      most = Math.max(most, link.buffered())
      if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await until('the other has all', () => state.heard === SENT)
    await until('the frozen one is closed', () => broker.clients() === 1)
    expect(most).toBeLessThan(CLIENT_BYTES_MAX + 20 * 2 * 16_384)
  })
})
