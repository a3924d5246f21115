import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import type { Books, ClearingDatabase, Query, Row, Value } from './clearing-database.ts'
import { CLEARING_SCHEMA } from './clearing-schema.ts'
import { causeOf, HostError } from './host-error.ts'
import { shownAddress, withSettings } from './postgres-address.ts'

const LOT = 5000
const CONNECT_MS = 10_000
/** For one statement: a server that has hung or a network that has gone ends it. */
const ANSWER_MS = 150_000
/**
 * What a server may not set otherwise: a day that is cleared is on the disk, and a process that has hung holds no lock for
 * ever. Longer than a host's: a large day is summed in one statement, and a report waits for who reads it.
 */
const SETTINGS = [
  'synchronous_commit=on',
  'lock_timeout=60s',
  'statement_timeout=120s',
  'idle_in_transaction_session_timeout=600s',
]
/** One writes at a time, of all processes: a day is cleared once. `IF NOT EXISTS` alone does not hold between them. */
const ALONE = `SELECT pg_advisory_xact_lock(hashtextextended('shuaka clearing', 0))`

/**
 * Books on a PostgreSQL server. Nothing is opened before it is needed. Throws `HostError` for an address that is none, and
 * rejects with it, one sentence.
 */
export function postgresClearing(url: string): ClearingDatabase {
  const pool = new pg.Pool({
    ...{ connectionString: withSettings(url, SETTINGS), max: 4, connectionTimeoutMillis: CONNECT_MS, types },
    ...{ query_timeout: ANSWER_MS, keepAlive: true, application_name: 'shuaka clearing' },
  })
  pool.on('error', () => {}) // an idle connection that the server ended is made anew
  pool.on('connect', (client) => client.on('error', () => {})) // its queries tell
  let ready: Promise<void> | undefined
  const lookedAt = new AsyncLocalStorage<Look>()
  const run = async <Result>(begin: string, work: (client: pg.PoolClient) => Promise<Result>) => {
    const client = await pool.connect().catch((error: unknown) => {
      throw new HostError(`${shownAddress(url)}: the database cannot be reached (${causeOf(error)})`)
    })
    let broken: Error | undefined
    try {
      await client.query(begin)
      const result = await work(client)
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch((fault: Error) => {
        broken = fault
      })
      throw error instanceof pg.DatabaseError
        ? new HostError(`${shownAddress(url)}: ${error.message}`)
        : error
    } finally {
      client.release(broken)
    }
  }
  const tables = () =>
    run('BEGIN', async (client) => {
      await client.query(ALONE)
      for (const statement of CLEARING_SCHEMA) await client.query(statement)
    })
  return {
    reading: (work) =>
      run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', async (client) => {
        const { rows } = await client.query(`SELECT to_regclass('ledger') IS NOT NULL AS there`)
        if (rows[0]?.there !== true) throw new HostError(`${shownAddress(url)}: there are no books of a host`)
        const look = { client, over: false }
        try {
          return await lookedAt.run(look, () => work(books(client)))
        } finally {
          look.over = true
        }
      }),
    async writing(work) {
      ready ??= tables()
      await ready.catch((error: unknown) => {
        ready = undefined
        throw error
      })
      return run('BEGIN', async (client) => {
        await client.query(ALONE)
        return work(queries(client))
      })
    },
    kept(work) {
      const look = lookedAt.getStore()
      return look === undefined || look.over
        ? run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', (client) => keptBy(client, work))
        : keptBy(look.client, work)
    },
    close: () => pool.end(),
  }
}

/** A `reading` under way. `kept` within it asks the same connection: it sees the same state, and waits for no other. */
interface Look {
  readonly client: pg.PoolClient
  over: boolean
}

async function keptBy<Result>(
  client: pg.PoolClient,
  work: (own: Query) => Promise<Result>,
): Promise<Result | undefined> {
  const { rows } = await client.query(`SELECT to_regclass('clearing_late') IS NOT NULL AS there`)
  return rows[0]?.there === true ? work(queries(client)) : undefined
}

/** 64-bit integers as numbers: no sum of fen comes near 2^53, and one that did is refused. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid !== pg.types.builtins.INT8) return pg.types.getTypeParser(oid, format as 'text')
    return (text: string) => {
      const number = Number(text)
      if (!Number.isSafeInteger(number)) throw new HostError('the books hold a number that is none of theirs')
      return number
    }
  },
}

function queries(client: pg.PoolClient): Query {
  return {
    async query(sql, values = []) {
      const { rows } = await client.query<Value[]>({
        text: numbered(sql),
        values: [...values],
        rowMode: 'array',
      })
      return rows
    },
  }
}

function books(client: pg.PoolClient): Books {
  let opened = 0
  const { query } = queries(client)
  return {
    query,
    async *iterate(sql, values = []) {
      opened += 1
      const cursor = `clearing_${opened}`
      await query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, values)
      for (;;) {
        const lot: readonly Row[] = await query(`FETCH ${LOT} FROM ${cursor}`)
        if (lot.length > 0) yield lot
        if (lot.length < LOT) break
      }
      await query(`CLOSE ${cursor}`)
    },
  }
}

/** `?` → `$1`, `$2` …; no SQL of ours has a `?` in a text. */
function numbered(sql: string): string {
  const [first, ...others] = sql.split('?')
  return others.reduce((text, part, index) => `${text}$${index + 1}${part}`, first ?? '')
}
