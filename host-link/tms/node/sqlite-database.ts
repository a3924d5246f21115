import { closeSync, openSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import Database from 'libsql'
import { causeOf } from '../../host/node/host-error.ts'
import { type Query, type Row, type TmsDatabase, TmsError, type Value } from './database.ts'

/** Who writes in another process holds the file for one group of writes. */
const BUSY_MS = 20_000
const AGAIN_MS = 5
/** Writes that share one COMMIT, at most. */
const GROUP_MAX = 256

interface Waiting {
  /** Runs within the group; what it gives is told after the COMMIT. */
  readonly run: (query: Query) => Promise<() => void>
  readonly reject: (error: unknown) => void
}

/**
 * A database in a file: write-ahead log, synchronous=FULL. Writes that wait at the same time share one COMMIT, which is one
 * fsync. Several processes may have the file open. Throws `TmsError`.
 */
export function sqliteDatabase(file: string): TmsDatabase {
  const writer = opened(file)
  const reader = opened(file)
  reader.pragma('query_only = ON')
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let closed = false
  const inGroup = queries(writer)

  const commitGroups = async () => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP_MAX)
      waiting = waiting.slice(GROUP_MAX)
      await commitGroup(writer, inGroup, group)
    }
    running = undefined
  }

  return {
    kind: 'sqlite',
    clock: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
    reads: queries(reader),
    write(work) {
      if (closed) return Promise.reject(new TmsError('the database is closed'))
      return new Promise((resolve, reject) => {
        waiting.push({
          reject,
          async run(query) {
            const result = await work(query)
            return () => resolve(result)
          },
        })
        // The writes of one turn of the event loop wait for one another.
        running ??= new Promise<void>((go) => setImmediate(go)).then(commitGroups)
      })
    },
    async close() {
      if (closed) return
      closed = true
      await running
      reader.close()
      writer.close()
    },
  }
}

/** Whether a file that is there is a database with tables of a service. Nothing of it is changed. */
export function isServiceFile(file: string): boolean {
  let database: Database.Database | undefined
  try {
    database = new Database(file, { readonly: true })
    const table = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tms_schema'`
    return database.prepare(table).raw(true).get() !== undefined
  } catch {
    return false
  } finally {
    database?.close()
  }
}

async function commitGroup(
  writer: Database.Database,
  query: Query,
  group: readonly Waiting[],
): Promise<void> {
  const done: (() => void)[] = []
  const alive: Waiting[] = []
  try {
    await whenFree(() => writer.exec('BEGIN IMMEDIATE'))
    for (const one of group) {
      writer.exec('SAVEPOINT one')
      try {
        done.push(await one.run(query))
        alive.push(one)
      } catch (error) {
        writer.exec('ROLLBACK TO one')
        one.reject(error)
      }
      writer.exec('RELEASE one')
    }
    await whenFree(() => writer.exec('COMMIT'))
  } catch (error) {
    if (writer.inTransaction) writer.exec('ROLLBACK')
    for (const { reject } of group) reject(error)
    return
  }
  for (const tell of done) tell()
}

/** Tries again while another connection writes, and lets this process go on meanwhile. */
async function whenFree(step: () => void): Promise<void> {
  const endMs = performance.now() + BUSY_MS
  for (;;) {
    try {
      step()
      return
    } catch (error) {
      const busy = error instanceof Error && /locked|BUSY/.test(error.message)
      if (!busy || performance.now() > endMs) throw error
      await setTimeout(AGAIN_MS)
    }
  }
}

function opened(file: string): Database.Database {
  let database: Database.Database | undefined
  try {
    closeSync(openSync(file, 'a', 0o600)) // its owner alone reads and writes it
    database = new Database(file, { timeout: 2_000 })
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    return database
  } catch (error) {
    database?.close()
    throw new TmsError(`${file}: cannot be opened as the service's database (${causeOf(error)})`)
  }
}

/** Statements of this many texts are kept prepared. */
const PREPARED_MAX = 500

function queries(database: Database.Database): Query {
  const prepared = new Map<string, Database.Statement>()
  const statementOf = (sql: string): Database.Statement => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    if (prepared.size >= PREPARED_MAX) prepared.clear()
    const made = database.prepare(sql)
    prepared.set(sql, made)
    return made
  }
  return {
    async query(sql, values = []) {
      const rows = statementOf(sql)
        .raw(true)
        .all(...bound(values)) as Row[]
      return rows.map(checked)
    },
    async run(sql, values = []) {
      return statementOf(sql).run(...bound(values)).changes
    },
  }
}

function bound(values: readonly Value[]): readonly Value[] {
  return values.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value,
  )
}

function checked(row: Row): Row {
  for (const value of row)
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new TmsError('the database holds a number that is none of ours')
  return row
}
