import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createHost } from '../../host-link/host/host.ts'
import { localTime } from '../../host-link/host/node/host-server.ts'
import { sqliteStore } from '../../host-link/host/node/sqlite-store.ts'
import { hostCard, hostTerminal } from '../../host-link/host/provision.ts'
import type { HostTerminal } from '../../host-link/host/registry.ts'
import type { Store } from '../../host-link/host/store.ts'
import { listenTcp } from '../../host-link/transport/tcp-server.ts'
import { bareWrites } from './bare-books.ts'
import { startClients } from './clients.ts'
import type { ClientsJob } from './guest/clients.ts'
import { shop } from './joined.ts'
import { quantile, type Row, rounds, type Work } from './row.ts'

const CONNECTIONS = 100
/** Per connection. */
const SALES = 60
const WARM_UP = 10
const TMPFS = 0x01021994

/** The reference host over TCP on loopback, with real MACs, PINs and books, beside SQLite alone. */
export async function benchHost(work: Work): Promise<readonly Row[]> {
  const root = fileURLToPath(new URL('../../build/', import.meta.url))
  mkdirSync(root, { recursive: true })
  const folder = mkdtempSync(`${root}bench-`) // not the system's temporary folder, which may be memory
  try {
    const run = await serve(work, folder)
    work.progress('the same writes without the host')
    const grouped = bareWrites(`${folder}/books.db`, `${folder}/grouped.db`, Math.round(run.perCommit))
    const single = bareWrites(`${folder}/books.db`, `${folder}/single.db`, 1)
    const memory = statfsSync(folder).type === TMPFS ? '; the file is in memory, not on a disk' : ''
    return [
      {
        quantity: `durable sales per second, ${CONNECTIONS} connections`,
        value: run.perSecond,
        unit: '/s',
        beside: { what: 'same writes bare', value: grouped.perSecond },
        note: `${run.sales} sales, synchronous=FULL, ${run.perCommit.toFixed(1)} sales a commit in both${memory}`,
      },
      {
        quantity: 'bare, a commit for each sale',
        value: single.perSecond,
        unit: '/s',
        note: 'what the disk allows without group commit',
      },
      { quantity: 'latency of a sale, p50', value: quantile(run.latenciesMs, 0.5), unit: 'ms' },
      { quantity: 'latency of a sale, p99', value: quantile(run.latenciesMs, 0.99), unit: 'ms' },
      {
        quantity: 'processor time of the host a sale',
        value: run.cpuMs,
        unit: 'ms',
        note: 'with the clients',
      },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Run {
  readonly sales: number
  readonly perSecond: number
  readonly perCommit: number
  readonly latenciesMs: readonly number[]
  readonly cpuMs: number
}

async function serve(work: Work, folder: string): Promise<Run> {
  const { provision, cards } = shop()
  const card = cards[0]
  if (card === undefined) throw new Error('bench: no demo card')
  const books = counted(sqliteStore(`${folder}/books.db`, { secretCheck: 'bench' }))
  const terminals = terminalsLike(hostTerminal(provision))
  const host = createHost({
    store: books.store,
    terminals,
    cards: [hostCard(card)],
    clock: { now: localTime },
    random: (bytes) => Uint8Array.from(randomBytes(bytes)),
    secret: Uint8Array.from(randomBytes(32)),
  })
  const server = await listenTcp('127.0.0.1', 0, () => host.connection())
  const job: ClientsJob = {
    port: server.port,
    terminals: terminals.map(({ terminalId, masterKey }) => ({ terminalId, masterKey: masterKey.slice() })),
    merchantId: provision.terminal.merchantId,
    card: { pan: card.pan, track2: card.track2.replace('=', 'D'), pin: card.pin ?? '' },
    storeNumber: '0012',
    warmUp: rounds(work, WARM_UP, 1),
    sales: rounds(work, SALES, 1),
  }
  const clients = await startClients(job, folder)
  try {
    await clients.next()
    work.progress(`${CONNECTIONS} terminals have signed on`)
    clients.go()
    await clients.next()
    books.reset()
    const cpu = process.cpuUsage()
    clients.go()
    const sold = await clients.next()
    const { user, system } = process.cpuUsage(cpu)
    const sales = CONNECTIONS * job.sales
    if (sold.kind !== 'sold' || sold.approved !== sales) throw new Error('bench: the host declined sales')
    return {
      sales,
      perSecond: (1000 * sales) / sold.ms,
      perCommit: books.perCommit(),
      latenciesMs: sold.latenciesMs,
      cpuMs: (user + system) / 1000 / sales,
    }
  } finally {
    await clients.stop()
    await server.close()
    await books.store.close()
  }
}

/** Terminals that differ in number and master key. */
function terminalsLike(first: HostTerminal): readonly HostTerminal[] {
  return Array.from({ length: CONNECTIONS }, (_, at) => ({
    ...first,
    terminalId: String(10_000_001 + at),
    serial: `SK${10_000_001 + at}`,
    masterKey: first.masterKey.map((byte, place) => (place === 3 ? byte ^ (2 * at) : byte)),
  }))
}

/** The store, and how many transactions shared a commit: those that become durable in one turn of the event loop. */
function counted(inner: Store) {
  let transactions = 0
  let commits = 0
  let fresh = true
  const store: Store = {
    ...inner,
    async transact(decide) {
      const result = await inner.transact(decide)
      transactions++
      if (fresh) {
        fresh = false
        commits++
        setImmediate(() => {
          fresh = true
        })
      }
      return result
    },
  }
  return {
    store,
    perCommit: () => transactions / Math.max(1, commits),
    reset() {
      transactions = 0
      commits = 0
    },
  }
}
