import { describe, expect, it } from 'vitest'
import { PLAIN_ACQUIRER } from '../../../../host-link/host/acquirer.ts'
import { clear } from '../../../../host-link/host/node/clearing.ts'
import type { PageSource } from '../../../../host-link/host/node/page-days.ts'
import { entriesAnswer, entryAnswer } from '../../../../host-link/host/node/page-entries.ts'
import { DAYS, FEES, type Written } from '../clearing/random-days.ts'
import { DATABASE_KINDS, freshBooks } from './clearing-rig.ts'

const [DAY, NEXT] = DAYS
const LATER = '20261123'
const acquirer = { ...PLAIN_ACQUIRER, cutOver: '23:00', fees: FEES }
const options = { acquirer, now: { date: '20261201', time: '120000' } }
const sale: Written = {
  ...{ sequence: 1, kind: 'sale', businessDate: DAY, merchant: 'M', store: '0008', cardKind: 'bank' },
  ...{ code: '00', amountFen: 100_00, discount: undefined, cashBack: undefined, settleFen: 100_00 },
  ...{ biller: undefined, refersTo: undefined },
}
const fresh = freshBooks()

describe.each(DATABASE_KINDS)('entries on the page 清算网页, %s', (kind) => {
  it('refunds of a sale, one of them late 迟到 → each with the fee that its clearing took, in the list and by itself', async () => {
    const { open, book } = await fresh(kind)
    const database = await open()
    const source: PageSource = {
      ...{ database, acquirer, merchants: ['M'], now: () => options.now, merchantName: () => '' },
    }
    const refund = { ...sale, kind: 'refund', refersTo: 1, amountFen: 50_00, settleFen: -50_00 } as const
    await book([sale, { ...refund, sequence: 2, businessDate: NEXT }])
    await clear(database, DAY, options)
    const next = await clear(database, NEXT, options)
    await book([{ ...refund, sequence: 3 }]) // of DAY, which is cleared: it counts on LATER
    const later = await clear(database, LATER, options)
    const cleared = [next, later].flatMap(({ lines }) => lines.map(({ feeFen }) => feeFen))
    expect(cleared).toEqual([-28, -27])

    const listed = async (date: string) => {
      const query = { date, merchant: 'M', party: 'store', name: '0008', after: 0 } as const
      return (await entriesAnswer(source, query)).entries.map(({ sequence, feeFen }) => [sequence, feeFen])
    }
    expect(await listed(NEXT)).toEqual([[2, -28]])
    expect(await listed(DAY)).toEqual([
      [1, 55],
      [3, -27],
    ])
    for (const [sequence, fee] of [
      [2, -28],
      [3, -27],
    ] as const) {
      const { entry } = await entryAnswer(source, sequence)
      expect(entry.shares.map(({ feeFen }) => feeFen)).toEqual([fee])
    }
  })
})
