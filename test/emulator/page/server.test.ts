import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

test('a port that is taken → one sentence, and nothing is started', async () => {
  const port = Number(new URL(emulator.url).port)
  await expect(startEmulator({ port, db: join(folder, 'other.db') })).rejects.toThrow(
    `emulator: port ${port} is in use.`,
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
  expect(await fetched('terminal.js')).toEqual([200, 'text/javascript'])
  expect(await fetched('quickjs.wasm')).toEqual([200, 'application/wasm'])
  expect(await fetched('api/setup')).toEqual([200, 'application/json'])
  expect(await fetched('api/report?date=2026-11-21')).toEqual([200, 'application/json'])
  expect(await fetched('api/report?date=yesterday')).toEqual([400, 'text/plain'])
  expect(await fetched('nowhere')).toEqual([404, 'text/plain'])
  expect((await fetch(emulator.url, { method: 'POST' })).status).toBe(405)
})

test('a page of another name that resolves to this machine → 403, no keys and no PINs', async () => {
  expect(await statusFor('shop.example:80', '/api/setup')).toBe(403)
  expect(await statusFor('localhost:80', '/api/setup')).toBe(200)
})
