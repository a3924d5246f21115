import { describe, expect, it } from 'vitest'
import { businessDateOf, dayAfter } from '../../../../host-link/host/acquirer.ts'
import { isDate, lastEnded, monthOf, weekOf } from '../../../../host-link/host/clearing/business-day.ts'

describe('lastEnded: the last business date that is over', () => {
  // biome-ignore format: one row a case
  it.each([
    // cut-over, date,       time,     ended
    ['23:00',    '20261121', '120000', '20261120'],
    ['23:00',    '20261121', '230000', '20261120'], // an answer may still be on its way to the disk
    ['23:00',    '20261121', '230159', '20261120'],
    ['23:00',    '20261121', '230200', '20261121'],
    ['23:00',    '20261122', '000000', '20261121'],
    ['00:00',    '20261122', '000100', '20261121'],
    ['00:00',    '20261122', '000200', '20261122'],
    ['23:59',    '20261122', '000000', '20261120'],
    ['23:59',    '20261122', '000100', '20261121'],
    ['06:30',    '20270101', '010000', '20261231'],
  ] as const)('cut-over %s, at %s %s → %s', (cutOver, date, time, ended) => {
    expect(lastEnded({ date, time }, cutOver)).toBe(ended)
  })
  it('at every minute of a day: no entry of that moment, or of 2 minutes before, is of a date that is over', () => {
    const two = (value: number) => String(value).padStart(2, '0')
    for (const cutOver of ['00:00', '00:01', '06:00', '23:00', '23:59'])
      for (let minute = 0; minute < 1440; minute++) {
        const now = { date: '20261121', time: `${two(Math.floor(minute / 60))}${two(minute % 60)}00` }
        const ended = lastEnded(now, cutOver)
        expect(businessDateOf(now, cutOver) > ended, `${cutOver} ${now.time}`).toBe(true)
        // A day ends no later than two minutes after the next has begun.
        expect([dayAfter(ended), dayAfter(dayAfter(ended))]).toContain(businessDateOf(now, cutOver))
      }
  })
})

describe('weekOf, monthOf, isDate', () => {
  it('a week is Monday to Sunday, over the end of a year', () => {
    expect(weekOf('20261122')).toEqual([
      ...['20261116', '20261117', '20261118', '20261119', '20261120', '20261121', '20261122'],
    ])
    expect(weekOf('20270101')[0]).toBe('20261228')
    expect(weekOf('20261228').at(-1)).toBe('20270103')
  })
  it('a month has its days', () => {
    expect(monthOf('202611')).toHaveLength(30)
    expect(monthOf('202802').at(-1)).toBe('20280229')
    expect(monthOf('202612').at(-1)).toBe('20261231')
  })
  it('only dates that exist are dates', () => {
    for (const date of ['20261121', '20280229']) expect(isDate(date), date).toBe(true)
    for (const date of ['20261131', '20260229', '2026-11-21', '', '20261301', '00000000'])
      expect(isDate(date), date).toBe(false)
  })
})
