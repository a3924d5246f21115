import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Component, programOf } from '../../host-link/tms/payload.ts'
import { releaseOf } from '../../host-link/tms/release-file.ts'
import { PROGRAM } from '../../terminal/version.ts'
import { BUNDLE_BYTES_MAX, build } from '../build.ts'
import { CommandError } from '../command-error.ts'
import { FileFault } from '../json-file.ts'
import { componentsOfProgram } from './components.ts'
import { commitOf, secondsOf, sourceSeconds } from './dates.ts'
import {
  type Base,
  componentsOfRelease,
  type ManifestWords,
  type PackReport,
  packLines,
  packRelease,
  packReport,
  withDeltas,
} from './pack.ts'
import { loadFile, loadRelease, saveFile } from './signed-file.ts'
import { hexes, sha256 } from './verify.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What the bundle is made of: a change here that is not committed makes another program. */
const SOURCES = ['terminal', 'host-link/wire', 'rollup.config.mjs', 'package-lock.json', 'scripts']

/** The classes of a release, as the manifest counts them. */
export const CLASSES = ['normal', 'urgent', 'regulatory'] as const

export interface BuildCommand {
  readonly tenant: string
  readonly number: number
  readonly models: readonly string[]
  readonly expires: string
  readonly created?: string
  readonly noticeZh: string
  readonly noticeEn: string
  readonly class: (typeof CLASSES)[number]
  readonly earliest?: string
  readonly deadline?: string
  readonly needsSettlement?: boolean
  readonly allowOpenBatch?: boolean
  readonly irreversible?: boolean
  readonly requires?: readonly string[]
  readonly base?: readonly string[]
  readonly out?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

export interface BuildReport extends PackReport {
  readonly version: string
  readonly counter: number
  readonly number: number
  /** Of the checkout; `+` behind it: with changes that are not committed. Null: no repository. */
  readonly commit: string | null
  /** Null: a dry run. */
  readonly file: string | null
}

/** `shuaka release build`: what to print. Throws CommandError or FileFault. `make`: the components of the program. */
export async function releaseBuild(options: BuildCommand, make = cleanComponents): Promise<string> {
  const { out, dryRun = false, json = false } = options
  if (out === undefined && !dryRun)
    throw new CommandError('release build: --out names the file; or --dry-run.', 2)
  const words = wordsOf(options)
  const bases = await basesOf(options.base ?? [])
  const components = await make()
  const plain = packRelease(words, components)
  const file = withDeltas(plain, releaseOf(plain).manifest, components, bases)
  if (out !== undefined && !dryRun) saveFile(out, file)
  const { version, counter, seq: number } = words
  const report: BuildReport = {
    ...{ version, counter, number, commit: commitOf(root, SOURCES) ?? null },
    file: dryRun || out === undefined ? null : out,
    ...packReport(releaseOf(file), components),
  }
  return json ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report, namesOf(bases))
}

function textOf(report: BuildReport, names: ReadonlyMap<string, string>): string {
  const { version, counter, number, commit, file } = report
  const from =
    commit === null ? 'no repository' : commit.replace(/\+$/, ', with changes that are not committed')
  return [
    `release   ${version}, number ${number}, counter ${counter}\n`,
    `commit    ${from}\n`,
    packLines(report, names),
    file === null
      ? 'dry run: nothing was written\n'
      : `${file}: without signatures; shuaka release sign adds them\n`,
  ].join('')
}

/** The components of the bundle of this checkout, built afresh. CommandError where it does not build, or has more than `budget` bytes. */
export async function cleanComponents(budget = BUNDLE_BYTES_MAX): Promise<Component[]> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-release-'))
  try {
    const { file } = await build({ force: true, folder, budget })
    return componentsOfProgram(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function wordsOf(options: BuildCommand): ManifestWords {
  const { tenant, number, models, noticeZh, noticeEn } = options
  const created =
    options.created === undefined ? sourceSeconds(root) : secondsOf(options.created, '--created')
  const expires = secondsOf(options.expires, '--expires')
  if (expires <= created)
    throw new CommandError('release build: --expires is before the release was made.', 2)
  const time = (text: string | undefined, option: string): number =>
    text === undefined ? 0 : secondsOf(text, option)
  const [readsMin, readsMax] = PROGRAM.journalReads
  return {
    ...{ tenant, seq: number, created, expires, models },
    version: PROGRAM.version,
    counter: PROGRAM.counter,
    runtime: { min: PROGRAM.runtime, max: PROGRAM.runtime },
    parameterSchema: { min: 1, max: PROGRAM.parameterSchema },
    journal: { readsMin, readsMax, writes: PROGRAM.journalWrites, reversible: options.irreversible !== true },
    policy: {
      class: CLASSES.indexOf(options.class),
      earliest: time(options.earliest, '--earliest'),
      deadline: time(options.deadline, '--deadline'),
      needsSettlement: options.needsSettlement === true,
      allowOpenBatch: options.allowOpenBatch === true,
    },
    notice: { zh: noticeZh, en: noticeEn },
    required: options.requires ?? [],
  }
}

/** The programs of release files, and files that are programs (the bundle that a device has built in). */
export async function basesOf(paths: readonly string[]): Promise<Base[]> {
  return Promise.all(
    paths.map(async (path): Promise<Base> => {
      if (/\.js$/.test(path)) return { name: basename(path), program: bytesAt(path) }
      const loaded = loadFile(path)
      if (loaded.kind !== 'release') throw new FileFault(path, '', 'it is a root, no release')
      const components = await componentsOfRelease(path, loaded.release)
      return { name: loaded.release.manifest.version, program: programOf(components) }
    }),
  )
}

/** What people call each base, by the hex of its hash. */
export const namesOf = (bases: readonly Base[]): ReadonlyMap<string, string> =>
  new Map(bases.map(({ name, program }) => [hexes([sha256(program)]), name]))

function bytesAt(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch {
    throw new FileFault(path, '', 'the file cannot be read')
  }
}

export interface DeltaCommand {
  readonly base: readonly string[]
  readonly out?: string
  readonly json?: boolean
}

/** `shuaka release delta`: what to print. Throws CommandError or FileFault. */
export async function releaseDelta(path: string, { base, out, json }: DeltaCommand): Promise<string> {
  const { file, release } = loadRelease(path)
  if (file.signatures.length > 0)
    throw new CommandError(
      `release delta: ${path} is signed, and payloads are part of what is signed; build it again and add deltas first.`,
    )
  const bases = await basesOf(base)
  const components = await componentsOfRelease(path, release)
  const next = withDeltas(file, release.manifest, components, bases)
  const report = packReport(releaseOf(next), components)
  saveFile(out ?? path, next, out === undefined)
  if (json === true) return `${JSON.stringify(report, undefined, 2)}\n`
  return `${packLines(report, namesOf(bases))}${out ?? path}: without signatures; shuaka release sign adds them\n`
}
