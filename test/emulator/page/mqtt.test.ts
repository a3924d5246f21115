import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from 'mqtt'
import { chromium } from 'playwright-core'
import { build } from 'vite'
import { afterEach, expect, test } from 'vitest'
import { inboxTopics } from '../../../host-link/transport/inbox-topics.ts'
import { CHROMIUM_FLAGS } from '../../../scripts/setup-chromium.ts'
import { PASSWORD, startBroker } from '../../rig/mqtt-broker.ts'
import { chromiumPath, needsChromium } from './browser.ts'

const SERIAL = 'SK000001'
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** The worker as the page's own is built, and a page without a script on a server of ours. */
async function servedWorker(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-mqtt-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: folder,
      target: 'es2022',
      rollupOptions: { output: { entryFileNames: 'worker.js' } },
      lib: { entry: fileURLToPath(new URL('mqtt-worker.ts', import.meta.url)), formats: ['es'] },
    },
  })
  const script = readFileSync(join(folder, 'worker.js'))
  const server = createServer((request, response) => {
    const isScript = request.url === '/worker.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? script : '<!doctype html><title>mqtt</title>')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

test.skipIf(needsChromium !== '')(
  `in a worker of a browser the inbox speaks MQTT over a WebSocket, and comes back after the broker was killed${needsChromium}`,
  async () => {
    const broker = await startBroker('aedes', [SERIAL])
    ends.push(() => broker[Symbol.asyncDispose]())
    const address = await servedWorker()
    const browser = await chromium.launch({
      ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
      args: [...CHROMIUM_FLAGS],
    })
    ends.push(() => browser.close())
    const page = await browser.newPage()
    const seen: unknown[] = []
    await page.exposeFunction('tell', (message: unknown) => seen.push(message))
    page.on('pageerror', (error) => seen.push(String(error)))
    const service = connect(broker.url, {
      ...{ username: 'tms', clientId: 'tms', password: PASSWORD, reconnectPeriod: 20 },
    })
    service.on('error', () => undefined)
    ends.push(() => service.end(true))
    const heard: string[] = []
    const topics = inboxTopics('acme', SERIAL)
    service.on('message', (topic, bytes) => heard.push(`${topic.split('/').at(-1)} ${bytes.length}`))
    await service.subscribeAsync('t/#', { qos: 1 })
    await page.goto(address)
    await page.evaluate(
      ({ url, serial, password }) => {
        const worker = new Worker('/worker.js', { type: 'module' })
        worker.onmessage = ({ data }) => (globalThis as unknown as { tell(data: unknown): void }).tell(data)
        worker.onerror = (event) =>
          (globalThis as unknown as { tell(data: unknown): void }).tell(event.message)
        worker.postMessage({
          url,
          serial,
          password: Uint8Array.from(password, (letter) => letter.charCodeAt(0)),
        })
      },
      { url: broker.webSocketUrl, serial: SERIAL, password: PASSWORD },
    )
    const until = (holds: () => boolean) => expect.poll(holds, { timeout: 8_000, interval: 20 }).toBe(true)
    await until(() => heard.includes('hello 33000'))
    await service.publishAsync(topics.down('blk'), Buffer.alloc(32_900, 5))
    await until(() => seen.length === 2)
    await broker.kill()
    await until(() => seen.length === 3)
    await broker.start()
    await until(() => seen.length === 4)
    expect(seen).toEqual(['online', 'blk 32900 5', 'offline', 'online'])
    expect(heard.some((line) => line.startsWith('on '))).toBe(true)
  },
)
