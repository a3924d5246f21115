import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { connect as connectClient, type MqttClient } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import type { InboxConnection, Scheduler } from '../../../emulator/device/ports.ts'
import { inboxTopics } from '../../../host-link/transport/inbox-topics.ts'
import { type MqttInboxOptions, mqttInbox } from '../../../host-link/transport/mqtt-client.ts'
import { connectMqtt } from '../../../host-link/transport/mqtt-node.ts'
import { decodeCbor } from '../../../host-link/wire/cbor.ts'
import {
  BROKER_CERTIFICATE,
  brokers,
  needsMosquitto,
  PASSWORD,
  type SERVICES,
  startBroker,
  startRelay,
} from '../../rig/mqtt-broker.ts'

const SERIAL = 'SK000001'
const OTHER = 'SK000002'
const topics = inboxTopics('acme', SERIAL)
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

/** Ends what a test has opened, also where it failed. */
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Real time, but back-offs are let go by hand where `byHand`; keeps how long each was to be. */
function makeTime(byHand = false) {
  const waits: number[] = []
  const held: (() => void)[] = []
  const scheduler: Pick<Scheduler, 'after' | 'monotonicMs'> = {
    monotonicMs: () => performance.now(),
    after(ms, then) {
      waits.push(ms)
      if (byHand) {
        held.push(then)
        return () => undefined
      }
      const timer = setTimeout(then, Math.min(ms, 20))
      return () => clearTimeout(timer)
    },
  }
  return { scheduler, waits, go: () => held.shift()?.() }
}

interface Terminal {
  readonly connection: InboxConnection
  /** `online`, `offline` and `want abc`, in order. */
  readonly seen: string[]
}
function terminal(url: string, more: Partial<MqttInboxOptions> = {}): Terminal {
  const seen: string[] = []
  const port = mqttInbox({
    ...{ connect: connectMqtt, url, tenant: 'acme', serial: SERIAL, password: bytesOf(PASSWORD) },
    ...{ scheduler: makeTime().scheduler, now: () => Date.now() },
    random: (length) => Uint8Array.from({ length }, (_, at) => (at === 0 ? 0x80 : 0)), // a half
    ...more,
  })
  const connection = port.open({
    online: () => seen.push('online'),
    offline: () => seen.push('offline'),
    message: (topic, bytes) =>
      seen.push(`${topic} ${bytes.length > 20 ? `${bytes.length} bytes` : Buffer.from(bytes)}`),
  })
  ends.push(() => connection.close())
  return { connection, seen }
}

/** What the service sees: presence as `on 1/5`, anything else as `hello abc`. */
async function service(url: string, name: (typeof SERVICES)[number] = 'tms') {
  const client: MqttClient = connectClient(url, {
    ...{ username: name, clientId: name, password: PASSWORD, reconnectPeriod: 50 },
  })
  client.on('error', () => undefined)
  ends.push(() => client.end(true))
  const seen: string[] = []
  const presence: { online: number; epoch: number }[] = []
  client.on('message', (topic, bytes) => {
    const last = topic.split('/').at(-1) ?? ''
    if (last !== 'on') return seen.push(`${last} ${bytes.length > 20 ? `${bytes.length} bytes` : bytes}`)
    const map = decodeCbor(new Uint8Array(bytes)) as ReadonlyMap<number, number>
    return presence.push({ online: map.get(0) ?? -1, epoch: map.get(1) ?? -1 })
  })
  await client.subscribeAsync('t/#', { qos: 1 })
  return {
    seen,
    presence,
    send: (topic: 'want' | 'blk' | 'ack', bytes: Uint8Array, qos: 0 | 1 = 1) =>
      client.publishAsync(topics.down(topic), Buffer.from(bytes), { qos }),
  }
}
const until = (holds: () => boolean) => expect.poll(holds, { timeout: 8_000, interval: 10 }).toBe(true)

async function broker(kind: (typeof brokers)[number]) {
  const made = await startBroker(kind, [SERIAL, OTHER])
  ends.push(() => made[Symbol.asyncDispose]())
  return made
}

describe.each(brokers)('%s', (kind) => {
  test('hello goes up, want and blocks come down; online is told once subscriptions stand', async () => {
    const { url } = await broker(kind)
    const tms = await service(url)
    const { connection, seen } = terminal(url)
    expect(connection.publish('hello', bytesOf('early'), 1)).toBe('offline')
    await until(() => seen.includes('online'))
    expect(connection.publish('hello', bytesOf('abc'), 1)).toBe('queued')
    expect(connection.publish('get', bytesOf('def'), 0)).toBe('queued')
    await until(() => tms.seen.length === 2)
    expect([...tms.seen].sort()).toEqual(['get def', 'hello abc']) // a broker may let quality 0 overtake quality 1
    await tms.send('want', bytesOf('order'))
    await tms.send('blk', new Uint8Array(33_792), 0)
    await tms.send('ack', bytesOf('1'))
    await until(() => seen.length === 4)
    expect(seen).toEqual(['online', 'want order', 'blk 33792 bytes', 'ack 1'])
  })

  test('presence: online with its epoch; the power goes → the will says offline with the same epoch, retained', async () => {
    const { url } = await broker(kind)
    const tms = await service(url)
    let now = 1_000
    const { connection, seen } = terminal(url, { now: () => now })
    await until(() => tms.presence.length === 1)
    connection.close()
    await until(() => tms.presence.length === 2)
    expect(tms.presence).toEqual([
      { online: 1, epoch: 1_000 },
      { online: 0, epoch: 1_000 },
    ])
    expect(seen).toEqual(['online']) // nothing is told after close
    const later = await service(url, 'tms2')
    await until(() => later.presence.length === 1)
    expect(later.presence).toEqual([{ online: 0, epoch: 1_000 }])
    now = 2_000
    terminal(url, { now: () => now })
    await until(() => tms.presence.length === 3)
    expect(tms.presence.at(-1)).toEqual({ online: 1, epoch: 2_000 })
  })

  test('taken over by a second connection → the offline of the first has an older epoch than the online', async () => {
    const { url } = await broker(kind)
    const tms = await service(url)
    const first = terminal(url, { now: () => 1_000, scheduler: makeTime(true).scheduler })
    await until(() => first.seen.includes('online'))
    const second = terminal(url, { now: () => 2_000 })
    await until(() => first.seen.includes('offline') && second.seen.includes('online'))
    await until(() => tms.presence.length >= 3)
    expect(tms.presence).toContainEqual({ online: 0, epoch: 1_000 })
    // Whoever forgets what is older than the newest online has the terminal online, in whatever order they came.
    const newest = Math.max(...tms.presence.filter(({ online }) => online === 1).map(({ epoch }) => epoch))
    expect(newest).toBe(2_000)
    expect(tms.presence.filter(({ epoch }) => epoch >= newest).every(({ online }) => online === 1)).toBe(true)
    // And so it stays for a service that comes later and sees only what is retained.
    const later = await service(url, 'tms2')
    await until(() => later.presence.length >= 1)
    expect(later.presence.at(-1)).toEqual({ online: 1, epoch: 2_000 })
  })

  test('broker killed and started again → offline, back-off, online; nothing of before is sent again', async () => {
    const { url, kill, start } = await broker(kind)
    const time = makeTime()
    const { connection, seen } = terminal(url, { scheduler: time.scheduler })
    await until(() => seen.includes('online'))
    await kill()
    await until(() => seen.includes('offline'))
    expect(connection.publish('state', bytesOf('lost'), 1)).toBe('offline')
    await until(() => time.waits.length >= 3)
    expect(time.waits.slice(0, 3)).toEqual([500, 1_000, 2_000])
    await start()
    const tms = await service(url)
    await until(() => seen.length === 3)
    expect(seen).toEqual(['online', 'offline', 'online'])
    connection.publish('state', bytesOf('new'), 1)
    await until(() => tms.seen.length > 0)
    expect(tms.seen).toEqual(['state new'])
  })

  test('wrong password → never online, tried again after each back-off', async () => {
    const { url } = await broker(kind)
    const time = makeTime()
    const { seen } = terminal(url, { password: bytesOf('another'), scheduler: time.scheduler })
    await until(() => time.waits.length >= 4)
    expect(time.waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000])
    expect(seen).toEqual([])
  })

  test('another’s name with one’s own password is no way in, and another’s topic neither heard nor spoken on', async () => {
    const { url } = await broker(kind)
    const tms = await service(url)
    const theirs = inboxTopics('acme', OTHER)
    const thief = connectClient(url, {
      username: SERIAL,
      clientId: SERIAL,
      password: PASSWORD,
      reconnectPeriod: 0,
    })
    ends.push(() => thief.end(true))
    thief.on('error', () => undefined)
    const heard: string[] = []
    thief.on('message', (topic) => heard.push(topic))
    await new Promise((done) => thief.once('connect', done))
    await thief
      .subscribeAsync([theirs.down('want'), 't/#', theirs.up('state')], { qos: 1 })
      .catch(() => undefined)
    thief.publish(theirs.up('state'), 'forged', { qos: 0 })
    const victim = terminal(url, { serial: OTHER })
    await until(() => victim.seen.includes('online'))
    victim.connection.publish('state', bytesOf('true'), 1)
    await until(() => tms.seen.length > 0)
    await sleep(200)
    expect(tms.seen).toEqual(['state true'])
    expect(heard).toEqual([])
  })

  test('a message beyond 33,792 bytes is dropped, the next is heard; a packet beyond 256 KiB ends the connection', async () => {
    const { url } = await broker(kind)
    const tms = await service(url)
    const { seen } = terminal(url)
    await until(() => seen.includes('online'))
    await tms.send('blk', new Uint8Array(33_793), 0)
    await tms.send('want', bytesOf('next'))
    await until(() => seen.length === 2)
    expect(seen).toEqual(['online', 'want next'])
    await tms.send('blk', new Uint8Array(300_000), 0)
    await until(() => seen.length === 4)
    expect(seen.slice(2)).toEqual(['offline', 'online'])
  })

  test('a peer that stands still → full once 64 KiB are on their way, and offline by keepalive', async () => {
    const { url } = await broker(kind)
    const relay = await startRelay(url)
    ends.push(() => relay[Symbol.asyncDispose]())
    const { connection, seen } = terminal(relay.url, {
      keepaliveSeconds: 1,
      scheduler: makeTime(true).scheduler,
    })
    await until(() => seen.includes('online'))
    relay.freeze()
    const sent = () => connection.publish('state', new Uint8Array(30_000), 1)
    await until(() => sent() === 'full')
    expect(connection.publish('get', bytesOf('x'), 0)).toBe('queued') // there is room for a small one
    await until(() => seen.includes('offline'))
    expect(sent()).toBe('offline')
  })

  test('TLS with the broker’s CA → online; with another CA or the system’s → never', async () => {
    const { tlsUrl } = await broker(kind)
    const good = terminal(tlsUrl, { ca: readFileSync(BROKER_CERTIFICATE, 'utf8') })
    await until(() => good.seen.includes('online'))
    for (const ca of [rootCertificates[0] ?? '', undefined]) {
      const time = makeTime()
      const bad = terminal(tlsUrl, {
        serial: OTHER,
        scheduler: time.scheduler,
        ...(ca === undefined ? {} : { ca }),
      })
      await until(() => time.waits.length >= 2)
      expect(bad.seen).toEqual([])
    }
  })

  test('over a WebSocket it is the same', async () => {
    const { url, webSocketUrl } = await broker(kind)
    const tms = await service(url)
    const { connection, seen } = terminal(webSocketUrl)
    await until(() => seen.includes('online'))
    connection.publish('hello', bytesOf('abc'), 1)
    await until(() => tms.seen.includes('hello abc'))
    await tms.send('blk', new Uint8Array(33_000), 0)
    await until(() => seen.length === 2)
    expect(seen).toEqual(['online', 'blk 33000 bytes'])
  })
})

test.skipIf(needsMosquitto !== '')(`the same tests have run on mosquitto${needsMosquitto}`, () => {
  expect(brokers).toContain('mosquitto')
})
