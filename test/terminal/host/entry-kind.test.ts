import { expect, it } from 'vitest'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { type TransactionName, transactions } from '../../../host-link/wire/transaction.ts'
import { type EntryName, entryNameOf, kindOf, transactionOf } from '../../../terminal/host/entry-kind.ts'
import type { Pos } from '../../../terminal/pos.ts'

/** As they stand in the flash of every terminal that was ever sold. */
// biome-ignore format: one row a family
const WRITTEN: { readonly [Name in EntryName]: number } = {
  sale: 1, voidSale: 2, refund: 3,
  preauth: 4, preauthVoid: 5, completion: 6, completionVoid: 7, completionAdvice: 8,
  instalment: 9, instalmentVoid: 10, pointsSale: 11, pointsVoid: 12,
  topUp: 13, accountTopUp: 14, topUpVoid: 15, activation: 16, pinChange: 17,
  cashSale: 18, cashVoid: 19, billPayment: 20, billCash: 21, transfer: 22,
}
const names = Object.keys(WRITTEN) as EntryName[]

it('the number of each kind is the one that is on flash, and leads back to its name', () => {
  for (const name of names) {
    expect(kindOf(name), name).toBe(WRITTEN[name])
    expect(entryNameOf(WRITTEN[name])).toBe(name)
  }
})

it('every transaction that owes something when its answer is lost has a kind, but the confirmation of a top-up', () => {
  const owing = (Object.keys(transactions) as TransactionName[]).filter(
    (name) => transactions[name].whenLost !== 'nothing',
  )
  expect(owing.filter((name) => !(names as string[]).includes(name))).toEqual(['topUpConfirm'])
})

it('a number that no release wrote → throws', () => {
  for (const kind of [0, 23, 255]) expect(() => entryNameOf(kind)).toThrow(/unknown kind/)
})

it('a cash void of yesterday, under a profile that has none → still the row that it is sent with', () => {
  const pos = { profile: profileNamed('standard') } as unknown as Pos
  const { mti, processingCode, whenLost } = transactionOf(pos, kindOf('cashVoid'))
  expect({ mti, processingCode, whenLost }).toEqual({
    mti: '0220',
    processingCode: '200000',
    whenLost: 'forward',
  })
})
