import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  FILTER_LENGTH_MAX,
  FilterError,
  filterText,
  parseFilter,
  takes,
} from '../../../host-link/tms/filter.ts'
import { filters } from './filters.ts'

const row = {
  serial: 'S1',
  model: 'A8',
  labels: ',pilot,north,',
  online: 1,
  batch_count: 3,
  version: '1.2',
  presence_at: 7_200,
}

describe('filter 筛选', () => {
  test.each([
    ['', true],
    ['model = A8', true],
    ['model != A8', false],
    ['model = A8 and version = 1.3', false],
    ['model = A8 and version = 1.3 or online = yes', true],
    ['model = A8 and (version = 1.3 or online = yes)', true],
    ['not online = yes', false],
    ['not (online = no or label = south)', true],
    ['label = north', true],
    ['label = nort', false],
    ['label != south', true],
    ['batchCount > 2 and batchCount <= 3', true],
    ['version ~ ".2"', true],
    ['version ~ 9', false],
    ['silentHours >= 1', true],
    ['silentHours > 1', false],
  ])('%s takes the terminal: %s', (text, expected) => {
    expect(takes(parseFilter(text), row, 10_900)).toBe(expected)
  })

  test.each([
    ['colour = red', 0, 'there is no field "colour"'],
    ['model', 5, 'one of'],
    ['model = ', 8, 'a value'],
    ['model = A8 and', 14, 'too early'],
    ['(model = A8', 11, 'a ) is missing'],
    ['model = A8 )', 11, 'not understood'],
    ['model < A8', 6, 'is text'],
    ['batchCount ~ 3', 11, 'is a number'],
    ['batchCount = three', 13, 'whole number'],
    ['online > yes', 7, 'yes or no'],
    ['online = 1', 9, 'yes or no'],
    ['label ~ x', 6, 'a label is'],
    ['model ~ ""', 8, 'empty'],
    ['model = "A8', 8, 'not understood'],
    ['model = A8; DROP TABLE terminal', 12, 'not understood'],
  ])('%s is refused at character %i: %s', (text, at, why) => {
    const found = fault(text)
    expect(found).toBeInstanceOf(FilterError)
    expect(found?.at).toBe(at)
    expect(found?.message).toContain(why)
  })

  test('too long or too deep is refused', () => {
    expect(fault('a'.repeat(FILTER_LENGTH_MAX + 1))?.message).toContain('more than')
    expect(fault(`${'('.repeat(40)}model = A8${')'.repeat(40)}`)?.message).toContain('too deep')
  })

  test('a filter, written as text and read again, is the same', () => {
    fc.assert(
      fc.property(filters(), (filter) => {
        const text = filterText(filter)
        expect(filterText(parseFilter(text))).toBe(text)
      }),
    )
    fc.assert(
      fc.property(filters(), fc.integer({ min: 0, max: 5 }), (filter, count) => {
        const some = { ...row, batch_count: count }
        expect(takes(parseFilter(filterText(filter)), some, 10_900)).toBe(takes(filter, some, 10_900))
      }),
    )
  })
})

function fault(text: string): FilterError | undefined {
  try {
    parseFilter(text)
    return undefined
  } catch (error) {
    if (error instanceof FilterError) return error
    throw error
  }
}
