import { describe, expect, it } from 'vitest'
import { type FlashChip, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { EMPTY, type Step, viewOf } from '../../rig/flash-model.ts'
import { BUDGET, cutsAt, type Fork, fingerprint, fork, openReady, play, restart, resume, type Run } from '../../rig/flash-run.ts'
import { MORNING, SMALL } from '../../rig/flash-script.ts'

const STEPS_AFTER_CUT = 4

/** How many operations the whole run takes when nothing happens. */
function operationsOf(chip: FlashChip, steps: readonly Step[]): number {
  const run: Run = { chip, model: EMPTY, at: 0 }
  play(run, openReady(chip), steps)
  return chip.operations()
}

/** Runs until the cut; the state of the chip without power. */
function cutOnce(operation: number, variant: number, seed: number): Fork | undefined {
  const chip = makeFlashChip({ geometry: SMALL, seed })
  const cut = cutsAt(operation)[variant]
  if (cut === undefined) return undefined
  chip.cut(cut)
  const run: Run = { chip, model: EMPTY, at: 0 }
  try {
    play(run, openReady(chip), MORNING)
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
  return fork(run)
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

describe('the journal and the power', () => {
  const total = operationsOf(makeFlashChip({ geometry: SMALL }), MORNING)
  const forks = new Map<string, Fork>()

  it(`cut before, inside and after each flash operation → after the start all that was acknowledged is there, and work goes on`, () => {
    expect(total).toBeGreaterThan(150)
    const chip = makeFlashChip({ geometry: SMALL, seed: 5 })
    for (let operation = 0; operation < total; operation++) {
      for (let variant = 0; variant < cutsAt(0).length; variant++) {
        const f = cutOnce(operation, variant, operation * 31 + variant)
        if (f === undefined) continue
        forks.set(fingerprint(f), f)
        const run = resume(chip, f)
        const what = `cut ${JSON.stringify(cutsAt(operation)[variant])} in step ${f.at}`
        const first = restart(run, what)
        const seen = viewOf(first)
        for (let again = 0; again < 2; again++)
          expect(viewOf(restart(run, `${what}, start ${again + 2}`)), what).toBe(seen)
        const journal = restart(run, what)
        expect(play(run, journal, MORNING)).toBe(true)
        restart(run, `${what}, at the end`)
      }
    }
    expect(forks.size).toBeGreaterThan(total * 3)
  })

  it('cut again during the recovery and the steps after it → the same, from every distinct state', () => {
    const chip = makeFlashChip({ geometry: SMALL, seed: 7 })
    const all = [...forks.values()]
    const every = Math.max(1, Math.floor(all.length / (120 * BUDGET)))
    const second = new Map<string, Fork>()
    for (let i = 0; i < all.length; i += every)
      cutAgain(chip, all[i] as Fork, (next) => second.set(fingerprint(next), next))
    expect(second.size).toBeGreaterThan(100)

    const deep = [...second.values()]
    const stride = Math.max(1, Math.floor(deep.length / (25 * BUDGET)))
    let third = 0
    for (let i = 0; i < deep.length; i += stride)
      cutAgain(chip, deep[i] as Fork, (next) => {
        third++
        const run = resume(chip, next)
        restart(run, 'after three cuts')
      }, 2)
    expect(third).toBeGreaterThan(100)
  })
})
