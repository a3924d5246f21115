import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fee } from '../../../../host-link/host/acquirer.ts'
import { feeFen, feeRow, shareOf } from '../../../../host-link/host/clearing/fee.ts'
import { makeTerms } from '../../../../host-link/host/clearing/terms.ts'

const row = (ratePpm: number, leastFen = 0, capFen?: number): Fee => ({
  card: 'any',
  ratePpm,
  leastFen,
  ...(capFen !== undefined && { capFen }),
})

describe('feeFen 手续费', () => {
  // biome-ignore format: one row a case
  it.each([
    // amount,       rate,      least, cap,       fee
    [100_00,         6000,      0,     undefined, 60      ],
    [83,             6000,      0,     undefined, 0       ], // 0.498 fen
    [84,             6000,      0,     undefined, 1       ], // 0.504 fen
    [250,            2000,      0,     undefined, 1       ], // 0.5 fen: half goes up
    [249,            2000,      0,     undefined, 0       ],
    [1,              500_000,   0,     undefined, 1       ],
    [1,              499_999,   0,     undefined, 0       ],
    [100,            6000,      10,    undefined, 10      ], // the least
    [0,              6000,      10,    undefined, 0       ], // nothing of nothing
    [1_000_000,      6000,      10,    2000,      2000    ], // the cap
    [999_999_999_999, 1_000_000, 0,    undefined, 999_999_999_999],
    [999_999_999_999, 6001,     0,     undefined, 6_001_000_000],
  ] as const)('%d fen at %d ppm, least %d, cap %s → %d fen', (amount, rate, least, cap, fee) => {
    expect(feeFen(row(rate, least, cap), amount)).toBe(fee)
  })
  it('any amount of field 4 and any rate: as by exact rationals, half up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999_999_999_999 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (amount, rate) => {
          // floor(x + 1/2) of x = amount × rate / 10^6
          const exact = (BigInt(amount) * BigInt(rate) * 2n + 1_000_000n) / 2_000_000n
          expect(BigInt(feeFen(row(rate), amount))).toBe(exact)
        },
      ),
      { numRuns: 2000 },
    )
  })
  it('rises with the amount, between least and cap', () => {
    const fen = fc.integer({ min: 1, max: 99_999_999 })
    fc.assert(
      fc.property(
        fen,
        fen,
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 0, max: 50 }),
        (a, b, rate, least) => {
          const fees = row(rate, least, least + 500)
          const [low, high] = [Math.min(a, b), Math.max(a, b)]
          expect(feeFen(fees, low)).toBeLessThanOrEqual(feeFen(fees, high))
          expect(feeFen(fees, low)).toBeGreaterThanOrEqual(least)
          expect(feeFen(fees, high)).toBeLessThanOrEqual(least + 500)
        },
      ),
    )
  })
})

describe('feeRow: the most specific row', () => {
  const fees: readonly Fee[] = [
    { card: 'any', ratePpm: 1, leastFen: 0 },
    { card: 'member', ratePpm: 2, leastFen: 0 },
    { card: 'cash', ratePpm: 3, leastFen: 0 },
    { merchant: 'M', card: 'any', ratePpm: 4, leastFen: 0 },
    { merchant: 'M', card: 'bank', ratePpm: 5, leastFen: 0 },
    { merchant: 'M', store: '0012', card: 'any', ratePpm: 6, leastFen: 0 },
    { merchant: 'M', store: '0012', card: 'member', ratePpm: 7, leastFen: 0 },
  ]
  // biome-ignore format: one row a case
  it.each([
    // merchant, store,     card,     rate
    ['N',        undefined, 'bank',   1],
    ['N',        undefined, 'member', 2],
    ['N',        '0012',    'cash',   3], // a store of another merchant
    ['M',        '0012',    'cash',   3], // cash is no card: `any` is not for it
    ['M',        '0013',    'member', 4], // the merchant's any is above the general member
    ['M',        '0013',    'bank',   5],
    ['M',        '0012',    'bank',   6], // the store's any is above the merchant's bank
    ['M',        '0012',    'member', 7],
    ['M',        undefined, 'bank',   5],
  ] as const)('%s, store %s, %s → the row of %d ppm, in whatever order the rows are', (merchant, store, card, rate) => {
    expect(feeRow(fees, { merchant, store, card })?.ratePpm).toBe(rate)
    expect(feeRow([...fees].reverse(), { merchant, store, card })?.ratePpm).toBe(rate)
    const terms = makeTerms({ fees, stores: {} })
    expect(terms.feeRow({ merchant, store, card })?.ratePpm).toBe(rate)
    expect(terms.feeRow({ merchant, store, card })?.ratePpm).toBe(rate) // remembered
  })
  it('none fits → undefined; an empty table → no fee', () => {
    const place = { merchant: 'M', store: undefined, card: 'cash' } as const
    expect(feeRow([{ card: 'any', ratePpm: 1, leastFen: 0 }], place)).toBeUndefined()
    expect(makeTerms({ fees: [], stores: {} }).feeRow(place)).toMatchObject({ ratePpm: 0, leastFen: 0 })
  })
})

describe('shareOf: a part of a whole, half up', () => {
  it('parts counted from 0 to a running sum add up to the total, none negative', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 99_999_999_999 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 999_999_999_999 }),
        (parts, total) => {
          const whole = parts.reduce((a, b) => a + b)
          let before = 0
          let given = 0
          for (const part of parts) {
            const share = shareOf(total, before + part, whole) - shareOf(total, before, whole)
            expect(share).toBeGreaterThanOrEqual(0)
            given += share
            before += part
          }
          expect(given).toBe(total)
        },
      ),
    )
  })
  it('1 of 3 of 2 → 1 (0.67); 1 of 2 of 1 → 1 (0.5 goes up); 1 of 3 of 1 → 0', () => {
    expect([shareOf(2, 1, 3), shareOf(1, 1, 2), shareOf(1, 1, 3)]).toEqual([1, 1, 0])
  })
})
