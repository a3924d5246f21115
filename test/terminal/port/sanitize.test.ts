import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { Launch } from '../../../emulator/native/rig-process.ts'
import { ensureNative, newDeviceFolder, runNative } from '../../rig/native.ts'
import { onNative, type Played } from '../../rig/same-scenario.ts'

/**
 * The C runtime under the compiler's sanitizers and under valgrind: scenarios, each to its end without one finding. Here a few
 * of them; `SHUAKA_BUDGET=40 npx vitest run test/terminal/port/sanitize.test.ts` plays all under both.
 */
const budget = Number(process.env.SHUAKA_BUDGET ?? 1)
const SANITIZED = 5
const UNDER_VALGRIND = 2
/** Of one scenario, in real time, on a busy machine. */
const SCENARIO_MS = 120_000

const files = readdirSync(fileURLToPath(new URL('../../scenario', import.meta.url)))
  .filter((file) => file.endsWith('.txt'))
  .sort()
const all: readonly Played[] = files.map((file, at) => ({
  file,
  device: at % 2 === 0 ? 'compact' : 'standard',
  dialect: at % 4 < 2 ? 'cbor' : 'cup',
}))
/** `count` of them, spread over the set. */
function some(count: number): readonly Played[] {
  const wanted = Math.min(all.length, Math.round(count * budget))
  return all.filter(
    (_, at) => Math.floor((at * wanted) / all.length) !== Math.floor(((at + 1) * wanted) / all.length),
  )
}

const sanitized = await ensureNative('x86-64', { sanitize: true })
const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
const noValgrind = spawnSync('valgrind', ['--version']).status !== 0
if (missing !== undefined) console.warn(missing)
else if (noValgrind) console.warn('no valgrind here: the runtime is not played under it')

const made = { sanitized: folder(), valgrind: folder() }
function folder(): string {
  return mkdtempSync(join(tmpdir(), 'shuaka-made-'))
}
afterAll(() => {
  for (const each of Object.values(made)) rmSync(each, { recursive: true, force: true })
})

/** Every finding ends the process; what a process that was switched off has not freed is no leak. */
const SANITIZER = {
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0:exitcode=70',
  UBSAN_OPTIONS: 'print_stacktrace=1',
}

async function plays(played: Played, launch: Launch, kept: string): Promise<void> {
  if ('missing' in native) return expect.fail(native.missing)
  const { passed, report } = await onNative(
    played,
    { launch, program: join(native.folder, 'program.js') },
    kept,
  )
  expect({ passed, report }).toEqual({ passed: true, report: '' })
}

describe.skipIf(missing !== undefined)('AddressSanitizer and UndefinedBehaviorSanitizer find nothing', () => {
  test.each(some(SANITIZED))(
    '$file, $device, $dialect',
    async (played) => {
      if ('missing' in sanitized) return expect.fail(sanitized.missing)
      await plays(played, { ...sanitized.rig, env: SANITIZER }, made.sanitized)
    },
    SCENARIO_MS,
  )

  test('an orderly end frees what it has taken: no leak', async () => {
    if ('missing' in sanitized) return expect.fail(sanitized.missing)
    const launch = { ...sanitized.device, env: { ...SANITIZER, ASAN_OPTIONS: 'detect_leaks=1:exitcode=70' } }
    const device = newDeviceFolder()
    for (const start of ['from source', 'from bytecode']) {
      const ended = await runNative(launch, ['--folder', device, '--pipe'], (line) =>
        line.startsWith('screen') ? 'quit' : undefined,
      )
      expect(ended, start).toMatchObject({ status: 0, err: [] })
    }
  })
})

describe.skipIf(missing !== undefined || noValgrind)('valgrind finds nothing', () => {
  test.each(some(UNDER_VALGRIND))(
    '$file, $device, $dialect',
    async (played) => {
      if ('missing' in native) return expect.fail(native.missing)
      const words = ['-q', '--error-exitcode=70', '--exit-on-first-error=yes', '--leak-check=no']
      const { command, args } = native.rig
      await plays(played, { command: 'valgrind', args: [...words, command, ...args] }, made.valgrind)
    },
    SCENARIO_MS,
  )
})
