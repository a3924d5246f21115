import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import type { Fee } from '../../host-link/host/acquirer.ts'
import { clear } from '../../host-link/host/node/clearing.ts'
import { openClearing } from '../../host-link/host/node/clearing-open.ts'
import { sqliteStore } from '../../host-link/host/node/sqlite-store.ts'
import { type Row, rounds, type Work } from './row.ts'

const ENTRIES = 1_000_000
const STORES = 300
const DATE = '20261121'
const MERCHANT = '898320153110001'
const MIB = 2 ** 20

const FEES: readonly Fee[] = [
  { card: 'any', ratePpm: 6000, leastFen: 1 },
  { card: 'member', ratePpm: 3800, leastFen: 0, capFen: 2600 },
  { card: 'cash', ratePpm: 0, leastFen: 0 },
  ...Array.from(
    { length: STORES },
    (_, at): Fee => ({
      ...{ merchant: MERCHANT, store: storeNumber(at), card: 'bank', ratePpm: 5000 + at, leastFen: 1 },
    }),
  ),
]

/** Clearing of one day of a mall, beside one sum of the same entries by the database. */
export async function benchClearing(work: Work): Promise<readonly Row[]> {
  const root = fileURLToPath(new URL('../../build/', import.meta.url))
  mkdirSync(root, { recursive: true })
  const folder = mkdtempSync(`${root}bench-`) // not the system's temporary folder, which may be memory
  const file = `${folder}/books.db`
  try {
    const entries = rounds(work, ENTRIES, 20_000)
    work.progress(`writing ${entries} entries`)
    await writeDay(file, entries)
    work.progress('one GROUP BY')
    const grouped = groupBy(file)
    work.progress('clearing')
    const { ms, bytes, early } = await timed(file, entries)
    const count = entries.toLocaleString('en-GB')
    return [
      {
        quantity: `clearing of ${count} transactions, ${STORES} stores`,
        value: ms / 1000,
        unit: 's',
        target: 60,
        beside: { what: 'one GROUP BY', value: grouped / 1000 },
        note: `7.5 % voids, refunds and reversals; a file of ${Math.round(statSync(file).size / MIB)} MiB`,
      },
      {
        quantity: 'memory that clearing adds, at its most',
        value: bytes / MIB,
        unit: 'MiB',
        beside: { what: 'after the first tenth', value: early / MIB },
        note: 'resident set of the process, sampled at every lot of entries',
      },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function timed(file: string, entries: number) {
  const database = await openClearing(file)
  const { gc } = globalThis
  gc?.()
  await setTimeout(50)
  const before = process.memoryUsage().rss
  let most = 0
  let early = 0
  const startMs = performance.now()
  const day = await clear(database, DATE, {
    acquirer: { cutOver: '23:00', fees: FEES, notify: { url: 'http://127.0.0.1' } },
    now: { date: '20261122', time: '120000' },
    progress(done) {
      most = Math.max(most, process.memoryUsage().rss - before)
      if (done <= entries / 10) early = most
    },
  })
  const ms = performance.now() - startMs
  await database.close()
  if (day.entries !== entries || day.lines.length < STORES)
    throw new Error('bench: not everything was cleared')
  return { ms, bytes: most, early }
}

function groupBy(file: string): number {
  const database = new Database(file)
  const startMs = performance.now()
  const groups = database
    .prepare(
      `SELECT merchant, store, card_kind, kind, count(*), sum(settle) FROM ledger WHERE business_date = ?
        GROUP BY merchant, store, card_kind, kind`,
    )
    .all(DATE)
  const ms = performance.now() - startMs
  database.close()
  if (groups.length < STORES) throw new Error('bench: the day is not there')
  return ms
}

/**
 * A day in the tables of the host, written by SQL alone. Of 40 entries: 1 voids, 1 takes back by a reversal and 1
 * refunds a half of the sale some entries before; 4 are cash, 4 have a discount, 1 tops a card up.
 */
async function writeDay(file: string, entries: number): Promise<void> {
  const store = sqliteStore(file, { secretCheck: 'bench' })
  const stores = Array.from({ length: STORES }, (_, at) => ({ number: storeNumber(at), name: `${at}` }))
  store.nameStores(MERCHANT, stores)
  await store.close()
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = OFF')
  database.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${entries}),
      e AS (SELECT i, i % 40 AS m, 100 + (i * 7919) % 300000 AS own,
        CASE WHEN i % 40 IN (10, 20, 30) THEN i - 5 END AS original FROM n),
      r AS (SELECT *, CASE WHEN original IS NULL THEN own
          WHEN m = 30 THEN (100 + (original * 7919) % 300000) / 2
          ELSE 100 + (original * 7919) % 300000 END AS amount,
        CASE WHEN m IN (1, 11, 21, 31) THEN 50 ELSE 0 END AS off FROM e)
    INSERT INTO ledger (sequence, terminal, batch, trace, kind, fingerprint, date, time, business_date, merchant, store,
      account, pan, card_kind, operator, code, amount, discount, discount_payer, cash_back, points, settle, effect,
      effect2, original, origin, answer)
    SELECT i, 10000001 + i % 200, 1 + i / 900000, i, CASE m WHEN 10 THEN 'voidSale' WHEN 20 THEN 'reversal'
        WHEN 30 THEN 'refund' WHEN 39 THEN 'topUp' WHEN 2 THEN 'cashSale' WHEN 12 THEN 'cashSale'
        WHEN 22 THEN 'cashSale' WHEN 32 THEN 'cashSale' ELSE 'sale' END,
      '0123456789abcdef', '${DATE}', '120000', '${DATE}', '${MERCHANT}', printf('%04d', 1 + i % ${STORES}), 'card' || i % 5000,
      '622260******' || (1000 + i % 5000), CASE WHEN m IN (2, 12, 22, 32) THEN 'cash' WHEN m % 3 = 0 THEN 'member'
        ELSE 'bank' END, '01', '00', amount, off, CASE WHEN off > 0 THEN substr('SMI', 1 + m % 3, 1) END, 0, 0,
      CASE WHEN original IS NOT NULL OR m = 39 THEN -amount ELSE amount - off END, 0, 0, original, 'wire', zeroblob(180)
    FROM r`)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}

function storeNumber(at: number): string {
  return String(at + 1).padStart(4, '0')
}
