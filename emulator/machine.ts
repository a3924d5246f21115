import type { Device } from '../terminal/device/device.ts'
import type { Flash } from '../terminal/device/flash.ts'
import type { Started } from '../terminal/device/slots.ts'
import { type Boot, boot, bootLine, builtInto, inTrial, type ProgramStart, programStart } from './boot.ts'
import { type Body, makeBody, setPaper } from './device/body.ts'
import { type EmulatedDevice, makeDevice } from './device/device.ts'
import { plainPicture } from './device/display.ts'
import type { DeviceOptions, Operator, SecureStorage } from './device/ports.ts'
import { makerService, tamperWithoutPower } from './device/secure-start.ts'
import type { Engine, Running } from './engine.ts'

/** A flash chip that can lose its power inside a call: the call then throws an error named `PowerCut`. */
export interface Chip extends Flash {
  /** Power is gone, as the switch takes it. */
  powerOff(): void
  /** Power is back: calls work again on what the cut left. */
  repower(): void
}

export interface MachineOptions {
  readonly options: DeviceOptions
  readonly chip: Chip
  /** Chip for programs that are downloaded; absent: this terminal runs what its engine has built in and nothing else. */
  readonly programChip?: Chip
  readonly engine: Engine
  /** Time between a crash and the next start; doubles with each further crash in a row. 1,000 when not given. */
  readonly restartMs?: number
  /** The application has stopped by itself, the `count`th time in a row. */
  onStopped?(why: string, count: number): void
  /** The first stage has chosen a program, which starts now. */
  onStart?(program: ProgramStart): void
}

/** `restarting`: between two starts. `halted`: crashed too often in a row; only the power switch helps. */
export type MachineState = 'off' | 'running' | 'restarting' | 'halted'

/** A terminal: device, engine, and the power switch between them. */
export interface Machine {
  readonly state: MachineState
  readonly operator: Operator
  /** Does nothing while on. Throws Error when the device cannot start at all (a wrong master key). */
  powerOn(): void
  /** At once, wherever the application is. Does nothing while off. */
  powerOff(): void
  /** Of the running application, where the engine can tell. */
  memory(): { readonly used: number; readonly peak: number } | undefined
}

export const RESTART_MS = 1_000
/** Longest wait before a restart. */
export const RESTART_MS_MAX = 60_000
/** Crashes in a row before the machine gives up. */
export const CRASHES_MAX = 10
/** An application that has run this long counts as well: the next crash is a first one. */
export const STEADY_MS = 60_000
/** A program on trial 试运行 that has not confirmed itself this long after its start is taken for hung. */
export const TRIAL_MS = 180_000
/** `info.restart()` to the next start. */
export const REBOOT_MS = 100

export function makeMachine(setup: MachineOptions): Machine {
  const { options, chip, programChip, engine, restartMs = RESTART_MS } = setup
  const { scheduler, observer, model } = options
  const body: Body = makeBody()
  let state: MachineState = 'off'
  let run:
    | { readonly unit: EmulatedDevice; running: Running | undefined; readonly sinceMs: number }
    | undefined
  let crashes = 0
  let hung = false
  let started: Started = { place: 'factory', trial: false }
  let callOff: (() => void) | undefined
  let disarm: (() => void) | undefined

  const flash = switched(chip)
  const slots = {
    chip: programChip && switched(programChip),
    builtIn: builtInto(engine),
    running: () => started,
  }
  const secureStorage: SecureStorage = {
    load: () => options.secureStorage.load(),
    save: (bytes) => orPowerOff(() => options.secureStorage.save(bytes)),
  }
  function switched(of: Chip): Flash {
    return {
      geometry: () => of.geometry(),
      read: (address, length) => orPowerOff(() => of.read(address, length)),
      program: (address, bytes) => orPowerOff(() => of.program(address, bytes)),
      erase: (sector) => orPowerOff(() => of.erase(sector)),
    }
  }
  /** The cut that the chip saw is a cut for all of us. */
  function orPowerOff<T>(call: () => T): T {
    try {
      return call()
    } catch (error) {
      if (isPowerCut(error)) powerOff()
      throw error
    }
  }

  function showLine(text: string, lit: boolean): void {
    observer.screen(plainPicture(model, lit, text, body.plugged ? 4 : 0))
  }

  /** Everything volatile goes: nothing of this run can act or be seen any more. */
  function end(): void {
    const ended = run
    run = undefined
    disarm?.()
    disarm = undefined
    callOff?.()
    callOff = undefined
    ended?.unit.powerLost()
    ended?.running?.kill()
  }

  function startAfter(ms: number): void {
    state = 'restarting'
    disarm = scheduler.after(ms, start)
  }

  function start(): void {
    disarm = undefined
    state = 'running'
    const unit = deviceOrOff()
    if (unit === undefined) return
    const own = { unit, running: undefined as Running | undefined, sinceMs: scheduler.monotonicMs() }
    run = own
    const chosen = bootOrOff(unit.device)
    if (chosen === undefined) return
    const line = bootLine(chosen)
    if (line !== undefined) showLine(line, true)
    if (chosen.kind === 'halt') {
      halted(chosen.why)
      return
    }
    started = chosen.started
    setup.onStart?.(programStart(unit.device, chosen))
    const stopped = (why: string, byWatchdog = false): void => {
      if (run !== own) return
      hung = byWatchdog
      crashed(why, own.sinceMs)
    }
    own.running = engine.start(unit.device, { stopped }, chosen.program)
    if (started.trial)
      callOff = scheduler.after(TRIAL_MS, () => inTrial(unit.device) && stopped(NO_CONFIRMATION, true))
  }

  /** Undefined when the power was cut while the first stage wrote something. */
  function bootOrOff(device: Device): Boot | undefined {
    const byWatchdog = hung
    hung = false
    try {
      return boot(device, byWatchdog)
    } catch (error) {
      if (isPowerCut(error)) return undefined
      throw error
    }
  }

  function halted(why: string): void {
    end()
    state = 'halted'
    setup.onStopped?.(why, crashes)
  }

  /** Undefined when the power was cut while the secure element saved something. */
  function deviceOrOff(): EmulatedDevice | undefined {
    try {
      return makeDevice({ ...options, secureStorage }, flash, { body, slots, restart: () => rebooted() })
    } catch (error) {
      state = 'off'
      if (isPowerCut(error)) return undefined
      throw error
    }
  }

  function rebooted(): void {
    end()
    startAfter(REBOOT_MS)
  }

  function crashed(why: string, sinceMs: number): void {
    end()
    if (scheduler.monotonicMs() - sinceMs >= STEADY_MS) crashes = 0
    crashes++
    if (crashes > CRASHES_MAX) {
      state = 'halted'
      showLine(`停机 HALTED ${crashes}`, true)
    } else {
      showLine(`重启 RESTART ${crashes}`, true)
      startAfter(Math.min(RESTART_MS_MAX, restartMs * 2 ** (crashes - 1)))
    }
    setup.onStopped?.(why, crashes)
  }

  function powerOn(): void {
    if (state !== 'off') return
    crashes = 0
    hung = false
    chip.repower()
    programChip?.repower()
    start()
  }
  function powerOff(): void {
    if (state === 'off') return
    state = 'off'
    end()
    chip.powerOff()
    programChip?.powerOff()
    showLine('', false)
  }

  return {
    get state() {
      return state
    },
    operator: {
      press(key) {
        try {
          run?.unit.operator.press(key)
        } catch (error) {
          if (!isPowerCut(error)) throw error // the secure element saved something, and the finger knows nothing of it
        }
      },
      swipe: (stripe) => run?.unit.operator.swipe(stripe),
      swipeBadly: () => run?.unit.operator.swipeBadly(),
      paperOut: (lines = 0) => setPaper(body, lines),
      paperIn: () => setPaper(body, undefined),
      cable(plugged) {
        if (run !== undefined) run.unit.operator.cable(plugged)
        else body.plugged = plugged
      },
      tamper() {
        try {
          if (run !== undefined) run.unit.operator.tamper()
          else tamperWithoutPower(options, body)
        } catch (error) {
          if (!isPowerCut(error)) throw error // the latch in the case stays set
        }
      },
      service() {
        if (state === 'off') makerService(options, body)
      },
    },
    powerOn,
    powerOff,
    memory: () => run?.running?.memory?.(),
  }
}

const NO_CONFIRMATION = 'the program on trial has not confirmed itself in time'

function isPowerCut(error: unknown): boolean {
  return error instanceof Error && error.name === 'PowerCut'
}
