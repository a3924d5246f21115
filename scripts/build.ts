import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { loadConfigFile } from 'rollup/loadConfigFile'
import { refusals } from './bundle/language.ts'
import { programText } from './bundle/program.ts'
import { measure, type SizeReport } from './bundle/size.ts'
import { CommandError } from './command-error.ts'

/** The most that the minified application may weigh, in bytes. */
export const BUNDLE_BYTES_MAX = 222_500
/** The most that the download engine may weigh, minified: a script of its own after the application. */
export const UPDATE_BYTES_MAX = 50_000
/** The most that the first stage may weigh, minified. */
export const BOOT_BYTES_MAX = 8_000

const root = fileURLToPath(new URL('..', import.meta.url))
const CONFIG = join(root, 'rollup.config.mjs')
/** What every bundle is made with, and the folders that the application is made from. */
const TOOLS = ['rollup.config.mjs', 'package-lock.json', 'scripts/bundle', 'scripts/build.ts']
const SOURCES = ['terminal', 'host-link/wire']
const BUNDLE = 'terminal.js'
const UPDATE = 'update.js'
const BOOT = 'boot.js'
/** `terminal.js` and `update.js` in one, as a terminal has it built in and downloads it. */
const PROGRAM = 'program.js'
/** Written last: as old as this is the build. */
const REPORT = 'terminal-size.json'

/** The rows of the configuration. */
const ROW = { terminal: 0, boot: 1, update: 2, conformance: 3 } as const

interface Sizes extends SizeReport {
  /** Of the download engine, `update.js`; absent where another entry was asked for, as the two after it. */
  readonly update?: SizeReport
  /** Bytes of the program, `program.js`: both, with the line between them. */
  readonly programBytes?: number
  /** Bytes of the first stage, `boot.js`. */
  readonly bootBytes?: number
}

/** The sizes are those of the application, `terminal.js`. */
export interface BuildReport extends Sizes {
  /** Path of what a terminal runs: the program, or the script of another entry. */
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
 * Builds `terminal.js`, `update.js`, their maps, `program.js` of both, `boot.js` and `terminal-size.json`, or leaves them when
 * they are newer than their sources; of another entry `terminal.js`, its map and the report alone. CommandError: a source
 * does not compile, a bundle is over its budget, or it uses what the oldest engine lacks; the outputs of the last good
 * build stay.
 */
export async function build(options: BuildOptions = {}): Promise<BuildReport> {
  const { force = false, entry, folder = join(root, 'build'), budget = BUNDLE_BYTES_MAX } = options
  const file = join(folder, entry === undefined ? PROGRAM : BUNDLE)
  const fresh = force ? undefined : freshReport(folder, entry)
  if (fresh !== undefined && fresh.budget === budget) return { ...fresh, file, built: false }
  const began = Date.now()
  const terminal = await bundle('terminal', join(folder, BUNDLE), entry)
  const report: Sizes = measure(terminal.code, terminal.map, budget)
  withinBudget('the bundle', report)
  const others = entry === undefined ? await othersOf(folder, terminal.code) : undefined
  const refused = refusals(terminal.code)
  if (refused.length > 0)
    throw new CommandError(`the bundle would not run on a device: ${refused.join('; ')}`)
  await mkdir(folder, { recursive: true })
  await replace(join(folder, `${BUNDLE}.map`), `${JSON.stringify(terminal.map)}\n`)
  await replace(join(folder, BUNDLE), terminal.code)
  for (const [name, text] of others?.texts ?? []) await replace(join(folder, name), text)
  const sizes = { ...report, ...others?.sizes }
  await replace(join(folder, REPORT), `${JSON.stringify({ began, ...sizes }, null, 2)}\n`)
  return { ...sizes, file, built: true }
}

/** What is built beside the application: texts by file name, and their sizes. */
async function othersOf(folder: string, terminal: string) {
  const update = await bundle('update', join(folder, UPDATE))
  const boot = await bundle('boot', join(folder, BOOT))
  const program = programText([terminal, update.code])
  const sizes = {
    update: measure(update.code, update.map, UPDATE_BYTES_MAX),
    programBytes: Buffer.byteLength(program),
    bootBytes: Buffer.byteLength(boot.code),
  }
  withinBudget('the download engine', sizes.update)
  const refused = [...refusals(update.code), ...refusals(boot.code)]
  if (refused.length > 0)
    throw new CommandError(`the bundle would not run on a device: ${refused.join('; ')}`)
  if (sizes.bootBytes > BOOT_BYTES_MAX)
    throw new CommandError(
      `the first stage has ${sizes.bootBytes} bytes, over its budget of ${BOOT_BYTES_MAX}`,
    )
  const texts = [
    [`${UPDATE}.map`, `${JSON.stringify(update.map)}\n`],
    [UPDATE, update.code],
    [BOOT, boot.code],
    [PROGRAM, program],
  ] as const
  return { sizes, texts }
}

function withinBudget(what: string, { bytes, budget, modules }: SizeReport): void {
  if (bytes <= budget) return
  const largest = modules.slice(0, 5).map((each) => `${each.module} ${each.bytes}`)
  throw new CommandError(
    `${what} has ${bytes} bytes, ${bytes - budget} over its budget of ${budget}; largest: ${largest.join(', ')}`,
  )
}

/** For every command that needs the bundle: builds it when its sources are newer, a few milliseconds otherwise. */
export async function ensureBuilt(): Promise<BuildReport> {
  return build()
}

/** The script of the configuration's row `which`, or of another entry made in its way. */
export async function bundle(which: keyof typeof ROW, file: string, entry?: string) {
  try {
    const { options } = await loadConfigFile(CONFIG, {})
    const config = options[ROW[which]]
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
function freshReport(folder: string, entry: string | undefined): Sizes | undefined {
  try {
    const report = JSON.parse(readFileSync(join(folder, REPORT), 'utf8')) as Sizes & { began: number }
    const sources = entry === undefined ? SOURCES : [dirname(resolve(root, entry))]
    const newest = Math.max(...[...TOOLS, ...sources].map((source) => newestIn(resolve(root, source))))
    const { began, ...sizes } = report
    // biome-ignore format: one row a file; without a size it only has to be there
    const files: readonly (readonly [name: string, bytes?: number])[] = [
      [BUNDLE,           sizes.bytes],
      [`${BUNDLE}.map`],
      ...(entry === undefined ? ([
        [UPDATE,         sizes.update?.bytes ?? -1],
        [`${UPDATE}.map`],
        [BOOT,           sizes.bootBytes ?? -1],
        [PROGRAM,        sizes.programBytes ?? -1],
      ] as const) : []),
    ]
    const whole = files.every(([name, bytes]) => {
      const { size } = statSync(join(folder, name))
      return bytes === undefined || bytes === size
    })
    return whole && newest < began ? sizes : undefined
  } catch {
    return undefined // never built, or torn: build
  }
}

/** Newest change below `path`, in milliseconds; a folder counts, too: it changes when a file of it goes. */
export function newestIn(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const inside = readdirSync(path).map((name) => newestIn(join(path, name)))
  return Math.max(stat.mtimeMs, ...inside)
}

/** All of `text` or what was there before: several commands may build at once. */
export async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.${process.pid}.next`
  await writeFile(next, text)
  await rename(next, path)
}
