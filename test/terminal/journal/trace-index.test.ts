import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TRACE_MAX } from '../../../host-link/wire/values.ts'
import { TraceIndex } from '../../../terminal/journal/trace-index.ts'

const SECTORS = 3
const near = fc.oneof(fc.integer({ min: 1, max: 12_000 }), fc.integer({ min: 1, max: TRACE_MAX }))
const held = fc.array(fc.record({ sector: fc.nat(SECTORS - 1), trace: near }), { maxLength: 40 })

describe('which sectors may hold a trace number 流水号', () => {
  it('any numbers in any sectors, any range asked for → no sector that holds one of them is passed over', () => {
    const range = fc.record({ from: fc.nat(TRACE_MAX - 1), length: fc.integer({ min: 1, max: 200 }) })
    fc.assert(
      fc.property(near, held, range, (origin, records, { from, length }) => {
        const index = new TraceIndex(SECTORS)
        index.begin(origin)
        for (const { sector, trace } of records) index.add(sector, trace)
        for (let sector = 0; sector < SECTORS; sector++) {
          const offsets = records.filter((r) => r.sector === sector).map((r) => index.offset(r.trace))
          const to = from + length
          if (offsets.some((at) => at >= from && at < to)) expect(index.mayHold(sector, from, to)).toBe(true)
          const least = Math.min(Infinity, ...offsets.filter((at) => at >= from))
          expect(index.least(sector, from)).toBeLessThanOrEqual(least)
          if (offsets.length === 0) expect(index.least(sector, 0)).toBe(Infinity)
        }
        for (const { sector, trace } of records) expect(index.mayHoldTrace(sector, trace)).toBe(true)
      }),
      { numRuns: 400, seed: 20240609 },
    )
  })

  it('numbers run on from the one before the batch, and go around after 999999', () => {
    const index = new TraceIndex(1)
    index.begin(999_998)
    expect([999_999, 1, 2, 999_998].map((trace) => index.offset(trace))).toEqual([0, 1, 2, 999_998])
  })

  it('a batch of 5,000 in 250 sectors → one number is looked for in three of them at most', () => {
    const index = new TraceIndex(250)
    index.begin(700)
    for (let trace = 701; trace <= 5700; trace++) index.add(Math.floor((trace - 701) / 20), trace)
    for (const trace of [701, 3000, 5700]) {
      const asked = Array.from({ length: 250 }, (_, sector) => index.mayHoldTrace(sector, trace))
      expect(asked.filter((may) => may).length).toBeLessThanOrEqual(3)
    }
  })

  it('a sector erased, a batch begun → nothing is held there', () => {
    const index = new TraceIndex(2)
    index.begin(0)
    index.add(0, 5)
    index.add(1, 5)
    index.clear(0)
    expect([index.mayHoldTrace(0, 5), index.mayHoldTrace(1, 5)]).toEqual([false, true])
    index.begin(0)
    expect(index.mayHoldTrace(1, 5)).toBe(false)
  })
})
