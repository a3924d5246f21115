import pg from 'pg'
import { causeOf } from '../../host/node/host-error.ts'
import { shownAddress, withSettings } from '../../host/node/postgres-address.ts'
import { type Query, type TmsDatabase, TmsError, type Value } from './database.ts'

const CONNECTIONS_MAX = 8
const CONNECT_MS = 10_000
const ANSWER_MS = 60_000
/** A commit is on the disk when it is answered; a process that hangs holds no lock for ever. */
const SETTINGS = [
  'synchronous_commit=on',
  'lock_timeout=10s',
  'statement_timeout=30s',
  'idle_in_transaction_session_timeout=10s',
]
/** Two transactions that met: deadlock, serialisation. */
const AGAIN = ['40P01', '40001']
const TRIES_MAX = 5

/** A database on a PostgreSQL server. Rejects with `TmsError`, one sentence, where the server cannot be reached. */
export function postgresDatabase(address: string): TmsDatabase {
  const pool = new pg.Pool({
    connectionString: withSettings(address, SETTINGS),
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    application_name: 'shuaka tms',
    pipeline: true,
    types,
  })
  pool.on('error', () => {}) // an idle connection that the server ended is made anew
  pool.on('connect', (client) => client.on('error', () => {})) // its queries tell
  const named = namedStatements()
  const taken = async () =>
    pool.connect().catch((error: unknown) => {
      throw new TmsError(`${shownAddress(address)}: the database cannot be reached (${causeOf(error)})`)
    })
  const once = async <Result>(work: (query: Query) => Promise<Result>): Promise<Result> => {
    const client = await taken()
    let broken: Error | undefined
    try {
      await client.query('BEGIN')
      const result = await work(queries(client, named))
      const { command } = await client.query('COMMIT')
      // A transaction that failed answers its COMMIT without a fault.
      if (command !== 'COMMIT') throw new TmsError('the transaction was rolled back')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch((fault: Error) => {
        broken = fault
      })
      throw error
    } finally {
      client.release(broken)
    }
  }
  return {
    kind: 'postgres',
    clock: 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)',
    reads: {
      async query(sql, values) {
        const client = await taken()
        try {
          return await queries(client, named).query(sql, values)
        } finally {
          client.release()
        }
      },
      async run() {
        throw new TmsError('reads change nothing')
      },
    },
    async write(work) {
      for (let tries = 1; ; tries++) {
        try {
          return await once(work)
        } catch (error) {
          const again = error instanceof pg.DatabaseError && AGAIN.includes(error.code ?? '')
          if (!again || tries === TRIES_MAX) throw error
        }
      }
    },
    close: () => pool.end(),
  }
}

/** 64-bit integers as numbers; one beyond 2^53 is refused, not rounded. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid !== pg.types.builtins.INT8) return pg.types.getTypeParser(oid, format as 'text')
    return (text: string) => {
      const number = Number(text)
      if (!Number.isSafeInteger(number))
        throw new TmsError('the database holds a number that is none of ours')
      return number
    }
  },
}

interface Named {
  readonly name: string
  readonly text: string
}

const NAMED_MAX = 500

/** Each text is parsed by the server once a connection; `?` becomes `$1`, `$2` … No SQL of ours has a `?` in a text. */
function namedStatements(): (sql: string) => Named | { readonly text: string } {
  const known = new Map<string, Named>()
  return (sql) => {
    const found = known.get(sql)
    if (found) return found
    let count = 0
    const text = sql.replace(/\?/g, () => `$${++count}`)
    if (known.size >= NAMED_MAX) return { text }
    const made = { name: `t${known.size}`, text }
    known.set(sql, made)
    return made
  }
}

function queries(client: pg.PoolClient, named: ReturnType<typeof namedStatements>): Query {
  const ask = (sql: string, values: readonly Value[]) =>
    client.query<Value[]>({ ...named(sql), values: values.map(bound), rowMode: 'array' })
  return {
    async query(sql, values = []) {
      return (await ask(sql, values)).rows
    },
    async run(sql, values = []) {
      return (await ask(sql, values)).rowCount ?? 0
    },
  }
}

function bound(value: Value): string | number | null | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
