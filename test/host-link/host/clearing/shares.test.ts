import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fee } from '../../../../host-link/host/acquirer.ts'
import {
  type Cleared,
  cleared,
  grossFen,
  type LedgerRow,
} from '../../../../host-link/host/clearing/shares.ts'
import { makeTally, unbalanced } from '../../../../host-link/host/clearing/tally.ts'
import { makeTerms } from '../../../../host-link/host/clearing/terms.ts'
import { FEES, randomDays, STORES, type Written } from './random-days.ts'

const terms = makeTerms({ fees: FEES, stores: STORES })
const termsOf = () => terms

const sale: LedgerRow = {
  ...{ sequence: 1, kind: 'sale', businessDate: '20261121', merchant: 'M', store: '0008', cardKind: 'bank' },
  ...{ code: '00', amountFen: 100_00, discount: undefined, cashBack: undefined, settleFen: 100_00 },
  ...{ biller: undefined, refersTo: undefined, original: undefined, refundedBeforeFen: 0 },
}
const undoing = (original: LedgerRow, more: Partial<LedgerRow> = {}): LedgerRow => ({
  ...{ ...sale, sequence: original.sequence + 1, kind: 'voidSale', store: undefined },
  ...{ refersTo: original.sequence, original, settleFen: -original.settleFen, ...more },
})
const refunding = (original: LedgerRow, amountFen: number, refundedBeforeFen = 0): LedgerRow =>
  undoing(original, { kind: 'refund', amountFen, settleFen: -amountFen, refundedBeforeFen })

/** `party/name gross fee` of each share. */
function parts(row: LedgerRow): string[] {
  return shown(cleared(row, termsOf))
}
function shown(result: Cleared): string[] {
  if (result.kind === 'fault') return [result.why]
  return result.shares.map((share) => `${share.party}/${share.name} ${grossFen(share)} ${share.feeFen}`)
}

describe('cleared 分户: who gets what of one entry', () => {
  const offer = { discount: { fen: 10_00, payer: 'S' }, settleFen: 90_00 } as const
  // biome-ignore format: one row a case
  it.each<[string, Partial<LedgerRow>, string[]]>([
    ['sale 消费 → its store, the fee of bank cards',  {},                                                ['store/0008 10000 55']],
    ['cash 现金 → its store, the row of cash',         { kind: 'cashSale', cardKind: 'cash' },            ['store/0008 10000 0']],
    ['points sale 积分消费 → its store is paid',       { kind: 'pointsSale', cardKind: 'member' },        ['store/0008 10000 38']],
    ['no store at a mall → suspense, no fee',          { store: undefined },                              ['suspense/ 10000 0']],
    ['an unknown store → suspense',                    { store: '9999' },                                 ['suspense/9999 10000 0']],
    ['no store at a merchant without stores → itself', { merchant: 'N', store: undefined },               ['own/ 10000 60']],
    ['a store at a merchant without stores → suspense', { merchant: 'N' },                                ['suspense/0008 10000 0']],
    ['top-up 充值 → the float is owed it',             { kind: 'topUp', store: undefined, settleFen: -100_00 }, ['float/ -10000 0']],
    ['activation 售卡激活 → the float',                { kind: 'activation', settleFen: -100_00 },        ['float/ -10000 0']],
    ['bill 缴费 → the biller, whatever the store',     { kind: 'billPayment', biller: '电力' },           ['biller/电力 10000 0']],
    ['a bill of nobody → suspense',                    { kind: 'billCash' },                              ['suspense/0008 10000 0']],
    ['a discount that the store pays',                 offer,                                             ['store/0008 9000 50']],
    ['a discount that the mall pays',                  { ...offer, discount: { fen: 10_00, payer: 'M' } }, ['store/0008 10000 50', 'mall/ -1000 0']],
    ['a discount that the issuer pays',                { ...offer, discount: { fen: 10_00, payer: 'I' } }, ['store/0008 10000 50', 'issuer/ -1000 0']],
    ['a cash-back 返现 that the store pays',           { cashBack: { fen: 5_00, payer: 'S' } },           ['store/0008 9500 55', 'issuer/ 500 0']],
    ['a cash-back that the mall pays',                 { cashBack: { fen: 5_00, payer: 'M' } },           ['store/0008 10000 55', 'mall/ -500 0', 'issuer/ 500 0']],
    ['a cash-back that the issuer pays',               { cashBack: { fen: 5_00, payer: 'I' } },           ['store/0008 10000 55', 'issuer/ 0 0']],
    ['everything given as a discount by the mall',     { discount: { fen: 100_00, payer: 'M' }, settleFen: 0 }, ['store/0008 10000 0', 'mall/ -10000 0']],
    ['declined → nothing',                             { code: '51', settleFen: 0 },                      []],
    ['a hold 预授权 → nothing',                        { kind: 'preauth', settleFen: 0 },                 []],
    ['a transfer 转账 → nothing',                      { kind: 'transfer', settleFen: 0 },                []],
    ['a tombstone → nothing',                          { kind: 'reversal', settleFen: 0 },                []],
    ['a credit of an unknown sale → suspense',         { kind: 'voidSale', settleFen: -100_00 },          ['suspense/0008 -10000 0']],
  ])('%s', (_, change, shares) => {
    expect(parts({ ...sale, ...change })).toEqual(shares)
  })
  it('no row of a fee table that is not empty fits → a fault that names the place', () => {
    const poor = makeTerms({ fees: [{ card: 'member', ratePpm: 1, leastFen: 0 }], stores: STORES })
    expect(cleared(sale, () => poor)).toEqual({
      kind: 'fault',
      why: 'no fee row for merchant M, store 0008, bank',
    })
  })
  it('an entry whose parts do not make what it settles → a fault', () => {
    expect(parts({ ...sale, settleFen: 99_99 })).toEqual(['settles 9999 fen, its parts make 10000'])
    expect(parts(undoing(sale, { settleFen: -1 }))).toEqual(['settles -1 fen, its parts make -10000'])
    expect(parts({ ...sale, code: '51' })).toEqual(['settles 10000 fen, its parts make 0'])
  })
  it('an original that is not there → a fault', () => {
    expect(parts(undoing(sale, { original: undefined }))).toEqual(['refers to entry 1, which is not there'])
  })
})

describe('undo 撤销 冲正: gives back exactly what was given', () => {
  const full: LedgerRow = {
    ...{
      ...sale,
      discount: { fen: 10_00, payer: 'M' },
      cashBack: { fen: 1_00, payer: 'I' },
      settleFen: 90_00,
    },
  }
  it('void: the store, the mall and the fee of the sale, though it names no store', () => {
    expect(parts(full)).toEqual(['store/0008 10000 50', 'mall/ -1000 0', 'issuer/ 0 0'])
    expect(parts(undoing(full))).toEqual(['store/0008 -10000 -50', 'mall/ 1000 0', 'issuer/ 0 0'])
  })
  it('reversal of a void: the sale stands again, with its fee', () => {
    const back = undoing(undoing(full), { kind: 'reversal', settleFen: 90_00 })
    expect(parts(back)).toEqual(parts(full))
  })
  it('reversal of what was declined → nothing', () => {
    expect(parts(undoing({ ...sale, code: '51', settleFen: 0 }, { kind: 'reversal', settleFen: 0 }))).toEqual(
      [],
    )
  })
  it('top-up void → the float line back', () => {
    const topUp: LedgerRow = { ...sale, kind: 'topUp', settleFen: -100_00, cardKind: 'member' }
    expect(parts(undoing(topUp, { kind: 'topUpVoid', settleFen: 100_00 }))).toEqual(['float/ 10000 0'])
  })
  it('by the terms of the day of the sale: a store and a fee of that day', () => {
    const later = makeTerms({
      fees: [{ card: 'any', ratePpm: 100_000, leastFen: 0 }],
      stores: { M: ['9999'] },
    })
    const of = (date: string) => (date === '20261121' ? terms : later)
    expect(shown(cleared(undoing(sale, { businessDate: '20261122' }), of))).toEqual(['store/0008 -10000 -55'])
    const unknown = undoing({ ...sale, store: '9999' }, { businessDate: '20261122' })
    expect(shown(cleared(unknown, of))).toEqual(['suspense/9999 -10000 0'])
  })
})

describe('refund 退货: a part', () => {
  it('the fee on the refunded amount at the row of the sale, the least counted once', () => {
    expect(parts(sale)).toEqual(['store/0008 10000 55'])
    expect(parts(refunding(sale, 10_00))).toEqual(['store/0008 -1000 -8']) // least 8
    expect(parts(refunding(sale, 10_00, 10_00))).toEqual(['store/0008 -1000 -3']) // 11 of 2000, 8 given back before
    expect(parts(refunding(sale, 80_00, 20_00))).toEqual(['store/0008 -8000 -44']) // the rest of 55
  })
  it('a capped fee: never more is given back than was taken', () => {
    const large: LedgerRow = { ...sale, amountFen: 2_000_000, settleFen: 2_000_000 }
    expect(parts(large)).toEqual(['store/0008 2000000 3000'])
    expect(parts(refunding(large, 1_000_000))).toEqual(['store/0008 -1000000 -3000'])
    expect(parts(refunding(large, 1_000_000, 1_000_000))).toEqual(['store/0008 -1000000 0'])
  })
  it("the mall's discount comes back in proportion", () => {
    const full: LedgerRow = { ...sale, discount: { fen: 10_00, payer: 'M' }, settleFen: 90_00 }
    expect(parts(refunding(full, 45_00))).toEqual(['store/0008 -5000 -25', 'mall/ 500 0'])
    expect(parts(refunding(full, 45_00, 45_00))).toEqual(['store/0008 -5000 -25', 'mall/ 500 0'])
  })
  const less: LedgerRow = { ...sale, merchant: 'N', store: undefined, amountFen: 1_00, settleFen: 1_00 }
  const some: readonly (readonly [rule: string, fee: Fee, fees: string[]])[] = [
    ['0.6 %', { card: 'any', ratePpm: 6000, leastFen: 0 }, ['1', '0', '-1', '1', '-1']],
    ['least fee 1.00', { card: 'any', ratePpm: 6000, leastFen: 1_00 }, ['100', '-100', '0', '0', '0']],
  ]
  it.each(some)(
    '%s of 1.00, refunds of 0.50 and 0.50, the first reversed, refund of 0.50: no fee is left',
    (_, fee, want) => {
      const by = makeTerms({ fees: [fee], stores: {} })
      const back = refunding(less, 50)
      const rows = [
        ...[less, back, refunding(less, 50, 50)],
        undoing(back, { kind: 'reversal', amountFen: 50, refundedBeforeFen: 100 }),
        refunding(less, 50, 50),
      ]
      const fees = rows.map((row) => {
        const result = cleared({ ...row, merchant: 'N' }, () => by)
        return result.kind === 'fault' ? result.why : String(result.shares[0]?.feeFen)
      })
      expect(fees).toEqual(want)
      expect(fees.reduce((sum, one) => sum + Number(one), 0)).toBe(0)
    },
  )
  it("the reversal of a refund takes the mall's discount again, as much as then stands", () => {
    const full: LedgerRow = { ...sale, discount: { fen: 10_01, payer: 'M' }, settleFen: 89_99 }
    const first = refunding(full, 45_00)
    const rows = [
      first,
      undoing(first, { kind: 'reversal', refundedBeforeFen: 89_99 }),
      refunding(full, 45_00, 44_99),
    ]
    expect(rows.map(parts)).toEqual([
      ['store/0008 -5001 -25', 'mall/ 501 0'],
      ['store/0008 5001 24', 'mall/ -501 0'],
      ['store/0008 -5001 -24', 'mall/ 501 0'],
    ])
  })
  it('the reversal of a declined refund → nothing', () => {
    const declined = { ...refunding(sale, 1_00), code: '51', settleFen: 0 }
    expect(parts(undoing(declined, { kind: 'reversal', settleFen: 0 }))).toEqual([])
  })
  it('a cash-back stays given', () => {
    const full: LedgerRow = { ...sale, cashBack: { fen: 5_00, payer: 'M' } }
    expect(parts(refunding(full, 100_00))).toEqual(['store/0008 -10000 -55'])
  })
  it('of a sale in suspense → suspense; beyond what was paid → a fault', () => {
    expect(parts(refunding({ ...sale, store: '9999' }, 1_00))).toEqual(['suspense/9999 -100 0'])
    expect(parts(refunding(sale, 1, 100_00))).toEqual(['refunds 10001 fen of entry 1, which paid 10000'])
  })
})

/** Entries with what they refer to, as the reader of the books hands them over. */
function linked(written: readonly Written[]): LedgerRow[] {
  const rows = new Map<number, LedgerRow>()
  const refunded = new Map<number, number>()
  // Refunds of one sale count by business date, then by sequence.
  const order = [...written].sort(
    (a, b) =>
      (a.businessDate < b.businessDate ? -1 : a.businessDate > b.businessDate ? 1 : 0) ||
      a.sequence - b.sequence,
  )
  const before = new Map<number, number>()
  for (const row of order) {
    const of = row.kind === 'reversal' ? written.find(({ sequence }) => sequence === row.refersTo) : row
    if (of?.kind !== 'refund' || of.refersTo === undefined) continue
    const sum = refunded.get(of.refersTo) ?? 0
    before.set(row.sequence, sum)
    refunded.set(of.refersTo, sum + (of === row ? row.amountFen : -row.amountFen))
  }
  for (const row of written)
    rows.set(row.sequence, {
      ...row,
      original: row.refersTo === undefined ? undefined : rows.get(row.refersTo),
      refundedBeforeFen: before.get(row.sequence) ?? 0,
    })
  return [...rows.values()]
}

describe('a day of anything', () => {
  it('makes what stands of each sale, reckoned otherwise; balances by merchant; nobody is in two minds about a fen', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 120 }), (seed, sales) => {
        const { written, expected } = randomDays(seed, sales)
        const tally = makeTally()
        const merchants = new Map<string, { merchant: string; entries: number; settleFen: number }>()
        for (const row of linked(written)) {
          const result = cleared(row, termsOf)
          if (result.kind === 'fault') throw new Error(`entry ${row.sequence}: ${result.why}`)
          tally.add(row.merchant, row.settleFen, result)
          const sum = merchants.get(row.merchant) ?? { merchant: row.merchant, entries: 0, settleFen: 0 }
          merchants.set(row.merchant, {
            ...sum,
            entries: sum.entries + 1,
            settleFen: sum.settleFen + row.settleFen,
          })
        }
        expect(unbalanced(tally, [...merchants.values()])).toEqual([])
        const lines = new Map(
          tally
            .lines()
            .map(({ merchant, party, name, source, grossFen: gross, feeFen: fee }) => [
              `${merchant}/${party}/${name}/${source}`,
              { gross, fee },
            ]),
        )
        for (const [key, line] of lines)
          expect([key, line]).toEqual([key, expected.lines.get(key) ?? { gross: 0, fee: 0 }])
        for (const key of expected.lines.keys()) expect(lines.has(key), key).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
