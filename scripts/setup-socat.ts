import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of socat; also what tests and the runner read. */
export const SOCAT_VARIABLE = 'SHUAKA_SOCAT'

const INSTALL_MS = 5 * 60_000
const READY_MS = 10_000

export type Socat =
  | { readonly kind: 'found' | 'installed'; readonly path: string }
  /** `why` is one sentence for a person. */
  | { readonly kind: 'none'; readonly why: string }

/** The program named by SHUAKA_SOCAT, or the one of the PATH. */
export function findSocat(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (process.platform === 'win32') return undefined // has no pseudo-terminals of this kind
  const named = env[SOCAT_VARIABLE]
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return path.map((folder) => join(folder, 'socat')).find((program) => existsSync(program))
}

/** Finds socat or installs it: as root on Debian its package. */
export function ensureSocat(say: (line: string) => void): Socat {
  const found = findSocat()
  if (found !== undefined) return { kind: 'found', path: found }
  const named = process.env[SOCAT_VARIABLE]
  if (named !== undefined && named !== '')
    return { kind: 'none', why: `${SOCAT_VARIABLE} names ${named}, which is not there.` }
  const may = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (may) {
    say('installing socat: the Debian package socat')
    const done =
      aptGet(['update', '-q']) && aptGet(['install', '-q', '-y', '--no-install-recommends', 'socat'])
    const path = findSocat()
    if (done && path !== undefined) return { kind: 'installed', path }
  }
  const tried = may ? 'failed: the Debian package socat' : 'there is no way to install it here'
  return { kind: 'none', why: `No socat: ${tried}; install it or set ${SOCAT_VARIABLE} to the program.` }
}

/** Two ends of a serial cable, as paths of pseudo-terminals in a folder. */
export interface SerialPair {
  readonly ends: readonly [string, string]
  close(): void
}

/** Lays a cable with `socat`. Rejects where the program does not make the two ends. */
export async function serialPair(socat: string, folder: string): Promise<SerialPair> {
  const ends = [join(folder, 'cable-a'), join(folder, 'cable-b')] as const
  const words = ends.map((end) => `pty,raw,echo=0,link=${end}`)
  const child: ChildProcess = spawn(socat, words, { stdio: 'ignore' })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`socat ended with ${code}`)))
  })
  failed.catch(() => undefined)
  const ready = async () => {
    for (let waited = 0; waited < READY_MS; waited += 20) {
      if (ends.every((end) => existsSync(end))) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('socat made no pseudo-terminals')
  }
  await Promise.race([ready(), failed])
  return { ends, close: () => void child.kill() }
}

function aptGet(words: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', words, { stdio: 'ignore', timeout: INSTALL_MS, env }).status === 0
}
