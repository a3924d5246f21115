import { causeOf, HostError } from './host-error.ts'
import { type Line, LineLost, type Lines, ServerFault } from './postgres-lines.ts'
import { POSTGRES_SCHEMA, POSTGRES_STEPS } from './postgres-schema.ts'
import { SCHEMA_VERSION } from './schema.ts'

/** The oldest server that knows all that is used here. */
const VERSION_MIN = 120_000
/** One host makes the tables at a time. */
const MAKING = `SELECT pg_advisory_xact_lock(hashtextextended('shuaka host: tables', 0))`

/**
 * Makes the tables in an empty database, or checks that those in it are ours, of this version and under this secret.
 * `shown` names the database in errors. Rejects with `HostError`, one sentence.
 */
export async function openBooks(lines: Lines, shown: string, secretCheck: string): Promise<void> {
  await asHostError(shown, async () => {
    const line = await lines.take()
    try {
      await checkServer(line, shown)
      await line.run([{ sql: 'BEGIN' }, { sql: MAKING }])
      const meta = await metaOf(line)
      if (!meta) {
        await line.script(POSTGRES_SCHEMA)
        await line.run([
          { sql: 'INSERT INTO meta VALUES (?, ?)', values: ['version', String(SCHEMA_VERSION)] },
          { sql: 'INSERT INTO meta VALUES (?, ?)', values: ['secret-check', secretCheck] },
        ])
      } else {
        const version = Number(meta.get('version'))
        const step = POSTGRES_STEPS[version]
        if (version !== SCHEMA_VERSION && step === undefined)
          throw new HostError(
            `${shown}: its tables have version ${version}, this host knows ${SCHEMA_VERSION}`,
          )
        if (meta.get('secret-check') !== secretCheck)
          throw new HostError(
            `${shown}: these books belong to another secret; give theirs with --secret FILE`,
          )
        if (step !== undefined) {
          await line.script(step)
          const now = String(version + 1)
          await line.run([{ sql: `UPDATE meta SET value = ? WHERE name = 'version'`, values: [now] }])
        }
      }
      await line.run([{ sql: 'COMMIT' }])
      line.release()
    } catch (error) {
      line.release(error)
      throw error
    }
  })
}

/** Whether a database has books of a host. Rejects with `HostError`, one sentence. */
export async function hasBooks(lines: Lines, shown: string): Promise<boolean> {
  return asHostError(shown, async () => {
    const line = await lines.take()
    try {
      const meta = await metaOf(line)
      line.release()
      return meta !== undefined
    } catch (error) {
      line.release(error)
      throw error
    }
  })
}

async function checkServer(line: Line, shown: string): Promise<void> {
  const [answer] = await line.run([
    {
      sql: `SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync`,
    },
  ])
  const row = answer?.rows[0]
  if (Number(row?.version) < VERSION_MIN)
    throw new HostError(`${shown}: the server is too old; PostgreSQL 12 is wanted`)
  if (row?.fsync !== 'on')
    throw new HostError(
      `${shown}: the server runs with fsync=off, so its books would not outlive a power cut`,
    )
}

async function metaOf(line: Line): Promise<ReadonlyMap<string, string> | undefined> {
  const [there] = await line.run([{ sql: `SELECT to_regclass('meta') IS NOT NULL AS there` }])
  if (there?.rows[0]?.there !== true) return undefined
  const [answer] = await line.run([{ sql: 'SELECT name, value FROM meta' }])
  return new Map(answer?.rows.map(({ name, value }) => [String(name), String(value)]))
}

async function asHostError<Result>(shown: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof LineLost)
      throw new HostError(`${shown}: the database cannot be reached (${causeOf(error)})`)
    if (error instanceof ServerFault)
      throw new HostError(`${shown}: cannot be opened as a host's books (${causeOf(error)})`)
    throw error
  }
}
