import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENTRIES_OF } from '../../../../host-link/host/page/api.ts'
import { hourBars } from '../../../../host-link/host/page/hours.ts'
import { hrefOf, type Route, routeOf, UNITS } from '../../../../host-link/host/page/route.ts'
import { daysFrom, daysOf, monthsFrom, roughly, yuan } from '../../../../host-link/host/page/shown.ts'

describe('figures', () => {
  it.each([
    [0, '0.00'],
    [5, '0.05'],
    [-5, '-0.05'],
    [123_456_789, '1,234,567.89'],
    [-100_000, '-1,000.00'],
  ])('%i fen → %s', (fen, shown) => {
    expect(yuan(fen)).toBe(shown)
  })
  it('any fen: what is shown is read back as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), (fen) => {
        expect(Number(yuan(fen).replaceAll(',', '').replace('.', ''))).toBe(fen)
      }),
    )
  })
  it('an axis has round figures: 12,345.00 → 1.2万, 12.3k', () => {
    expect([roughly(1_234_500, 'zh'), roughly(1_234_500, 'en'), roughly(9_900, 'zh')]).toEqual([
      '1.2万',
      '12.3k',
      '99',
    ])
  })
})

describe('dates', () => {
  it('months and days roll over years and leap days', () => {
    expect([monthsFrom('2026-12', 1), monthsFrom('2026-01', -1)]).toEqual(['2027-01', '2025-12'])
    expect([daysFrom('20280228', 1), daysFrom('20270101', -1)]).toEqual(['20280229', '20261231'])
    expect(daysOf('2026-11')).toHaveLength(30)
  })
})

describe('routes', () => {
  it('any route: its address leads back to it, whatever a store is called', () => {
    const word = fc.string({ maxLength: 12 })
    const date = fc.constant('2026-11-21')
    const route: fc.Arbitrary<Route> = fc.oneof(
      fc.record({ view: fc.constant('day' as const), date }),
      fc.record({
        ...{ view: fc.constant('entries' as const), date, merchant: word },
        ...{ party: fc.constantFrom(...ENTRIES_OF), name: word },
      }),
      fc.record({ view: fc.constant('entry' as const), sequence: fc.nat() }),
      fc.record({
        ...{ view: fc.constant('reports' as const), kind: fc.constant('stores') },
        ...{ unit: fc.constantFrom(...UNITS), of: date },
      }),
    )
    fc.assert(
      fc.property(route, (one) => {
        expect(routeOf(hrefOf(one))).toEqual(one)
      }),
    )
  })
  it('an address that is none → the calendar', () => {
    for (const hash of ['', '#', '#/', '#/none', '#/calendar/x', '#/%'])
      expect(routeOf(hash)).toEqual({ view: 'calendar', month: undefined })
  })
})

describe('bars of hours', () => {
  it('from the first to the last, empty ones between, over midnight', () => {
    const hours = [
      { date: '20261120', hour: 23, count: 1, netFen: 5 },
      { date: '20261121', hour: 2, count: 2, netFen: -7 },
    ]
    expect(hourBars(hours).map(({ name, fen, count }) => [name, fen, count])).toEqual([
      ['23', 5, 1],
      ['00', 0, 0],
      ['01', 0, 0],
      ['02', -7, 2],
    ])
    expect(hourBars([])).toEqual([])
  })
})
