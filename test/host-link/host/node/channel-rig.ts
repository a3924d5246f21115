import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { channelDialler } from '../../../../emulator/device/channel-stream.ts'
import type { Dial } from '../../../../emulator/device/ports.ts'
import type { Credential } from '../../../../host-link/channel/channel-end.ts'
import { initiator } from '../../../../host-link/channel/initiator.ts'
import {
  type HostServer,
  type HostServerOptions,
  startHostServer,
} from '../../../../host-link/host/node/host-server.ts'
import { hostTerminal } from '../../../../host-link/host/provision.ts'
import {
  type DevelopmentIdentities,
  developmentIdentities,
} from '../../../../scripts/identity/development.ts'
import { readCards, readProvision } from '../../../../scripts/provision.ts'
import { randomFrom } from '../../../rig/channel.ts'
import { TestTerminal } from '../rig.ts'

export const path = (name: string): string => fileURLToPath(new URL(`../../../../${name}`, import.meta.url))
export const mall = () => readProvision(path('scripts/demo/mall.json'))
export const cards = readCards(path('scripts/demo/cards.json'))
export const tls = {
  cert: readFileSync(path('test/rig/tls/cert.pem'), 'utf8'),
  key: readFileSync(path('test/rig/tls/key.pem'), 'utf8'),
}
export const HOST = 'HOST-1'

/** Hosts with a channel, lines to them, and a folder of identities; `close` ends and removes all. */
export interface ChannelRig {
  readonly folder: string
  readonly identities: DevelopmentIdentities
  start(
    only: boolean,
    more?: Partial<HostServerOptions>,
  ): Promise<{ readonly server: HostServer; readonly port: number; readonly alarms: readonly string[] }>
  /** A line tap: passes all on to `port`, and keeps what it saw. */
  tapped(port: number): Promise<{ readonly port: number; readonly seen: readonly Buffer[] }>
  close(): Promise<void>
}

export function channelRig(): ChannelRig {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-channel-'))
  const identities = developmentIdentities(folder)
  const open: { close(): unknown }[] = []
  return {
    folder,
    identities,
    async start(only, more = {}) {
      const alarms: string[] = []
      const server = await startHostServer({
        ...{ provisions: [mall()], cards, listen: 'tcp://127.0.0.1:0' },
        channel: { credential: identities.of('host', HOST), only },
        alarm: (alarm) => alarms.push(alarm),
        ...more,
      })
      open.push(server)
      return { server, port: server.tcpPort ?? 0, alarms }
    },
    async tapped(port) {
      const seen: Buffer[] = []
      const tap = await tapServer(port, seen)
      open.push(tap)
      const address = tap.address()
      return { port: typeof address === 'object' && address ? address.port : 0, seen }
    },
    async close() {
      for (const each of open.splice(0).reverse()) await each.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function tapServer(port: number, seen: Buffer[]): Promise<Server> {
  const server = createServer((client: Socket) => {
    const host = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, host],
      [host, client],
    ] as const) {
      from.on('data', (bytes: Buffer) => {
        seen.push(bytes)
        to.write(bytes)
      })
      from.on('close', () => to.destroy()).on('error', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Sends `bytes` over a stream and gives what came back until it was closed, or `count` bytes came. */
export async function exchanged(
  dial: Dial,
  bytes: Uint8Array,
  count = 1,
): Promise<Uint8Array | 'refused' | 'closed'> {
  const got: Uint8Array[] = []
  let stirred: () => void = () => {}
  let closed = false
  const stir = new Promise<void>((resolve) => {
    stirred = resolve
  })
  const stream = await dial({
    bytes(chunk) {
      got.push(chunk)
      if (Buffer.concat(got).length >= count) stirred()
    },
    closed() {
      closed = true
      stirred()
    },
  })
  if (stream === undefined) return 'refused'
  stream.send(bytes)
  await stir
  stream.close()
  return closed && got.length === 0 ? 'closed' : Buffer.concat(got)
}

export const inside =
  (dial: Dial, credential: Credential, serial: string, peerId = HOST): Dial =>
  (events) =>
    channelDialler(dial, () =>
      initiator({
        ...{ credential, purpose: 'host', serial, peerId, today: () => 20_261_122 },
        random: randomFrom(Number(process.hrtime()[1])),
      }),
    )(events).stream

/** A sign-on of the mall's terminal, as it goes over the line. */
export function signOn(): Uint8Array {
  const terminal = new TestTerminal(
    { connection: () => never(), alarms: () => ({}) },
    hostTerminal(mall()),
    'cup',
  )
  return terminal.frame(terminal.signOnMessage())
}

function never(): never {
  throw new Error('this terminal has no host of its own')
}
