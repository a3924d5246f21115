/** What `npm test` ends with. */
export interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const nothing: Count = { passed: 0, failed: 0, skipped: 0 }

export function sum(a: Count, b: Count): Count {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

/**
 * Counts Vitest's JSON report. A file that could not be loaded has no test in the report and counts as one failure;
 * so does a run that ended badly without a failed test (an error outside of any test), and one without a report.
 */
export function countReport(report: unknown, ranWell: boolean): Count {
  const files = list(report, 'testResults')
  let count = nothing
  for (const file of files) {
    const tests = list(file, 'assertionResults')
    for (const test of tests) count = sum(count, one(field(test, 'status')))
    if (tests.length === 0 && field(file, 'status') === 'failed') count = sum(count, one('failed'))
  }
  return !ranWell && count.failed === 0 ? sum(count, one('failed')) : count
}

function one(status: unknown): Count {
  if (status === 'passed') return { ...nothing, passed: 1 }
  return status === 'failed' ? { ...nothing, failed: 1 } : { ...nothing, skipped: 1 }
}

function field(from: unknown, name: string): unknown {
  return from !== null && typeof from === 'object' ? Reflect.get(from, name) : undefined
}

function list(from: unknown, name: string): unknown[] {
  const value = field(from, name)
  return Array.isArray(value) ? value : []
}
