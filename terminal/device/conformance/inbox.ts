import type { DownTopic, FetchResult, InboxResult } from '../inbox.ts'
import type { Port, RigService } from './port.ts'
import { fromHex, pattern, refused, same, type Vector, vector, watch, within } from './vector.ts'

/** 下载信箱. A device without a download service passes by saying so. */

const CONNECT_MS = 5_000
const OBJECT = pattern(32)

/** A vector for devices that have an inbox. */
function inboxVector(
  id: string,
  title: string,
  run: (port: Port, service: RigService) => Promise<void>,
): Vector {
  return vector(
    id,
    title,
    async (port) => {
      const { service } = port.rig
      if (service === undefined) throw new RangeError('the rig has no service for this inbox')
      await run(port, service)
    },
    'inbox',
  )
}
const next = ({ device, rig }: Port, ms = 0): Promise<InboxResult> =>
  within(rig, ms, () => device.inbox.next(ms))
const asked = ({ device, rig }: Port, offset: number, length: number): Promise<FetchResult> =>
  within(rig, CONNECT_MS, () => device.inbox.fetch(OBJECT, offset, length, CONNECT_MS))

async function online(port: Port, service: RigService): Promise<void> {
  service.there(true)
  same(await next(port, CONNECT_MS), { kind: 'online' }, 'next')
  same(port.device.inbox.state(), 'online', 'state')
}

// biome-ignore format: one vector a paragraph
export const inboxVectors: readonly Vector[] = [
  vector('inbox.none', 'without a download service every call says so, and none waits; with one nothing is sent while it is away', async (port) => {
    const { inbox } = port.device
    same(inbox.state() !== 'none', port.rig.capabilities.includes('inbox'), 'what the port has declared')
    if (inbox.state() !== 'none') return same(inbox.publish('hello', pattern(1), 1), 'offline', 'publish while the service is away')
    same(await next(port), { kind: 'none' }, 'next')
    same(inbox.publish('hello', pattern(1), 1), 'offline', 'publish')
    same(await asked(port, 0, 1), { kind: 'none' }, 'fetch')
  }),
  inboxVector('inbox.online', 'offline until the service is there, and again when it goes; each is told once', async (port, service) => {
    const { inbox } = port.device
    same(inbox.state(), 'offline', 'state at first')
    same(inbox.publish('hello', pattern(1), 1), 'offline', 'publish')
    await online(port, service)
    same(await next(port), { kind: 'timeout' }, 'next, once more')
    service.there(false)
    same(await next(port, CONNECT_MS), { kind: 'offline' }, 'next')
    same(inbox.state(), 'offline', 'state at last')
    same(service.received(), [], 'at the service')
  }),
  inboxVector('inbox.publish', 'messages of 1 to 33,792 bytes go out as they are, in each quality and on each topic', async (port, service) => {
    const { inbox } = port.device
    await online(port, service)
    const sent = [
      { topic: 'hello', bytes: pattern(1) }, { topic: 'state', bytes: pattern(33_792) },
      { topic: 'log', bytes: pattern(20) },  { topic: 'get', bytes: pattern(300) },
    ] as const
    for (const { topic, bytes } of sent) same(inbox.publish(topic, bytes, topic === 'get' ? 0 : 1), 'queued', topic)
    await port.rig.pass(CONNECT_MS)
    const found = service.received()
    same(found.length, sent.length, 'messages at the service')
    for (const { topic, bytes } of sent) same(found.find((each) => each.topic === topic)?.bytes, bytes, topic)
    for (const length of [0, 33_793]) await refused(port, `a message of ${length} bytes`, () => inbox.publish('state', pattern(length), 1))
  }),
  inboxVector('inbox.message', 'messages come as they are, on each topic, to whoever waits and to whoever asks later', async (port, service) => {
    await online(port, service)
    const waiting = watch(() => port.device.inbox.next(CONNECT_MS))
    service.send('want', pattern(40))
    await port.rig.pass(CONNECT_MS - 1)
    same(waiting.result, { kind: 'message', topic: 'want', bytes: pattern(40) }, 'to whoever waits')
    const later: readonly (readonly [DownTopic, Uint8Array])[] = [['blk', pattern(33_792)], ['ack', pattern(1)]]
    for (const [topic, bytes] of later) {
      service.send(topic, bytes)
      await port.rig.pass(CONNECT_MS)
    }
    for (const [topic, bytes] of later) same(await next(port), { kind: 'message', topic, bytes }, topic)
  }),
  inboxVector('inbox.queue', 'what nobody reads is kept up to 128 KiB, the oldest first, and then dropped', async (port, service) => {
    await online(port, service)
    for (let count = 0; count < 8; count++) service.send('blk', Uint8Array.of(count, ...pattern(32_767)))
    await port.rig.pass(CONNECT_MS)
    const kept: (number | undefined)[] = []
    for (let count = 0; count < 8; count++) {
      const found = await next(port)
      if (found.kind === 'message') kept.push(found.bytes[0])
    }
    same(kept, [0, 1, 2, 3], 'kept')
    service.send('blk', pattern(1))
    same(await next(port, CONNECT_MS), { kind: 'message', topic: 'blk', bytes: pattern(1) }, 'when there is room again')
  }),
  inboxVector('inbox.flapping', 'of many comings and goings that nobody reads the last are told, ending in what is so', async (port, service) => {
    for (let count = 0; count < 6; count++) {
      service.there(true)
      await port.rig.pass(600_000)
      service.there(false)
      await port.rig.pass(CONNECT_MS)
    }
    const told: string[] = []
    for (let count = 0; count < 6; count++) {
      const { kind } = await next(port)
      if (kind !== 'timeout') told.push(kind)
    }
    same(told, ['online', 'offline'], 'told')
  }),
  inboxVector('inbox.cable', 'the cable pulled is offline at once; plugged, it comes back by itself', async (port, service) => {
    await online(port, service)
    port.rig.cable(false)
    same(await next(port), { kind: 'offline' }, 'pulled')
    same(port.device.inbox.publish('get', pattern(1), 0), 'offline', 'publish')
    port.rig.cable(true)
    same(await next(port, 600_000), { kind: 'online' }, 'plugged')
  }),
  inboxVector('inbox.fetch', 'a range of an object, exactly as long as asked for, or failed', async (port, service) => {
    const { inbox } = port.device
    if (service.objects === undefined) return same(await asked(port, 0, 1), { kind: 'none' }, 'fetch')
    service.objects(pattern(40_000))
    same(await asked(port, 7, 1), { kind: 'bytes', bytes: pattern(40_000).slice(7, 8) }, 'one byte')
    same(await asked(port, 100, 32_768), { kind: 'bytes', bytes: pattern(40_000).slice(100, 32_868) }, '32 KiB')
    same(await asked(port, 39_999, 2), { kind: 'failed' }, 'beyond the end')
    await refused(port, 'a range of no bytes', () => inbox.fetch(OBJECT, 0, 0, 0))
    await refused(port, 'a range of 32,769 bytes', () => inbox.fetch(OBJECT, 0, 32_769, 0))
    await refused(port, 'a hash of one byte', () => inbox.fetch(fromHex('00'), 0, 1, 0))
  }),
  inboxVector('inbox.fetch.waits', 'a second source that does not answer is a time-out; it is busy meanwhile, and can be cancelled', async (port, service) => {
    if (service.objects === undefined) return
    const { device: { inbox }, rig } = port
    service.objects(undefined)
    const late = watch(() => inbox.fetch(OBJECT, 0, 10, 1000))
    same(await next(port), { kind: 'busy' }, 'next meanwhile')
    await rig.pass(1100)
    same(late.result, { kind: 'timeout' }, 'late')
    const given = watch(() => inbox.fetch(OBJECT, 0, 10, 1000))
    inbox.cancel()
    await rig.pass(0)
    same(given.result, { kind: 'cancelled' }, 'cancelled')
    rig.cable(false)
    same(await asked(port, 0, 10), { kind: 'failed' }, 'without a line')
  }),
]
