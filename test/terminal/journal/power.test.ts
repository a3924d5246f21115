import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { cutAgain, cutOnce, sample, wholeRun } from '../../rig/flash-power.ts'
import { BUDGET, cutsAt, type Fork, fingerprint, play, restart, resume } from '../../rig/flash-run.ts'
import { MORNING, SMALL } from '../../rig/flash-script.ts'

/** How many of the states after one cut, and after two, are cut again. */
const SECOND_CUTS_FROM = 20 * BUDGET
const THIRD_CUTS_FROM = 8 * BUDGET

describe('the journal and the power', () => {
  const whole = wholeRun(MORNING)
  const total = whole.operations()
  const forks = new Map<string, Fork>()

  it('cut before, inside and after each flash operation → all that was acknowledged is there at every start, and work goes on', () => {
    expect(Math.min(...whole.erases())).toBeGreaterThan(0) // the run goes around the ring, with live entries to copy
    const chip = makeFlashChip({ geometry: SMALL, seed: 5 })
    for (let operation = 0; operation < total; operation++)
      for (const [variant, f] of cutOnce(MORNING, operation).entries()) {
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
      cutAgain(MORNING, chip, f, (next) => second.set(fingerprint(next), next))
    expect(second.size).toBeGreaterThan(500)

    let third = 0
    for (const f of sample([...second.values()], THIRD_CUTS_FROM))
      cutAgain(
        MORNING,
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
