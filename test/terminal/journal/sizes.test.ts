import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Sizes } from '../../../terminal/journal/sizes.ts'

/** Sectors that records take when they come in this order: one that does not fit opens the next. */
function sectorsFor(sizes: readonly number[], sectorBytes: number): number {
  let sectors = 1
  let used = 0
  for (const size of sizes) {
    if (used + size > sectorBytes) {
      sectors++
      used = 0
    }
    used += size
  }
  return sectors
}

describe('the sizes of records, summed up', () => {
  it('any records in any order → they are in no more sectors than was said', () => {
    const sizes = fc.array(
      fc.oneof(
        fc.integer({ min: 4, max: 29 }),
        fc.integer({ min: 15, max: 30 }),
        fc.integer({ min: 4, max: 104 }),
      ),
      { maxLength: 200 },
    )
    const order = fc.constantFrom('given', 'large first', 'small first')
    fc.assert(
      fc.property(sizes, order, fc.integer({ min: 450, max: 4008 }), (units, how, bytes) => {
        const records = units.map((u) => u * 4)
        if (how !== 'given') records.sort((a, b) => (how === 'large first' ? b - a : a - b))
        const sectorBytes = bytes - (bytes % 4)
        const summed = new Sizes()
        for (const size of records) summed.add(size)
        let promised = 1
        while (summed.inSectors(promised, 4) > promised * sectorBytes) promised++
        expect(sectorsFor(records, sectorBytes)).toBeLessThanOrEqual(promised)
      }),
      { numRuns: 500, seed: 20240610 },
    )
  })

  it('one long record among many short ones → costs its length once more, not that in every sector', () => {
    const sizes = new Sizes()
    sizes.add(16, 50_000)
    const before = sizes.inSectors(250, 4)
    sizes.add(416)
    expect(sizes.inSectors(250, 4) - before).toBe(416 + 400)
  })

  it('added up, cleared → as if added one by one, and as new', () => {
    const one = new Sizes()
    const other = new Sizes()
    const both = new Sizes()
    one.add(92, 3)
    other.add(300)
    for (const size of [92, 92, 92, 300]) both.add(size)
    one.addAll(other)
    expect(one).toEqual(both)
    one.clear()
    expect(one).toEqual(new Sizes())
  })
})
