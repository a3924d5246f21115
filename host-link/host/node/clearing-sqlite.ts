import { closeSync, existsSync, openSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import Database from 'libsql'
import type { Books, ClearingDatabase, Query, Row, Value } from './clearing-database.ts'
import { CLEARING_SCHEMA } from './clearing-schema.ts'
import { causeOf, HostError } from './host-error.ts'
import { SCHEMA_VERSION } from './schema.ts'

/** Clearing's own file beside the books. */
export const clearingFile = (books: string): string => `${books}.clearing`

const LOT = 2000
/** Who clears a large day holds clearing's own file for seconds. */
const BUSY_MS = 60_000
const AGAIN_MS = 20

/**
 * Books in an SQLite file, also while a host writes them: a reader of the write-ahead log keeps nobody waiting.
 * Throws `HostError`, one sentence, where there are none.
 */
export function sqliteClearing(file: string): ClearingDatabase {
  if (!existsSync(file)) throw new HostError(`${file}: there is no such file`)
  let own: Database.Database | undefined
  let last: Promise<unknown> = Promise.resolve()
  const mine = async (): Promise<Database.Database> => {
    own ??= await whenFree(() => ownFile(clearingFile(file)))
    return own
  }
  const exclusive = async <Result>(work: (own: Query) => Promise<Result>): Promise<Result> => {
    const database = await mine()
    await whenFree(() => database.exec('BEGIN IMMEDIATE'))
    try {
      const result = await work(queries(database))
      database.exec('COMMIT')
      return result
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
  return {
    async reading(work) {
      const database = booksOf(file)
      try {
        database.exec('BEGIN')
        return await work(books(database))
      } catch (error) {
        throw error instanceof Database.SqliteError
          ? new HostError(`${file}: cannot be read as a host's books (${causeOf(error)})`)
          : error
      } finally {
        if (database.inTransaction) database.exec('ROLLBACK')
        database.close()
      }
    },
    writing(work) {
      const next = last.then(() => exclusive(work))
      last = next.catch(() => {})
      return next
    },
    async kept(work) {
      await last
      return existsSync(clearingFile(file)) ? work(queries(await mine())) : undefined
    },
    async close() {
      await last
      own?.close()
      own = undefined
    },
  }
}

function booksOf(file: string): Database.Database {
  let database: Database.Database | undefined
  try {
    database = new Database(file, { timeout: 1000 })
    database.pragma('query_only = ON') // the package's read-only mode does not hold
    const [row] = database.pragma('user_version') as { readonly user_version: number }[]
    if (row?.user_version !== SCHEMA_VERSION)
      throw new HostError(`${file}: these are no books of this version`)
    return database
  } catch (error) {
    database?.close()
    if (error instanceof HostError) throw error
    throw new HostError(`${file}: cannot be read as a host's books (${causeOf(error)})`)
  }
}

/** Tries again while another connection writes, and lets this process go on meanwhile. */
async function whenFree<Result>(step: () => Result): Promise<Result> {
  const endMs = performance.now() + BUSY_MS
  for (;;) {
    try {
      return step()
    } catch (error) {
      const busy = error instanceof Error && /locked|BUSY/.test(error.message)
      if (!busy || performance.now() > endMs) throw error
      await setTimeout(AGAIN_MS)
    }
  }
}

/** Its owner alone reads and writes it. */
function ownFile(file: string): Database.Database {
  let database: Database.Database | undefined
  try {
    closeSync(openSync(file, 'a', 0o600))
    database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    for (const statement of CLEARING_SCHEMA) database.exec(statement)
    return database
  } catch (error) {
    database?.close()
    throw new HostError(`${file}: cannot be opened for clearing (${causeOf(error)})`)
  }
}

function queries(database: Database.Database): Query {
  const prepared = new Map<string, Database.Statement>()
  return {
    async query(sql, values = []) {
      let statement = prepared.get(sql)
      if (statement === undefined) {
        statement = database.prepare(sql)
        prepared.set(sql, statement)
      }
      if (!statement.reader) {
        statement.run(...values)
        return []
      }
      return (statement.raw(true).all(...values) as Row[]).map(checked)
    },
  }
}

function books(database: Database.Database): Books {
  return {
    ...queries(database),
    async *iterate(sql, values = []) {
      let lot: Row[] = []
      for (const row of database
        .prepare(sql)
        .raw(true)
        .iterate(...values)) {
        lot.push(checked(row as Row))
        if (lot.length < LOT) continue
        yield lot
        lot = []
        await setImmediate() // a host in this process goes on serving
      }
      if (lot.length > 0) yield lot
    },
  }
}

function checked(row: Row): readonly Value[] {
  for (const value of row)
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new HostError('the books hold a number that is none of theirs')
  return row
}
