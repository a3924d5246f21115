import { createHash, createHmac } from 'node:crypto'
import { type FlashChip, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { builtInProgram, makeSlots } from '../../../emulator/device/slots.ts'
import { type Board, type Choice, firstStage } from '../../../terminal/boot/first-stage.ts'
import { areasOf } from '../../../terminal/boot/layout.ts'
import { arm, confirm, type Program, readBoot } from '../../../terminal/boot/record.ts'
import type { FlashGeometry } from '../../../terminal/device/flash.ts'

/** A small program chip: boot sectors of 2 KiB, slots of 14 KiB. */
export const SMALL: FlashGeometry = { sectorBytes: 2048, sectorCount: 32, unitBytes: 4 }
export const FACTORY_TEXT = 'the program built in'
export const NOTE = Uint8Array.of(1, 2, 3)

export function sha256(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

/** A terminal as far as the first stage sees it; what the secure element keeps is not on the chip. */
export interface Terminal {
  readonly chip: FlashChip
  readonly board: Board
  readonly secure: { floor: number; secret: string }
  /** Does the last operation of the chip once more. */
  repeat(): void
  /** Text of what was loaded last. */
  loaded(): string
  hung: boolean
}

export function makeTerminal(chip = makeFlashChip({ geometry: SMALL }), factoryCounter = 1): Terminal {
  const secure = { floor: 0, secret: 'this device' }
  const state = { hung: false, loaded: '', repeat: (): void => undefined }
  const again = <T>(operation: () => T): T => {
    state.repeat = operation
    return operation()
  }
  const builtIn = builtInProgram(Buffer.from(FACTORY_TEXT), factoryCounter, '1.0.0')
  const slots = makeSlots({
    chip: {
      ...chip,
      program: (address, bytes) => again(() => chip.program(address, bytes)),
      erase: (sector) => again(() => chip.erase(sector)),
    },
    builtIn: () => builtIn,
  })
  const board: Board = {
    slots,
    secure: {
      deviceTag: (bytes) => {
        if (bytes.length > 256) throw new RangeError('deviceTag takes 256 bytes')
        return new Uint8Array(createHmac('sha256', secure.secret).update(bytes).digest()).slice(0, 16)
      },
      hash: sha256,
      floor: (index, scope) => (index === 0 && scope.join() === '0,0,0,0' ? secure.floor : 0),
    },
    load(address, length) {
      const bytes = chip.read(address, length)
      state.loaded = Buffer.from(bytes).toString()
      return sha256(bytes)
    },
    get hung() {
      return state.hung
    },
  }
  return {
    chip,
    board,
    secure,
    repeat: () => state.repeat(),
    loaded: () => state.loaded,
    get hung() {
      return state.hung
    },
    set hung(hung) {
      state.hung = hung
    },
  }
}

/** A program of that text for that slot. */
export function program(place: 'a' | 'b', text: string, counter = 1): Program {
  return {
    place,
    length: Buffer.byteLength(text),
    hash: sha256(text),
    release: sha256(`release of ${text}`),
    counter,
    version: `v ${text}`.slice(0, 16),
  }
}

/** Erases the slot and programs the text into it, as a download does. */
export function fill(chip: FlashChip, place: 'a' | 'b', text: string): void {
  const area = areasOf(chip.geometry())?.[place]
  if (area === undefined) throw new Error('no such slot')
  const { sectorBytes } = chip.geometry()
  for (let at = 0; at < area.bytes; at += sectorBytes) chip.erase((area.address + at) / sectorBytes)
  const bytes = new Uint8Array(Math.ceil(Buffer.byteLength(text) / 4) * 4).fill(0xff)
  bytes.set(Buffer.from(text))
  chip.program(area.address, bytes)
}

/** What runs after this start: its text, or `halt`. */
export function startOf(terminal: Terminal): { readonly choice: Choice; readonly text: string } {
  const choice = firstStage(terminal.board)
  if (choice.kind === 'halt') return { choice, text: 'halt' }
  return { choice, text: choice.place === 'factory' ? FACTORY_TEXT : terminal.loaded() }
}

/** Arms, starts and confirms a program whose bytes stand in its slot. */
export function takeOver(terminal: Terminal, next: Program): void {
  const { board } = terminal
  if (arm(board, next, NOTE) !== 'written') throw new Error('not armed')
  firstStage(board)
  if (confirm(board) !== 'written') throw new Error('not confirmed')
}

/** What a program does once it runs, as far as the boot record goes. */
export interface Life {
  /** Programs that stand in the slots, by their text. */
  readonly next: Program
  readonly nextText: string
  /** What the new program does in its trial. */
  readonly trial: 'confirms' | 'crashes'
}
/** What is known of a life so far: the world's memory, which no cut touches. */
export interface Story {
  armings: number
  trials: number
  starts: number
  /** Texts that ran, in order. */
  readonly ran: string[]
}

/**
 * One stretch of power: starts again and again until nothing is left to do. True when that came; false when the power
 * went. Throws what must never be.
 */
export function live(terminal: Terminal, life: Life, story: Story): boolean {
  try {
    for (let starts = 0; starts < STARTS_MAX; starts++) if (liveOnce(terminal, life, story)) return true
  } catch (error) {
    if (error instanceof PowerCut) return false
    throw error
  }
  throw new Error(`no end after ${STARTS_MAX} starts: ${story.ran}`)
}
/** Arming, three tries, going back, and one start more to see that nothing is left to do. */
const STARTS_MAX = 6

function liveOnce(terminal: Terminal, { next, nextText, trial }: Life, story: Story): boolean {
  const { board, secure } = terminal
  story.starts++
  const { choice, text } = startOf(terminal)
  story.ran.push(text)
  if (choice.kind === 'halt') throw new Error(`halted: ${choice.why}`)
  const { active, pending, last } = readBoot(board)
  if (text === nextText && story.armings === 0) throw new Error('runs what was never armed')
  const record = choice.attempt > 0 ? pending : active
  if (choice.place !== 'factory' && Buffer.compare(sha256(text), record?.hash ?? Buffer.of()) !== 0)
    throw new Error(`runs ${text}, which is not what the record says`)
  const counter = record?.counter ?? 0
  if (counter < secure.floor) throw new Error(`runs counter ${counter} under the floor ${secure.floor}`)

  if (choice.attempt > 0) {
    story.trials++
    if (trial === 'crashes') return false
    must(confirm(board))
    secure.floor = Math.max(secure.floor, next.counter)
    return false
  }
  secure.floor = Math.max(secure.floor, active.counter)
  const tried = last !== undefined && Buffer.compare(last.release, next.release) === 0
  if (tried || isSame(active, next)) return true
  story.armings++
  must(arm(board, next, NOTE))
  return false
}

function must(written: string): void {
  if (written !== 'written') throw new Error(written)
}

export function isSame(one: Program, other: Program): boolean {
  return one.place === other.place && Buffer.compare(one.hash, other.hash) === 0
}
