import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import mqtt from 'mqtt-packet'
import { afterEach, expect, test } from 'vitest'
import { makeFlashChip } from '../../../../emulator/device/flash.ts'
import { startTms } from '../../../../host-link/tms/node/server.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { readReleaseFile } from '../../../../host-link/tms/release-file.ts'
import { decodeGet } from '../../../../host-link/wire/tms/talk.ts'
import { buildDevelopmentRelease, developmentTrust } from '../../../../scripts/release/development.ts'
import { PROGRAM } from '../../../../terminal/version.ts'
import { openReady } from '../../../rig/flash-run.ts'
import { newRelease } from '../stories-fleet.ts'
import { hex, newTerminal, PASSWORD, rollOut, seconds, temporaryFolder, until } from './rig.ts'

const SERIAL = 'SK000001'
const WINDOW_MAX = 65_536
const KILLS = 2
const BYTES_PER_SECOND = 40_000
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('G02 kill -9 of the terminal at random while it downloads, from a real service over a slow line → goes on, at most one window again for each kill, tried and confirmed, its batch as it was', async () => {
  const folder = temporaryFolder()
  ends.push(folder.remove)
  const trust = developmentTrust(join(folder.path, 'trust'), (length) => Uint8Array.from(randomBytes(length)))
  const [director, parameters] = [trust.signers('director')[0], trust.signers('parameters')[0]]
  if (director === undefined || parameters === undefined) throw new Error('no online keys')
  const address = join(folder.path, 'tms.db')
  const first = tmsStore(await openTmsDatabase(address))
  await first.addTerminals([newTerminal(SERIAL, { model: 'standard' })], seconds())
  await first.close()
  const server = await startTms({
    ...{ database: address, tenant: trust.tenant, signers: { director, parameters } },
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
  })
  ends.push(() => server.close())
  const line = await slowLine(server.mqttPort ?? 0)
  ends.push(line.close)
  const provision = join(folder.path, 'mall.json')
  const demo = new URL('../../../../scripts/demo/mall.json', import.meta.url)
  const tms = {
    url: `mqtt://127.0.0.1:${line.port}`,
    tenant: trust.tenant,
    password: PASSWORD,
    root: hex(trust.root),
  }
  writeFileSync(provision, JSON.stringify({ ...JSON.parse(readFileSync(demo, 'utf8')), tms }))
  const flash = join(folder.path, 'flash')
  mkdirSync(flash)

  const terminal = makeVictim([provision, flash])
  ends.push(terminal.kill)
  terminal.start('sell')
  await until('a sale', () => terminal.lines.includes('sold'), 60_000)
  const batch = batchIn(flash)
  expect(batch).toMatch(/^1 \d+ approved$/)

  const { envelope, manifest, objects } = readReleaseFile(
    await buildDevelopmentRelease({
      ...{ trust, version: '9.0.1', seq: 1, counter: PROGRAM.counter, models: ['standard'] },
    }),
  )
  if (envelope === undefined) throw new Error('a release that nobody signed')
  const size = manifest.payloads[0]?.size ?? 0
  const payload = [...objects].find(([, bytes]) => bytes.length === size)?.[0] ?? ''
  const release = newRelease({
    manifest,
    envelope,
    hash: sha256(envelope),
    objects: new Map([...objects, [hex(sha256(envelope)), envelope]]),
  })
  const { deployment } = await rollOut(server.store, release, [SERIAL])
  server.wake()
  const target = async () => (await server.store.targets({ deployment, limit: 1 })).rows[0]
  const asked = (): number => line.asked.get(payload) ?? 0

  for (let kill = 0; kill < KILLS; kill++) {
    // Somewhere in the next part of it.
    const at = Math.floor((size * (kill + Math.random())) / KILLS)
    await until(`${at} of ${size} bytes asked for`, () => asked() >= at, 60_000)
    expect((await target())?.state, 'never before it runs').not.toBe('confirmed')
    await terminal.kill()
    expect(batchIn(flash)).toBe(batch)
    terminal.start()
  }
  await until('confirmed', async () => (await target())?.state === 'confirmed', 120_000)
  expect(asked()).toBeGreaterThanOrEqual(size)
  expect(asked()).toBeLessThanOrEqual(size + KILLS * WINDOW_MAX)
  const known = await server.store.terminal(SERIAL)
  expect(known?.reported).toMatchObject({
    version: '9.0.1',
    trial: false,
    batchNumber: 1,
    batchCount: 1,
    owed: 0,
  })
  expect(terminal.lines.filter((said) => said.startsWith('stopped'))).toEqual([])
  await until('told', () => terminal.lines.includes('已升级到'))
  await terminal.kill()
  expect(batchIn(flash)).toBe(batch)
  const events = (await server.store.eventsOf(SERIAL, 1_000)).map(({ epoch, seq }) => `${epoch}.${seq}`)
  expect(new Set(events).size, 'each event once').toBe(events.length)
}, 240_000)

/** Number of the batch and its entries, as the flash has them. */
function batchIn(folder: string): string {
  const image = new Uint8Array(readFileSync(join(folder, 'flash.bin')))
  const journal = openReady(makeFlashChip({ image }))
  const entries: string[] = []
  journal.each(({ trace, state }) => entries.push(`${trace} ${state}`) > 0)
  return [journal.batch(), ...entries].join(' ')
}

function makeVictim(args: readonly string[]) {
  const lines: string[] = []
  const program = new URL('./stories-terminal.ts', import.meta.url).pathname
  let child: ChildProcess | undefined
  return {
    lines,
    start(...more: readonly string[]) {
      const own = spawn(process.execPath, ['--import', 'tsx', program, ...args, ...more], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      own.stdout?.on('data', (text) => lines.push(...String(text).trim().split('\n')))
      child = own
    },
    async kill() {
      const own = child
      if (own === undefined) return
      child = undefined
      const over = new Promise((resolve) => own.once('exit', resolve))
      own.kill('SIGKILL')
      await over
    },
  }
}

/** A line to the broker that is slow downwards, and counts what is asked for on it. */
async function slowLine(to: number) {
  const asked = new Map<string, number>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const broker = connect(to, '127.0.0.1')
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        broker.destroy()
      })
    }
    const parser = mqtt.parser({ protocolVersion: 4 })
    parser.on('packet', (packet) => {
      if (packet.cmd !== 'publish' || !packet.topic.endsWith('/up/get')) return
      const { object, bitmap, blockBytes } = decodeGet(new Uint8Array(Buffer.from(packet.payload)))
      const bits = [...bitmap].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
      asked.set(hex(object), (asked.get(hex(object)) ?? 0) + bits * blockBytes)
    })
    client.on('data', (chunk) => {
      parser.parse(chunk)
      broker.write(chunk)
    })
    broker.on('data', (chunk) => {
      client.write(chunk)
      broker.pause()
      setTimeout(() => broker.resume(), (chunk.length * 1_000) / BYTES_PER_SECOND)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    asked,
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => void server.close(resolve))
    },
  }
}
