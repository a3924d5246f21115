import { sha256 } from '@noble/hashes/sha2.js'
import { type Choice, firstStage } from '../terminal/boot/first-stage.ts'
import { readBoot, TRIES } from '../terminal/boot/record.ts'
import type { Device } from '../terminal/device/device.ts'
import type { Started } from '../terminal/device/slots.ts'
import { PROGRAM } from '../terminal/version.ts'
import { type BuiltIn, builtInProgram } from './device/slots.ts'
import type { Engine } from './engine.ts'

/** What the first stage chose, with the bytes to run. */
export type Boot =
  | (Choice & { readonly kind: 'halt' })
  | (Choice & { readonly kind: 'run'; readonly started: Started; readonly program: Uint8Array | undefined })

/** Runs the first stage on a device that has just got power. `program`: the very bytes that were hashed. */
export function boot(device: Device, hung: boolean): Boot {
  let loaded: Uint8Array | undefined
  const choice = firstStage({
    slots: device.slots,
    secure: device.secure,
    load(address, length) {
      loaded = device.slots.read(address, length)
      return sha256(loaded)
    },
    hung,
  })
  if (choice.kind === 'halt') return choice
  const { place, attempt } = choice
  const program = place === 'factory' ? undefined : loaded
  return { ...choice, started: { place, trial: attempt > 0 }, program }
}

/** What starts, for who shows it. `attempt`: 1–3 on trial, else 0. */
export interface ProgramStart {
  readonly place: Started['place']
  readonly version: string
  readonly attempt: number
}

export function programStart(
  device: Device,
  { place, attempt }: Boot & { readonly kind: 'run' },
): ProgramStart {
  const { active, pending } = readBoot(device)
  const { version } = attempt > 0 && pending !== undefined ? pending : active
  return { place, version, attempt }
}

/** What a person is told of a choice; undefined: nothing out of the ordinary. 16 cells at most. */
export function bootLine(boot: Boot): string | undefined {
  if (boot.kind === 'halt') return '停机 HALTED'
  if (boot.attempt > 0) return `试运行 TRIAL ${boot.attempt}/${TRIES}`
  return boot.reverted > 0 ? `回退 REVERT ${boot.reverted}` : undefined
}

/** The program that was started for a trial has not confirmed itself yet. */
export function inTrial(device: Device): boolean {
  const { pending } = readBoot(device)
  return pending !== undefined && pending.tries < TRIES
}

/** The program built into `engine`, which is this source: hashed when it is first asked for. */
export function builtInto(engine: Engine): () => BuiltIn {
  let known: BuiltIn | undefined
  return () => {
    known ??= builtInProgram(engine.factory?.() ?? new Uint8Array(0), PROGRAM.counter, PROGRAM.version)
    return known
  }
}
