import { describe, expect, it } from 'vitest'
import type { Share } from '../../../../host-link/host/clearing/shares.ts'
import { makeTally, unbalanced } from '../../../../host-link/host/clearing/tally.ts'

const share = (more: Partial<Share> = {}): Share => ({
  ...{
    merchant: 'M',
    party: 'store',
    name: '0008',
    amountFen: 100,
    discountFen: 0,
    cashBackFen: 0,
    feeFen: 1,
  },
  ...more,
})
const day = (settleFen: number, ...shares: Share[]) => {
  const tally = makeTally()
  tally.add('M', settleFen, { kind: 'cleared', source: 'bank', shares, pending: undefined })
  return tally
}

describe('makeTally', () => {
  it('what comes and what goes back apart; gross = plus + minus − discount − cash-back, net = gross − fee', () => {
    const tally = day(100, share({ discountFen: 10, cashBackFen: 5 }))
    tally.add('M', -40, {
      ...{ kind: 'cleared', source: 'bank', pending: undefined },
      shares: [share({ amountFen: -40, discountFen: -4, feeFen: -1 })],
    })
    expect(tally.lines()).toEqual([
      {
        ...{ merchant: 'M', party: 'store', name: '0008', source: 'bank', plusCount: 1, plusFen: 100 },
        ...{
          minusCount: 1,
          minusFen: -40,
          discountFen: 6,
          cashBackFen: 5,
          grossFen: 49,
          feeFen: 0,
          netFen: 49,
        },
      },
    ])
  })
  it('lines by merchant, party, name and source, in whatever order they came', () => {
    const tally = makeTally()
    const cleared = { kind: 'cleared', source: 'bank', pending: undefined } as const
    for (const more of [
      { party: 'suspense', name: '' },
      { party: 'mall', name: '' },
      { name: '0010' },
      {},
    ] as const)
      tally.add('M', 100, { ...cleared, shares: [share(more)] })
    tally.add('A', 100, { ...cleared, shares: [share({ merchant: 'A' })] })
    tally.add('M', 100, { ...cleared, source: 'cash', shares: [share()] })
    const keys = tally
      .lines()
      .map(({ merchant, party, name, source }) => `${merchant} ${party} ${name} ${source}`)
    expect(keys).toEqual([
      ...['A store 0008 bank', 'M store 0008 bank', 'M store 0008 cash', 'M store 0010 bank'],
      ...['M mall  bank', 'M suspense  bank'],
    ])
  })
})

describe('unbalanced', () => {
  const ledger = { merchant: 'M', entries: 1, settleFen: 100 }
  it('the same entries and the same sum → nothing', () => {
    expect(unbalanced(day(100, share()), [ledger])).toEqual([])
    expect(unbalanced(makeTally(), [])).toEqual([])
  })
  it.each([
    ['another sum in the ledger', day(100, share()), [{ ...ledger, settleFen: 101 }]],
    ['another number of entries', day(100, share()), [{ ...ledger, entries: 2 }]],
    ['a part lost', day(100, share({ amountFen: 99 })), [ledger]],
    ['a merchant that the ledger does not have', day(100, share()), []],
    ['a merchant that was not cleared', makeTally(), [ledger]],
    ['a part under another merchant', day(100, share({ merchant: 'N' })), [ledger]],
  ])('%s → a sentence that names the merchant', (_, tally, sums) => {
    const found = unbalanced(tally, sums)
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]).toMatch(/^merchant M: the ledger has /)
  })
})
