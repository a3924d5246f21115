import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { SCHEMA, SCHEMA_VERSION } from './schema.ts'

/** What keeps a station from starting, as one sentence for a person. */
export class StationError extends Error {
  override readonly name = 'StationError'
}

/** The open file of a station. Its handle goes when `close` is called. */
export interface StationFile {
  readonly database: Database.Database
  /** Runs a change whole or not at all; durable when it returns. Not to be nested. */
  transact<Result>(change: () => Result): Result
  /** Throws StationError after `close`: the package ends the whole process where a closed file is used. */
  check(): void
  close(): void
}

/**
 * `station.db` in a folder, made where there is none: write-ahead log, synchronous=FULL. A second process on the same
 * folder is refused by a lock on `station.db.lock`, which ends with the process. Throws `StationError`.
 */
export function openStationFile(folder: string): StationFile {
  const file = join(folder, 'station.db')
  let lock: Database.Database | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    lock = lockOf(file)
    const database = opened(file)
    const held = lock
    let closed = false
    const check = () => {
      if (closed) throw new StationError(`${file}: the station is closed`)
    }
    return {
      database,
      check,
      transact(change) {
        check()
        database.exec('BEGIN IMMEDIATE')
        try {
          const result = change()
          database.exec('COMMIT')
          return result
        } catch (error) {
          if (database.inTransaction) database.exec('ROLLBACK')
          throw error
        }
      },
      close() {
        if (closed) return
        closed = true
        database.close()
        release(held)
      },
    }
  } catch (error) {
    if (lock) release(lock)
    throw error instanceof StationError
      ? error
      : new StationError(`${file}: cannot be opened (${textOf(error)})`)
  }
}

/** For reading alone, also while a station has it open. Throws `StationError`. */
export function readStationFile(folder: string): Database.Database {
  const file = join(folder, 'station.db')
  if (!existsSync(file)) throw new StationError(`${file}: there is no such file`)
  let database: Database.Database | undefined
  try {
    database = new Database(file)
    database.pragma('query_only = ON') // the package's read-only mode does not hold
    if (versionOf(database) !== SCHEMA_VERSION)
      throw new StationError(`${file}: this is no station of this version`)
    return database
  } catch (error) {
    database?.close()
    throw error instanceof StationError
      ? error
      : new StationError(`${file}: cannot be read (${textOf(error)})`)
  }
}

/** The bytes of a BLOB: the package gives a Buffer for one row and an ArrayBuffer for each of many. Nothing for NULL. */
export function blobOf(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0))
  return value instanceof Uint8Array ? Uint8Array.from(value) : undefined
}

function opened(file: string): Database.Database {
  let database: Database.Database | undefined
  try {
    makeForOwner(file)
    database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('secure_delete = ON') // what is replaced is overwritten, and not left in free pages
    const version = versionOf(database)
    if (version === 0) {
      database.exec('BEGIN IMMEDIATE')
      database.exec(SCHEMA)
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
      database.exec('COMMIT')
    } else if (version !== SCHEMA_VERSION) {
      throw new StationError(
        `${file}: its tables have version ${version}, this station knows ${SCHEMA_VERSION}`,
      )
    }
    return database
  } catch (error) {
    database?.close()
    throw error
  }
}

function lockOf(file: string): Database.Database {
  let lock: Database.Database | undefined
  try {
    makeForOwner(`${file}.lock`)
    lock = new Database(`${file}.lock`, { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    if (/locked|BUSY/.test(textOf(error)))
      throw new StationError(`${file}: another process has this station open; end it first`)
    throw error
  }
}

/** The package frees a connection only when it is collected: the transaction that is the lock ends here. */
function release(lock: Database.Database): void {
  if (lock.inTransaction) lock.exec('ROLLBACK')
  lock.close()
}

/** A new file that its owner alone reads and writes; SQLite gives the log and the index beside it the same mode. */
function makeForOwner(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
}

function versionOf(database: Database.Database): number {
  const [row] = database.pragma('user_version') as { readonly user_version: number }[]
  return row?.user_version ?? 0
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
