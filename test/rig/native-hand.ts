import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { PROGRAM_CHIP } from '../../emulator/device/slots.ts'
import { build } from '../../scripts/build.ts'
import type { NativeBuild } from '../../scripts/native/build-native.ts'
import { areasOf } from '../../terminal/boot/layout.ts'
import { ensureNative } from './native.ts'
import {
  type Beginning,
  left,
  makeNativeSlots,
  makeWasmTerminal,
  type NativeSlotTerminal,
  programsImage,
  type SlotTerminal,
} from './native-slots.ts'

/** Terminals whose programs, built in and in the slots, are `hand.ts` under the names F, A and B: they do what a key says. */
const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
if (missing !== undefined) console.warn(missing)
const arm = await ensureNative('arm')
if ('missing' in arm) console.warn(arm.missing)

/** Tests that need the native runtime: without its tools they are skipped, and the line above says why. */
export const describeSlots = describe.skipIf(missing !== undefined)

/** On an emulated processor every fourth story, all with SHUAKA_BUDGET=4. */
const ARM_STEP = Math.max(1, Math.round(4 / Number(process.env.SHUAKA_BUDGET ?? 1)))
let stories = 0

const hand = missing === undefined ? await textOfHand() : ''
async function textOfHand(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-hand-'))
  const entry = fileURLToPath(new URL('../emulator/native/programs/hand.ts', import.meta.url))
  const { file } = await build({ entry, folder })
  const text = readFileSync(file, 'utf8')
  rmSync(folder, { recursive: true })
  return text
}

/** The program under that name. */
export const marked = (mark: string): string => `var mark = '${mark}';\n${hand}`
export const areas = there(areasOf(PROGRAM_CHIP))
const ERASED = new Uint8Array(262_144).fill(0xff)

/** Erased chips, but for A and B in their slots, or what is given in the place of one. */
export function beginning(over: Parameters<typeof programsImage>[0] = {}): Beginning {
  const programs = programsImage({ a: { text: marked('A') }, b: { text: marked('B') }, ...over })
  return { images: { flash: ERASED, programs }, factory: marked('F') }
}

export function makeNative(from: Beginning): Promise<NativeSlotTerminal> {
  return makeNativeSlots(there('missing' in native ? undefined : native), from)
}

/** Plays it on QuickJS in WebAssembly and on the native runtimes, all from the same images: the same is left. `only`: not on ARM. */
export async function everywhere(
  from: Beginning,
  story: (terminal: SlotTerminal) => Promise<void>,
  only?: 'x86-64',
): Promise<void> {
  const builds: NativeBuild[] = 'missing' in native ? [] : [native]
  if (!('missing' in arm) && only === undefined && stories++ % ARM_STEP === 0) builds.push(arm)
  const first = await makeWasmTerminal(from)
  await story(first)
  const wanted = left(first)
  await first.close()
  for (const build of builds) {
    const terminal = await makeNativeSlots(build, from)
    await story(terminal)
    expect(left(terminal), build.arch).toEqual(wanted)
    await terminal.close()
  }
}

/** The rows that the program draws: which one, the boot record as it reads it, and what the last act gave. */
export function shown(terminal: SlotTerminal): readonly [who: string, record: string, said: string] {
  const [who = '', ...rows] = terminal
    .screen()
    .split('\n')
    .map((row) => row.trimEnd())
  return [who, rows.slice(0, 4).join(', '), rows[4] ?? '']
}
export function shows(terminal: SlotTerminal, who: string, record: string, said = ''): void {
  expect(shown(terminal), terminal.runtime).toEqual([who, record, said])
}
export const NEW = 'active factory, before none, next none, last none'

/** Arms what stands in that slot, and restarts into its trial. */
export async function replace(terminal: SlotTerminal, place: 'a' | 'b'): Promise<void> {
  await terminal.press(place === 'a' ? '1' : '2', '8')
  await terminal.time.advance(200)
}
/** The same, up to a confirmed program. */
export async function takeOver(terminal: SlotTerminal, place: 'a' | 'b'): Promise<void> {
  await replace(terminal, place)
  await terminal.see(new RegExp(`in ${place} on trial`))
  await terminal.press('3')
}
/** The power goes and comes. */
export async function again(terminal: SlotTerminal): Promise<void> {
  await terminal.off()
  await terminal.on()
}
/** One bit of the program in that slot becomes another; without power. */
export function rot(terminal: SlotTerminal, place: 'a' | 'b', byte: number): void {
  terminal.flip(areas[place].address + byte, 0x10)
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there')
  return value
}
