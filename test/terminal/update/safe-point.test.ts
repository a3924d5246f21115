import { describe, expect, it } from 'vitest'
import { WAITING } from '../../../host-link/wire/tms/codes.ts'
import { inWindow, type Moment, stepAt, waitingFor } from '../../../terminal/update/safe-point.ts'

const CALM: Moment = {
  ...{ busy: false, owed: false, slipDue: false, entries: 0, mayStayOpen: false, early: false },
  ...{ inWindow: true, opportune: false, automatic: true, choice: undefined, overdue: false },
}
const both = [false, true]
const choices: readonly Moment['choice'][] = ['now', 'settled', 'later', 'asked', undefined]

function* everyMoment(): Generator<Moment> {
  for (const busy of both)
    for (const owed of both)
      for (const slipDue of both)
        for (const entries of [0, 1])
          for (const mayStayOpen of both)
            for (const early of both)
              for (const window of both)
                for (const opportune of both)
                  for (const automatic of both)
                    for (const choice of choices)
                      for (const overdue of both)
                        yield {
                          ...{ busy, owed, slipDue, entries, mayStayOpen, early, inWindow: window },
                          ...{ opportune, automatic, choice, overdue },
                        }
}

describe('safe point 安全点', () => {
  it('a quiet terminal with an empty batch in its window waits for nothing and installs', () => {
    expect(waitingFor(CALM)).toBe(0)
    expect(stepAt(CALM)).toBe('install')
  })

  // biome-ignore format: one row a reason
  const reasons: readonly (readonly [string, Partial<Moment>, number])[] = [
    ['an open batch',                  { entries: 3 },                       WAITING.batch],
    ['outside its window',             { inWindow: false },                  WAITING.window],
    ['before its earliest time',       { early: true },                      WAITING.window],
    ['a transaction or a menu',        { busy: true },                       WAITING.transaction],
    ['something owed',                 { owed: true },                       WAITING.owed],
    ['put off by the merchant',        { choice: 'later' },                  WAITING.deferred],
    ['to come after the settlement',   { choice: 'settled', entries: 1, mayStayOpen: true }, WAITING.deferred],
    ['a slip that is still due',       { slipDue: true },                    WAITING.paper],
  ]
  for (const [name, change, bit] of reasons)
    it(`G07 ${name} → waits, and says so with bit ${bit}`, () => {
      expect(waitingFor({ ...CALM, ...change })).toBe(bit)
      expect(['wait', 'offer']).toContain(stepAt({ ...CALM, ...change }))
    })

  it('in every of all moments: busy, owed, a slip due or too early → wait, whatever else, also overdue', () => {
    for (const moment of everyMoment())
      if (moment.busy || moment.owed || moment.slipDue || moment.early) expect(stepAt(moment)).toBe('wait')
  })

  it('in every of all moments: what installs waits for nothing, and a batch is settled or stays by policy', () => {
    for (const moment of everyMoment()) {
      const step = stepAt(moment)
      if (step !== 'install' && step !== 'go') continue
      expect(waitingFor(moment)).toBe(0)
      expect(moment.entries === 0 || moment.mayStayOpen).toBe(true)
    }
  })

  it('in every of all moments: settled by itself only where it is overdue or the merchant said now', () => {
    for (const moment of everyMoment())
      if (stepAt(moment) === 'settle') {
        expect((moment.overdue && moment.automatic) || moment.choice === 'now').toBe(true)
        expect(moment.entries).toBeGreaterThan(0)
      }
  })

  it('in every of all moments: nothing begins by itself before the deadline without "automatic" or the merchant', () => {
    for (const moment of everyMoment())
      if (['install', 'go'].includes(stepAt(moment)))
        expect(
          moment.overdue || moment.automatic || moment.choice === 'now' || moment.choice === 'settled',
        ).toBe(true)
  })

  it('outside its window, but straight after a settlement or a start → installs', () => {
    expect(stepAt({ ...CALM, inWindow: false, opportune: true })).toBe('install')
  })

  it('not automatic → the merchant is offered it, once', () => {
    expect(stepAt({ ...CALM, automatic: false })).toBe('offer')
    expect(stepAt({ ...CALM, automatic: false, choice: 'asked' })).toBe('wait')
  })

  it('at the deadline with an open batch → settles first; put off counts no more', () => {
    expect(stepAt({ ...CALM, overdue: true, entries: 2, choice: 'later', inWindow: false })).toBe('settle')
    expect(stepAt({ ...CALM, overdue: true, choice: 'later', inWindow: false })).toBe('install')
  })

  it('at the deadline with an open batch, not automatic → asks, and settles nothing by itself', () => {
    expect(stepAt({ ...CALM, overdue: true, entries: 2, automatic: false })).toBe('offer')
  })

  it('a window over midnight holds before and after it, and one without length holds always', () => {
    const held = (from: number, to: number) =>
      [0, 119, 120, 720, 1379, 1380].map((m) => inWindow(m, from, to))
    expect(held(1380, 120)).toEqual([true, true, false, false, false, true])
    expect(held(120, 1380)).toEqual([false, false, true, true, true, false])
    expect(held(300, 300)).toEqual([true, true, true, true, true, true])
  })
})
