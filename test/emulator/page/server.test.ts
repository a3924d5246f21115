import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PAGE_FOLDER } from '../../../scripts/build-page.ts'
import { type Emulator, startEmulator } from '../../../scripts/emulator.ts'

let folder = ''
let emulator: Emulator
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-server-'))
  emulator = await startEmulator({ port: 0, db: join(folder, 'host.db') })
})
afterAll(async () => {
  await emulator.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Status of a request that names the server `name`. */
function statusFor(name: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(emulator.url)
    get({ host: '127.0.0.1', port, path, headers: { host: name } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}

/** Status of a request for the WebSocket, as a browser's page at `origin` makes it. */
function upgradeFor(name: string, origin: string | undefined): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(emulator.url)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/host`, {
      headers: { host: name },
      ...(origin && { origin }),
    })
    socket.on('error', reject)
    socket.on('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.on('unexpected-response', (_, response) => {
      response.resume()
      resolve(response.statusCode)
    })
  })
}

test('a port that is taken → one sentence, and nothing is started', async () => {
  const port = Number(new URL(emulator.url).port)
  await expect(startEmulator({ port, db: join(folder, 'other.db') })).rejects.toThrow(
    `emulator: port ${port} is in use.`,
  )
})

test('an address of another machine, books that are open → one sentence each', async () => {
  const db = join(folder, 'none', 'other.db')
  await expect(startEmulator({ address: '203.0.113.9', port: 1, db })).rejects.toThrow(
    'emulator: 203.0.113.9:1: cannot listen there, it is no address of this machine.',
  )
  expect(existsSync(join(folder, 'none'))).toBe(false)
  const open = join(folder, 'host.db')
  await expect(startEmulator({ port: 0, db: open })).rejects.toThrow(
    `emulator: ${open}: another host has these books open; end it, or give another --db FILE.`,
  )
})

test('no port asked for → 8080 or the next free one, and two emulators side by side', async () => {
  const first = await startEmulator({ db: join(folder, 'first.db') })
  const second = await startEmulator({ db: join(folder, 'second.db') })
  const ports = [first, second].map(({ url }) => Number(new URL(url).port))
  await Promise.all([first.close(), second.close()])
  expect(ports[0]).toBeGreaterThanOrEqual(8080)
  expect(ports[1]).toBeGreaterThan(ports[0] ?? 0)
})

test('books that cannot be opened → one sentence, and the port is free again', async () => {
  await expect(startEmulator({ port: 0, db: folder })).rejects.toThrow(/^emulator: .*\.$/)
})

test('the page, the bundle, the engine, the set-up and the books are served from one port', async () => {
  const fetched = async (path: string) => {
    const response = await fetch(new URL(path, emulator.url))
    return [response.status, response.headers.get('content-type')?.split(';')[0]]
  }
  expect(await fetched('')).toEqual([200, 'text/html'])
  expect(await fetched('program.js')).toEqual([200, 'text/javascript'])
  expect(await fetched('quickjs.wasm')).toEqual([200, 'application/wasm'])
  expect(await fetched('api/setup')).toEqual([200, 'application/json'])
  expect(await fetched('api/report?date=2026-11-21')).toEqual([200, 'application/json'])
  expect(await fetched('api/report?date=yesterday')).toEqual([400, 'text/plain'])
  expect(await fetched('nowhere')).toEqual([404, 'text/plain'])
  const hidden = join(PAGE_FOLDER, `.hidden-${process.pid}`)
  writeFileSync(hidden, 'hidden')
  expect(await fetched(`.hidden-${process.pid}`)).toEqual([404, 'text/plain'])
  expect(await fetched(`%2ehidden-${process.pid}`)).toEqual([404, 'text/plain'])
  rmSync(hidden)
  expect((await fetch(emulator.url, { method: 'POST' })).status).toBe(405)
})

test('the page of this server → its WebSocket is taken; a page of another name that resolves here → 403', async () => {
  const { port } = new URL(emulator.url)
  expect(await upgradeFor(`127.0.0.1:${port}`, `http://127.0.0.1:${port}`)).toBe(101)
  expect(await upgradeFor(`127.0.0.1:${port}`, 'http://shop.example')).toBe(403)
  expect(await upgradeFor('shop.example', 'http://shop.example')).toBe(403)
  expect(await upgradeFor('shop.example', undefined)).toBe(403)
})

test('every answer: no frames, no guessing of types, connections to this host and to a station on this machine alone', async () => {
  for (const path of ['', 'api/setup', 'nowhere', 'program.js']) {
    const { headers } = await fetch(new URL(path, emulator.url))
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy.split('; ')).toContain("frame-ancestors 'none'")
    const sockets = `ws://${new URL(emulator.url).host} ws://127.0.0.1:* ws://localhost:*`
    expect(policy.split('; ')).toContain(`connect-src 'self' ${sockets}`)
  }
})

test('a request for // → 400, and the server lives', async () => {
  expect(await statusFor('localhost', '//')).toBe(400)
  expect(await statusFor('localhost', '/api/setup')).toBe(200)
})

test('on every address of the machine → asked by address or by a name that was given, by no other', async () => {
  const own = emulator
  emulator = await startEmulator({
    ...{ port: 0, address: '0.0.0.0', names: ['Till.Lan'] },
    db: join(folder, 'all.db'),
  })
  const names = ['192.168.1.5:8080', '[fe80::1]:8080', 'localhost', 'till.lan:8080']
  const others = ['shop.example', '192.168.1.5.shop.example', '1.2.3', '[x]', "a; script-src '*'"]
  for (const name of names) expect(await statusFor(name, '/api/setup'), name).toBe(200)
  for (const name of others) expect(await statusFor(name, '/api/setup'), name).toBe(403)
  expect(await upgradeFor('shop.example', 'http://shop.example')).toBe(403)
  expect(await upgradeFor('till.lan', 'http://till.lan')).toBe(101)
  await emulator.close()
  emulator = own
})

test('a page of another name that resolves to this machine → 403, no keys and no PINs', async () => {
  expect(await statusFor('shop.example:80', '/api/setup')).toBe(403)
  expect(await statusFor('localhost:80', '/api/setup')).toBe(200)
})
