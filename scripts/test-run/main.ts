import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CHROMIUM_VARIABLE, ensureChromium } from '../setup-chromium.ts'
import { type Count, countReport, nothing, sum } from './count.ts'
import { build, checks, node, ROOT, type Step } from './steps.ts'

/** What a test file imports that needs a browser; without one it skips its tests by itself. */
const NEEDS_BROWSER = /from '.*\/(browser|setup-chromium)\.ts'/
const REPORT = 'build/test-report.json'

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
  if (files.some((file) => NEEDS_BROWSER.test(readFileSync(join(ROOT, file), 'utf8')))) {
    const chromium = ensureChromium((line) => console.log(line))
    console.log(chromium.kind === 'none' ? `– browser tests: ${chromium.why}` : `✓ browser: ${chromium.path}`)
    if (chromium.kind !== 'none') env[CHROMIUM_VARIABLE] = chromium.path
  }
  return vitest(files, env)
}

async function vitest(files: readonly string[], env: NodeJS.ProcessEnv): Promise<Count> {
  const report = join(ROOT, REPORT)
  mkdirSync(join(ROOT, 'build'), { recursive: true })
  rmSync(report, { force: true })
  const words = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json']
  const { ok } = await node([...words, `--outputFile.json=${REPORT}`, ...files], { env, show: true })
  return countReport(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined, ok)
}

/** All test files, from the root. */
function testFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return testFiles(path)
    return entry.name.endsWith('.test.ts') ? [path] : []
  })
}
