import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import pg from 'pg'
import { afterEach, beforeEach, type TestContext } from 'vitest'
import { LEDGER_COLUMNS } from '../../../../host-link/host/node/book-rows.ts'
import type { ClearingDatabase } from '../../../../host-link/host/node/clearing-database.ts'
import { openClearing } from '../../../../host-link/host/node/clearing-open.ts'
import { clearingFile } from '../../../../host-link/host/node/clearing-sqlite.ts'
import { postgresStore } from '../../../../host-link/host/node/postgres-store.ts'
import { sqliteStore } from '../../../../host-link/host/node/sqlite-store.ts'
import { needsPostgres, postgresForTests, postgresPrograms } from '../../../rig/postgres.ts'
import { STORES, type Written } from '../clearing/random-days.ts'

export type DatabaseKind = 'sqlite' | 'postgres'
export const DATABASE_KINDS: readonly DatabaseKind[] = ['sqlite', 'postgres']

/** An entry for the ledger, with columns that clearing itself does not look at. */
export type Booked = Written & { readonly [column in (typeof MORE)[number]]?: string | number }
const MORE = [
  'terminal',
  'batch',
  'trace',
  'date',
  'time',
  'account',
  'account2',
  'pan',
  'operator',
  'approver',
  'effect',
  'effect2',
] as const

/** Books of one test: real tables, made by the host's own store. */
export interface TestBooks {
  /** What `--db` is given. */
  readonly db: string
  open(): Promise<ClearingDatabase>
  book(entries: readonly Booked[]): Promise<void>
  /** Any statement, also one that the host's triggers would refuse. */
  meddle(sql: string): Promise<void>
  /** From now on every line of a clearing that is written is so many fen too much. */
  meddleKept(fen: number): Promise<void>
}

/** Fresh books; what was opened is closed and deleted after the test. */
export function freshBooks(): (kind: DatabaseKind) => Promise<TestBooks> {
  const server = postgresForTests()
  const ends: (() => unknown)[] = []
  let test: TestContext | undefined
  beforeEach((context) => {
    test = context
  })
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  return async (kind) => {
    if (kind === 'postgres' && postgresPrograms === undefined) test?.skip(needsPostgres)
    const made = kind === 'sqlite' ? sqliteBooks() : await postgresBooks(await server.database())
    ends.push(made.end)
    return {
      db: made.db,
      async open() {
        const database = await openClearing(made.db)
        ends.push(() => database.close())
        return database
      },
      book: (entries) => made.run(insert(entries)),
      meddle: made.run,
      meddleKept: made.spoil,
    }
  }
}

interface Made {
  readonly db: string
  run(sql: string): Promise<void>
  spoil(fen: number): Promise<void>
  end(): unknown
}

const NAMES: readonly { readonly number: string; readonly name: string }[] = STORES.M.map((number) => ({
  number,
  name: `店${number}`,
}))

function sqliteBooks(): Made {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-clearing-'))
  const db = join(folder, 'books.db')
  const store = sqliteStore(db, { secretCheck: '00000000' })
  store.nameStores('M', NAMES)
  return {
    db,
    async run(sql) {
      const database = new Database(db)
      database.exec(sql)
      database.close()
    },
    async spoil(fen) {
      const database = new Database(clearingFile(db))
      database.exec(`CREATE TRIGGER spoil AFTER INSERT ON clearing_line BEGIN
        UPDATE clearing_line SET ${moved(fen)} WHERE rowid = new.rowid; END`)
      database.close()
    },
    async end() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const moved = (fen: number): string => `plus = plus + ${fen}, gross = gross + ${fen}, net = net + ${fen}`

async function postgresBooks(db: string): Promise<Made> {
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: db })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  const store = postgresStore(db, { secretCheck: '00000000', linesMax: 1 })
  await store.opened()
  store.nameStores('M', NAMES)
  await store.transact(() => ({ result: undefined }))
  return {
    db,
    run: (sql) => run(sql.replaceAll("x''", "''::bytea")),
    spoil: (fen) =>
      run(`CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          NEW.plus := NEW.plus + ${fen}; NEW.gross := NEW.gross + ${fen}; NEW.net := NEW.net + ${fen}; RETURN NEW; END $$;
        CREATE TRIGGER spoil BEFORE INSERT ON clearing_line FOR EACH ROW EXECUTE FUNCTION spoil()`),
    end: () => store.close(),
  }
}

/** One statement: texts are the tests' own. */
function insert(entries: readonly Booked[]): string {
  const rows = entries.map(
    (entry) => `(${LEDGER_COLUMNS.map((column) => literal(columnsOf(entry)[column])).join(', ')})`,
  )
  return `INSERT INTO ledger (${LEDGER_COLUMNS.join(', ')}) VALUES ${rows.join(',\n')}`
}

function columnsOf(entry: Booked): {
  readonly [column in (typeof LEDGER_COLUMNS)[number]]: string | number | undefined
} {
  return {
    ...{ sequence: entry.sequence, terminal: entry.terminal ?? '10000001', batch: entry.batch ?? 1 },
    ...{ trace: entry.trace ?? entry.sequence, kind: entry.kind, fingerprint: '', code: entry.code },
    ...{
      date: entry.date ?? entry.businessDate,
      time: entry.time ?? '120000',
      business_date: entry.businessDate,
    },
    ...{ merchant: entry.merchant, store: entry.store, account: entry.account, account2: entry.account2 },
    ...{ pan: entry.pan, card_kind: entry.cardKind, operator: entry.operator, approver: entry.approver },
    ...{ amount: entry.amountFen, discount: entry.discount?.fen ?? 0, discount_payer: entry.discount?.payer },
    ...{
      offer: undefined,
      cash_back: entry.cashBack?.fen ?? 0,
      cash_back_payer: entry.cashBack?.payer,
      points: 0,
    },
    ...{
      settle: entry.settleFen,
      effect: entry.effect ?? 0,
      effect2: entry.effect2 ?? 0,
      original: entry.refersTo,
      biller: entry.biller,
    },
    ...{ customer: entry.biller, bill: entry.biller, origin: 'wire', answer: 'X' },
  }
}

function literal(value: string | number | undefined): string {
  if (value === undefined) return 'NULL'
  if (value === 'X') return `x''`
  return typeof value === 'number' ? String(value) : `'${value}'`
}
