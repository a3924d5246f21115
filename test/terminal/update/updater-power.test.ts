import { describe, expect, it } from 'vitest'
import { BUDGET } from '../../rig/flash-run.ts'
import { play, prepared, scenarios, ways } from '../../rig/update-power.ts'

describe('D02 G02: power cut at every chip operation of receive → verify', () => {
  for (const [number, scenario] of scenarios.entries())
    it(`${scenario.name}: cut before, inside or after each → ready in the end, at most one window asked again`, async () => {
      const from = await prepared(scenario)
      const whole = await play(scenario, from, [], 'no cut')
      expect(whole).toBeGreaterThan(40)
      const count = Math.min(ways.length, 2 * BUDGET)
      for (let operation = 0; operation < whole; operation++)
        for (let i = 0; i < count; i++) {
          const at = (operation * 5 + i * 7 + number) % ways.length
          const cut = ways[at]?.(operation)
          if (cut !== undefined) await play(scenario, from, [cut], `cut ${at} at ${operation}`)
        }
    })
})
