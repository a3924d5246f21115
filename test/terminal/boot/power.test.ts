import { describe, expect, test } from 'vitest'
import { type FlashSnapshot, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { arm, confirm, forgetPrevious, readBoot, revert, TRIES } from '../../../terminal/boot/record.ts'
import { sample } from '../../rig/flash-power.ts'
import { BUDGET, cutsAt } from '../../rig/flash-run.ts'
import {
  fill,
  isSame,
  type Life,
  live,
  makeTerminal,
  NOTE,
  program,
  SMALL,
  type Story,
  startOf,
  type Terminal,
  takeOver,
} from './boot-rig.ts'

const NEW = 'the new program'
/** States after one cut whose every second cut is tried, of each life; `SHUAKA_BUDGET=100`: all. */
const CUT_AGAIN = 4

interface Fork {
  readonly snapshot: FlashSnapshot
  readonly floor: number
  readonly story: Story
}

interface Beginning {
  readonly name: string
  /** The slot that the new program stands in. */
  readonly place: 'a' | 'b'
  prepare(terminal: Terminal): void
}
const beginnings: readonly Beginning[] = [
  { name: 'from the program built in', place: 'a', prepare: () => undefined },
  {
    name: 'from a downloaded one',
    place: 'b',
    prepare(terminal) {
      fill(terminal.chip, 'a', 'the old program')
      takeOver(terminal, program('a', 'the old program'))
    },
  },
]
const ends = [
  { trial: 'confirms', counter: 2 },
  { trial: 'crashes', counter: 2 },
] as const

/** A chip with the new program in its slot, just before it is armed. */
function begun({ place, prepare }: Beginning, counter: number) {
  const terminal = makeTerminal(makeFlashChip({ geometry: SMALL }))
  fill(terminal.chip, place, NEW)
  prepare(terminal)
  const story: Story = { armings: 0, trials: 0, starts: 0, ran: [] }
  return { terminal, next: program(place, NEW, counter), story }
}

/** Carries on from `from`; every state that a cut at its `operation`th operation can leave. Empty: it ended before. */
function cutStates(terminal: Terminal, life: Life, from: Fork, operation: number): readonly Fork[] {
  const { chip } = terminal
  resume(terminal, from)
  const story = copyOf(from.story)
  chip.cut({ operation: chip.operations() + operation, when: 'before' })
  if (live(terminal, life, story)) return []
  const before = fork(terminal, story)
  const { repeat } = terminal
  return cutsAt(0).map((cut) => {
    chip.restore(before.snapshot)
    chip.cut({ ...cut, operation: chip.operations() })
    untilCut(repeat)
    return fork(terminal, story)
  })
}
function untilCut(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
}
function fork({ chip, secure }: Terminal, story: Story): Fork {
  return { snapshot: chip.snapshot(), floor: secure.floor, story }
}
function resume({ chip, secure }: Terminal, from: Fork): void {
  chip.restore(from.snapshot)
  chip.repower()
  secure.floor = from.floor
}
function copyOf(story: Story): Story {
  return { ...story, ran: story.ran.slice() }
}

/** Lets the life end without a further cut, and holds what it came to. */
function endsWell(terminal: Terminal, life: Life, from: Fork, what: string): void {
  resume(terminal, from)
  const story = copyOf(from.story)
  if (!live(terminal, life, story)) throw new Error(`${what}: no end`)
  const { active, pending, last } = readBoot(terminal.board)
  const ended = isSame(active, life.next)
  if (ended !== (life.trial === 'confirms'))
    throw new Error(`${what}: ends with ${active.version}, ${last?.code}`)
  if (pending !== undefined || last?.end !== (ended ? 'confirmed' : 'reverted'))
    throw new Error(`${what}: ${last?.end}`)
  if (story.trials > TRIES) throw new Error(`${what}: ${story.trials} tries`)
  if (terminal.secure.floor !== (ended ? life.next.counter : 1)) throw new Error(`${what}: the floor`)
}

describe.each(beginnings)('$name', (beginning) => {
  test.each(ends)(
    'G02 G04 the power goes before, inside and after each operation of arm → trial, which $trial, and again at each of the recovery → a program with a right hash runs, at most three tries, the end is the same',
    ({ trial, counter }) => {
      const { terminal, next, story } = begun(beginning, counter)
      const life: Life = { next, nextText: NEW, trial }
      const seen = new Set<string>()
      let cuts = 0
      /** Those of the states that were not met before, each of which ends well. */
      function* fresh(from: Fork): Generator<Fork> {
        for (let operation = 0, states: readonly Fork[] = [from]; states.length > 0; operation++) {
          states = cutStates(terminal, life, from, operation)
          cuts += states.length
          for (const state of states) {
            const same = fingerprint(state)
            if (seen.has(same)) continue
            seen.add(same)
            endsWell(terminal, life, state, `cut at ${operation} of ${from.story.ran}`)
            yield state
          }
        }
      }
      const once = [...fresh(fork(terminal, story))]
      const all = cuts
      const twice = sample(once, CUT_AGAIN * BUDGET).flatMap((after) => [...fresh(after)])
      expect(twice.length).toBeGreaterThan(100)
      expect(all).toBeGreaterThan(12 * 10)
      expect(cuts).toBeGreaterThan(12 * 10 * CUT_AGAIN)
    },
  )
})

describe('what the first start after a cut has found, each later one finds', () => {
  const OLD = program('a', 'the old program')
  const NEXT = program('b', NEW, 2)
  /** One write of the record, and what stands before it. */
  const writes: readonly [string, (terminal: Terminal) => void, (terminal: Terminal) => void][] = [
    ['arm', () => undefined, ({ board }) => void arm(board, NEXT, NOTE)],
    ['revert', (terminal) => tried(terminal), ({ board }) => void revert(board, 19)],
    ['confirm', (terminal) => tried(terminal), ({ board }) => void confirm(board)],
    ['forgetPrevious', (terminal) => takeOver(terminal, NEXT), ({ board }) => void forgetPrevious(board)],
  ]
  function tried(terminal: Terminal): void {
    arm(terminal.board, NEXT, NOTE)
    startOf(terminal)
  }
  test.each(writes)(
    'story: no brick on reset mid-swap, G02 the power goes at each operation of %s',
    (_, before, write) => {
      for (let operation = 0, more = true; more; operation++)
        for (const cut of cutsAt(operation)) {
          const terminal = makeTerminal(makeFlashChip({ geometry: SMALL, seed: operation + 1 }))
          fill(terminal.chip, 'a', 'the old program')
          fill(terminal.chip, 'b', NEW)
          takeOver(terminal, OLD)
          before(terminal)
          terminal.chip.cut({ ...cut, operation: terminal.chip.operations() + operation })
          untilCut(() => write(terminal))
          more = !terminal.chip.powered()
          if (!more) break
          const found = Array.from({ length: 6 }, () => {
            terminal.chip.repower()
            const { choice, text } = startOf(terminal)
            if (choice.kind === 'halt') throw new Error(choice.why)
            return `${choice.attempt} ${text} ${readBoot(terminal.board).previous?.place}`
          })
          // Tries of the new program one after the other, and then the same for ever.
          const steady = found.filter((each) => each.startsWith('0'))
          const attempts = found.slice(0, found.length - steady.length).map((each) => Number(each[0]))
          expect(new Set(steady).size, `${JSON.stringify(cut)}: ${found.join(', ')}`).toBe(1)
          expect(attempts, JSON.stringify(cut)).toEqual(
            [1, 2, 3].slice(attempts.length === 0 ? 3 : (attempts[0] ?? 0) - 1),
          )
        }
    },
  )
})

function fingerprint({ snapshot, floor, story }: Fork): string {
  const { bytes, weak, boots } = snapshot
  const bits = [...weak].map(([at, w]) => `${at}.${w.mask}.${w.wakes - boots}.${w.becomes}`).join()
  return `${Buffer.from(bytes.subarray(0, 3 * SMALL.sectorBytes)).toString('base64')} ${bits} ${floor} ${JSON.stringify(story)}`
}
