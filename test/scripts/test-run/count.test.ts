import { describe, expect, test } from 'vitest'
import { countReport } from '../../../scripts/test-run/count.ts'

const file = (status: string, ...tests: string[]): unknown => ({
  status,
  assertionResults: tests.map((of) => ({ status: of })),
})

describe('npm test: the last line counts what was run', () => {
  const rows: [string, unknown, boolean, number[]][] = [
    [
      'every kind of end',
      [file('failed', 'passed', 'failed', 'pending'), file('passed', 'todo', 'passed')],
      false,
      [2, 1, 2],
    ],
    ['a file that cannot be loaded', [file('failed'), file('passed', 'passed')], false, [1, 1, 0]],
    [
      'a file that cannot be loaded beside a failure',
      [file('failed'), file('failed', 'failed')],
      false,
      [0, 2, 0],
    ],
    ['an error outside of any test', [file('passed', 'passed')], false, [1, 1, 0]],
    ['no test at all', [], true, [0, 0, 0]],
  ]
  test.each(rows)('%s → counted', (_, testResults, ranWell, [passed, failed, skipped]) => {
    expect(countReport({ testResults }, ranWell)).toEqual({ passed, failed, skipped })
  })
  test('no report → one failure', () => {
    expect(countReport(undefined, false)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})
