import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { DownloadDesk } from '../../emulator/page/downloads.ts'
import type { PageSetup } from '../../emulator/page/setup.ts'
import { connectMqtt } from '../../host-link/transport/mqtt-node.ts'
import { fromHex } from '../../keys/hex.ts'
import { type Emulator, startEmulator } from '../../scripts/emulator.ts'

let folder = ''
let emulator: Emulator
const warned: string[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-downloads-'))
  emulator = await startEmulator({ port: 0, db: join(folder, 'host.db'), warn: (line) => warned.push(line) })
})
afterAll(async () => {
  await emulator.close()
  rmSync(folder, { recursive: true, force: true })
})

const DESK = 'api/download/SK000001'
const database = () => join(folder, 'host-tms.db')
const at = (path: string): URL => new URL(path, emulator.url)
async function desk(act = '', method = act === '' ? 'GET' : 'POST', headers = {}) {
  const response = await fetch(at(`${DESK}${act}`), { method, headers })
  return {
    status: response.status,
    body: (await response.json()) as DownloadDesk & { readonly error?: string },
  }
}
const setup = async (): Promise<PageSetup> => (await fetch(at('api/setup'))).json() as Promise<PageSetup>

function upgradeFor(path: string, origin: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(at(path).href.replace(/^http/, 'ws'), 'mqtt', { origin })
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

test('a page is served, nobody asks for downloads → keys are there, the service is not', async () => {
  const [terminal, other] = (await setup()).terminals
  expect(terminal?.tms?.password).not.toBe(other?.tms?.password)
  expect(terminal?.tms).toMatchObject({ path: '/mqtt', tenant: 'development', deskPath: `/${DESK}` })
  expect(existsSync(join(folder, 'tms', 'development', 'DEVELOPMENT-ROOT.cbor'))).toBe(true)
  expect(existsSync(database())).toBe(false)
})

test('the panel asks → the terminal is known, by no key yet; another serial → 404; no such act → 404', async () => {
  const { status, body } = await desk()
  expect([status, body.next, body.terminal.online, body.console]).toEqual([200, '0.1.1', false, '/tms/'])
  expect(existsSync(database())).toBe(true)
  expect((await fetch(at('api/download/SK999999'))).status).toBe(404)
  expect((await desk('/nothing')).status).toBe(404)
  expect((await desk('/offer?broken=flies')).status).toBe(404)
  expect((await desk('', 'PUT')).status).toBe(405)
})

test('another page would offer a release → 403, and nothing is offered', async () => {
  expect((await desk('/offer', 'POST', { origin: 'http://shop.example' })).status).toBe(403)
  expect((await desk()).body.next).toBe('0.1.1')
  const status = await new Promise((resolve) => {
    const headers = { host: 'shop.example' }
    get({ host: '127.0.0.1', port: at('').port, path: `/${DESK}`, headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
  })
  expect(status).toBe(403)
})

test('the broker under /mqtt → our page and the password of the terminal alone', async () => {
  const own = new URL(emulator.url).origin
  expect(await upgradeFor('mqtt', own)).toBe(101)
  expect(await upgradeFor('mqtt', 'http://shop.example')).toBe(403)
  expect(await upgradeFor('other', own)).toBe(404)
  const { tms, serial } = (await setup()).terminals[0] ?? {}
  if (tms === undefined || serial === undefined) throw new Error('no download service')
  const login = (password: Uint8Array) =>
    new Promise<string>((resolve) => {
      const client = connectMqtt(at('mqtt').href.replace(/^http/, 'ws'), {
        ...{ clientId: serial, username: serial, password, clean: true, keepalive: 60, protocolVersion: 4 },
        ...{
          reschedulePings: false,
          timerVariant: 'native',
          reconnectPeriod: 0,
          connectTimeout: 10_000,
          queueQoSZero: false,
          resubscribe: false,
        },
        will: {
          topic: `t/${tms.tenant}/43/${serial}/up/on`,
          payload: new Uint8Array(0),
          qos: 1,
          retain: true,
        },
      })
      const over = (word: string) => () => {
        resolve(word)
        client.end(true)
      }
      client.on('connect', over('in'))
      client.on('error', over('refused'))
      client.on('close', over('refused'))
    })
  expect(await login(fromHex(tms.password))).toBe('in')
  expect(await login(new Uint8Array(32).fill(65))).toBe('refused')
})

test('offered → signed, approved by a second person, brought to this terminal; the next version follows', async () => {
  const { status, body } = await desk('/offer')
  expect([status, body.next, body.target?.state]).toEqual([
    200,
    '0.1.2',
    expect.stringMatching(/waiting|queued/),
  ])
  expect((await desk('/offer')).body.next).toBe('0.1.3')
  const broken = await desk('/offer?broken=hangs')
  expect([broken.status, broken.body.next]).toEqual([200, '0.1.4'])
  const { parameter } = (await desk('/parameter')).body
  expect(parameter?.value).toBe(80)
})

test('the console page and its log-in → served, one of the people of the panel comes in', async () => {
  expect((await fetch(at('tms/'))).headers.get('content-type')).toMatch(/text\/html/)
  const { people, password } = (await desk()).body
  const body = JSON.stringify({ name: people.at(-1), password })
  const headers = { 'content-type': 'application/json', origin: new URL(emulator.url).origin }
  expect((await fetch(at('api/v1/session'), { method: 'POST', headers, body })).status).toBe(200)
})

test('nothing was complained of', () => {
  expect(warned).toEqual([])
})
