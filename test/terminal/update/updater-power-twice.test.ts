import { describe, expect, it } from 'vitest'
import { BUDGET } from '../../rig/flash-run.ts'
import { play, prepared, scenarios, ways } from '../../rig/update-power.ts'

describe('D02 G02: a second power cut, at operations of the recovery', () => {
  for (const scenario of scenarios)
    it(`${scenario.name}: a second cut at an operation of the recovery → ready in the end, at most two windows asked again`, async () => {
      const from = await prepared(scenario)
      const whole = await play(scenario, from, [], 'no cut')
      const every = Math.max(1, Math.floor(9 / BUDGET))
      let pair = 0
      for (let operation = 1; operation < whole; operation++)
        for (let again = 0; again < whole; again++) {
          if (
            pair++ % every !== operation % every ||
            (pair * 31 + operation) % Math.max(1, Math.floor(5 / BUDGET)) !== 0
          )
            continue
          const [one, two] = [
            ways[(pair * 3 + operation) % ways.length],
            ways[(pair * 7 + again) % ways.length],
          ]
          if (one === undefined || two === undefined) continue
          const cuts = [one(operation), two(again)]
          // Throws where an invariant does not hold; how many operations it took depends on the cuts.
          expect(await play(scenario, from, cuts, `cuts ${JSON.stringify(cuts)}`)).toBeGreaterThan(0)
        }
    })
})
