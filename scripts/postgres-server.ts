import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

/** Where the runner's server has its socket: test files share it. */
export const POSTGRES_SERVER_VARIABLE = 'SHUAKA_POSTGRES_SERVER'

/** A PostgreSQL server that lives as long as a test or a measurement. */
export interface PostgresServer {
  /** Where its socket is. */
  readonly folder: string
  /** Address of a database of it, as `--db` takes it. */
  url(database: string): string
  /** A new empty database; gives its address. */
  createDatabase(): Promise<string>
  /** Deletes a database, also one that is in use. */
  dropDatabase(url: string): Promise<void>
  /** Ends the server and deletes what it kept. */
  stop(): Promise<void>
}

/** A server that this process started. */
export interface OwnServer extends PostgresServer {
  /** As after a crash: ends it at once, then starts it on what is on the disk. */
  restart(): Promise<void>
}

export interface PostgresServerOptions {
  /** Of `findPostgres`. */
  readonly programs: string
  /** Folder to keep the files below; must be open to other users when this process is root. */
  readonly below: string
  /** Settings of the server, as `fsync=off`. */
  readonly settings?: readonly string[]
}

const READY_MS = 60_000
const CONNECTIONS_MAX = 200
const OWNER = 'shuaka'

/**
 * Makes a server in a temporary folder and starts it. It listens on a socket in that folder and on no port. A server
 * does not run as root: where this process is root it runs as `postgres` or, where there is none, `nobody`.
 * Throws an Error that says what initdb or the server complained of.
 */
export async function startPostgres(options: PostgresServerOptions): Promise<OwnServer> {
  const { programs, below, settings = [] } = options
  const folder = mkdtempSync(join(below, 'shuaka-pg-'))
  const user = otherUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  let running: Running | undefined
  try {
    const data = join(folder, 'data')
    const made = spawnSync(
      join(programs, 'initdb'),
      ['-D', data, '-U', OWNER, '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'],
      { cwd: folder, encoding: 'utf8', ...user },
    )
    if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`)
    const wanted = ['listen_addresses=', `max_connections=${CONNECTIONS_MAX}`, ...settings]
    const words = ['-D', data, '-k', folder, ...wanted.flatMap((setting) => ['-c', setting])]
    const start = async () => {
      const child = spawn('sh', ['-c', KEEPER, 'sh', folder, join(programs, 'postgres'), ...words], {
        cwd: folder,
        stdio: ['pipe', 'ignore', 'pipe'],
        ...user,
      })
      running = { child, ended: new Promise((resolve) => child.once('close', () => resolve())) }
      await ready(child)
    }
    const end = async (signal: 'INT' | 'QUIT') => {
      running?.child.stdin?.end(`${signal}\n`)
      await running?.ended
    }
    await start()
    const stop = async () => {
      await end('INT')
      remove()
    }
    return {
      ...serverOn(folder, stop),
      async restart() {
        await end('QUIT')
        await start()
      },
    }
  } catch (error) {
    running?.child.stdin?.end()
    remove()
    throw error
  }
}

/** Runs the server until it reads a signal for it or, where this process died, the end of the line: no server stays behind. */
const KEEPER = `folder=$1; shift; "$@" & server=$!
read -r signal; kill -s "\${signal:-QUIT}" "$server"; wait "$server"; [ -n "$signal" ] || rm -rf "$folder"`

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<void>
}

/** The server that has its socket in `folder`; to stop it is somebody else's. */
export function postgresIn(folder: string): PostgresServer {
  return serverOn(folder, async () => {})
}

function serverOn(folder: string, stop: () => Promise<void>): PostgresServer {
  const url = (database: string) => `postgres://${OWNER}@localhost/${database}?host=${folder}`
  const ask = async (sql: string) => {
    const client = new pg.Client({ connectionString: url('postgres') })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  return {
    folder,
    url,
    async createDatabase() {
      const name = `books_${randomBytes(6).toString('hex')}`
      await ask(`CREATE DATABASE ${name} TEMPLATE template0`)
      return url(name)
    },
    dropDatabase: (address) => ask(`DROP DATABASE ${new URL(address).pathname.slice(1)} WITH (FORCE)`),
    stop,
  }
}

/** What a server says that will not come up; those who ask too early are told that it is starting. */
const BROKEN = /(FATAL|PANIC):(?!\s*the database system is)|not found/

/** Waits for the line that says so. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const late = setTimeout(() => reject(new Error(`postgres: not ready: ${said}`)), READY_MS)
    server.stderr?.on('data', (part: Buffer) => {
      said = (said + part.toString()).slice(-4096)
      const up = said.includes('ready to accept connections')
      if (!up && !BROKEN.test(said)) return
      clearTimeout(late)
      if (up) resolve()
      else reject(new Error(`postgres: ${said}`))
    })
    server.once('error', reject)
    server.once('exit', () => {
      clearTimeout(late)
      reject(new Error(`postgres: ended: ${said}`))
    })
  })
}

/** Who runs the server where this process is root. */
function otherUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = ['postgres', 'nobody']
    .map((name) => users.find((user) => user.startsWith(`${name}:`)))
    .find((user) => user !== undefined)
  const [, , uid, gid] = (line ?? '').split(':')
  if (uid === undefined || gid === undefined) throw new Error('postgres: no user but root to run it as')
  return { uid: Number(uid), gid: Number(gid) }
}
