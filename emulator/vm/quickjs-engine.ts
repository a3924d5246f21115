import { contract } from '../../terminal/device/contract.ts'
import type { Engine } from '../engine.ts'
import type { QuickJsModule } from './instance.ts'
import { INTERRUPT_BUDGET, MEMORY_BYTES } from './limits.ts'
import { bytesOfProgram } from './program-text.ts'
import { Vm } from './vm.ts'

export interface QuickJsOptions {
  /** From `loadQuickJsNode()` or `loadQuickJsWeb(url)`; one for any number of engines. */
  readonly module: QuickJsModule
  /** Text of `build/program.js`: it finds the global `device` and leaves the promise `application.running`. */
  readonly bundle: string
  /** One of `STACK_BYTES`, by where this runs. */
  readonly stackBytes: number
  /** Heap of the guest in real bytes, 128 KiB to 256 MiB; `MEMORY_BYTES` unless given. */
  readonly memoryLimitBytes?: number
  /** Interrupt ticks in one entry of the guest; `INTERRUPT_BUDGET` unless given. */
  readonly interruptBudget?: number
}

/** The application in QuickJS. Every start makes an instance of its own, so that a broken one is simply dropped. */
export function quickJsEngine(options: QuickJsOptions): Engine {
  const { memoryLimitBytes = MEMORY_BYTES, interruptBudget = INTERRUPT_BUDGET } = options
  return {
    name: 'quickjs',
    factory: () => bytesOfProgram(options.bundle),
    start(device, events, program) {
      const limits = { memoryLimitBytes, interruptBudget }
      const bundle = program ?? options.bundle
      const vm = new Vm({ ...options, ...limits, bundle }, (why, hung) => events.stopped(why, hung))
      void vm.boot(device, contract)
      return { kill: () => vm.kill(), memory: () => vm.memory() }
    },
  }
}
