import { same } from '../../host-link/wire/bytes.ts'
import type { Secure } from '../device/secure.ts'
import type { Place } from '../device/slots.ts'
import { COUNTER_FLOOR, NO_SCOPE } from './floor.ts'
import { areasOf } from './layout.ts'
import { factoryProgram, type Program, putBoot, type RecordBoard, settleBoot, TRIES } from './record.ts'

/** What the first stage needs: the runtime gives it before there is an application. */
export interface Board extends RecordBoard {
  readonly secure: Pick<Secure, 'deviceTag' | 'hash' | 'floor'>
  /**
   * Reads `length` bytes from `address` of the program chip, once, into the memory from which the runtime will evaluate
   * them, and gives the SHA-256 of what is there. What was loaded last is what runs.
   */
  load(address: number, length: number): Uint8Array
  /** The watchdog ended the last run. */
  readonly hung: boolean
}

export type Choice =
  | {
      readonly kind: 'run'
      readonly place: Place
      /** Which try of a new program this is, 1 to `TRIES`; 0: no trial. */
      readonly attempt: number
      /** Why another program was given up at this start; 0: none was. */
      readonly reverted: number
    }
  /** No program is left that may run. */
  | { readonly kind: 'halt'; readonly why: string }

/** Codes of `host-link/wire/tms/codes.ts` that the first stage gives. */
export const bootCodes = { counterLow: 5, programWrong: 15, tries: 17, hang: 18 } as const

/**
 * 第一级引导: chooses what runs at this start. A new program has three tries, each taken durably before it starts. Whatever
 * runs has the hash of its record, and no counter below the floor: the one on trial, else the active one, else the one
 * before it, else the one built in. Ends after at most one load of each and one write of each kind.
 */
export function firstStage(board: Board): Choice {
  const areas = areasOf(board.slots.geometry())
  const floor = board.secure.floor(COUNTER_FLOOR, NO_SCOPE)
  let reverted = 0

  /** 0, or why this program may not run. It is loaded when this returns 0. */
  function refusal({ place, length, hash, counter }: Program): number {
    if (counter < floor) return bootCodes.counterLow
    if (place === 'factory') return 0 // as trustworthy as this code, and from the same place
    if (areas === undefined || length > areas[place].bytes) return bootCodes.programWrong
    const right = (): boolean => same(board.load(areas[place].address, length), hash)
    return right() || right() ? 0 : bootCodes.programWrong // a second look: one bad read is no rot
  }

  const { active, previous, pending } = settleBoot(board)
  if (pending !== undefined) {
    const outOfTries = board.hung ? bootCodes.hang : bootCodes.tries
    reverted = pending.tries > 0 ? refusal(pending) : outOfTries
    const tries = pending.tries - 1
    if (reverted === 0 && putBoot(board, { pending: { ...pending, tries } }))
      return { kind: 'run', place: pending.place, attempt: TRIES - tries, reverted }
    if (reverted !== 0) {
      putBoot(board, {
        pending: undefined,
        last: { release: pending.release, end: 'reverted', code: reverted },
      })
    }
  }

  const damage = refusal(active)
  if (damage === 0) return { kind: 'run', place: active.place, attempt: 0, reverted }
  for (const program of [previous, factoryProgram(board)]) {
    if (program === undefined || refusal(program) !== 0) continue
    const last = { release: active.release, end: 'reverted', code: damage } as const
    putBoot(board, { active: program, previous: undefined, last })
    return { kind: 'run', place: program.place, attempt: 0, reverted: damage }
  }
  return { kind: 'halt', why: `no program with a counter of ${floor} and a right hash` }
}
