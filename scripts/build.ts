import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { loadConfigFile } from 'rollup/loadConfigFile'
import { refusals } from './bundle/language.ts'
import { measure, type SizeReport } from './bundle/size.ts'
import { CommandError } from './command-error.ts'

/** The most that the minified bundle may weigh, in bytes. */
export const BUNDLE_BYTES_MAX = 222_500

const root = fileURLToPath(new URL('..', import.meta.url))
const CONFIG = join(root, 'rollup.config.mjs')
/** What every bundle is made with, and the folders that the application is made from. */
const TOOLS = ['rollup.config.mjs', 'package-lock.json', 'scripts/bundle', 'scripts/build.ts']
const SOURCES = ['terminal', 'host-link/wire']
const BUNDLE = 'terminal.js'
const MAP = 'terminal.js.map'
/** Written last: as old as this is the build. */
const REPORT = 'terminal-size.json'

export interface BuildReport extends SizeReport {
  /** The bundle's path. */
  readonly file: string
  /** False when what was there was fresh. */
  readonly built: boolean
}

export interface BuildOptions {
  /** Builds also when the outputs are newer than the sources. */
  readonly force?: boolean
  /** Entry of the bundle, `terminal/quickjs.ts` unless given; its sources are then those of its folder. */
  readonly entry?: string
  /** Where the outputs go, `build/` unless given. */
  readonly folder?: string
  /** Budget in bytes, `BUNDLE_BYTES_MAX` unless given. */
  readonly budget?: number
}

/**
 * Builds `terminal.js`, `terminal.js.map` and `terminal-size.json`, or leaves them when they are newer than their
 * sources. CommandError: a source does not compile, the bundle is over its budget, or it uses what the oldest
 * engine lacks; the outputs of the last good build stay.
 */
export async function build(options: BuildOptions = {}): Promise<BuildReport> {
  const { force = false, entry, folder = join(root, 'build'), budget = BUNDLE_BYTES_MAX } = options
  const file = join(folder, BUNDLE)
  const fresh = force ? undefined : freshReport(folder, entry)
  if (fresh !== undefined && fresh.budget === budget) return { ...fresh, file, built: false }
  const began = Date.now()
  const { code, map } = await bundle(entry, file)
  const report = measure(code, map, budget)
  const refused = refusals(code)
  if (refused.length > 0)
    throw new CommandError(`the bundle would not run on a device: ${refused.join('; ')}`)
  if (report.bytes > budget) {
    const largest = report.modules.slice(0, 5).map((each) => `${each.module} ${each.bytes}`)
    throw new CommandError(
      `the bundle has ${report.bytes} bytes, ${report.bytes - budget} over its budget of ${budget}; largest: ${largest.join(', ')}`,
    )
  }
  await mkdir(folder, { recursive: true })
  await replace(join(folder, MAP), `${JSON.stringify(map)}\n`)
  await replace(file, code)
  await replace(join(folder, REPORT), `${JSON.stringify({ began, ...report }, null, 2)}\n`)
  return { ...report, file, built: true }
}

/** For every command that needs the bundle: builds it when its sources are newer, a few milliseconds otherwise. */
export async function ensureBuilt(): Promise<BuildReport> {
  return build()
}

async function bundle(entry: string | undefined, file: string) {
  try {
    const { options } = await loadConfigFile(CONFIG, {})
    const config = options[0]
    if (config === undefined) throw new Error('rollup.config.mjs has no bundle')
    const input = resolve(root, entry ?? String(config.input))
    const made = await rollup({ ...config, input, onLog: refuseWarnings })
    const { output } = await made.generate({ ...config.output[0], file })
    await made.close()
    const chunk = output[0]
    if (chunk.map === null || output.some((each) => each !== chunk && each.type === 'chunk')) {
      throw new Error('the bundle is not one script with a source map')
    }
    const sources = chunk.map.sources.map((source) => relative(root, resolve(dirname(file), source)))
    return { code: chunk.code, map: { ...chunk.map, sources } }
  } catch (error) {
    throw new CommandError(`the bundle does not build: ${error instanceof Error ? error.message : error}`)
  }
}

/** A warning is a mistake: an import that is missing, a circle, `this` at top level. */
function refuseWarnings(level: string, log: { readonly message: string }): void {
  if (level === 'warn') throw new Error(log.message)
}

/** Report of the last build, when no source is newer than its beginning. */
function freshReport(folder: string, entry: string | undefined): SizeReport | undefined {
  try {
    const report = JSON.parse(readFileSync(join(folder, REPORT), 'utf8')) as SizeReport & { began: number }
    const sources = entry === undefined ? SOURCES : [dirname(resolve(root, entry))]
    const newest = Math.max(...[...TOOLS, ...sources].map((source) => newestIn(resolve(root, source))))
    const whole = statSync(join(folder, BUNDLE)).size === report.bytes && statSync(join(folder, MAP)).isFile()
    const { began, ...size } = report
    return whole && newest < began ? size : undefined
  } catch {
    return undefined // never built, or torn: build
  }
}

/** Newest change below `path`, in milliseconds; a folder counts, too: it changes when a file of it goes. */
function newestIn(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const inside = readdirSync(path).map((name) => newestIn(join(path, name)))
  return Math.max(stat.mtimeMs, ...inside)
}

/** All of `text` or what was there before: several commands may build at once. */
async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.${process.pid}.next`
  await writeFile(next, text)
  await rename(next, path)
}
