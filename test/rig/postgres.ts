import { tmpdir } from 'node:os'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import {
  POSTGRES_SERVER_VARIABLE,
  type PostgresServer,
  postgresIn,
  startPostgres,
} from '../../scripts/postgres-server.ts'
import { findPostgres } from '../../scripts/setup-postgres.ts'

/** Folder of the server's programs, or the reason why there is none, for the title of what is skipped then. */
export const postgresPrograms = findPostgres()
export const needsPostgres =
  postgresPrograms === undefined
    ? ' (skipped: no PostgreSQL; install its server or set SHUAKA_POSTGRES to the folder of initdb)'
    : ''

/**
 * A real server for the tests of one file: the one that `npm test` started for all, or one of its own. Gives addresses
 * of new databases; they are deleted after the file's tests.
 */
export function postgresForTests(): {
  readonly database: () => Promise<string>
  /** The same database again, without its tables: faster than a new one. */
  readonly emptied: (address: Promise<string>) => Promise<string>
} {
  const made: string[] = []
  const emptying = new Set<Promise<string>>()
  let server: PostgresServer | undefined
  beforeAll(async () => {
    if (postgresPrograms === undefined) return
    const folder = process.env[POSTGRES_SERVER_VARIABLE]
    server = folder
      ? postgresIn(folder)
      : await startPostgres({ programs: postgresPrograms, below: tmpdir() })
  })
  afterAll(async () => {
    await Promise.allSettled(emptying)
    for (const url of made.splice(0)) await server?.dropDatabase(url)
    await server?.stop()
  })
  return {
    async database() {
      if (!server) throw new Error('no PostgreSQL server')
      const url = await server.createDatabase()
      made.push(url)
      return url
    },
    emptied(address) {
      const empty = emptied(address)
      emptying.add(empty)
      return empty
    },
  }
}

async function emptied(address: Promise<string>): Promise<string> {
  const url = await address
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  await client.end()
  return url
}
