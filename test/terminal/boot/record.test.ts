import { describe, expect, test } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { makeSlots } from '../../../emulator/device/slots.ts'
import { areasOf } from '../../../terminal/boot/layout.ts'
import {
  arm,
  type BootRecord,
  confirm,
  forgetPrevious,
  type Program,
  type RecordBoard,
  readBoot,
  revert,
  TRIES,
} from '../../../terminal/boot/record.ts'
import { fill, makeTerminal, NOTE, program, SMALL, startOf, takeOver } from './boot-rig.ts'

const OLD = program('a', 'the old program')
const NEW = program('b', 'the new program', 2)

/** A terminal that runs `OLD` from slot a, with `NEW` in slot b. */
function settled() {
  const terminal = makeTerminal()
  fill(terminal.chip, 'a', 'the old program')
  fill(terminal.chip, 'b', 'the new program')
  takeOver(terminal, OLD)
  return terminal
}

describe('the boot record 引导记录', () => {
  test('a chip that nobody wrote → the program built in is active, and reading writes nothing', () => {
    const { board, chip } = makeTerminal()
    const record = readBoot(board)
    expect(record).toMatchObject({ seq: 0, active: { place: 'factory', counter: 1, version: '1.0.0' } })
    expect(record.active.hash).toEqual(board.slots.factory().hash)
    expect(record.active.release).toEqual(new Uint8Array(32))
    expect([record.previous, record.pending, record.last]).toEqual([undefined, undefined, undefined])
    expect(startOf(makeTerminal(chip)).choice).toEqual({
      kind: 'run',
      place: 'factory',
      attempt: 0,
      reverted: 0,
    })
    expect(chip.operations()).toBe(0)
  })

  test('arm → pending with three tries, the active one untouched; read back with every byte', () => {
    const { board } = settled()
    const note = Uint8Array.from({ length: 32 }, (_, i) => 200 + i)
    expect(arm(board, NEW, note)).toBe('written')
    const { active, previous, pending, note: kept } = readBoot(board)
    expect(pending).toEqual({ ...NEW, tries: TRIES })
    expect(active).toEqual(OLD)
    expect(previous).toMatchObject({ place: 'factory' })
    expect(kept).toEqual(note)
  })

  test('confirm → active, with the one before as previous; the note stays', () => {
    const terminal = settled()
    arm(terminal.board, NEW, NOTE)
    startOf(terminal)
    expect(confirm(terminal.board)).toBe('written')
    const record = readBoot(terminal.board)
    expect(record).toMatchObject({ active: NEW, previous: OLD, last: { end: 'confirmed', code: 0 } })
    expect([record.pending, record.last?.release, record.note]).toEqual([undefined, NEW.release, NOTE])
  })

  test('revert, armed or in trial → pending is gone, with release and code of what was given up', () => {
    for (const starts of [0, 1]) {
      const terminal = settled()
      arm(terminal.board, NEW, NOTE)
      for (let start = 0; start < starts; start++) startOf(terminal)
      expect(revert(terminal.board, 19)).toBe('written')
      const record = readBoot(terminal.board)
      expect(record).toMatchObject({ active: OLD, last: { end: 'reverted', code: 19, release: NEW.release } })
      expect(record.pending).toBeUndefined()
      expect(startOf(terminal).text).toBe('the old program')
    }
  })

  test('forgetPrevious → neither what ran before nor what was armed is started any more; twice: one write', () => {
    const terminal = settled()
    const { board, chip } = terminal
    takeOver(terminal, NEW)
    expect(forgetPrevious(board)).toBe('written')
    expect(readBoot(board).previous).toBeUndefined()
    const operations = chip.operations()
    expect(forgetPrevious(board)).toBe('written')
    expect(chip.operations()).toBe(operations)
    arm(board, OLD, NOTE)
    forgetPrevious(board)
    expect(readBoot(board).pending).toBeUndefined()
    expect(readBoot(board).active).toEqual(NEW)
  })

  test('arming the slot of the previous program → it is forgotten', () => {
    const terminal = settled()
    takeOver(terminal, NEW)
    arm(terminal.board, program('a', 'a third'), NOTE)
    expect(readBoot(terminal.board).previous).toBeUndefined()
  })

  const wrong: readonly [string, Program][] = [
    ['the slot of the active program', { ...OLD }],
    ['the program built in', { ...NEW, place: 'factory' }],
    ['no byte', { ...NEW, length: 0 }],
    ['more than the slot holds', { ...NEW, length: (areasOf(SMALL)?.b.bytes ?? 0) + 1 }],
    ['a version of 500 characters', { ...NEW, version: 'v'.repeat(500) }],
  ]
  test.each(wrong)('arming %s → refused, nothing written', (_, next) => {
    const { board, chip } = settled()
    const operations = chip.operations()
    expect(arm(board, next, NOTE)).toBe('refused')
    expect(chip.operations()).toBe(operations)
  })

  test('what makes no sense now → refused, nothing written', () => {
    const terminal = settled()
    const { board, chip } = terminal
    expect(arm(board, NEW, new Uint8Array(500))).toBe('refused')
    expect(confirm(board)).toBe('refused')
    expect(revert(board, 17)).toBe('refused')
    arm(board, NEW, NOTE)
    expect(confirm(board), 'it has not run yet').toBe('refused')
    startOf(terminal)
    const operations = chip.operations()
    expect(arm(board, NEW, NOTE), 'in trial').toBe('refused')
    expect(forgetPrevious(board), 'in trial').toBe('refused')
    expect(chip.operations()).toBe(operations)
  })

  test('a device that takes no programs → refused', () => {
    const { secure } = makeTerminal().board
    const board: RecordBoard = { slots: makeSlots({}), secure }
    expect(areasOf(board.slots.geometry())).toBeUndefined()
    expect(readBoot(board).active.place).toBe('factory')
    expect(arm(board, NEW, NOTE)).toBe('refused')
    expect(forgetPrevious(board)).toBe('written')
  })
})

describe('where the record stands', () => {
  const copyOf = 512

  test('each write: one erase, then three copies in the next of three sectors', () => {
    const { board, chip } = settled()
    const { seq } = readBoot(board)
    for (let i = 1; i <= 4; i++) {
      const before = chip.operations()
      arm(board, NEW, NOTE)
      expect(chip.operations() - before).toBe(4)
      expect(readBoot(board).seq).toBe(seq + i)
    }
    const sectors = new Set([0, 1, 2].map((n) => Buffer.from(chip.read(n * 2048, copyOf)).toString('hex')))
    expect(sectors.size).toBe(3)
    for (const sector of [0, 1, 2]) {
      const [first, ...others] = [0, 1, 2].map((n) => chip.read(sector * 2048 + n * copyOf, copyOf))
      for (const other of others) expect(other).toEqual(first)
    }
  })

  test.each([0, 1, 2])(
    'G02 copy %i rots → the record holds, and the next start makes it whole again',
    (copy) => {
      const terminal = settled()
      arm(terminal.board, NEW, NOTE)
      const { seq } = readBoot(terminal.board)
      const sector = sectorOf(terminal.board, terminal.chip)
      terminal.chip.flip(sector * 2048 + copy * copyOf + 40, 4)
      expect(readBoot(terminal.board)).toMatchObject({ seq, pending: { tries: TRIES } })
      expect(startOf(terminal).text).toBe('the new program')
      expect(readBoot(terminal.board)).toMatchObject({ seq: seq + 1, pending: { tries: TRIES - 1 } })
    },
  )

  test('what is mended keeps its number, so that nobody takes it for a change', () => {
    const terminal = settled()
    const { seq } = readBoot(terminal.board)
    terminal.chip.cut({ operation: terminal.chip.operations() + 2, when: 'before' })
    expect(() => arm(terminal.board, NEW, NOTE)).toThrow('power')
    terminal.chip.repower()
    const operations = terminal.chip.operations()
    expect(startOf(terminal).text).toBe('the old program')
    expect(terminal.chip.operations(), 'one copy of the arming was there').toBe(operations + 4)
    expect(readBoot(terminal.board).seq).toBe(seq)
    expect(arm(terminal.board, NEW, NOTE)).toBe('written')
    expect(readBoot(terminal.board)).toMatchObject({ seq: seq + 1, pending: { tries: TRIES } })
  })

  test('G02 two copies rot → the record before is in force', () => {
    const { board, chip } = settled()
    arm(board, NEW, NOTE)
    const sector = sectorOf(board, chip)
    for (const copy of [0, 1]) chip.flip(sector * 2048 + copy * copyOf + 40, 4)
    expect(readBoot(board)).toMatchObject({ active: OLD })
    expect(readBoot(board).pending).toBeUndefined()
  })

  test('G02 all records rot → the program built in runs', () => {
    const terminal = settled()
    for (let at = 0; at < 3 * 2048; at += 64) terminal.chip.flip(at, 1)
    expect(startOf(terminal).choice).toEqual({ kind: 'run', place: 'factory', attempt: 0, reverted: 0 })
  })

  test('G03 a record with the right CRC and another tag, of another device or forged → does not count', () => {
    const own = settled()
    const other = makeTerminal(makeFlashChip({ geometry: SMALL, image: own.chip.image() }))
    other.secure.secret = 'another device'
    expect(readBoot(own.board).active).toEqual(OLD)
    expect(readBoot(other.board).active.place).toBe('factory')
    expect(startOf(other).text).toBe('the program built in')

    // A later record of the forger's device, beside a good one: the good one stays in force, and the next write goes on from it.
    takeOver(other, OLD)
    for (let i = 0; i < 5; i++) arm(other.board, NEW, NOTE)
    const forged = sectorOf(other.board, other.chip)
    const mine = sectorOf(own.board, own.chip)
    const at = forged === mine ? (mine + 1) % 3 : forged
    own.chip.erase(at)
    own.chip.program(at * 2048, other.chip.read(forged * 2048, 3 * copyOf))
    expect(readBoot(own.board).pending).toBeUndefined()
    expect(startOf(own).text).toBe('the old program')
  })

  test('a sector that takes nothing any more → the write goes to the other one', () => {
    const { board, chip } = settled()
    const bad = (sectorOf(board, chip) + 1) % 3
    chip.failures([{ of: 'erase', from: 0, count: Infinity, sector: bad }])
    expect(arm(board, NEW, NOTE)).toBe('written')
    expect(readBoot(board).pending).toMatchObject({ tries: TRIES })
    chip.failures([{ of: 'program', from: 0, count: Infinity, silent: true }])
    expect(revert(board, 25), 'it says done and did it not').toBe('fault')
  })

  /** An array of eight, then the number of the write below 24. */
  function seqAt(chip: { read(at: number, length: number): Uint8Array }, n: number): number | undefined {
    return chip.read(n * 2048 + 3, 1)[0]
  }
  function sectorOf(board: RecordBoard, chip: { read(at: number, length: number): Uint8Array }): number {
    const seq = readBoot(board).seq
    return [0, 1, 2].findIndex((n) => seqAt(chip, n) === seq)
  }
})

test('1,000 writes → always the last one in force, worn evenly', () => {
  const { board, chip } = settled()
  let last: BootRecord | undefined
  for (let i = 0; i < 1_000; i++) {
    arm(board, { ...NEW, counter: i }, NOTE)
    last = readBoot(board)
  }
  expect(last?.pending?.counter).toBe(999)
  const erases = chip.erases().slice(0, 3)
  expect(Math.max(...erases) - Math.min(...erases)).toBeLessThanOrEqual(1)
})
