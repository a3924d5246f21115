import { setImmediate } from 'node:timers/promises'
import { makeWasmRunner, type WasmBenchOptions } from '../../../../emulator/conformance-machine.ts'
import type { SuiteRun } from '../../../../emulator/conformance-rig.ts'
import { loadQuickJsNode } from '../../../../emulator/console/quickjs-node.ts'
import { makeFlashChip } from '../../../../emulator/device/flash.ts'
import { makeRandom } from '../../../../emulator/device/flash-faults.ts'
import { PROGRAM_CHIP } from '../../../../emulator/device/slots.ts'
import { MEMORY_BYTES, STACK_BYTES } from '../../../../emulator/vm/limits.ts'
import { ensureConformance } from '../../../../scripts/conformance-build.ts'

/** A run without end is ended after so many ticks here: a tenth of what a terminal has, and a tenth of the time. */
const INTERRUPT_BUDGET = 2_000

/** The suite in the engine of the port `wasm`, good or with a fault. */
export async function runWasm(given: Partial<WasmBenchOptions>): Promise<SuiteRun> {
  const random = makeRandom(1)
  const gbk = new TextDecoder('gbk')
  const runner = makeWasmRunner({
    ...{ model: 'compact', module: await loadQuickJsNode(), bundle: await ensureConformance(), only: '' },
    ...{ stackBytes: STACK_BYTES.mainThread, memoryBytes: MEMORY_BYTES, interruptBudget: INTERRUPT_BUDGET },
    ...{ flash: makeFlashChip(), programs: makeFlashChip({ geometry: PROGRAM_CHIP }) },
    settle: async () => {
      await setImmediate()
    },
    stopwatch: () => performance.now(),
    random: (length) => Uint8Array.from({ length }, () => random() & 0xff),
    gbk: (bytes) => gbk.decode(bytes),
    ...given,
  })
  return runner.run()
}
