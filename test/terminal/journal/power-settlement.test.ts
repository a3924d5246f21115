import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { cutAgain, cutOnce, sample, wholeRun } from '../../rig/flash-power.ts'
import {
  BUDGET,
  cutsAt,
  type Fork,
  fingerprint,
  play,
  requireScrubbed,
  restart,
  resume,
} from '../../rig/flash-run.ts'
import { EVENING, SMALL } from '../../rig/flash-script.ts'

/** How many of the states after one cut are cut again. */
const SECOND_CUTS_FROM = 40 * BUDGET
/** Of the states after one cut, one in so many is played to its end. */
const PLAYED_EVERY = BUDGET > 1 ? 1 : 5

describe('the settlement 结算 and the power', () => {
  const total = wholeRun(EVENING).operations()
  const forks = new Map<string, Fork>()

  it('L05, L20 cut before, inside and after each operation of freeze, progress, close and scrub → as acknowledged, resumed, and no card is left', () => {
    const chip = makeFlashChip({ geometry: SMALL, seed: 3 })
    for (let operation = 0; operation < total; operation++)
      for (const [variant, f] of cutOnce(EVENING, operation).entries()) {
        const id = fingerprint(f)
        if (forks.has(id)) continue
        forks.set(id, f)
        const run = resume(chip, f)
        const what = `cut ${JSON.stringify(cutsAt(operation)[variant])} in step ${f.at}`
        restart(run, what)
        const journal = restart(run, `${what}, second start`)
        if ((operation + variant) % PLAYED_EVERY > 0) continue
        expect(play(run, journal, EVENING), what).toBe(true)
        requireScrubbed(run)
        restart(run, `${what}, at the end`)
      }
    expect(forks.size).toBeGreaterThan(total * 4)
  })

  it('cut again in the recovery and the steps after it → the same', () => {
    const chip = makeFlashChip({ geometry: SMALL, seed: 4 })
    let ends = 0
    for (const f of sample([...forks.values()], SECOND_CUTS_FROM)) {
      const second = new Map<string, Fork>()
      cutAgain(EVENING, chip, f, (next) => second.set(fingerprint(next), next), BUDGET > 1 ? 1 : 2)
      for (const next of sample([...second.values()], 4 * BUDGET)) {
        const run = resume(chip, next)
        expect(play(run, restart(run, 'after two cuts'), EVENING)).toBe(true)
        requireScrubbed(run)
        ends++
      }
    }
    expect(ends).toBeGreaterThan(100)
  })
})
