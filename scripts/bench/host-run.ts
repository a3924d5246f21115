import { randomBytes } from 'node:crypto'
import { createHost } from '../../host-link/host/host.ts'
import { localTime } from '../../host-link/host/node/host-server.ts'
import { type Card, hostCard, hostTerminal } from '../../host-link/host/provision.ts'
import type { HostTerminal } from '../../host-link/host/registry.ts'
import type { Store } from '../../host-link/host/store.ts'
import { listenTcp } from '../../host-link/transport/tcp-server.ts'
import { startClients } from './clients.ts'
import type { ClientsJob } from './guest/clients.ts'
import { shop } from './joined.ts'

/** What one host did for many terminals. */
export interface HostRun {
  readonly transactions: number
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
  /** Processor time of this process a transaction: host and terminals, not a database server. */
  readonly cpuMs: number
}

export interface HostRunOptions {
  readonly connections: number
  /** Transactions of each connection: before the measurement, and in it. */
  readonly warmUp: number
  readonly measured: number
  /** Where the terminals' program may stand. */
  readonly folder: string
  /** Called when the measurement begins and when it has ended. */
  readonly mark: () => Promise<void>
}

/**
 * The reference host in this process, over TCP on loopback, with `connections` terminals in a thread beside it. Each has
 * a card of its own. Throws where the host declines anything.
 */
export async function runHost(store: Store, options: HostRunOptions): Promise<HostRun> {
  const { connections, warmUp, measured, folder, mark } = options
  const { provision, cards } = shop()
  const [first] = cards
  if (first === undefined) throw new Error('bench: no demo card')
  const terminals = terminalsLike(hostTerminal(provision), connections)
  const wallet = cardsLike(first, connections)
  const host = createHost({
    store,
    terminals,
    cards: wallet.map(hostCard),
    clock: { now: localTime },
    random: (bytes) => Uint8Array.from(randomBytes(bytes)),
    secret: Uint8Array.from(randomBytes(32)),
  })
  const limits = { perAddressMax: connections } // all terminals have one address here
  const server = await listenTcp('127.0.0.1', 0, () => host.connection(), limits)
  const job: ClientsJob = {
    port: server.port,
    terminals: terminals.map(({ terminalId, masterKey }, at) => {
      const { pan, track2, pin = '' } = wallet[at] ?? first
      return {
        terminalId,
        masterKey: masterKey.slice(),
        card: { pan, track2: track2.replace('=', 'D'), pin },
      }
    }),
    merchantId: provision.terminal.merchantId,
    storeNumber: '0012',
    warmUp,
    measured,
  }
  const clients = await startClients(job, folder)
  try {
    await clients.next()
    clients.go()
    await clients.next()
    await mark()
    const cpu = process.cpuUsage()
    clients.go()
    const done = await clients.next()
    const { user, system } = process.cpuUsage(cpu)
    await mark()
    const transactions = connections * measured
    if (done.kind !== 'done' || done.approved !== transactions)
      throw new Error(`bench: the host declined transactions (${JSON.stringify(host.alarms())})`)
    return {
      transactions,
      perSecond: (1000 * transactions) / done.ms,
      latenciesMs: done.latenciesMs,
      cpuMs: (user + system) / 1000 / transactions,
    }
  } finally {
    await clients.stop()
    await server.close()
  }
}

type KeyedTerminal = HostTerminal & { readonly masterKey: Uint8Array }

/** Terminals that differ in number and master key. */
function terminalsLike(first: HostTerminal, count: number): readonly KeyedTerminal[] {
  const { masterKey } = first
  if (masterKey === undefined) throw new Error('bench: the terminal has no master key')
  return Array.from({ length: count }, (_, at) => ({
    ...first,
    terminalId: String(10_000_001 + at),
    serial: `SK${10_000_001 + at}`,
    masterKey: masterKey.map((byte, place) =>
      place === 3 ? byte ^ (2 * (at % 128)) : place === 5 ? byte ^ (2 * (at >> 7)) : byte,
    ),
  }))
}

/** Cards that differ in name and number. */
function cardsLike(first: Card, count: number): readonly Card[] {
  return Array.from({ length: count }, (_, at) => {
    const pan = first.pan.slice(0, -6) + String(at).padStart(6, '0')
    return { ...first, name: `${first.name}-${at}`, pan, track2: first.track2.replace(first.pan, pan) }
  })
}
