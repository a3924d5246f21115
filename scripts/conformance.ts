import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeWasmRunner } from '../emulator/conformance-machine.ts'
import type { SuiteRun } from '../emulator/conformance-rig.ts'
import { loadQuickJsNode } from '../emulator/console/quickjs-node.ts'
import { makeFlashChip } from '../emulator/device/flash.ts'
import type { Model } from '../emulator/device/ports.ts'
import { PROGRAM_CHIP } from '../emulator/device/slots.ts'
import { MEMORY_BYTES, STACK_BYTES } from '../emulator/vm/limits.ts'
import { type Capability, capabilities } from '../terminal/device/conformance/port.ts'
import type { VectorResult } from '../terminal/device/conformance/rig.ts'
import { ensureBuilt } from './build.ts'
import { CONFORMANCE_FILE, ensureConformance } from './conformance-build.ts'
import { MINIMAL_CAPABILITIES, runMinimalSuite } from './conformance-minimal.ts'
import { NATIVE_CAPABILITIES, runNativeSuite } from './conformance-native.ts'
import { buildNative } from './native/build-native.ts'

/** Where the suite runs: in QuickJS as WebAssembly, in the C runtime for this processor or for 32-bit ARM, or in the example port. */
export const CONFORMANCE_PORTS = ['wasm', 'native', 'arm', 'minimal'] as const
export type ConformancePort = (typeof CONFORMANCE_PORTS)[number]

/** QuickJS of the WebAssembly build, which has no word for it. */
const WASM_ENGINE = 'QuickJS 2025-09-13'
const NATIVE_ENGINE_VERSION = fileURLToPath(new URL('../terminal/port/quickjs/VERSION', import.meta.url))

export interface ConformanceOptions {
  readonly port: ConformancePort
  readonly model: Model
  /** Vectors whose id begins so. */
  readonly only: string
  onResult?(result: VectorResult): void
}

/** What the suite has shown of a port. */
export interface Conformance {
  readonly port: ConformancePort
  readonly model: Model
  readonly engine: string
  /** Hashes of what ran, and of the program that the port is for. */
  readonly bundles: { readonly [file: string]: { readonly bytes: number; readonly sha256: string } }
  /** What the port declares that it lacks. */
  readonly lacks: readonly Capability[]
  readonly run: SuiteRun
}

/** Runs the suite on a port; or one sentence on what is missing here for it. Throws Error where the port does not go on. */
export async function conformance(
  options: ConformanceOptions,
): Promise<Conformance | { readonly missing: string }> {
  const { port, model } = options
  const arch = port === 'arm' ? 'arm' : 'x86-64'
  const native = port === 'wasm' ? undefined : await buildNative(arch, { minimal: port === 'minimal' })
  if (native !== undefined && 'missing' in native) return native
  const suite = await ensureConformance()
  const program = readFileSync((await ensureBuilt()).file)
  const of = (bytes: Uint8Array) => ({ bytes: bytes.length, sha256: digest(bytes) })
  const about = {
    ...{ port, model },
    bundles: { 'conformance.js': of(Buffer.from(suite)), 'program.js': of(program) },
  }
  if (native === undefined) {
    const { there, run } = await runWasm(suite, options)
    return { ...about, engine: WASM_ENGINE, lacks: without(there), run }
  }
  const engine = `QuickJS ${readFileSync(NATIVE_ENGINE_VERSION, 'utf8').trim()}`
  if (port === 'minimal') {
    const run = await runMinimalSuite({ ...options, launch: native.minimalRig, program: CONFORMANCE_FILE })
    return { ...about, engine, lacks: without(MINIMAL_CAPABILITIES), run }
  }
  const run = await runNativeSuite({ ...options, launch: native.rig, program: CONFORMANCE_FILE })
  return { ...about, engine, lacks: without(NATIVE_CAPABILITIES), run }
}

async function runWasm(bundle: string, options: ConformanceOptions) {
  const gbk = new TextDecoder('gbk')
  const runner = makeWasmRunner({
    ...options,
    ...{
      bundle,
      module: await loadQuickJsNode(),
      stackBytes: STACK_BYTES.mainThread,
      memoryBytes: MEMORY_BYTES,
    },
    ...{ flash: makeFlashChip(), programs: makeFlashChip({ geometry: PROGRAM_CHIP }) },
    settle: async () => {
      await setImmediate()
    },
    stopwatch: () => performance.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
    gbk: (bytes) => gbk.decode(bytes),
  })
  return { there: runner.rig.capabilities(), run: await runner.run() }
}

function without(there: readonly Capability[]): readonly Capability[] {
  return capabilities.filter((each) => !there.includes(each))
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
