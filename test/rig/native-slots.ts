import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'vitest'
import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import { type FlashChip, makeFlashChip } from '../../emulator/device/flash.ts'
import { guarded } from '../../emulator/device/guard.ts'
import { PROGRAM_CHIP } from '../../emulator/device/slots.ts'
import type { Engine } from '../../emulator/engine.ts'
import { writeDeviceFolder } from '../../emulator/native/device-folder.ts'
import { makeNativeMachine, type NativeMachine } from '../../emulator/native/native-machine.ts'
import { makeVirtualTime } from '../../emulator/virtual-time.ts'
import { STACK_BYTES } from '../../emulator/vm/limits.ts'
import { quickJsEngine } from '../../emulator/vm/quickjs-engine.ts'
import type { NativeBuild } from '../../scripts/native/build-native.ts'
import { areasOf } from '../../terminal/boot/layout.ts'
import type { Setup } from '../../terminal/device/info.ts'
import { VERSION } from '../../terminal/version.ts'
import { MASTER_KEY, makeTill, type Till, type TillOptions, WALL_MS } from './till.ts'

/** Both chips of a terminal. */
export interface Images {
  readonly flash: Uint8Array
  readonly programs: Uint8Array
}

/** What a terminal starts from, the same on every runtime. */
export interface Beginning {
  readonly images: Images
  /** The program built in. */
  readonly factory: string
  readonly setup?: Partial<Setup>
  readonly serial?: string
  /** Of the till around it: its clock, its host. */
  readonly options?: Pick<TillOptions, 'clockMs' | 'hostOptions'>
}

/** A terminal with two program slots that can be switched off, looked into, and compared with another one. */
export interface SlotTerminal extends Till {
  /** `WebAssembly`, or the processor of a native one. */
  readonly runtime: string
  on(): Promise<void>
  off(): Promise<void>
  /** Both chips, as they are now. */
  images(): Images
  /** These bits of one byte of the program chip become others; without power. */
  flip(address: number, mask: number): void
  close(): Promise<void>
}

export interface NativeSlotTerminal extends SlotTerminal {
  readonly native: NativeMachine
  /** The folder that is the device. */
  readonly folder: string
  /** How its process has ended by itself, each time, and what it said. */
  readonly ends: { readonly status: number | string; readonly complaint: string }[]
  /** Ends the process in good order, as a person does. Resolves to what it has said on standard error. */
  quit(): Promise<string>
}

const SERIAL = 'SK000001'
/** An endless loop is known for one soon; the native runtime has its own number. */
const TICKS = 100
/** Long enough for a first start to draw a picture. */
const COMES_UP_MS = 20

/** The emulated terminal, its programs in QuickJS in WebAssembly. */
export async function makeWasmTerminal({ images, factory, setup, serial = SERIAL, options }: Beginning) {
  const module = await loadQuickJsNode()
  const { engine, started } = watched(
    quickJsEngine({ module, bundle: factory, stackBytes: STACK_BYTES.mainThread, interruptBudget: TICKS }),
  )
  const programChip = makeFlashChip({ geometry: PROGRAM_CHIP, image: images.programs })
  const till = makeTill({
    ...options,
    ...(setup && { setup }),
    image: images.flash,
    time: makeVirtualTime({
      wallMs: options?.clockMs ?? WALL_MS,
      async settle() {
        await started()
        await setImmediate()
      },
    }),
    ...{ programChip, engine },
    device: {
      identity: { maker: 'Shuaka', model: 'standard', serial, runtime: `quickjs-native ${VERSION}` },
      random: chance('device'),
    },
  })
  const terminal: SlotTerminal = {
    ...till,
    runtime: 'WebAssembly',
    async on() {
      till.machine.powerOn()
      await till.time.advance(COMES_UP_MS)
    },
    async off() {
      till.machine.powerOff()
    },
    images: () => ({ flash: till.chip.image(), programs: programChip.image() }),
    flip: (address, mask) => programChip.flip(address, mask),
    async close() {
      till.machine.powerOff()
    },
  }
  return terminal
}

/** The native runtime in its rig. */
export async function makeNativeSlots(
  build: NativeBuild,
  { images, factory, setup, serial = SERIAL, options }: Beginning,
): Promise<NativeSlotTerminal> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-native-slots-'))
  const program = join(folder, 'factory.js')
  writeFileSync(program, factory)
  const chips = { flash: join(folder, 'flash.bin'), programs: join(folder, 'programs.bin') }
  for (const chip of ['flash', 'programs'] as const) writeFileSync(chips[chip], images[chip])
  const ends: { status: number | string; complaint: string }[] = []
  let native: NativeMachine | undefined
  const till = makeTill({
    ...options,
    ...(setup && { setup }),
    body({ model, setup, time, dial, observer, onStopped }) {
      const key = Uint8Array.from(Buffer.from(MASTER_KEY, 'hex'))
      const masterKeys = [{ slot: 1, key, checkValue: 'FB4529' }]
      const made = makeNativeMachine({
        ...{ model, scheduler: time, observer, dial, onStopped, random: chance('device') },
        launch() {
          const host = { kind: 'tcp', host: '127.0.0.1', port: 9 } as const
          writeDeviceFolder(folder, { model, serial, setup, masterKeys, host }, 'zh')
          const { command, args } = build.rig
          return {
            ...build.rig,
            command,
            args: [...args, '--folder', folder, '--program', program, '--pipe'],
          }
        },
        onEnded: (status, complaint) => void ends.push({ status, complaint }),
      })
      native = made
      return {
        machine: made,
        quiet: () => made.quiet(),
        image: () => new Uint8Array(readFileSync(chips.flash)),
      }
    },
  })
  if (native === undefined) throw new Error('the till has made no machine')
  const machine = native
  async function off(): Promise<void> {
    machine.powerOff()
    await machine.quiet()
  }
  return {
    ...till,
    ...{ runtime: build.arch, native: machine, folder, ends, off },
    async on() {
      machine.powerOn()
      await till.time.advance(COMES_UP_MS)
    },
    images: () => ({
      flash: new Uint8Array(readFileSync(chips.flash)),
      programs: new Uint8Array(readFileSync(chips.programs)),
    }),
    flip(address, mask) {
      const bytes = readFileSync(chips.programs)
      bytes[address] = (bytes[address] ?? 0) ^ mask
      writeFileSync(chips.programs, bytes)
    },
    async quit() {
      const before = ends.length
      machine.word('quit')
      await machine.quiet()
      expect(ends[before]?.status, ends[before]?.complaint).toBe(0)
      return ends[before]?.complaint ?? ''
    },
    async close() {
      await off()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** All that a person, the host and a reader of the chips can tell. */
export function left(terminal: SlotTerminal) {
  const { flash, programs } = terminal.images()
  const [screens, paper, wire] = [[...terminal.screens], [...terminal.paper], [...terminal.wire]]
  // Bytecode of a device names no lines, and these two have each their own patience.
  const stops = terminal.stops.map((why) => why.replace(/ < at .*| of \d+ (?=ticks)/, ''))
  return {
    screens,
    paper,
    wire,
    stops,
    picture: terminal.picture(),
    flash: sha(flash),
    programs: sha(programs),
  }
}

/** A chip with these programs from the first byte of their slots, and what the guest `hand.ts` is told of them. */
export function programsImage(
  programs: { readonly [P in 'a' | 'b']?: { readonly text: string; readonly counter?: number } },
): Uint8Array {
  const chip = makeFlashChip({ geometry: PROGRAM_CHIP })
  const areas = areasOf(PROGRAM_CHIP)
  if (areas === undefined) throw new Error('no areas')
  for (const place of ['a', 'b'] as const) {
    const { text, counter = 1 } = programs[place] ?? {}
    if (text === undefined) continue
    const bytes = Buffer.from(text)
    const row = new Uint8Array(8)
    const view = new DataView(row.buffer)
    view.setUint32(0, bytes.length, true)
    view.setUint32(4, counter, true)
    chip.program(areas.documents.address + (place === 'a' ? 0 : 8), row)
    store(chip, areas[place].address, bytes)
  }
  return chip.image()
}

function store(chip: FlashChip, address: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += PROGRAM_CHIP.sectorBytes) {
    const part = bytes.subarray(at, at + PROGRAM_CHIP.sectorBytes)
    const units = new Uint8Array(Math.ceil(part.length / 4) * 4).fill(0xff)
    units.set(part)
    chip.program(address + at, units)
  }
}

/** `engine`, and when what it started has made its first call or has ended: coming up takes real time and none of the device's. */
function watched(engine: Engine): { readonly engine: Engine; started(): Promise<void> } {
  let up = Promise.resolve()
  return {
    started: () => up,
    engine: {
      ...engine,
      start(device, events, program) {
        let ready = (): void => undefined
        up = new Promise((resolve) => {
          ready = resolve
        })
        const called = (): boolean => {
          ready()
          return true
        }
        const stopped = (why: string, hung?: boolean): void => {
          ready()
          events.stopped(why, hung)
        }
        const never = (): Error => new Error('never shut')
        const running = engine.start(guarded(device, called, never), { stopped }, program)
        return {
          kill() {
            ready()
            running.kill()
          },
        }
      },
    },
  }
}

/** Bytes that look like chance and are the same in every run. */
export function chance(seed: string): (length: number) => Uint8Array {
  let count = 0
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 32)
      bytes.set(
        createHash('sha256')
          .update(`${seed} ${count++}`)
          .digest()
          .subarray(0, length - at),
        at,
      )
    return bytes
  }
}

function sha(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
