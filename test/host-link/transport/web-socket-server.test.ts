import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerLimits } from '../../../host-link/transport/tcp-server.ts'
import {
  type Attached,
  type AttachOptions,
  attachWebSocket,
  listenWebSocket,
} from '../../../host-link/transport/web-socket-server.ts'

const echo = () => ({ ended: undefined, receive: async (chunk: Uint8Array) => [chunk] })

let server: Server
let attached: Attached
let port = 0
async function attach(options: AttachOptions = {}): Promise<void> {
  server = createServer((_request, response) => void response.end('page'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  attached = attachWebSocket(server, '/host', echo, options)
}
beforeEach(() => attach())
afterEach(async () => {
  await attached.close(100)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function upgrade(path: string, headers: readonly string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    ...(headers.some((header) => header.startsWith('Host:')) ? [] : [`Host: 127.0.0.1:${port}`]),
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '\r\n',
  ].join('\r\n')
}

/** The status of the answer to an upgrade; for all but 101 the server closes the connection. */
function statusOf(path: string, headers: readonly string[] = []): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let status = 0
    socket.on('error', reject)
    socket.once('close', () => resolve(status))
    socket.on('end', () => socket.end())
    socket.on('data', (bytes) => {
      status = Number(/^HTTP\/1\.1 (\d{3})/.exec(bytes.toString())?.[1])
      if (status === 101) socket.destroy()
    })
    socket.write(upgrade(path, headers))
  })
}

function opened(socket: Socket | WebSocket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once(socket instanceof WebSocket ? 'open' : 'connect', resolve)
  })
}

function closed(socket: Socket | WebSocket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve))
}

const connections = (): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

describe('attachWebSocket: upgrades', () => {
  it.each(['//', '///x', 'http://[', '/elsewhere', '/host/', '/Host'])(
    '%s → 404, closed, and the server lives',
    async (path) => {
      expect(await statusOf(path)).toBe(404)
      expect(await statusOf('/host')).toBe(101)
    },
  )
  it('/host with a query → taken', async () => {
    expect(await statusOf('/host?a=//')).toBe(101)
  })
  it('a hundred upgrades of another path → none stays open', async () => {
    await Promise.all(Array.from({ length: 100 }, () => statusOf('/elsewhere')))
    await expect.poll(connections).toBe(0)
  })
  it('a client that resets after each kind of upgrade → no error goes uncaught, the server lives', async () => {
    for (const path of ['/host', '/elsewhere', '//']) {
      const socket = connect(port, '127.0.0.1')
      await opened(socket)
      socket.on('error', () => {})
      socket.write(upgrade(path))
      socket.resetAndDestroy()
    }
    await expect.poll(connections).toBe(0)
    expect(await statusOf('/host')).toBe(101)
  })
  it('listenWebSocket: the path // → refused, and the server lives', async () => {
    const own = await listenWebSocket('127.0.0.1', 0, echo)
    port = own.port
    expect(await statusOf('//')).toBe(404)
    expect(await statusOf('/')).toBe(101)
    await own.close(100)
  })
})

describe('attachWebSocket: who may come', () => {
  const origin = (value: string) => [`Origin: ${value}`]

  it('a client that is no browser names no page → taken', async () => {
    expect(await statusOf('/host')).toBe(101)
  })
  it('a page of this server → taken', async () => {
    expect(await statusOf('/host', origin(`http://127.0.0.1:${port}`))).toBe(101)
    const headers = ['Host: Till.Example', ...origin('https://till.example')]
    expect(await statusOf('/host', headers)).toBe(101)
  })
  it.each([
    'http://evil.example',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'null',
    '',
    'file://',
    'http://evil.example/127.0.0.1',
  ])('a page of "%s" → 403', async (page) => {
    expect(await statusOf('/host', origin(page))).toBe(403)
  })
  it('a name that the server does not go by → 403', async () => {
    await attached.close()
    attached = attachWebSocket(server, '/host', echo, { isOurs: ({ headers }) => headers.host === 'till' })
    expect(await statusOf('/host', ['Host: evil.example', 'Origin: http://evil.example'])).toBe(403)
    expect(await statusOf('/host', ['Host: till'])).toBe(101)
  })
})

describe('attachWebSocket: limits', () => {
  async function limited(limits: Partial<ServerLimits>): Promise<void> {
    await attached.close()
    attached = attachWebSocket(server, '/host', echo, { limits })
  }
  const client = () => new WebSocket(`ws://127.0.0.1:${port}/host`)

  it('one more of an address than it may have → 503; when one is gone, the next is taken', async () => {
    await limited({ perAddressMax: 2 })
    const [first, second] = [client(), client()]
    await Promise.all([opened(first), opened(second)])
    expect(await statusOf('/host')).toBe(503)
    first.terminate()
    await closed(first)
    await expect.poll(() => statusOf('/host')).toBe(101)
    second.terminate()
  })
  it('upgrades that fail → not counted for ever', async () => {
    await limited({ perAddressMax: 2 })
    const broken = upgrade('/host').replace('Version: 13', 'Version: 99')
    for (let turn = 0; turn < 5; turn++) {
      const socket = connect(port, '127.0.0.1')
      socket.write(broken)
      await closed(socket.resume())
    }
    await expect.poll(() => statusOf('/host')).toBe(101)
  })
  it('a frame that comes byte by byte and is never whole → closed after frameMs', async () => {
    await limited({ frameMs: 100 })
    const slow = client()
    await opened(slow)
    const drip = setInterval(() => slow.readyState === WebSocket.OPEN && slow.send(Uint8Array.of(1)), 20)
    expect(await closed(slow)).toBe(1006) // cut, without a word
    clearInterval(drip)
  })
})
