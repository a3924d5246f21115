import { spawnSync } from 'node:child_process'
import pg from 'pg'
import { afterEach, expect } from 'vitest'
import type { Entry, TransactionKey } from '../../../../host-link/host/ledger.ts'
import { type PostgresStore, postgresStore } from '../../../../host-link/host/node/postgres-store.ts'
import type { Books } from '../../../../host-link/host/store.ts'
import { postgresForTests } from '../../../rig/postgres.ts'

/** Two stores on one PostgreSQL database, as of two host processes. */
export const OPENING = 1_000_000
export const server = postgresForTests()
const stores: PostgresStore[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})

export function open(address: string, secretCheck = '0A0B0C0D', linesMax = 8): PostgresStore {
  const store = postgresStore(address, { secretCheck, linesMax })
  stores.push(store)
  return store
}

/** Two stores on one database, as of two processes, and `names` of accounts in it. */
export async function pair(
  ...names: string[]
): Promise<{ address: string; a: PostgresStore; b: PostgresStore }> {
  const address = await server.database()
  const [a, b] = [open(address), open(address)]
  a.openAccounts(names.map((name) => ({ name, balanceFen: OPENING, points: 0, active: true })))
  await Promise.all([a.opened(), b.opened()])
  return { address, a, b }
}

export function entry(key: TransactionKey, sequence: number, more: Partial<Entry> = {}): Entry {
  return {
    sequence,
    key,
    fingerprint: '',
    at: { date: '20261121', time: '220452' },
    businessDate: '20261121',
    merchantId: '898320153110001',
    storeNumber: '0012',
    account: undefined,
    account2: undefined,
    maskedPan: undefined,
    cardKind: 'bank',
    operator: '01',
    approver: undefined,
    code: '00',
    amountFen: 10,
    discount: undefined,
    cashBack: undefined,
    offer: undefined,
    points: 0,
    settleFen: 0,
    effectFen: 0,
    effect2Fen: 0,
    original: undefined,
    bill: undefined,
    origin: 'wire',
    answer: Uint8Array.of(1, 2, 3),
    ...more,
  }
}
export const keyOf = (
  terminal: number,
  trace: number,
  kind: TransactionKey['kind'] = 'sale',
): TransactionKey => ({
  terminalId: String(10_000_000 + terminal),
  batch: 1,
  trace,
  kind,
})

/** Books 10 fen of an account under a key, once. */
export const selling = (key: TransactionKey, account: string) => (books: Books) => {
  if (books.entry(key)) return { result: 'repeated' as const }
  const balanceFen = books.account(account)?.balanceFen ?? 0
  if (balanceFen < 10) return { result: 'declined' as const }
  const made = entry(key, books.nextSequence(), { account, effectFen: -10, settleFen: 10 })
  return { posting: { entries: [made] }, result: 'booked' as const }
}

export async function asked(address: string, sql: string): Promise<{ readonly [column: string]: unknown }[]> {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Ends every line to a database but the one that does it; returns when they are gone. */
export function cutNow(address: string): void {
  const program = `import pg from 'pg'
    const client = new pg.Client({ connectionString: process.argv[1] })
    await client.connect()
    await client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
    await client.end()`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program, address])
  if (status !== 0) throw new Error('the lines were not cut')
}

/** Every balance is its opening and what the ledger says, and no key is there twice. */
export async function expectBalanced(address: string): Promise<void> {
  const off = await asked(
    address,
    `SELECT a.name FROM account a WHERE a.balance <> a.opening
      + coalesce((SELECT sum(effect) FROM ledger WHERE account = a.name), 0)
      + coalesce((SELECT sum(effect2) FROM ledger WHERE account2 = a.name), 0)`,
  )
  expect(off).toEqual([])
  const twice = 'SELECT 1 FROM ledger GROUP BY terminal, batch, trace, kind HAVING count(*) > 1'
  expect(await asked(address, twice)).toEqual([])
}
