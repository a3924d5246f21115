import mqtt from 'mqtt'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { httpObjects } from '../../../../host-link/transport/http-objects.ts'
import { inboxTopics } from '../../../../host-link/transport/inbox-topics.ts'
import { bytesOfHex } from '../../../../host-link/wire/bytes.ts'
import { databases, serviceAt } from './places.ts'
import { PASSWORD, seconds, serialOf, TENANT, testRelease, until, wanted } from './rig.ts'

const at = databases()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
afterAll(() => at.remove())

const SERIAL = serialOf(1)

async function served() {
  const place = { database: 'sqlite', broker: 'aedes' } as const
  const { server, close } = await serviceAt(place, at, [SERIAL], {
    http: { host: '127.0.0.1', port: 0 },
    parts: () => [
      async ({ url }, response) => {
        if (url !== '/part') return false
        response.end('part')
        return true
      },
    ],
  })
  open.push({ close })
  const release = testRelease('2.0.0', 5_000)
  const added = await server.store.addRelease(release)
  if (added.kind !== 'added') throw new Error('not added')
  return { server, release, id: added.id, base: `http://127.0.0.1:${server.httpPort}` }
}

describe('objects over HTTP 第二来源', () => {
  test('ranges of what is approved, and nothing of a draft', async () => {
    const { server, release, id, base } = await served()
    const payload = release.objects[2]
    const url = `${base}/objects/${payload?.hash}`
    expect((await fetch(url)).status).toBe(404)
    await wanted(server.store.approveRelease(id, 'bert', seconds()))
    const whole = await fetch(url)
    expect([whole.status, whole.headers.get('Content-Length')]).toEqual([200, '5000'])
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(payload?.bytes)
    const ranges = [
      'bytes=1000-1999',
      'bytes=4900-9999',
      'bytes=-100',
      'bytes=5000-',
      'bytes=3-1',
      'lines=1-2',
    ]
    const answers = await Promise.all(ranges.map((Range) => fetch(url, { headers: { Range } })))
    expect(answers.map(({ status, headers }) => [status, headers.get('Content-Range')])).toEqual([
      [206, 'bytes 1000-1999/5000'],
      [206, 'bytes 4900-4999/5000'],
      [206, 'bytes 4900-4999/5000'],
      [416, 'bytes */5000'],
      [200, null],
      [200, null],
    ])
    expect(await httpObjects(base)(bytesOfHex(payload?.hash ?? ''), 1_000, 50)).toEqual(
      payload?.bytes.slice(1_000, 1_050),
    )
  })

  test('the parameters of one terminal are given to nobody here; other paths go to the parts', async () => {
    const { server, base } = await served()
    const bytes = new Uint8Array(100).fill(7)
    await server.store.putObject('ab'.repeat(32), bytes, SERIAL)
    expect((await fetch(`${base}/objects/${'ab'.repeat(32)}`)).status).toBe(404)
    expect((await fetch(`${base}/objects/${'cd'.repeat(32)}`, { method: 'POST' })).status).toBe(405)
    expect(await (await fetch(`${base}/part`)).text()).toBe('part')
    expect((await fetch(`${base}/none`)).status).toBe(404)
  })

  test('MQTT over a WebSocket under /mqtt is the same broker', async () => {
    const { server, base } = await served()
    const topics = inboxTopics(TENANT, SERIAL)
    const client = mqtt.connect(`${base.replace('http', 'ws')}/mqtt`, {
      clientId: SERIAL,
      username: SERIAL,
      password: PASSWORD,
      reconnectPeriod: 0,
    })
    open.push({ close: () => client.endAsync(true) })
    await new Promise((resolve) => client.once('connect', resolve))
    client.publish(topics.on, Buffer.from([0xa2, 0, 1, 1, 0x18, 99]), { qos: 1, retain: true })
    await until('seen', async () => (await server.store.terminal(SERIAL))?.presence.online === true)
    expect((await server.store.terminal(SERIAL))?.presence.connection).toBe(99)
  })
})
