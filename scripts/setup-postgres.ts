import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Folder of the server's programs; also what tests and the runner read. */
export const POSTGRES_VARIABLE = 'SHUAKA_POSTGRES'

/** Folders that have a folder `bin` for each version, or are one. */
const VERSIONED = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'] as const
const USUAL = ['/usr/pgsql/bin', '/usr/local/pgsql/bin', '/usr/local/bin', '/usr/bin'] as const

const INSTALL_MS = 10 * 60_000

export type Postgres =
  | { readonly kind: 'found' | 'installed'; readonly folder: string }
  /** `why` is one sentence for a person. */
  | { readonly kind: 'none'; readonly why: string }

/** Folder with `initdb` and `postgres`: the one named by SHUAKA_POSTGRES, one of the PATH, or the newest installed. */
export function findPostgres(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (process.platform === 'win32') return undefined // its servers have no sockets in a folder of their own
  const named = env[POSTGRES_VARIABLE]
  if (named !== undefined && named !== '') return hasServer(named) ? named : undefined
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...path, ...VERSIONED.flatMap(versions), ...USUAL].find(hasServer)
}

/** Finds PostgreSQL or installs it: as root on Debian its package. */
export function ensurePostgres(say: (line: string) => void): Postgres {
  const found = findPostgres()
  if (found !== undefined) return { kind: 'found', folder: found }
  const named = process.env[POSTGRES_VARIABLE]
  if (named !== undefined && named !== '')
    return { kind: 'none', why: `${POSTGRES_VARIABLE} names ${named}, which has no initdb and postgres.` }
  const may = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (may) {
    say('installing PostgreSQL: the Debian package postgresql')
    const done =
      run(['update', '-q']) && run(['install', '-q', '-y', '--no-install-recommends', 'postgresql'])
    const folder = findPostgres()
    if (done && folder !== undefined) return { kind: 'installed', folder }
  }
  const tried = may ? 'failed: the Debian package postgresql' : 'there is no way to install it here'
  return {
    kind: 'none',
    why: `No PostgreSQL: ${tried}; install its server or set ${POSTGRES_VARIABLE} to the folder of initdb.`,
  }
}

function hasServer(folder: string): boolean {
  return ['initdb', 'postgres'].every((program) => existsSync(join(folder, program)))
}

/** `bin` folders below, of the highest version first. */
function versions(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^(postgresql@)?\d+$/.test(name))
    .sort((a, b) => Number(b.replace(/\D/g, '')) - Number(a.replace(/\D/g, '')))
    .map((name) => join(folder, name, 'bin'))
}

function run(words: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', words, { stdio: 'ignore', timeout: INSTALL_MS, env }).status === 0
}
