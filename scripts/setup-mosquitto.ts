import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of the program; also what tests and the runner read. */
export const MOSQUITTO_VARIABLE = 'SHUAKA_MOSQUITTO'

const NAME = 'mosquitto'
/** Where it is, though not in everybody's PATH. */
const USUAL = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'] as const
const INSTALL_MS = 5 * 60_000

export type Mosquitto =
  | { readonly kind: 'found' | 'installed'; readonly program: string }
  /** `why` is one sentence for a person. */
  | { readonly kind: 'none'; readonly why: string }

/** The program named by SHUAKA_MOSQUITTO, or in the PATH, or at a usual place. */
export function findMosquitto(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env[MOSQUITTO_VARIABLE]
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...path, ...USUAL].map((folder) => join(folder, NAME)).find((program) => existsSync(program))
}

/** Finds the MQTT broker mosquitto or installs it: as root on Debian its package, without its service. */
export function ensureMosquitto(say: (line: string) => void): Mosquitto {
  const found = findMosquitto()
  if (found !== undefined) return { kind: 'found', program: found }
  const named = process.env[MOSQUITTO_VARIABLE]
  if (named !== undefined && named !== '')
    return { kind: 'none', why: `${MOSQUITTO_VARIABLE} names ${named}, which is not there.` }
  const may = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (may) {
    say('installing mosquitto: the Debian package mosquitto')
    const done =
      aptGet(['update', '-q']) && aptGet(['install', '-q', '-y', '--no-install-recommends', 'mosquitto'])
    const program = findMosquitto()
    if (done && program !== undefined) return { kind: 'installed', program }
  }
  const tried = may ? 'failed: the Debian package mosquitto' : 'there is no way to install it here'
  return {
    kind: 'none',
    why: `No mosquitto: ${tried}; install it or set ${MOSQUITTO_VARIABLE} to the program.`,
  }
}

function aptGet(words: readonly string[]): boolean {
  // RUNLEVEL 1: the package's own service on port 1883 is not started
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return spawnSync('apt-get', words, { stdio: 'ignore', timeout: INSTALL_MS, env }).status === 0
}
