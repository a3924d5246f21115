import pg from 'pg'
import type { Row, SqlValue } from './book-rows.ts'
import { withSettings } from './postgres-address.ts'

/** One statement with its values; `?` in it is a value. */
export interface Statement {
  readonly sql: string
  readonly values?: readonly (SqlValue | readonly string[])[]
}

export interface Answered {
  readonly rows: readonly Row[]
}

/** A connection to the server, of one transaction at a time. */
export interface Line {
  /**
   * Sends all statements at once and waits for all answers: one round trip. Throws `LineLost`, or the first fault that
   * the server found; what was sent after that did nothing.
   */
  run(statements: readonly Statement[]): Promise<readonly Answered[]>
  /** Sends several statements as one text, without values. */
  script(sql: string): Promise<void>
  /** Gives the line back; after a `fault` it is ended, and with it whatever it had begun. */
  release(fault?: unknown): void
}

export interface Lines {
  /** Waits for a free line. Throws `LineLost` where the server cannot be reached, and `ServerFault`. */
  take(): Promise<Line>
  close(): Promise<void>
}

/** The line broke, or could not be had: what was asked last may have been done or not. */
export class LineLost extends Error {
  override readonly name = 'LineLost'
}

/** What the server says it could not do. `code` is the SQLSTATE. */
export class ServerFault extends Error {
  override readonly name = 'ServerFault'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** To wait for a free line, and for a new one to be made. */
const TAKE_MS = 20_000
/** For one round trip; a server that has hung or a network that has gone is a lost line then. */
const ANSWER_MS = 30_000
const IDLE_MS = 60_000

/**
 * What a server may not set otherwise: a commit is on the disk when it is answered (rule P7), and a process that has hung
 * holds no locks for ever.
 */
const SETTINGS = [
  'synchronous_commit=on',
  'lock_timeout=10s',
  'statement_timeout=20s',
  'idle_in_transaction_session_timeout=10s',
]

/** Up to `linesMax` connections to the database at `address`, a `postgres://` URL, made when they are needed. */
export function postgresLines(address: string, linesMax: number): Lines {
  const pool = new pg.Pool({
    connectionString: withSettings(address, SETTINGS),
    max: linesMax,
    connectionTimeoutMillis: TAKE_MS,
    idleTimeoutMillis: IDLE_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    application_name: 'shuaka host',
    pipeline: true,
  })
  pool.on('error', () => {}) // an idle line broke: the pool drops it, and the next transaction makes another
  pool.on('connect', (client) => client.on('error', () => {})) // its queries tell
  const named = namedStatements()
  return {
    async take() {
      const client = await pool.connect().catch((error: unknown) => {
        throw faultOf(error)
      })
      return {
        run: (statements) => run(client, statements, named),
        async script(sql) {
          await client.query(sql).catch((error: unknown) => {
            throw faultOf(error)
          })
        },
        release: (fault) => client.release(fault !== undefined),
      }
    },
    close: () => pool.end(),
  }
}

interface Named {
  readonly name: string
  readonly text: string
}

/** Each text is parsed by the server once a line; `?` becomes `$1`, `$2` … */
function namedStatements(): (sql: string) => Named {
  const known = new Map<string, Named>()
  return (sql) => {
    const found = known.get(sql)
    if (found) return found
    let count = 0
    const made = { name: `s${known.size}`, text: sql.replace(/\?/g, () => `$${++count}`) }
    known.set(sql, made)
    return made
  }
}

async function run(
  client: pg.PoolClient,
  statements: readonly Statement[],
  named: (sql: string) => Named,
): Promise<readonly Answered[]> {
  const asked = statements.map(({ sql, values = [] }) => client.query({ ...named(sql), values: [...values] }))
  const ended = await Promise.allSettled(asked)
  return ended.map((one, at) => {
    if (one.status === 'rejected') throw faultOf(one.reason)
    const { command, rows } = one.value
    // A transaction that failed answers its COMMIT without a fault.
    if (statements[at]?.sql === 'COMMIT' && command !== 'COMMIT')
      throw new ServerFault('25P02', 'the transaction was rolled back')
    return { rows }
  })
}

/** Of `pg`: an error of the server has its code and severity; anything else is the line. */
function faultOf(error: unknown): LineLost | ServerFault {
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const code = error.code
    return isLineFault(code) ? new LineLost(error.message) : new ServerFault(code, error.message)
  }
  return new LineLost(error instanceof Error ? error.message : String(error))
}

/** Class 08, the server is ending or starting, too many lines, or it ended this line for having been idle. */
function isLineFault(code: string): boolean {
  return code.startsWith('08') || code.startsWith('57P') || code === '53300' || code === '25P03'
}
