import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mutant, mutated } from './mutant.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NOT_COPIED = new Set(['node_modules', '.git', 'coverage', '.shuaka'])
/** A mutant whose tests have not ended by then hangs, and that is noticed too. */
const RUN_MS_MAX = 60_000

/**
 * `time`: killed, for its tests did not end. `unfit`: the place is not there exactly once, or a test file is not, or
 * one fails without the mutant.
 */
export type Verdict = 'killed' | 'time' | 'SURVIVED' | 'unfit'
export interface Result {
  readonly mutant: Mutant
  readonly verdict: Verdict
  /** The test that failed, or why the mutant does not fit. */
  readonly by: string
}
export interface Summary {
  readonly results: readonly Result[]
  /** Mutants for which the budget did not last. */
  readonly left: readonly string[]
}

/**
 * Tries each mutant in a copy of the tree under the system's folder for temporary files, which is removed again: its
 * tests must pass without it and fail with it. `budgetMs` ends the run in time; `told` hears of each result.
 */
export async function runMutants(
  mutants: readonly Mutant[],
  { budgetMs = Infinity, told = () => {} }: { budgetMs?: number; told?: (result: Result) => void } = {},
): Promise<Summary> {
  const endMs = performance.now() + budgetMs
  const folder = copyOfTree()
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const stopped = (): void => {
    remove()
    process.exit(130)
  }
  process.once('SIGINT', stopped)
  process.once('SIGTERM', stopped)
  const results: Result[] = []
  const alone = new Map<string, Ran>()
  const leftMs = (): number => endMs - performance.now()
  try {
    for (const [index, mutant] of mutants.entries()) {
      for (const file of mutant.tests)
        if (!alone.has(file) && existsSync(join(folder, file)) && leftMs() > 0)
          alone.set(file, await runTests(folder, [file], Math.min(RUN_MS_MAX, leftMs())))
      const limitMs = Math.min(RUN_MS_MAX, leftMs())
      const result = limitMs > 0 ? await tried(folder, mutant, alone, limitMs) : undefined
      if (result === undefined || (result.verdict === 'time' && limitMs < RUN_MS_MAX))
        return { results, left: mutants.slice(index).map(({ id }) => id) }
      results.push(result)
      told(result)
    }
    return { results, left: [] }
  } finally {
    process.off('SIGINT', stopped)
    process.off('SIGTERM', stopped)
    remove()
  }
}

function copyOfTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-mutants-'))
  // With what is built, and its times: the C engine alone takes a minute. What a mutant changes is newer.
  const filter = (path: string): boolean => !NOT_COPIED.has(basename(path))
  cpSync(ROOT, folder, { recursive: true, preserveTimestamps: true, filter })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction')
  return folder
}

async function tried(
  folder: string,
  mutant: Mutant,
  alone: ReadonlyMap<string, Ran>,
  limitMs: number,
): Promise<Result> {
  const unfit = (by: string): Result => ({ mutant, verdict: 'unfit', by })
  const path = join(folder, mutant.file)
  const missing = [mutant.file, ...mutant.tests].find((file) => !existsSync(join(folder, file)))
  if (missing !== undefined) return unfit(`${missing} is not there`)
  const sick = mutant.tests.map((file) => alone.get(file)).find((ran) => ran?.kind !== 'passed')
  if (sick !== undefined) return unfit(`fails without it: ${sick.why}`)
  const text = readFileSync(path, 'utf8')
  const changed = mutated(text, mutant)
  if (changed === undefined) return unfit(`its place is not exactly once in ${mutant.file}`)
  writeFileSync(path, changed)
  try {
    const { kind, why } = await runTests(folder, mutant.tests, limitMs)
    const verdict = kind === 'passed' ? 'SURVIVED' : kind === 'failed' ? 'killed' : 'time'
    return { mutant, verdict, by: kind === 'passed' ? mutant.does : why }
  } finally {
    writeFileSync(path, text)
  }
}

interface Ran {
  readonly kind: 'passed' | 'failed' | 'time'
  /** What failed first. */
  readonly why: string
}

/** Vitest on these files, one after the other, up to the first failure. */
async function runTests(folder: string, tests: readonly string[], limitMs: number): Promise<Ran> {
  const report = join(folder, 'mutant-report.json')
  rmSync(report, { force: true })
  const words = [
    'run',
    '--bail=1',
    '--maxWorkers=1',
    '--no-file-parallelism',
    '--cache=false',
    '--reporter=json',
  ]
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, ...words, `--outputFile=${report}`, ...tests], {
    cwd: folder,
    env: { ...process.env, WERROR: '' }, // broken C is to fail its tests, not the compiler's taste
    stdio: 'ignore',
    detached: true, // a group of its own: what hangs is ended with its workers
  })
  return new Promise((resolve) => {
    const endGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // it has just ended
      }
    }
    let late = false
    const timer = setTimeout(
      () => {
        late = true
        endGroup()
      },
      Math.max(0, limitMs),
    )
    process.once('exit', endGroup)
    const ended = (code: number | null): void => {
      clearTimeout(timer)
      process.off('exit', endGroup)
      if (late) resolve({ kind: 'time', why: `no end after ${Math.round(limitMs / 1000)} s` })
      else resolve({ kind: code === 0 ? 'passed' : 'failed', why: code === 0 ? '' : firstFailure(report) })
    }
    child.on('error', () => ended(null))
    child.on('close', ended)
  })
}

interface Report {
  readonly testResults?: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[] | null
    }[]
  }[]
}

/** Name of the first failed test and the first line of what it says. */
function firstFailure(report: string): string {
  if (!existsSync(report)) return 'the test run ended without a report'
  const { testResults = [] } = JSON.parse(readFileSync(report, 'utf8')) as Report
  const line = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 160)
  for (const { name, message, assertionResults } of testResults) {
    const test = assertionResults.find(({ status }) => status === 'failed')
    if (test !== undefined) return `${test.fullName} — ${line(test.failureMessages?.[0] ?? '')}`
    if (message !== '') return `${basename(name)} — ${line(message)}`
  }
  return 'an error outside of any test'
}
