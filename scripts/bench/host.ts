import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { postgresStore } from '../../host-link/host/node/postgres-store.ts'
import { sqliteStore } from '../../host-link/host/node/sqlite-store.ts'
import type { Store } from '../../host-link/host/store.ts'
import { startPostgres } from '../postgres-server.ts'
import { findPostgres } from '../setup-postgres.ts'
import { bareWrites } from './bare-books.ts'
import { syncsPerSecond } from './disk.ts'
import { type HostRun, runHost } from './host-run.ts'
import { quantile, type Row, rounds, type Work } from './row.ts'

/** How many terminals, and transactions of each: before the measurement and in it. Whole tens, as the mix is. */
// biome-ignore format: one row a load
const LOADS = [
  { connections: 100,   warmUp: 1, measured: 6 },
  { connections: 1_000, warmUp: 1, measured: 1 },
] as const
const MIX = 10
const TMPFS = 0x01021994

/**
 * The reference host over TCP on loopback, with real MACs, PINs and books, on SQLite and on PostgreSQL: 70 % sales, 10 %
 * voids, 10 % cash sales, 10 % balance enquiries. What the disk allows is measured in the same run.
 */
export async function benchHost(work: Work): Promise<readonly Row[]> {
  const root = fileURLToPath(new URL('../../build/', import.meta.url))
  mkdirSync(root, { recursive: true })
  const folder = mkdtempSync(`${root}bench-`) // not the system's temporary folder, which may be memory
  try {
    const syncs = syncsPerSecond(folder)
    const memory = statfsSync(folder).type === TMPFS ? 'the file is in memory, not on a disk' : undefined
    return [
      {
        quantity: 'syncs of a page per second',
        value: syncs,
        unit: '/s',
        note: memory ?? 'what the disk allows where every commit waits for itself',
      },
      ...(await onSqlite(work, folder, syncs)),
      ...(await onPostgres(work, folder, root, syncs)),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function onSqlite(work: Work, folder: string, syncs: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const load of LOADS) {
    const books = `${folder}/books-${load.connections}.db`
    const counted = countedStore(sqliteStore(books, { secretCheck: 'bench' }))
    const { run } = await measured(work, folder, 'SQLite', load, counted.store, async () => counted.reset())
    const perCommit = counted.perCommit()
    work.progress('the same writes without the host')
    const bare = bareWrites(books, `${books}-bare`, Math.max(1, Math.round(perCommit)))
    rows.push(...rowsOf('SQLite', load.connections, run, perCommit, syncs), {
      quantity: `SQLite, ${load.connections} connections: same writes bare`,
      value: bare.perSecond,
      unit: '/s',
      note: `no host, synchronous=FULL, ${Math.round(perCommit)} a commit`,
    })
  }
  return rows
}

async function onPostgres(work: Work, folder: string, below: string, syncs: number): Promise<Row[]> {
  const programs = findPostgres()
  if (programs === undefined) {
    work.progress('no PostgreSQL here: not measured')
    return []
  }
  const server = await startPostgres({ programs, below })
  try {
    const rows: Row[] = []
    for (const load of LOADS) {
      const address = await server.createDatabase()
      const marks: (number | undefined)[] = []
      const mark = async () => void marks.push(await walSyncs(address))
      const store = postgresStore(address, { secretCheck: 'bench' })
      const { run } = await measured(work, folder, 'PostgreSQL', load, store, mark)
      const [before, after] = marks
      const perSync =
        before === undefined || after === undefined
          ? undefined
          : run.transactions / Math.max(1, after - before)
      rows.push(...rowsOf('PostgreSQL', load.connections, run, perSync, syncs))
    }
    return rows
  } finally {
    await server.stop()
  }
}

/** Syncs of the server's log so far; undefined where it does not tell: PostgreSQL 18 has no such column. */
async function walSyncs(address: string): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  try {
    await new Promise((resolve) => setTimeout(resolve, WAL_STATISTICS_MS))
    const { rows } = await client.query(`SELECT to_jsonb(wal)->>'wal_sync' AS syncs FROM pg_stat_wal AS wal`)
    const syncs: unknown = rows[0]?.syncs
    return typeof syncs === 'string' ? Number(syncs) : undefined
  } finally {
    await client.end()
  }
}

/** The server's processes report what they did at most once a second. */
const WAL_STATISTICS_MS = 1200

async function measured(
  work: Work,
  folder: string,
  name: string,
  { connections, warmUp, measured }: (typeof LOADS)[number],
  store: Store,
  mark: () => Promise<void>,
): Promise<{ readonly run: HostRun }> {
  const terminals = rounds(work, connections, 2)
  work.progress(`${name}: ${terminals} terminals sign on`)
  try {
    const run = await runHost(store, {
      connections: terminals,
      warmUp: MIX * warmUp,
      measured: MIX * measured,
      folder,
      mark,
    })
    return { run }
  } finally {
    await store.close()
  }
}

function rowsOf(
  name: string,
  connections: number,
  run: HostRun,
  perSync: number | undefined,
  syncs: number,
): Row[] {
  const what = `${name}, ${connections.toLocaleString('en-GB')} connections`
  return [
    {
      quantity: `${what}: durable transactions per second`,
      value: run.perSecond,
      unit: '/s',
      ...(perSync !== undefined && {
        beside: { what: 'syncs × transactions a sync', value: syncs * perSync },
      }),
      note: `${run.transactions} transactions, ${perSync === undefined ? '' : `${perSync.toFixed(1)} a sync, `}${run.cpuMs.toFixed(2)} ms processor time of host and terminals each`,
    },
    { quantity: `${what}: p50`, value: quantile(run.latenciesMs, 0.5), unit: 'ms' },
    { quantity: `${what}: p99`, value: quantile(run.latenciesMs, 0.99), unit: 'ms' },
  ]
}

/** The store, and how many transactions shared a commit: those that become durable in one turn of the event loop. */
function countedStore(inner: Store) {
  let transactions = 0
  let commits = 0
  let fresh = true
  let last = 1
  const store: Store = {
    ...inner,
    async transact(decide, likely) {
      const result = await inner.transact(decide, likely)
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
    /** Between the last two resets. */
    perCommit: () => last,
    reset() {
      last = transactions / Math.max(1, commits)
      transactions = 0
      commits = 0
    },
  }
}
