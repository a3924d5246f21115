import { describe, expect, it } from 'vitest'
import { type FlashChip, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { EMPTY } from '../../rig/flash-model.ts'
import {
  BUDGET,
  cutsAt,
  type Fork,
  fingerprint,
  fork,
  openReady,
  play,
  type Run,
  restart,
  resume,
} from '../../rig/flash-run.ts'
import { MORNING, SMALL } from '../../rig/flash-script.ts'

const STEPS_AFTER_CUT = 4
/** How many of the states after one cut, and after two, are cut again. */
const SECOND_CUTS_FROM = 20 * BUDGET
const THIRD_CUTS_FROM = 8 * BUDGET

/** The states of the chip when the power went at one operation of the whole run, in every way there is. */
function cutOnce(operation: number): readonly Fork[] {
  const chip = makeFlashChip({ geometry: SMALL, seed: operation })
  let repeat = () => {}
  const seen: FlashChip = {
    ...chip,
    program: (address, bytes) => {
      repeat = () => void chip.program(address, bytes)
      return chip.program(address, bytes)
    },
    erase: (sector) => {
      repeat = () => void chip.erase(sector)
      return chip.erase(sector)
    },
  }
  chip.cut({ operation, when: 'before' })
  const run: Run = { chip, model: EMPTY, at: 0 }
  untilPowerCut(() => play(run, openReady(seen), MORNING))
  const before = fork(run)
  return cutsAt(0).map((plan) => {
    const again = resume(chip, before)
    chip.cut({ ...plan, operation: chip.operations() })
    untilPowerCut(repeat)
    return fork(again)
  })
}

function untilPowerCut(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
}

/** All states that one more cut leads to from `from`, at every operation of the restart and the steps after it. */
function cutAgain(chip: FlashChip, from: Fork, keep: (next: Fork) => void, every = 1): void {
  for (let operation = 0, going = true; going; operation += every) {
    for (const plan of cutsAt(0)) {
      const run = resume(chip, from)
      chip.cut({ ...plan, operation: chip.operations() + operation })
      try {
        const journal = restart(run, `cut again at operation ${operation}`)
        play(run, journal, MORNING.slice(0, from.at + STEPS_AFTER_CUT))
        if (chip.powered()) {
          going = false
          break
        }
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error
      }
      keep(fork(run))
    }
  }
}

function sample<T>(all: readonly T[], count: number): readonly T[] {
  const every = Math.max(1, Math.floor(all.length / count))
  return all.filter((_, i) => i % every === 0)
}

describe('the journal and the power', () => {
  const whole = makeFlashChip({ geometry: SMALL })
  play({ chip: whole, model: EMPTY, at: 0 }, openReady(whole), MORNING)
  const total = whole.operations()
  const forks = new Map<string, Fork>()

  it('cut before, inside and after each flash operation → all that was acknowledged is there at every start, and work goes on', () => {
    expect(Math.min(...whole.erases())).toBeGreaterThan(0) // the run goes around the ring, with live entries to copy
    const chip = makeFlashChip({ geometry: SMALL, seed: 5 })
    for (let operation = 0; operation < total; operation++)
      for (const [variant, f] of cutOnce(operation).entries()) {
        const id = fingerprint(f)
        if (forks.has(id)) continue
        forks.set(id, f)
        const run = resume(chip, f)
        const what = `cut ${JSON.stringify(cutsAt(operation)[variant])} in step ${f.at}`
        restart(run, what)
        restart(run, `${what}, second start`) // bits that were quiet at the first start flicker or turn now
        if ((operation + variant) % 6 > 0 && BUDGET <= 1) continue
        const journal = restart(run, `${what}, third start`)
        expect(play(run, journal, MORNING)).toBe(true)
        restart(run, `${what}, at the end`)
      }
    expect(forks.size).toBeGreaterThan(total * 4)
  })

  it('cut again during the recovery and the steps after it, and once more after that → the same', () => {
    const chip = makeFlashChip({ geometry: SMALL, seed: 7 })
    const second = new Map<string, Fork>()
    for (const f of sample([...forks.values()], SECOND_CUTS_FROM))
      cutAgain(chip, f, (next) => second.set(fingerprint(next), next))
    expect(second.size).toBeGreaterThan(500)

    let third = 0
    for (const f of sample([...second.values()], THIRD_CUTS_FROM))
      cutAgain(
        chip,
        f,
        (next) => {
          third++
          restart(resume(chip, next), 'after three cuts')
        },
        2,
      )
    expect(third).toBeGreaterThan(200)
  })
})
