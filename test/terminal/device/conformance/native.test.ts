import { describe, expect, test } from 'vitest'
import { CONFORMANCE_FILE, ensureConformance } from '../../../../scripts/conformance-build.ts'
import { runNativeSuite } from '../../../../scripts/conformance-native.ts'
import { ensureNative } from '../../../rig/native.ts'
import { runWasm } from './wasm.ts'

const native = await ensureNative('x86-64')
const arm = await ensureNative('arm')
for (const build of [native, arm]) if ('missing' in build) console.warn(build.missing)

/** What the native port has: no certificate, no download service. */
const ABSENT = /^needs (injection|renewal|inbox)/
/** On ARM, which runs under an emulator of its processor here; all of it is `npx shuaka conformance --port arm`. */
const SOME = ['deadline.keypad', 'width.', 'printer.', 'flash.', 'mac.', 'pin.block', 'determinism.']

async function suiteOn(build: typeof native, model: 'compact' | 'standard', only: string) {
  if ('missing' in build) return expect.fail(build.missing)
  await ensureConformance()
  return runNativeSuite({ model, only, launch: build.rig, program: CONFORMANCE_FILE })
}

describe.skipIf('missing' in native)('the port native', () => {
  test('standard → every vector passes or is declared absent', async () => {
    const { results } = await suiteOn(native, 'standard', '')
    expect(results.filter(({ result }) => result === 'failed')).toEqual([])
    const absent = results.filter(({ result }) => result === 'absent')
    expect(absent.filter(({ detail }) => !ABSENT.test(detail))).toEqual([])
  })

  test('compact → screen, paper and order pass, and the trace is the one of wasm', async () => {
    for (const only of ['display.', 'width.', 'printer.', 'order.']) {
      const { results } = await suiteOn(native, 'compact', only)
      expect(results.filter(({ result }) => result !== 'passed')).toEqual([])
    }
    const { facts } = await suiteOn(native, 'compact', 'display.size')
    expect(facts?.trace).toBe((await runWasm({ model: 'compact', only: 'display.size' })).facts?.trace)
  })
})

describe.skipIf('missing' in arm)('the port arm', () => {
  test.each(SOME)('%s → every vector passes', async (only) => {
    const { results } = await suiteOn(arm, 'standard', only)
    expect(results.filter(({ result }) => result !== 'passed')).toEqual([])
  })

  test('the trace is the one of wasm', async () => {
    const { facts } = await suiteOn(arm, 'standard', 'display.size')
    expect(facts?.trace).toBe((await runWasm({ model: 'standard', only: 'display.size' })).facts?.trace)
  })
})
