import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ARCHES, type Arch } from './tools.ts'

/** The names that `--only` takes. */
export const PROOFS = ['sanitize', 'valgrind', 'parity', 'conformance', 'allocation', 'fuzz'] as const
export type ProofName = (typeof PROOFS)[number]

/** One run of a command that proves something about the C code. */
export interface Proof {
  readonly name: ProofName
  /** What is proved, for its line. */
  readonly what: string
  /** What of this machine it needs. */
  readonly needs: readonly (Arch | 'valgrind')[]
  /** Words after node's; `seconds` are left of the budget, undefined: there is none. */
  words(seconds: number | undefined): readonly string[]
  readonly env: { readonly [name: string]: string }
  /** Tests, vectors or rounds in what it said and wrote; throws Error where nothing was proved. */
  count(output: string): string
}

const VITEST = 'node_modules/vitest/vitest.mjs'
const REPORT = 'report.json'
/** As long as the fuzzer may search where no budget is named. */
const FUZZ_SECONDS = 300
/** A seed for each day: what was searched once is not searched again. */
const DAY_MS = 86_400_000

/** The full forms, in the order in which they are run. */
export function proofsFor(arches: readonly Arch[] = ARCHES): readonly Proof[] {
  const tested = arches.includes('x86-64')
  const parity = arches.map((arch) => scenarios(arch))
  const ports = arches.map((arch) => conformance(arch === 'arm' ? 'arm' : 'native', [arch]))
  const port = 'test/terminal/port'
  if (!tested) return [...parity, ...ports]
  return [
    tests(
      'sanitize',
      'all scenarios under the compiler’s sanitizers',
      `${port}/sanitize.test.ts`,
      40,
      [],
      'Sanitizer',
    ),
    tests(
      'valgrind',
      'all scenarios under valgrind',
      `${port}/sanitize.test.ts`,
      40,
      ['valgrind'],
      'valgrind',
    ),
    ...parity,
    tests('parity', 'programs in the slots', 'test/emulator/native/slots', 4, []),
    conformance('wasm', []),
    ...ports,
    conformance('minimal', ['x86-64']),
    tests('allocation', 'each request for memory fails', `${port}/allocation.test.ts`, 1_940, []),
    fuzz,
  ]
}

function scenarios(arch: Arch): Proof {
  const [what, filter] =
    arch === 'arm' ? ['all scenarios on ARM', 'ARM as V8'] : ['all scenarios on x86-64', 'native as V8']
  return tests('parity', what, 'test/emulator/native/parity.test.ts', 4, [arch], filter)
}

function tests(
  name: ProofName,
  what: string,
  file: string,
  budget: number,
  needs: Proof['needs'],
  filter?: string,
): Proof {
  let folder = ''
  const run = ['run', '--maxWorkers=1', '--reporter=json', file]
  return {
    ...{ name, what },
    needs: needs.includes('arm') ? needs : ['x86-64', ...needs],
    words() {
      folder = mkdtempSync(join(tmpdir(), 'shuaka-proof-'))
      const report = `--outputFile=${join(folder, REPORT)}`
      return [VITEST, ...run, report, ...(filter === undefined ? [] : ['-t', filter])]
    },
    env: { SHUAKA_BUDGET: String(budget) },
    count() {
      const report = join(folder, REPORT)
      const text = existsSync(report) ? readFileSync(report, 'utf8') : ''
      rmSync(folder, { recursive: true, force: true })
      return countOfTests(text)
    },
  }
}

/** `12 tests`, of Vitest's report. Throws Error where one failed, none ran, or there is no report. */
export function countOfTests(report: string): string {
  if (report === '') throw new Error('it ended without a report')
  const { numPassedTests = 0, numFailedTests = 0, success, testResults = [] } = JSON.parse(report) as Report
  const failed = testResults.flatMap(({ assertionResults, message }) => {
    const names = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
    return names.length === 0 && message !== '' ? [message] : names
  })
  if (numFailedTests > 0 || success !== true)
    throw new Error(
      `${numFailedTests} of ${numPassedTests + numFailedTests} tests failed: ${failed[0] ?? ''}`,
    )
  if (numPassedTests === 0) throw new Error('no test ran')
  return `${numPassedTests} tests`
}
interface Report {
  readonly numPassedTests?: number
  readonly numFailedTests?: number
  readonly success?: boolean
  readonly testResults?: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

function conformance(port: 'wasm' | 'native' | 'arm' | 'minimal', needs: Proof['needs']): Proof {
  return {
    ...{ name: 'conformance', what: `the device contract, port ${port}`, needs, env: {} },
    words: () => ['scripts/shuaka.mjs', 'conformance', '--port', port, '--json'],
    count: countOfVectors,
  }
}

/** `175 vectors`, of the report as JSON. */
export function countOfVectors(output: string): string {
  const {
    passed = 0,
    failed = 0,
    absent = 0,
  } = JSON.parse(output) as {
    readonly passed?: number
    readonly failed?: number
    readonly absent?: number
  }
  if (failed > 0 || passed === 0) throw new Error(`${failed} vectors failed, ${passed} passed`)
  return absent > 0 ? `${passed} vectors, ${absent} declared absent` : `${passed} vectors`
}

const fuzz: Proof = {
  ...{ name: 'fuzz', what: 'strange input, under the sanitizers', needs: ['x86-64'], env: {} },
  words(seconds) {
    const seed = String(Math.floor(Date.now() / DAY_MS) * 100_000)
    return [
      'node_modules/tsx/dist/cli.mjs',
      'scripts/native/fuzz.ts',
      '--seconds',
      String(Math.floor(seconds ?? FUZZ_SECONDS)),
      '--seed',
      seed,
    ]
  },
  count(output) {
    const line = output.trim().split('\n').at(-1) ?? ''
    if (!/^[1-9]\d* rounds from seed \d+, 0 findings$/.test(line))
      throw new Error(line || 'no round was played')
    return line
  },
}
