import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { fileURLToPath } from 'node:url'
import { connect } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { makeRealTime } from '../../../emulator/console/real-time.ts'
import { makeConsoleTerminal, makeInboxPort } from '../../../emulator/console/terminal.ts'
import { decodeCbor } from '../../../host-link/wire/cbor.ts'
import { parseProvision, readCards } from '../../../scripts/provision.ts'
import { makeTerminalSetup } from '../../../scripts/terminal-setup.ts'
import { BROKER_CERTIFICATE, PASSWORD, startBroker } from '../../rig/mqtt-broker.ts'
import { rootEnvelope } from '../../rig/tms-root.ts'

const demo = (name: string): string =>
  fileURLToPath(new URL(`../../../scripts/demo/${name}`, import.meta.url))
const BROKER_KEY = fileURLToPath(new URL('../../rig/tls/key.pem', import.meta.url))
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('a console terminal with tms: power and cable are what the broker sees of it', async () => {
  const broker = await startBroker('aedes', ['SK000001'])
  ends.push(() => broker[Symbol.asyncDispose]())
  const seen: string[] = []
  const service = connect(broker.url, { username: 'tms', clientId: 'tms', password: PASSWORD })
  ends.push(() => service.end(true))
  service.on('message', (topic, bytes) => {
    if (!topic.endsWith('/up/on')) return
    const map = decodeCbor(new Uint8Array(bytes)) as ReadonlyMap<number, number>
    seen.push(map.get(0) === 1 ? 'online' : 'offline')
  })
  await service.subscribeAsync('t/acme/43/SK000001/up/on', { qos: 1 })

  const tms = {
    url: broker.url,
    tenant: 'acme',
    password: PASSWORD,
    root: Buffer.from(rootEnvelope()).toString('hex'),
  }
  const provision = parseProvision(
    { ...JSON.parse(readFileSync(demo('mall.json'), 'utf8')), tms },
    'mall.json',
  )
  const { machine, close } = await makeConsoleTerminal({
    setup: makeTerminalSetup(provision, readCards(demo('cards.json')), {
      ...{ dialect: 'cup', device: 'standard', locale: 'zh', engine: 'v8', bundle: '' },
    }),
    scheduler: makeRealTime(),
    observer: { screen() {}, paper() {}, slipEnd() {}, wire() {} },
  })
  ends.push(close)
  const until = (length: number) =>
    expect.poll(() => seen.length, { timeout: 8_000, interval: 10 }).toBe(length)
  expect(seen).toEqual([])
  machine.powerOn()
  await until(1)
  machine.operator.cable(false)
  await until(2)
  machine.operator.cable(true)
  await until(3)
  machine.powerOff()
  await until(4)
  expect(seen).toEqual(['online', 'offline', 'online', 'offline'])
})

test('the CA of --tms-ca signs for the second source too: HTTPS of who it signed, and of nobody else', async () => {
  const ca = readFileSync(BROKER_CERTIFICATE, 'utf8')
  const server = createServer({ cert: ca, key: readFileSync(BROKER_KEY) }, (_, response) =>
    response.writeHead(206, { 'Content-Range': 'bytes 0-3/9' }).end('four'),
  )
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  ends.push(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const tms = { url: 'mqtt://127.0.0.1:1', tenant: 'acme', password: new Uint8Array(8) }
  const objects = `https://127.0.0.1:${address.port}`
  const fetched = async (more: { readonly ca?: string }) => {
    const port = await makeInboxPort({ ...tms, objects, ...more }, 'SK000001', makeRealTime())
    return port.fetch?.(new Uint8Array(32), 0, 4)
  }
  expect(await fetched({ ca })).toEqual(new Uint8Array(Buffer.from('four')))
  expect(await fetched({})).toBeUndefined()
})
