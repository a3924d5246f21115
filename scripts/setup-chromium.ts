import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

/** Where tests and the runner keep the way to the browser. */
export const CHROMIUM_VARIABLE = 'SHUAKA_CHROMIUM'

/** For a browser without a screen, without a sandbox of its own and without traffic of its own. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const

const USUAL = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
] as const

const INSTALL_MS = 10 * 60_000

export type Chromium =
  | { readonly kind: 'found' | 'installed'; readonly path: string }
  /** `why` is one sentence for a person. */
  | { readonly kind: 'none'; readonly why: string }

/** The Chromium of this machine: the one named by SHUAKA_CHROMIUM, an installed one, or Playwright's. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env[CHROMIUM_VARIABLE]
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  return [...USUAL, chromium.executablePath()].find((path) => path !== '' && existsSync(path))
}

/** Finds Chromium or installs it: as root on Debian its package, elsewhere Playwright's build. */
export function ensureChromium(say: (line: string) => void): Chromium {
  const found = findChromium()
  if (found !== undefined) return { kind: 'found', path: found }
  const named = process.env[CHROMIUM_VARIABLE]
  if (named !== undefined && named !== '')
    return { kind: 'none', why: `${CHROMIUM_VARIABLE} names ${named}, which is not there.` }
  const failed: string[] = []
  for (const [name, commands] of ways()) {
    say(`installing Chromium: ${name}`)
    const broken = commands.find(([command, ...words]) => !run(command, words))
    const path = findChromium()
    if (broken === undefined && path !== undefined) return { kind: 'installed', path }
    failed.push(name)
  }
  const tried = failed.length === 0 ? 'there is no way to install it here' : `failed: ${failed.join(', ')}`
  return {
    kind: 'none',
    why: `No Chromium: ${tried}; install Chromium or set ${CHROMIUM_VARIABLE} to its program.`,
  }
}

type Command = readonly [string, ...string[]]

function ways(): [string, readonly Command[]][] {
  const list: [string, readonly Command[]][] = []
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get'))
    list.push([
      'the Debian package chromium',
      [
        ['apt-get', 'update', '-q'],
        ['apt-get', 'install', '-q', '-y', '--no-install-recommends', 'chromium'],
      ],
    ])
  const playwright = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'))
  list.push(['Playwright’s build', [[process.execPath, join(playwright, 'cli.js'), 'install', 'chromium']]])
  return list
}

function run(command: string, words: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, words, { stdio: 'ignore', timeout: INSTALL_MS, env }).status === 0
}
