import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Dial } from '../../../../emulator/device/ports.ts'
import { HostError } from '../../../../host-link/host/node/host-error.ts'
import {
  type HostServer,
  type HostServerOptions,
  startHostServer,
} from '../../../../host-link/host/node/host-server.ts'
import { hostTerminal } from '../../../../host-link/host/provision.ts'
import { tcpDial } from '../../../../host-link/transport/tcp-client.ts'
import { webSocketDial } from '../../../../host-link/transport/web-socket-client.ts'
import { FrameDecoder } from '../../../../host-link/wire/frame.ts'
import { readCards, readProvision } from '../../../../scripts/provision.ts'
import { TestTerminal } from '../rig.ts'

const demo = (name: string) => new URL(`../../../../scripts/demo/${name}`, import.meta.url).pathname
const provisions = [readProvision(demo('mall.json')), readProvision(demo('shop.json'))]
const cards = readCards(demo('cards.json'))

const servers: HostServer[] = []
const folders: string[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})
async function start(more: Partial<HostServerOptions> = {}): Promise<HostServer> {
  const server = await startHostServer({ provisions, cards, ...more })
  servers.push(server)
  return server
}

/** Sends frames one after the other over a dialled stream; resolves with as many answers, or when it closes. */
async function talk(dial: Dial, frames: readonly Uint8Array[], chunkBytes = 4096): Promise<Uint8Array[]> {
  const decoder = new FrameDecoder()
  const bodies: Uint8Array[] = []
  let stirred: () => void = () => {}
  let closed = false
  const stream = await dial({
    bytes: (bytes) => {
      bodies.push(...decoder.push(bytes))
      stirred()
    },
    closed: () => {
      closed = true
      stirred()
    },
  })
  if (!stream) throw new Error('refused')
  for (const [at, frame] of frames.entries()) {
    for (let from = 0; from < frame.length; from += chunkBytes)
      stream.send(frame.slice(from, from + chunkBytes))
    while (bodies.length <= at && !closed)
      await new Promise<void>((resolve) => {
        stirred = resolve
      })
  }
  stream.close()
  return bodies.map((body) => new Uint8Array([body.length >> 8, body.length & 255, ...body]))
}

/** A terminal whose keys come over the line, and what its sale is answered. */
async function sellOver(dial: Dial, host: HostServer, provision = provisions[0], chunkBytes?: number) {
  if (!provision) throw new Error('no provision')
  const terminal = new TestTerminal(host.host, hostTerminal(provision), 'cup')
  await terminal.signOn()
  const store = provision.stores.length > 0 ? '0012' : undefined
  const [answer = new Uint8Array()] = await talk(
    dial,
    [terminal.frame(terminal.saleMessage({ store }))],
    chunkBytes,
  )
  const { message, macRight } = terminal.opened(answer)
  expect(macRight).toBe(true)
  return message.fields
}

describe('startHostServer with the demo files', () => {
  it('the sale of the scenario (bank card, PIN 123456, 88.80 at store 0012) over TCP → 00', async () => {
    const server = await start({ listen: 'tcp://127.0.0.1:0' })
    const dial = tcpDial('127.0.0.1', server.tcpPort ?? 0)
    expect(await sellOver(dial, server)).toMatchObject({ 39: '00', 4: '000000008880', 57: '010040012' })
  })
  it('byte by byte over TCP, and from the shop without store numbers → 00', async () => {
    const server = await start({ listen: 'tcp://127.0.0.1:0' })
    const dial = tcpDial('127.0.0.1', server.tcpPort ?? 0)
    expect((await sellOver(dial, server, provisions[1], 1))[39]).toBe('00')
  })
  it('over WebSocket, on its own port and on a path of another server → 00', async () => {
    const server = await start({ ws: '127.0.0.1:0' })
    const shared = createServer((_request, response) => response.end('page'))
    await new Promise<void>((resolve) => shared.listen(0, '127.0.0.1', resolve))
    server.attachWebSocket(shared, '/host')
    const { port } = shared.address() as AddressInfo
    const own = webSocketDial(() => new WebSocket(`ws://127.0.0.1:${server.wsPort}/`))
    const attached = webSocketDial(() => new WebSocket(`ws://127.0.0.1:${port}/host`))
    expect((await sellOver(own, server))[39]).toBe('00')
    expect((await sellOver(attached, server, provisions[1]))[39]).toBe('00')
    await server.close()
    await new Promise((resolve) => shared.close(resolve))
  })
  it('what is no frame → the connection is closed, others go on', async () => {
    const server = await start({ listen: 'tcp://127.0.0.1:0' })
    const dial = tcpDial('127.0.0.1', server.tcpPort ?? 0)
    expect(await talk(dial, [Uint8Array.of(0xff, 0xff, 0xff)])).toEqual([])
    expect(await talk(dial, [Uint8Array.from('..GET / HTTP/1.1\r\n\r\n', (c) => c.charCodeAt(0))])).toEqual(
      [],
    )
    expect((await sellOver(dial, server))[39]).toBe('00')
  })
  it('100 clients at once on books in a file → each sale once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shuaka-host-'))
    folders.push(folder)
    const server = await start({ listen: 'tcp://127.0.0.1:0', db: join(folder, 'books.db') })
    const dial = tcpDial('127.0.0.1', server.tcpPort ?? 0)
    const terminal = new TestTerminal(server.host, hostTerminal(provisions[0] as never), 'cup')
    await terminal.signOn()
    const clients = Array.from({ length: 100 }, () =>
      [5, 6].map((amount) => terminal.frame(terminal.saleMessage({ amount }))),
    )
    const answers = (await Promise.all(clients.map((frames) => talk(dial, frames)))).flat()
    expect(answers.map((frame) => terminal.opened(frame).message.fields[39])).toEqual(Array(200).fill('00'))
    const totals = await server.store.transact((books) => ({ result: books.totals('10000001', 1) }))
    expect(totals).toMatchObject({ debitFen: 1100, debitCount: 200 })
  })
  it('busy port, wrong address, one terminal twice, books open elsewhere → one sentence', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shuaka-host-'))
    folders.push(folder)
    const busy = createTcpServer()
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
    const { port } = busy.address() as AddressInfo
    const failing = (more: Partial<HostServerOptions>) => expect(start(more)).rejects
    await failing({ listen: `tcp://127.0.0.1:${port}` }).toThrow(
      new HostError(`127.0.0.1:${port}: cannot listen there, the port is in use`),
    )
    await failing({ ws: `127.0.0.1:${port}` }).toThrow('the port is in use')
    await failing({ listen: '127.0.0.1:1' }).toThrow('an address like tcp://127.0.0.1:9100 is wanted')
    await failing({ ws: '127.0.0.1:99999' }).toThrow('an address like 127.0.0.1:9100 is wanted')
    await failing({ provisions: [...provisions, ...provisions] }).toThrow('provisioned twice')
    const none = join(folder, 'none')
    await failing({ db: join(none, 'books.db') }).toThrow(
      new HostError(`${join(none, 'books.db')}: the folder ${none} does not exist`),
    )
    await failing({ db: folder }).toThrow(new HostError(`${folder}: it is a folder, not a file`))
    const db = join(folder, 'books.db')
    await start({ db })
    await failing({ db }).toThrow(
      `${db}: another host has these books open; end it, or give another --db FILE`,
    )
    await new Promise((resolve) => busy.close(resolve))
  })
  it('an address that cannot be had, one terminal twice → no file of the books is there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shuaka-host-'))
    folders.push(folder)
    const db = join(folder, 'new.db')
    const busy = createTcpServer()
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
    const taken = `127.0.0.1:${(busy.address() as AddressInfo).port}`
    const foreign = '203.0.113.9:9100' // RFC 5737: of no machine
    const failing = (more: Partial<HostServerOptions>) => expect(start({ db, ...more })).rejects
    await failing({ listen: `tcp://${taken}` }).toThrow(`${taken}: cannot listen there, the port is in use`)
    await failing({ ws: taken }).toThrow(`${taken}: cannot listen there, the port is in use`)
    await failing({ listen: 'tcp://127.0.0.1:0', ws: taken }).toThrow('the port is in use')
    await failing({ listen: `tcp://${foreign}` }).toThrow(
      new HostError(`${foreign}: cannot listen there, it is no address of this machine`),
    )
    await failing({ ws: foreign }).toThrow('it is no address of this machine')
    await failing({ listen: 'tcp://127.0.0.1:0', provisions: [...provisions, ...provisions] }).toThrow(
      'twice',
    )
    expect(readdirSync(folder)).toEqual([])
    await new Promise((resolve) => busy.close(resolve))
  })
  it('books that cannot be opened → the port is free again', async () => {
    const probe = await start({ listen: 'tcp://127.0.0.1:0' })
    const listen = `tcp://127.0.0.1:${probe.tcpPort}`
    await probe.close()
    await expect(start({ listen, db: '/' })).rejects.toThrow('it is a folder')
    await start({ listen })
  })
  it('close → clients are let go, the port is free again', async () => {
    const server = await start({ listen: 'tcp://127.0.0.1:0' })
    const port = server.tcpPort ?? 0
    const gone = new Promise<void>(
      (resolve) => void tcpDial('127.0.0.1', port)({ bytes: () => {}, closed: resolve }),
    )
    await new Promise((resolve) => setTimeout(resolve, 20))
    await server.close()
    await gone
    await start({ listen: `tcp://127.0.0.1:${port}` })
    expect(await tcpDial('127.0.0.1', 1)({ bytes: () => {}, closed: () => {} })).toBeUndefined()
  })
})
