import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { POSTGRES_SERVER_VARIABLE, type PostgresServer, startPostgres } from '../postgres-server.ts'
import { CHROMIUM_VARIABLE, ensureChromium } from '../setup-chromium.ts'
import { ensureMosquitto, MOSQUITTO_VARIABLE } from '../setup-mosquitto.ts'
import { ensurePostgres, POSTGRES_VARIABLE } from '../setup-postgres.ts'
import { ensureSocat, SOCAT_VARIABLE } from '../setup-socat.ts'
import { ensureSoftHsm, SOFTHSM_VARIABLE } from '../setup-softhsm.ts'
import { type Count, countReport, nothing, sum } from './count.ts'
import { build, checks, leakSearch, node, ROOT, type Step } from './steps.ts'

/** What a test file imports that needs a browser; without one it skips its tests by itself. */
const NEEDS_BROWSER = /from '.*\/(browser|setup-chromium)\.ts'/
/** The same for a database server; `stores.ts` opens one on it. */
const NEEDS_POSTGRES = /from '.*\/(postgres|stores|setup-postgres)\.ts'/
/** A PKCS#11 token in software, an MQTT broker, and a serial cable in software. */
const NEEDS_SOFTHSM = /from '.*\/setup-softhsm\.ts'/
const NEEDS_MOSQUITTO = /from '.*\/(mqtt-broker|setup-mosquitto)\.ts'/
const NEEDS_SOCAT = /from '.*\/setup-socat\.ts'/
const REPORT = 'build/test-report.json'
const OUTPUT = 'build/test-output.txt'

/**
 * `npm test` (`kind` test) or `npm run check` (`kind` check). The last line is `N passed, N failed, N skipped`.
 * `--only PATTERN` runs only the steps and test files whose name holds PATTERN.
 *
 * @returns the exit code: 0 when nothing failed, 1 otherwise, 2 for arguments it does not know.
 */
export async function main(kind: 'test' | 'check', args: readonly string[]): Promise<number> {
  const only = pattern(args)
  if (only === undefined) return 2
  let count = nothing
  const steps = kind === 'test' ? [...checks(), build()] : checks()
  for (const step of steps) if (step.name.includes(only)) count = sum(count, await runStep(step))
  if (kind === 'test') count = sum(count, await runTests(only))
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  return count.failed === 0 ? 0 : 1
}

function pattern(args: readonly string[]): string | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: { only: { type: 'string' } } })
    return values.only ?? ''
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message.split('. ')[0] : error}; allowed: --only PATTERN.`,
    )
    return undefined
  }
}

async function runStep(step: Step): Promise<Count> {
  const begun = performance.now()
  const { ok, output } = await step.run()
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`${ok ? '✓' : '✗'} ${step.name} (${seconds} s)`)
  if (!ok) console.log(output.trimEnd())
  return { ...nothing, [ok ? 'passed' : 'failed']: 1 }
}

async function runTests(only: string): Promise<Count> {
  const files = testFiles('test').filter((file) => file.includes(only))
  if (files.length === 0) return nothing
  const env = { ...process.env }
  const needs = (pattern: RegExp) =>
    files.some((file) => pattern.test(readFileSync(join(ROOT, file), 'utf8')))
  if (needs(NEEDS_BROWSER)) {
    const chromium = ensureChromium((line) => console.log(line))
    console.log(chromium.kind === 'none' ? `– browser tests: ${chromium.why}` : `✓ browser: ${chromium.path}`)
    if (chromium.kind !== 'none') env[CHROMIUM_VARIABLE] = chromium.path
  }
  if (needs(NEEDS_SOFTHSM)) {
    const hsm = ensureSoftHsm((line) => console.log(line))
    console.log(hsm.kind === 'none' ? `– PKCS#11 tests: ${hsm.why}` : `✓ PKCS#11: ${hsm.module}`)
    if (hsm.kind !== 'none') env[SOFTHSM_VARIABLE] = hsm.module
  }
  if (needs(NEEDS_MOSQUITTO)) {
    const broker = ensureMosquitto((line) => console.log(line))
    console.log(
      broker.kind === 'none' ? `– mosquitto tests: ${broker.why}` : `✓ mosquitto: ${broker.program}`,
    )
    if (broker.kind !== 'none') env[MOSQUITTO_VARIABLE] = broker.program
  }
  if (needs(NEEDS_SOCAT)) {
    const socat = ensureSocat((line) => console.log(line))
    console.log(socat.kind === 'none' ? `– serial tests: ${socat.why}` : `✓ serial cable: ${socat.path}`)
    if (socat.kind !== 'none') env[SOCAT_VARIABLE] = socat.path
  }
  const server = needs(NEEDS_POSTGRES) ? await postgres(env) : undefined
  try {
    return await vitest(files, env)
  } finally {
    await server?.stop()
  }
}

/** One server for all test files; says in one line where it is, or why there is none and what is skipped then. */
async function postgres(env: NodeJS.ProcessEnv): Promise<PostgresServer | undefined> {
  const found = ensurePostgres((line) => console.log(line))
  if (found.kind === 'none') {
    console.log(`– PostgreSQL tests: ${found.why}`)
    return undefined
  }
  const server = await startPostgres({ programs: found.folder, below: tmpdir() })
  console.log(`✓ PostgreSQL: ${found.folder}`)
  env[POSTGRES_VARIABLE] = found.folder
  env[POSTGRES_SERVER_VARIABLE] = server.folder
  return server
}

async function vitest(files: readonly string[], env: NodeJS.ProcessEnv): Promise<Count> {
  const report = join(ROOT, REPORT)
  mkdirSync(join(ROOT, 'build'), { recursive: true })
  rmSync(report, { force: true })
  const words = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json']
  const { ok, output } = await node([...words, `--outputFile.json=${REPORT}`, ...files], { env, show: true })
  writeFileSync(join(ROOT, OUTPUT), output)
  const count = countReport(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined, ok)
  return count.failed > 0 ? count : sum(count, await runStep(leakSearch(OUTPUT, REPORT)))
}

/** All test files, from the root. */
function testFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return testFiles(path)
    return entry.name.endsWith('.test.ts') ? [path] : []
  })
}
