import { statSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, newestIn, replace } from './build.ts'
import { refusals } from './bundle/language.ts'
import { CommandError } from './command-error.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The suite as a program of a device: one script. */
export const CONFORMANCE_FILE = join(root, 'build/conformance.js')
/** What it is made from and with. */
const SOURCES = [
  'terminal/device',
  'terminal/screen',
  'rollup.config.mjs',
  'package-lock.json',
  'scripts/build.ts',
]
const DIGITS_OF_TIME = 1

/** Builds `build/conformance.js` where one of its sources is newer, and gives its text. Throws CommandError. */
export async function ensureConformance(): Promise<string> {
  if (isFresh()) return readFile(CONFORMANCE_FILE, 'utf8')
  const { code } = await bundle('conformance', CONFORMANCE_FILE)
  const refused = refusals(code)
  if (refused.length > 0) throw new CommandError(`the suite would not run on a device: ${refused.join('; ')}`)
  await mkdir(dirname(CONFORMANCE_FILE), { recursive: true })
  await replace(CONFORMANCE_FILE, code)
  return code
}

function isFresh(): boolean {
  try {
    const newest = Math.max(...SOURCES.map((source) => newestIn(join(root, source))))
    return newest + DIGITS_OF_TIME < statSync(CONFORMANCE_FILE).mtimeMs
  } catch {
    return false // never built
  }
}
