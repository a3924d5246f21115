import { closeSync, existsSync, openSync } from 'node:fs'
import Database from 'libsql'
import type { StoreSales } from '../ledger.ts'
import { type Store, StoreStopped } from '../store.ts'
import { causeOf, HostError } from './host-error.ts'
import { SCHEMA, SCHEMA_STEPS, SCHEMA_VERSION } from './schema.ts'
import { type SqliteBooks, sqliteBooks } from './sqlite-books.ts'

export interface SqliteOptions {
  /** `secretCheck` of the host's secret: books sealed under another secret are refused. */
  readonly secretCheck: string
  /** Limit of the file in pages of 4096 bytes, so that the books cannot fill the disk. */
  readonly pagesMax?: number
  /**
   * Opens them beside a host of another process that has them open, to post orders of key loadings and to read: nothing
   * that the host reads before it writes. The tables must be there.
   */
  readonly beside?: boolean
}

/**
 * Books in an SQLite file: write-ahead log, synchronous=FULL. All transactions that were asked for in one turn of the
 * event loop share one COMMIT, which is one fsync; their answers leave after it (rule P7).
 *
 * A second process on the same file is refused (a lock on `FILE.lock`, which ends with the process). After any fault
 * of a write the store stops for good: after a failed fsync nobody knows which pages reached the disk.
 * Throws `HostError` for a file that cannot be opened.
 */
export function sqliteStore(file: string, { secretCheck, pagesMax, beside = false }: SqliteOptions): Store {
  if (beside && !existsSync(file)) throw new HostError(`${file}: there is no such file`)
  const lock = beside ? undefined : lockOf(file)
  let database: Database.Database
  try {
    database = opened(file, secretCheck, pagesMax, beside)
  } catch (error) {
    release(lock)
    throw error
  }
  const books = sqliteBooks(database)
  let stopped: StoreStopped | undefined
  let group: Group | undefined
  let closed = false

  const stop = (error: unknown): StoreStopped => {
    const why = error instanceof Error ? error.message : String(error)
    stopped ??= new StoreStopped(`the books cannot be written: ${why}`)
    database.close() // drops what was not committed; this handle is never used again
    const { waiting } = group ?? { waiting: [] }
    group = undefined
    for (const { reject } of waiting) reject(stopped)
    return stopped
  }
  const commit = () => {
    if (!group) return
    try {
      database.exec('COMMIT')
    } catch (error) {
      stop(error)
      return
    }
    const { waiting } = group
    group = undefined
    for (const { resolve } of waiting) resolve()
  }
  const write = (change: (books: SqliteBooks) => void) => {
    if (!group) {
      database.exec('BEGIN IMMEDIATE')
      group = { waiting: [] }
      setImmediate(commit)
    }
    change(books)
  }
  const directly = (change: (books: SqliteBooks) => void) => {
    if (stopped) throw stopped
    try {
      write(change)
    } catch (error) {
      throw stop(error)
    }
    commit()
    if (stopped) throw stopped
  }

  return {
    async transact(decide) {
      if (stopped) throw stopped
      const { posting, result } = guarded(stop, () => decide(books))
      if (posting) guarded(stop, () => write((open) => open.post(posting)), true)
      await new Promise<void>((resolve, reject) => {
        if (group) group.waiting.push({ resolve, reject })
        else resolve()
      })
      return result
    },
    openAccounts: (accounts) =>
      directly((open) => {
        for (const account of accounts) open.openAccount(account)
      }),
    nameStores: (merchantId, stores) =>
      directly((open) => {
        for (const { number, name } of stores) open.nameStore(merchantId, number, name)
      }),
    storeSales: (date) => books.storeSales(date),
    differences: (date) => books.differences(date),
    reports: (kind) => books.reports(kind),
    masterKeys: () => books.masterKeys(),
    keyOrders: () => books.keyOrders(),
    keyEvents: (terminalId) => books.keyEvents(terminalId),
    async close() {
      if (closed) return
      closed = true
      commit()
      if (!stopped) database.close()
      stopped ??= new StoreStopped('the store is closed')
      release(lock)
    },
  }
}

interface Group {
  readonly waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[]
}

/** Runs a step; a fault of SQLite in it, or with `always` any fault, stops the store. */
function guarded<Result>(stop: (error: unknown) => Error, step: () => Result, always = false): Result {
  try {
    return step()
  } catch (error) {
    if (always || error instanceof Database.SqliteError) throw stop(error)
    throw error
  }
}

/** Reads sales of a file that a host may be writing at this moment. Throws `HostError`. */
export function readStoreSales(file: string, date: string): StoreSales[] {
  if (!existsSync(file)) throw new HostError(`${file}: there is no such file`)
  try {
    const database = new Database(file)
    try {
      database.pragma('query_only = ON') // the package's read-only mode does not hold
      if (versionOf(database) !== SCHEMA_VERSION)
        throw new HostError(`${file}: these are no books of this version`)
      return sqliteBooks(database).storeSales(date)
    } finally {
      database.close()
    }
  } catch (error) {
    if (error instanceof HostError) throw error
    throw new HostError(`${file}: cannot be read as a host's books (${causeOf(error)})`)
  }
}

/** How long one waits for the other: who posts an order holds the file for one COMMIT. */
const BESIDE_MS = 5_000

function lockOf(file: string): Database.Database {
  let lock: Database.Database | undefined
  try {
    makeForOwner(`${file}.lock`)
    lock = new Database(`${file}.lock`, { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    const busy = error instanceof Error && /locked|BUSY/.test(error.message)
    throw new HostError(
      busy
        ? `${file}: another host has these books open; end it, or give another --db FILE`
        : `${file}: cannot be opened (${causeOf(error)})`,
    )
  }
}

/** The package frees a connection only when it is collected: the transaction that is the lock ends here. */
function release(lock: Database.Database | undefined): void {
  if (!lock) return
  lock.exec('ROLLBACK')
  lock.close()
}

function opened(
  file: string,
  secretCheck: string,
  pagesMax: number | undefined,
  beside: boolean,
): Database.Database {
  let database: Database.Database | undefined
  try {
    makeForOwner(file)
    database = new Database(file, { timeout: BESIDE_MS })
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    if (pagesMax !== undefined) database.pragma(`max_page_count = ${pagesMax}`)
    prepare(database, file, secretCheck, beside)
    return database
  } catch (error) {
    database?.close()
    if (error instanceof HostError) throw error
    throw new HostError(`${file}: cannot be opened as a host's books (${causeOf(error)})`)
  }
}

/**
 * A new file that its owner alone reads and writes; one that is there stays as it is. SQLite gives the log and the
 * index beside it the same mode.
 */
function makeForOwner(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
}

/** Makes the tables, or those of an older version into this one's; looks whose they are before it changes any. */
function prepare(database: Database.Database, file: string, secretCheck: string, beside: boolean): void {
  const version = versionOf(database)
  if (version === 0 && !beside) {
    database.exec('BEGIN IMMEDIATE')
    database.exec(SCHEMA)
    database.prepare('INSERT INTO meta VALUES (?, ?)').run('secret-check', secretCheck)
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    database.exec('COMMIT')
    return
  }
  const step = beside ? undefined : SCHEMA_STEPS[version]
  if (version !== SCHEMA_VERSION && step === undefined)
    throw new HostError(`${file}: its tables have version ${version}, this host knows ${SCHEMA_VERSION}`)
  const row = database.prepare('SELECT value FROM meta WHERE name = ?').get('secret-check') as
    | { readonly value: unknown }
    | undefined
  if (row?.value !== secretCheck) throw new HostError(`${file}: these books belong to another ${file}.secret`)
  if (step !== undefined)
    database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${version + 1}; COMMIT`)
}

function versionOf(database: Database.Database): number {
  const [row] = database.pragma('user_version') as { readonly user_version: number }[]
  return row?.user_version ?? 0
}
