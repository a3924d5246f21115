import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Picture } from '../../emulator/device/ports.ts'
import { writeDeviceFolder } from '../../emulator/native/device-folder.ts'
import { type HeapWord, makeNativeMachine, type NativeMachine } from '../../emulator/native/native-machine.ts'
import { makeVirtualTime, type VirtualTime } from '../../emulator/virtual-time.ts'
import type { Launch, NativeBuild } from '../native/build-native.ts'
import { makeTerminalSetup } from '../terminal-setup.ts'
import { type Bank, bytesFrom, makeBank } from './bank.ts'
import { type Face, IDLE, see, sell, shop, WALL_MS } from './joined.ts'

/** The till of joined.ts with a native terminal in the place of the emulated one: the same acts, host and virtual time. */
export interface NativeTill {
  readonly machine: NativeMachine
  readonly time: VirtualTime
  readonly bank: Bank
  /** Folder of the device. */
  readonly folder: string
  /** Why runs of the application have ended. */
  readonly stops: readonly string[]
  /** Switches on; resolves when the main menu is on the screen. */
  boot(): Promise<void>
  sell(): Promise<'approved' | 'full'>
  /** What the heap holds now. */
  heap(): Promise<HeapWord>
  /** Ends the process, and takes the folder away. */
  close(): Promise<void>
}

export interface NativeTillOptions {
  readonly native: NativeBuild
  readonly launch?: Launch
  /** Bytes of the application's heap; 2 MiB where it is not given. */
  readonly heap?: number
  /** Folder whose device.key and program.bc are taken over, so that the first start compiles nothing. */
  readonly made?: string
}

/** What a native terminal makes at its first start and needs no second time: its secret, and bytecode sealed under it. */
export const MADE_ONCE = ['device.key', 'program.bc'] as const

export function makeNativeTill(options: NativeTillOptions): NativeTill {
  const { native, heap, made, launch = native.rig } = options
  const { provision, cards } = shop()
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-till-'))
  const given = { device: 'standard', locale: 'zh', dialect: 'cup', engine: 'v8', bundle: '' } as const
  writeDeviceFolder(folder, makeTerminalSetup(provision, cards, given), 'zh')
  for (const name of made === undefined ? [] : MADE_ONCE)
    if (existsSync(join(made ?? '', name))) copyFileSync(join(made ?? '', name), join(folder, name))
  const bank = makeBank(provision, cards)
  const stops: string[] = []
  let picture: Picture | undefined
  let told: HeapWord | undefined
  const time = makeVirtualTime({
    wallMs: WALL_MS,
    async settle() {
      await machine.quiet()
      await setImmediate()
    },
  })
  bank.follow(time)
  const words = ['--folder', folder, '--program', join(native.folder, 'program.js'), '--pipe']
  const machine = makeNativeMachine({
    launch: () => ({
      ...launch,
      args: [...launch.args, ...words, ...(heap === undefined ? [] : ['--heap', String(heap)])],
    }),
    model: 'standard',
    scheduler: time,
    observer: {
      screen(next) {
        picture = next
      },
      paper: () => undefined,
      slipEnd: () => undefined,
      wire: () => undefined,
    },
    dial: bank.dial,
    random: bytesFrom(2),
    onStopped: (why) => void stops.push(why),
    onEnded: (status, complaint) => void stops.push(`the process ended with ${status}: ${complaint}`),
    onHeap(word) {
      told = word
    },
  })
  const face: Face = { machine, time, stops, picture: () => picture }
  return {
    machine,
    time,
    bank,
    folder,
    stops,
    async boot() {
      machine.powerOn()
      await see(face, IDLE)
    },
    sell: () => sell(face, cards[0]?.track2 ?? '', cards[0]?.pin ?? ''),
    async heap() {
      machine.word('heap')
      await machine.quiet()
      if (told === undefined)
        throw new Error(`bench: the terminal says nothing of its heap ${stops.join(', ')}`)
      return told
    },
    async close() {
      machine.powerOff()
      await machine.quiet()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
