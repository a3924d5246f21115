import type { Capability } from '../terminal/device/conformance/port.ts'
import { rigCalls } from '../terminal/device/conformance/port.ts'
import { contract } from '../terminal/device/contract.ts'
import type { Device } from '../terminal/device/device.ts'
import { makeConformanceGiver } from './conformance-giver.ts'
import { type Bench, makeRigRunner, type RigRunner, type RunnerOptions } from './conformance-rig.ts'
import {
  CONFORMANCE_SERIAL,
  CONFORMANCE_WALL_MS,
  conformanceKeys,
  conformanceSetup,
  makeEyes,
  makeLine,
  makeService,
} from './conformance-world.ts'
import type { FlashChip } from './device/flash.ts'
import type { Tear } from './device/flash-faults.ts'
import type { Model } from './device/ports.ts'
import type { Engine } from './engine.ts'
import { makeMachine } from './machine.ts'
import { makeVirtualTime } from './virtual-time.ts'
import type { QuickJsModule } from './vm/instance.ts'
import { INTERRUPT_BUDGET } from './vm/limits.ts'
import { bytesOfProgram } from './vm/program-text.ts'
import { Vm } from './vm/vm.ts'

/** Ways in which a chip of the emulator tears an operation, one after the other. */
const tears: readonly Tear[] = [
  { kind: 'someBits' },
  { kind: 'flicker' },
  { kind: 'allButLast' },
  { kind: 'prefix', bytes: 2 },
  { kind: 'restAppearsLater' },
  { kind: 'looksDone' },
  { kind: 'looksUndone' },
  { kind: 'appearsLater' },
]

/** What plain ECMAScript does not have, and what a test may put in the place of a good part. */
export interface WasmBenchOptions extends RunnerOptions {
  readonly model: Model
  readonly module: QuickJsModule
  /** Text of `build/conformance.js`. */
  readonly bundle: string
  readonly stackBytes: number
  readonly memoryBytes: number
  /** What the rig says that the heap is; `memoryBytes` unless given. */
  readonly declaredBytes?: number
  /** Interrupt ticks in one entry of the program; `INTERRUPT_BUDGET` unless given. */
  readonly interruptBudget?: number
  readonly flash: FlashChip
  /** The program chip; absent: a device that takes no programs. */
  readonly programs?: FlashChip
  settle(): Promise<void>
  stopwatch(): number
  random(length: number): Uint8Array
  gbk(bytes: Uint8Array): string
  /** The device that the program gets, for a port that is to have a fault. */
  change?(device: Device): Partial<Device>
  /** What the port declares that it lacks. */
  readonly lacks?: readonly Capability[]
}

/** The emulated device with the suite in QuickJS, in virtual time: the port `wasm`. */
export function makeWasmRunner(options: WasmBenchOptions): RigRunner {
  const { model, flash, programs, lacks = [] } = options
  let starting: Promise<void> = Promise.resolve()
  const settle = async (): Promise<void> => {
    await starting
    await options.settle()
  }
  const time = makeVirtualTime({ wallMs: CONFORMANCE_WALL_MS, settle })
  const line = makeLine()
  const download = makeService()
  const eyes = makeEyes()
  const giver = makeConformanceGiver(CONFORMANCE_SERIAL, options.random)
  const runner = makeRigRunner(() => bench, options)
  const engine = suiteEngine(options, runner, (booting) => {
    starting = booting
  })
  let stored: Uint8Array | undefined
  let tear = 0
  const machine = makeMachine({
    options: {
      model,
      identity: { maker: 'Shuaka', model, serial: CONFORMANCE_SERIAL, runtime: 'quickjs-wasm 0.1.0' },
      setup: conformanceSetup,
      scheduler: time,
      dial: (events) => (giver.dial('rkl') ?? line.dial)(events),
      station: async (events) => giver.dial('inject')?.(events),
      credential: giver.credential,
      secureStorage: {
        load: () => stored,
        save(bytes) {
          stored = bytes
          return true
        },
      },
      masterKeys: conformanceKeys,
      ...(!lacks.includes('inbox') && { inbox: download.port }),
      observer: eyes.observer,
      random: options.random,
      gbk: options.gbk,
    },
    chip: flash,
    ...(programs && { programChip: programs }),
    engine,
    onStopped: (why, count) => runner.crashed(why, count),
  })
  const there: readonly Capability[] = [
    ...(['injection', 'renewal', 'inbox', 'secondSource', 'life', 'cuts', 'heap'] as const),
    ...(programs ? (['slots'] as const) : []),
  ]
  const bench: Bench = {
    operator: machine.operator,
    ...{ time, eyes, host: line.host, giver: giver.rig, service: download.service },
    capabilities: there.filter((each) => !lacks.includes(each)),
    async heap() {
      const use = machine.memory()
      return use && { ...use, limit: options.declaredBytes ?? options.memoryBytes }
    },
    cut(chip, operation) {
      const cells = chip === 'flash' ? flash : programs
      const how = tears[tear++ % tears.length] as Tear
      cells?.cut({ operation: cells.operations() + operation, when: 'inside', tear: how })
    },
    powerOn() {
      machine.powerOff() // out of a halt
      machine.powerOn()
    },
    powerOff: () => machine.powerOff(),
    lost() {
      if (machine.state === 'off') return { ending: 'power', why: 'the power is gone' }
      return machine.state === 'halted'
        ? { ending: 'crash', why: 'it crashed too often in a row' }
        : undefined
    },
    stopwatch: () => options.stopwatch(),
  }
  return runner
}

/** QuickJS with the suite in it, and `device` with its rig. */
function suiteEngine(
  { module, bundle, stackBytes, memoryBytes, interruptBudget = INTERRUPT_BUDGET, change }: WasmBenchOptions,
  runner: RigRunner,
  starting: (booting: Promise<void>) => void,
): Engine {
  return {
    name: 'quickjs',
    factory: () => bytesOfProgram(bundle),
    start(device, events) {
      const limits = { memoryLimitBytes: memoryBytes, interruptBudget }
      const vm = new Vm({ module, bundle, stackBytes, ...limits }, (why, hung) => events.stopped(why, hung))
      starting(vm.boot({ ...device, ...change?.(device), rig: runner.rig }, { ...contract, rig: rigCalls }))
      return { kill: () => vm.kill(), memory: () => vm.memory() }
    },
  }
}
