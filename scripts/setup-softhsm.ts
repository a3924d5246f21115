import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of the PKCS#11 module; also what tests and the runner read. */
export const SOFTHSM_VARIABLE = 'SHUAKA_SOFTHSM'

const USUAL = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/lib/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
] as const
const TOOL = 'softhsm2-util'
const INSTALL_MS = 5 * 60_000

export type SoftHsm =
  | { readonly kind: 'found' | 'installed'; readonly module: string }
  /** `why` is one sentence for a person. */
  | { readonly kind: 'none'; readonly why: string }

/** The module named by SHUAKA_SOFTHSM, or one at a usual place; only where its tool `softhsm2-util` is in the PATH. */
export function findSoftHsm(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  if (!path.some((folder) => existsSync(join(folder, TOOL)))) return undefined
  const named = env[SOFTHSM_VARIABLE]
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  return USUAL.find((module) => existsSync(module))
}

/** Finds SoftHSM2 or installs it: as root on Debian its package. */
export function ensureSoftHsm(say: (line: string) => void): SoftHsm {
  const found = findSoftHsm()
  if (found !== undefined) return { kind: 'found', module: found }
  const named = process.env[SOFTHSM_VARIABLE]
  if (named !== undefined && named !== '')
    return {
      kind: 'none',
      why: `${SOFTHSM_VARIABLE} names ${named}, which is not there, or ${TOOL} is missing.`,
    }
  const may = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (may) {
    say('installing SoftHSM2: the Debian package softhsm2')
    const done =
      aptGet(['update', '-q']) && aptGet(['install', '-q', '-y', '--no-install-recommends', 'softhsm2'])
    const module = findSoftHsm()
    if (done && module !== undefined) return { kind: 'installed', module }
  }
  const tried = may ? 'failed: the Debian package softhsm2' : 'there is no way to install it here'
  return {
    kind: 'none',
    why: `No SoftHSM2: ${tried}; install it or set ${SOFTHSM_VARIABLE} to libsofthsm2.so.`,
  }
}

/**
 * Makes a token in a folder; whoever loads the module with `SOFTHSM2_CONF` naming the file that is given sees it. For tests
 * and demonstrations: the PIN is handed to a program. Throws an Error that says what the program complained of.
 */
export function makeSoftToken(folder: string, label: string, pin: string): string {
  const tokens = join(folder, 'tokens')
  mkdirSync(tokens, { recursive: true, mode: 0o700 })
  const config = join(folder, 'softhsm2.conf')
  writeFileSync(config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`)
  const words = ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', pin]
  const env = { ...process.env, SOFTHSM2_CONF: config }
  const made = spawnSync(TOOL, words, { encoding: 'utf8', env })
  if (made.status !== 0) throw new Error(`${TOOL}: ${made.error?.message ?? made.stderr}`)
  return config
}

function aptGet(words: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', words, { stdio: 'ignore', timeout: INSTALL_MS, env }).status === 0
}
