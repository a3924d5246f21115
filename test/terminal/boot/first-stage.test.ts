import { describe, expect, test } from 'vitest'
import { bootCodes } from '../../../terminal/boot/first-stage.ts'
import { areasOf } from '../../../terminal/boot/layout.ts'
import { arm, confirm, forgetPrevious, readBoot } from '../../../terminal/boot/record.ts'
import {
  FACTORY_TEXT,
  fill,
  makeTerminal,
  NOTE,
  program,
  SMALL,
  startOf,
  type Terminal,
  takeOver,
} from './boot-rig.ts'

const OLD = program('a', 'the old program', 1)
const NEW = program('b', 'the new program', 2)
const areas = areasOf(SMALL)

function settled(factoryCounter = 1): Terminal {
  const terminal = makeTerminal(undefined, factoryCounter)
  fill(terminal.chip, 'a', 'the old program')
  fill(terminal.chip, 'b', 'the new program')
  takeOver(terminal, OLD)
  return terminal
}
function rot({ chip }: Terminal, place: 'a' | 'b'): void {
  chip.flip((areas?.[place].address ?? 0) + 3, 0x10)
}
const endOf = ({ board }: Terminal) => {
  const { active, last } = readBoot(board)
  return { active: active.place, end: last?.end, code: last?.code }
}

describe('the first stage 第一级引导', () => {
  test('G04 a new program that never confirms itself → three tries, each taken before it starts, then the old one', () => {
    const terminal = settled()
    arm(terminal.board, NEW, NOTE)
    for (const attempt of [1, 2, 3]) {
      const { choice, text } = startOf(terminal)
      expect(choice).toEqual({ kind: 'run', place: 'b', attempt, reverted: 0 })
      expect(text).toBe('the new program')
      expect(readBoot(terminal.board).pending?.tries).toBe(3 - attempt)
    }
    const { choice, text } = startOf(terminal)
    expect(choice).toEqual({ kind: 'run', place: 'a', attempt: 0, reverted: bootCodes.tries })
    expect(text).toBe('the old program')
    expect(endOf(terminal)).toEqual({ active: 'a', end: 'reverted', code: 17 })
    expect(startOf(terminal).choice).toEqual({ kind: 'run', place: 'a', attempt: 0, reverted: 0 })
  })

  test('G04 the last of them ended by the watchdog → the old one, code 18', () => {
    const terminal = settled()
    arm(terminal.board, NEW, NOTE)
    for (let start = 0; start < 3; start++) startOf(terminal)
    terminal.hung = true
    expect(startOf(terminal).choice).toMatchObject({ place: 'a', reverted: bootCodes.hang })
    expect(endOf(terminal).code).toBe(18)
  })

  test('a program that confirms itself → runs at every start from then on, and no write is made any more', () => {
    const terminal = settled()
    takeOver(terminal, NEW)
    const operations = terminal.chip.operations()
    for (let start = 0; start < 3; start++)
      expect(startOf(terminal)).toEqual({
        choice: { kind: 'run', place: 'b', attempt: 0, reverted: 0 },
        text: 'the new program',
      })
    expect(terminal.chip.operations()).toBe(operations)
  })

  test('G03 armed, and its bytes are not those of its hash → not started once, code 15', () => {
    const terminal = settled()
    arm(terminal.board, NEW, NOTE)
    rot(terminal, 'b')
    expect(startOf(terminal)).toEqual({
      choice: { kind: 'run', place: 'a', attempt: 0, reverted: bootCodes.programWrong },
      text: 'the old program',
    })
    expect(endOf(terminal)).toEqual({ active: 'a', end: 'reverted', code: 15 })
  })

  test('G03 armed, and its counter is under the floor → not started once, code 5', () => {
    const terminal = settled()
    arm(terminal.board, { ...NEW, counter: 0 }, NOTE)
    terminal.secure.floor = 1
    expect(startOf(terminal).choice).toMatchObject({ place: 'a', reverted: bootCodes.counterLow })
  })

  test('G02 the active slot rots → the one before runs, and is the active one from then on', () => {
    const terminal = settled()
    takeOver(terminal, NEW)
    rot(terminal, 'b')
    expect(startOf(terminal).text).toBe('the old program')
    expect(endOf(terminal)).toEqual({ active: 'a', end: 'reverted', code: 15 })
    expect(startOf(terminal).choice).toEqual({ kind: 'run', place: 'a', attempt: 0, reverted: 0 })
  })

  test('G02 both slots rot → the program built in', () => {
    const terminal = settled()
    takeOver(terminal, NEW)
    rot(terminal, 'a')
    rot(terminal, 'b')
    expect(startOf(terminal)).toMatchObject({
      text: FACTORY_TEXT,
      choice: { place: 'factory', reverted: 15 },
    })
    expect(endOf(terminal).active).toBe('factory')
  })

  test('the active slot rots and the one before was given away → the program built in, not what is left there', () => {
    const terminal = settled()
    takeOver(terminal, NEW)
    forgetPrevious(terminal.board)
    rot(terminal, 'b')
    expect(startOf(terminal).text).toBe(FACTORY_TEXT)
  })

  test('G03 the active slot rots, and all that is left has a counter under the floor → halt, and nothing changes', () => {
    const terminal = settled()
    takeOver(terminal, NEW)
    terminal.secure.floor = 2
    rot(terminal, 'b')
    const operations = terminal.chip.operations()
    expect(startOf(terminal).choice).toMatchObject({ kind: 'halt', why: expect.stringContaining('2') })
    expect(terminal.chip.operations()).toBe(operations)
    terminal.secure.floor = 1
    expect(startOf(terminal).text, 'the one before, counter 1').toBe('the old program')
  })

  test('G03 a downgrade by an earlier chip of the same device, records and slots → refused by the floor', () => {
    const terminal = settled(2)
    const before = terminal.chip.snapshot()
    takeOver(terminal, NEW)
    terminal.secure.floor = 2
    terminal.chip.restore(before)
    expect(startOf(terminal).text).toBe(FACTORY_TEXT)
  })

  test('a slot that reads badly once → read again, and not given up', () => {
    const terminal = settled()
    let reads = 0
    const { board } = terminal
    const flaky = {
      ...board,
      load: (address: number, length: number) =>
        reads++ === 0 ? new Uint8Array(32) : board.load(address, length),
    }
    expect(startOf({ ...terminal, board: flaky }).text).toBe('the old program')
    expect([reads, readBoot(board).last?.end]).toEqual([2, 'confirmed'])
  })

  test('a chip that takes no write → the trial is not started without its try; the active one runs', () => {
    const terminal = settled()
    arm(terminal.board, NEW, NOTE)
    terminal.chip.failures([{ of: 'erase', from: 0, count: Infinity, effect: 'none' }])
    expect(startOf(terminal)).toEqual({
      choice: { kind: 'run', place: 'a', attempt: 0, reverted: 0 },
      text: 'the old program',
    })
    terminal.chip.failures([])
    expect(startOf(terminal).choice).toMatchObject({ place: 'b', attempt: 1 })
    expect(confirm(terminal.board)).toBe('written')
  })

  test('what was loaded last is what was chosen, at every start', () => {
    const terminal = settled()
    takeOver(terminal, NEW)
    forgetPrevious(terminal.board)
    fill(terminal.chip, 'a', 'a third')
    arm(terminal.board, program('a', 'not what is there'), NOTE)
    expect(startOf(terminal)).toMatchObject({ choice: { place: 'b', reverted: 15 }, text: 'the new program' })
  })
})
