import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { httpObjects } from '../../../host-link/transport/http-objects.ts'
import { httpsGet } from '../../../host-link/transport/https-get.ts'

const OBJECT = Uint8Array.from({ length: 32 }, (_, at) => 0xa0 + at)
const HEX = Buffer.from(OBJECT).toString('hex')
const CONTENT = Buffer.from(Uint8Array.from({ length: 5_000 }, (_, at) => at * 7))

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const tlsFile = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../rig/tls/${name}`, import.meta.url)), 'utf8')
/** Of localhost and 127.0.0.1; it signed itself, so it is its own CA. */
const CERTIFICATE = tlsFile('cert.pem')
type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers as it is told; gives its base address. */
async function serving(answer: Answer, secure = false): Promise<string> {
  const server = secure
    ? createTlsServer({ cert: CERTIFICATE, key: tlsFile('key.pem') }, answer)
    : createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `${secure ? 'https' : 'http'}://127.0.0.1:${address.port}`
}
const ranged = (from: number, to: number, more = {}) => ({
  'Content-Range': `bytes ${from}-${to}/5000`,
  ...more,
})

test('a range of an object comes as it is, at every place', async () => {
  const asked: string[] = []
  const fetchObject = httpObjects(
    await serving((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.range}`)
      const [from = 0, to = 0] = (request.headers.range ?? '').slice('bytes='.length).split('-').map(Number)
      response.writeHead(206, ranged(from, to)).end(CONTENT.subarray(from, to + 1))
    }),
  )
  for (const [offset, length] of [
    [0, 1],
    [1_000, 4_000],
    [4_999, 1],
  ] as const)
    expect(await fetchObject(OBJECT, offset, length)).toEqual(
      new Uint8Array(CONTENT.subarray(offset, offset + length)),
    )
  expect(asked[1]).toBe(`GET /objects/${HEX} bytes=1000-4999`)
})

// biome-ignore format: one row an answer
const wrong: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['the whole object, 200',           (to) => to.writeHead(200).end(CONTENT)],
  ['exactly the bytes, but as 200',   (to) => to.writeHead(200, ranged(0, 99)).end(CONTENT.subarray(0, 100))],
  ['not found',                       (to) => to.writeHead(404).end()],
  ['416, no such range',              (to) => to.writeHead(416, { 'Content-Range': 'bytes */50' }).end()],
  ['another range',                   (to) => to.writeHead(206, ranged(1, 100)).end(CONTENT.subarray(0, 100))],
  ['a shorter range',                 (to) => to.writeHead(206, ranged(0, 98)).end(CONTENT.subarray(0, 99))],
  ['a range that begins like ours',   (to) => to.writeHead(206, ranged(0, 999)).end(CONTENT.subarray(0, 100))],
  ['no range named',                  (to) => to.writeHead(206).end(CONTENT.subarray(0, 100))],
  ['one byte too few',                (to) => to.writeHead(206, ranged(0, 99)).end(CONTENT.subarray(0, 99))],
  ['one byte too many',               (to) => to.writeHead(206, ranged(0, 99)).end(CONTENT.subarray(0, 101))],
  ['a redirection',                   (to) => to.writeHead(302, { Location: '/objects/other' }).end()],
  ['cut in the middle',               (to) => { to.writeHead(206, ranged(0, 99, { 'Content-Length': '100' })).write(CONTENT.subarray(0, 50)); setImmediate(() => to.destroy()) }],
]
test.each(wrong)('%s → undefined', async (_, answer) => {
  const base = await serving((_request, response) => answer(response))
  expect(await httpObjects(base)(OBJECT, 0, 100)).toBeUndefined()
})
test.each(wrong)('over TLS, %s → undefined', async (_, answer) => {
  const base = await serving((_request, response) => answer(response), true)
  expect(await httpObjects(base, 500, httpsGet(CERTIFICATE))(OBJECT, 0, 100)).toBeUndefined()
})

test('over TLS with the CA of the server → ranges come, over one connection; with another CA or the system’s → none', async () => {
  const asked: string[] = []
  const sockets = new Set<object>()
  const base = await serving((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.range}`)
    sockets.add(request.socket)
    const [from = 0, to = 0] = (request.headers.range ?? '').slice('bytes='.length).split('-').map(Number)
    response.writeHead(206, ranged(from, to)).end(CONTENT.subarray(from, to + 1))
  }, true)
  const fetchObject = httpObjects(base, 5_000, httpsGet(CERTIFICATE))
  for (const [offset, length] of [
    [0, 1],
    [1_000, 4_000],
  ] as const)
    expect(await fetchObject(OBJECT, offset, length)).toEqual(
      new Uint8Array(CONTENT.subarray(offset, offset + length)),
    )
  expect([asked[1], sockets.size]).toEqual([`GET /objects/${HEX} bytes=1000-4999`, 1])
  const stranger = httpsGet(rootCertificates[0] ?? '')
  expect(await httpObjects(base, 5_000, stranger)(OBJECT, 0, 1)).toBeUndefined()
  expect(await httpObjects(base, 5_000)(OBJECT, 0, 1)).toBeUndefined()
  expect(asked).toHaveLength(2)
})

test('an endless answer is left as soon as it is too long', async () => {
  let written = 0
  const base = await serving((_, response) => {
    response.writeHead(206, ranged(0, 99))
    const more = (): void => {
      written += 65_536
      if (!response.destroyed && written < 2 ** 28)
        response.write(Buffer.alloc(65_536), () => setImmediate(more))
    }
    more()
  })
  expect(await httpObjects(base)(OBJECT, 0, 100)).toBeUndefined()
  await sleep(50)
  expect(written).toBeLessThan(2 ** 26)
})

test('no answer, or no end of it, within the time → undefined; nobody there → undefined', async () => {
  const silent = await serving(() => undefined)
  expect(await httpObjects(silent, 50)(OBJECT, 0, 100)).toBeUndefined()
  const slow = await serving((_, response) =>
    response.writeHead(206, ranged(0, 99)).write(CONTENT.subarray(0, 10)),
  )
  expect(await httpObjects(slow, 50)(OBJECT, 0, 100)).toBeUndefined()
  expect(await httpObjects('http://127.0.0.1:1')(OBJECT, 0, 100)).toBeUndefined()
  const secure = await serving(() => undefined, true)
  expect(await httpObjects(secure, 300, httpsGet(CERTIFICATE))(OBJECT, 0, 100)).toBeUndefined()
})
