import { afterEach, describe, expect, it, vi } from 'vitest'
import { jsonOf, median, quantile, type Row, tableOf } from '../../scripts/bench/row.ts'
import { bench, measurements } from '../../scripts/bench.ts'
import { BUNDLE_BYTES_MAX } from '../../scripts/build.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** The native runtime has a test of its own, for it has to be built first: bench/native.test.ts. */
const here = Object.entries(measurements).filter(([name]) => name !== 'native')

describe('each measurement on a tiny budget', () => {
  it.each(here)('%s → rows with finite numbers', async (_, { measure }) => {
    const rows = await measure({ budget: 0.001, progress: () => undefined })
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) {
      const { value, ratio = 0 } = jsonOf(row)
      expect([row.quantity, Number.isFinite(value), Number.isFinite(ratio)]).toEqual([
        row.quantity,
        true,
        true,
      ])
    }
  })
})

describe('bench', () => {
  it('--json of one measurement → a document with machine, date and rows; nothing else on standard output', async () => {
    const out = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    await bench({ only: 'bundle', json: true, budget: 0.001 })
    expect(out).toHaveBeenCalledTimes(1)
    const report = JSON.parse(String(out.mock.calls[0]?.[0])) as { results: { bundle: Row[] } }
    expect(report).toMatchObject({ node: process.versions.node, budget: 0.001 })
    expect(report.results.bundle[0]).toMatchObject({ unit: 'B', target: BUNDLE_BYTES_MAX, met: true })
  })
  it('a name that is no measurement, a budget of 0 → refused, nothing is measured', async () => {
    const out = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await expect(bench({ only: 'heap,toString' })).rejects.toThrow('there is no measurement toString')
    await expect(bench({ budget: 0 })).rejects.toThrow('--budget')
    expect(out).not.toHaveBeenCalled()
  })
})

describe('rows', () => {
  const row: Row = { quantity: 'q', value: 30, unit: 'ms', target: 29, beside: { what: 'peer', value: 60 } }
  it('a value above its target → NOT MET, with the ratio to what stands beside', () => {
    expect(jsonOf(row)).toMatchObject({ met: false, ratio: 0.5 })
    expect(jsonOf({ ...row, value: 29 }).met).toBe(true)
    expect(tableOf('t', [row])).toMatch(/30 ms.*≤ 29 ms.*NOT MET.*peer: 60 ms.*0\.5 ×/)
  })
  it('median and quantiles of unsorted values → the one in the middle, the last for 1, NaN of nothing', () => {
    expect([median([3, 1, 2]), quantile([5, 1], 1), median([])]).toEqual([2, 5, Number.NaN])
  })
})
