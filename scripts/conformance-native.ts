import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Bench, makeRigRunner, type RunnerOptions, type SuiteRun } from '../emulator/conformance-rig.ts'
import {
  CONFORMANCE_SERIAL,
  CONFORMANCE_WALL_MS,
  conformanceKeys,
  conformanceSetup,
  makeEyes,
  makeLine,
} from '../emulator/conformance-world.ts'
import type { TerminalSetup } from '../emulator/console/worker-words.ts'
import type { Model } from '../emulator/device/ports.ts'
import { writeDeviceFolder } from '../emulator/native/device-folder.ts'
import { type HeapWord, makeNativeMachine } from '../emulator/native/native-machine.ts'
import { makeVirtualTime } from '../emulator/virtual-time.ts'
import {
  type Capability,
  type Ending,
  type GiverKind,
  rigCalls,
} from '../terminal/device/conformance/port.ts'
import type { Launch } from './native/build-native.ts'

/** Exit status of the rig whose power a planned cut has taken. */
const EXIT_CUT = 99
/** What the native port has; the rest it declares that it lacks. */
export const NATIVE_CAPABILITIES: readonly Capability[] = ['slots', 'life', 'cuts', 'heap']
/** Places of the chips in the word `cut`. */
const CHIPS = { flash: 0, slots: 1 } as const

export interface NativeSuiteOptions extends RunnerOptions {
  readonly model: Model
  /** The rig binary, under an emulator of its processor where that is another. */
  readonly launch: Launch
  /** Path of `build/conformance.js`. */
  readonly program: string
  /** What the port has; absent: what the whole native port has. */
  readonly capabilities?: readonly Capability[]
  /** Words of the command line; absent: those of the whole native port, for its folder. */
  readonly words?: readonly string[]
}

/** Runs the suite in the native runtime, in a folder of its own that is removed after it. */
export async function runNativeSuite(options: NativeSuiteOptions): Promise<SuiteRun> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-conformance-'))
  const { bench, runner } = makeNativeBench(options, folder)
  try {
    return await runner.run()
  } finally {
    bench.powerOff()
    await bench.time.advance(0)
    rmSync(folder, { recursive: true, force: true })
  }
}

function makeNativeBench(options: NativeSuiteOptions, folder: string) {
  const { model, launch, program, capabilities = NATIVE_CAPABILITIES, words, ...wanted } = options
  const settle = async (): Promise<void> => {
    await setImmediate()
    await machine.quiet()
    await setImmediate()
  }
  const time = makeVirtualTime({ wallMs: CONFORMANCE_WALL_MS, settle })
  const line = makeLine()
  const eyes = makeEyes()
  const runner = makeRigRunner(() => bench, wanted)
  let lost: { readonly ending: Ending; readonly why: string } | undefined
  let tellHeap: ((heap: HeapWord) => void) | undefined
  const setup: TerminalSetup = {
    ...{ serial: CONFORMANCE_SERIAL, model, setup: conformanceSetup, masterKeys: conformanceKeys },
    locale: 'zh',
    host: { kind: 'tcp', host: '127.0.0.1', port: 1 }, // never dialled: the rig is the line
    ...{ wallet: [], engine: 'quickjs', bundle: '' },
  }
  const machine = makeNativeMachine({
    ...{ model, scheduler: time, observer: eyes.observer, dial: line.dial },
    launch() {
      writeDeviceFolder(folder, setup, 'zh')
      return {
        ...launch,
        args: [...launch.args, ...(words ?? ['--folder', folder, '--program', program, '--pipe'])],
      }
    },
    random: (length) => new Uint8Array(randomBytes(length)),
    onStopped: (why, count) => runner.crashed(why, count),
    onEnded(status, complaint) {
      lost =
        status === EXIT_CUT
          ? { ending: 'power', why: 'the power is gone' }
          : { ending: 'crash', why: `the runtime ended with ${status}: ${complaint}` }
    },
    onHeap: (heap) => tellHeap?.(heap),
    rig: {
      kinds: rigCalls,
      call(name, args) {
        const call: unknown = Object.hasOwn(rigCalls, name) ? Reflect.get(runner.rig, name) : undefined
        if (typeof call !== 'function') throw new Error(`no rig.${name}`)
        return Reflect.apply(call, runner.rig, args)
      },
    },
  })
  const bench: Bench = {
    operator: machine.operator,
    ...{ time, eyes, host: line.host },
    giver: { giver: (_: GiverKind) => undefined, given: () => undefined },
    capabilities,
    heap: () =>
      new Promise((resolve) => {
        tellHeap = ({ used, peak, limit }) => resolve({ used, peak, limit })
        machine.word('heap')
      }),
    cut: (chip, operation) => machine.word(`cut\t${CHIPS[chip]}\t${operation}`),
    powerOn() {
      lost = undefined
      machine.powerOff() // out of a halt
      machine.powerOn()
    },
    powerOff: () => machine.powerOff(),
    lost: () => lost,
    stopwatch: () => performance.now(),
  }
  return { bench, runner }
}
