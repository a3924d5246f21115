import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConsoleOptions, type ConsoleTerminal, makeDial } from '../console/terminal.ts'
import { writeDeviceFolder } from './device-folder.ts'
import { makeNativeMachine, type NativeMachine, type NativeOptions } from './native-machine.ts'
import type { Launch } from './rig-process.ts'

/** A rig binary with what runs it, and the program for it. */
export interface NativeRig {
  readonly launch: Launch
  /** `build/program.js`, or another program of the same form. */
  readonly program: string
}

/** A native terminal where a console terminal is wanted: for scenarios, in virtual time, with the embedded host. */
export interface NativeTerminal extends ConsoleTerminal {
  readonly machine: NativeMachine
  /** The folder that is the device. */
  readonly folder: string
  /** The flash chip of the journal, as it is in the folder now. */
  flashImage(): Uint8Array
}

type Extra = Pick<NativeOptions, 'rig' | 'onEnded' | 'onStart'>

/** Puts the terminal together in a folder of its own, which `close` removes unless the set-up names one. It is off. */
export async function makeNativeTerminal(
  given: ConsoleOptions,
  { launch, program }: NativeRig,
  extra: Extra = {},
): Promise<NativeTerminal> {
  const { setup, scheduler, observer } = given
  const random = given.random ?? ((length: number) => new Uint8Array(randomBytes(length)))
  const folder = setup.flashFolder ?? mkdtempSync(join(tmpdir(), 'shuaka-native-'))
  let locale = setup.locale
  const machine = makeNativeMachine({
    ...{ model: setup.model, scheduler, observer, random, ...extra },
    launch() {
      writeDeviceFolder(folder, setup, locale)
      return { ...launch, args: [...launch.args, '--folder', folder, '--program', program, '--pipe'] }
    },
    dial: makeDial(setup.host, scheduler, given.hostRandom),
    onStopped: (why) => given.onStopped?.(why),
  })
  return {
    machine,
    folder,
    setLocale(next) {
      locale = next
    },
    started: () => machine.quiet(),
    flashImage: () => new Uint8Array(readFileSync(join(folder, 'flash.bin'))),
    close() {
      machine.powerOff()
      if (setup.flashFolder === undefined) void machine.quiet().then(() => remove(folder))
    },
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
