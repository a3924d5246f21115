import { describe, expect, it } from 'vitest'
import { planOf as readPlan } from '../../host-link/tms/node/api-deployment-input.ts'
import { CommandError } from '../../scripts/command-error.ts'
import { planOfOptions } from '../../scripts/tms-plan.ts'

describe('a plan by options', () => {
  const base = { name: 'x', reason: 'r', release: '4', group: 'g' }

  it('all of them → the plan that the service reads', () => {
    expect(
      planOfOptions({
        ...base,
        waves: '1,10,30',
        window: '22:00-05:30',
        gate: 'confirmed=90,bake=2',
        deferrals: '0',
        rate: '60',
        ask: true,
      }),
    ).toMatchObject({
      ...{
        kind: 'program',
        release: 4,
        target: { kind: 'group', name: 'g' },
        waves: [1, 10, 30],
        ratePerMinute: 60,
      },
      gate: { confirmedPercent: 90, failurePercent: 2, sample: 20, bakeSeconds: 7200 },
      policy: { windowFrom: 1320, windowTo: 330, deferrals: 0, automatic: false, allowOpenBatch: false },
    })
  })

  it.each([
    [{ release: undefined }, /--release ID and --parameters/],
    [{ parameters: true }, /--release ID and --parameters/],
    [{ filter: 'x' }, /says which terminals/],
    [{ window: '24:00-05:00' }, /--window/],
    [{ waves: '1;2' }, /--waves/],
    [{ gate: 'nonsense=1' }, /--gate/],
    [{ deadline: 'tomorrow' }, /--deadline/],
    [{ rate: 'x' }, /--rate/],
  ])('%j → a sentence that names the option', (change, why) => {
    const given = { ...base, ...change }
    const wrong = (): unknown => planOfOptions(JSON.parse(JSON.stringify(given)))
    expect(wrong).toThrow(why)
    expect(wrong).toThrow(CommandError)
  })
})

describe('a plan of parameters by options', () => {
  const base = { name: 'x', reason: 'r', parameters: true, group: 'g' }
  it.each([
    ['--window', { window: '22:00-05:00' }],
    ['--earliest', { earliest: '2026-12-01' }],
    ['--deadline', { deadline: '2026-12-01' }],
    ['--deferrals', { deferrals: '3' }],
    ['--open-batch', { openBatch: true }],
    ['--ask', { ask: true }],
  ])('%s, which no terminal would look at → a sentence that says so', (option, more) => {
    expect(() => planOfOptions({ ...base, ...more })).toThrow(
      new RegExp(`^tms deploy: ${option} is for programs: parameters come into force`),
    )
  })

  it('without them → a plan that the service takes', () => {
    expect(readPlan(JSON.parse(JSON.stringify(planOfOptions(base))))).toMatchObject({ kind: 'parameters' })
  })
})
