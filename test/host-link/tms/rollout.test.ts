import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_GATE } from '../../../host-link/tms/model.ts'
import {
  arePercentages,
  judgeGate,
  mayTell,
  type Tally,
  tallyOf,
  waveSizes,
} from '../../../host-link/tms/rollout.ts'

const tally = (change: Partial<Tally> = {}): Tally => ({
  open: 0,
  untold: 0,
  good: 0,
  bad: 0,
  gone: 0,
  ...change,
})

describe('waves 批次', () => {
  test.each([
    [10_000, 0, 'default', [50, 1_000, 3_000, 5_950]],
    [10_000, 20, 'default', [20, 50, 998, 2_994, 5_938]],
    [200, 0, 'default', [5, 20, 60, 115]],
    [600, 0, 'default', [6, 60, 180, 354]],
    [3, 0, 'default', [3]],
    [3, 3, 'default', [3]],
    [1, 0, 'default', [1]],
    [500, 0, 'all', [500]],
    [1_000, 0, [1, 10, 30], [10, 90, 200, 700]],
    [3, 0, [1, 10, 30], [1, 2]],
    [0, 0, 'default', []],
  ] as const)('of %i terminals, %i of our own, %j: %j', (total, internal, spec, sizes) => {
    expect(waveSizes(total, internal, spec)).toEqual(sizes)
  })

  test('take every terminal once, and none is empty', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 0, max: 50 }),
        fc.oneof(
          fc.constant('default' as const),
          fc
            .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 })
            .map((list) => list.sort((a, b) => a - b)),
        ),
        (total, internal, spec) => {
          const sizes = waveSizes(total, Math.min(internal, total), spec)
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total)
          expect(sizes.every((size) => size > 0)).toBe(true)
        },
      ),
    )
  })

  test('percentages rise from 1 to 99', () => {
    expect([[1, 10], [], [99]].map(arePercentages)).toEqual([true, true, true])
    expect([[10, 1], [0], [100], [5, 5], [1.5]].map(arePercentages)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('gate 放行', () => {
  const gate = { ...DEFAULT_GATE, bakeSeconds: 100 }

  test.each([
    ['untold terminals are waited for', tally(), tally({ open: 1, untold: 1, good: 50 }), 500, 'wait'],
    ['silence is no success', tally(), tally({ open: 5 }), 500, 'wait'],
    [
      '95 % of the answered, others silent: it stands for the bake time',
      tally(),
      tally({ open: 5, good: 19, bad: 1 }),
      99,
      'bake',
    ],
    ['and passes after it', tally(), tally({ open: 5, good: 19, bad: 1 }), 100, 'pass'],
    ['fewer than 95 % while some are open: wait', tally(), tally({ open: 1, good: 18, bad: 1 }), 500, 'wait'],
    [
      'fewer than 95 % and none open: a person has to look',
      tally(),
      tally({ good: 18, bad: 1 }),
      500,
      'breach',
    ],
    ['all were superseded: nothing speaks against it', tally(), tally({ gone: 5 }), 500, 'pass'],
    [
      '1 of 19 failed: below the sample',
      tally({ good: 18, bad: 1 }),
      tally({ open: 9, good: 18, bad: 1 }),
      0,
      'wait',
    ],
    [
      '1 of 20 failed: breach',
      tally({ good: 19, bad: 1 }),
      tally({ open: 9, good: 19, bad: 1 }),
      0,
      'breach',
    ],
    [
      '2 of 100 failed: exactly 2 % is no breach',
      tally({ good: 98, bad: 2 }),
      tally({ open: 9, good: 98, bad: 2 }),
      100,
      'pass',
    ],
    [
      '3 of 100 failed: breach',
      tally({ good: 97, bad: 3 }),
      tally({ open: 9, good: 97, bad: 3 }),
      100,
      'breach',
    ],
  ] as const)('%s', (_, all, wave, baked, kind) => {
    expect(judgeGate(all, wave, gate, baked).kind).toBe(kind)
  })

  test('never passes while failures are above the limit, whatever the wave says', () => {
    const count = fc.integer({ min: 0, max: 200 })
    fc.assert(
      fc.property(
        fc.record({ open: count, untold: count, good: count, bad: count, gone: count }),
        fc.integer({ min: 0, max: 1_000 }),
        (wave, baked) => {
          const { kind } = judgeGate(wave, wave, gate, baked)
          const ends = wave.good + wave.bad
          if (ends >= 20 && wave.bad / ends > 0.02) expect(kind).toBe('breach')
          if (kind === 'pass')
            expect(wave.untold === 0 && wave.good >= 0.95 * ends && baked >= 100).toBe(true)
        },
      ),
    )
  })

  test('a tally counts reverted, refused and expired as failures, superseded as nothing', () => {
    const states = [
      'queued',
      'trial',
      'confirmed',
      'reverted',
      'refused',
      'failed',
      'expired',
      'superseded',
      'cancelled',
      'waiting',
    ] as const
    expect(tallyOf(states.map((state) => ({ state, count: 1 })))).toEqual({
      open: 3,
      untold: 1,
      good: 1,
      bad: 4,
      gone: 2,
    })
  })

  test('the rate a minute is kept; 0 is none', () => {
    expect([mayTell(10, 4), mayTell(10, 12), mayTell(0, 1e6) > 1e6]).toEqual([6, 0, true])
  })
})
