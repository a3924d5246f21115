import { describe, expect, it } from 'vitest'
import type { Fields } from '../../../host-link/wire/message.ts'
import type { TransactionName } from '../../../host-link/wire/transaction.ts'
import { ACQUIRER, asked, counted, holds, moneyRig, plan, request, settled, signedOn } from './money-rig.ts'
import { codeOf, type Rig } from './rig.ts'
import { STORE_KINDS } from './stores.ts'
import { adviceOf, endOf, fresh, type Record, record, stateOf, uploadOf } from './upload-rig.ts'

describe.each(STORE_KINDS)('batch upload 批上送, what only the terminal has on the %s store', (kind) => {
  async function ready(more: object = {}) {
    const rig = moneyRig({ store: fresh(kind), ...more })
    return { rig, terminal: await signedOn(rig) }
  }
  async function sold(more: object = {}) {
    const { rig, terminal } = await ready(more)
    const one = await asked(terminal, 'sale', { card: 'bank', amount: 1_000, store: '0012' })
    const two = await asked(terminal, 'sale', { card: 'member', amount: 20_000, store: '0013' })
    const cash = await asked(terminal, 'cashSale', { amount: 300 })
    return { rig, terminal, one, two, cash }
  }
  const all: readonly Record[] = [
    record(2, 'sale', 1_000, 'bank'),
    record(3, 'sale', 19_000, 'member'),
    record(4, 'cashSale', 300),
  ]

  it('L08, X06: only the terminal has it → posted once from the upload, of every kind that settles, listed', async () => {
    const { rig, terminal } = await ready()
    terminal.trace = 20
    const records: readonly Record[] = [
      { ...record(2, 'sale', 1_000, 'bank'), store: '0012' },
      record(3, 'voidSale', 1_000, 'bank'),
      record(4, 'pointsSale', 700, 'member'),
      record(5, 'cashSale', 300),
      record(6, 'topUp', 5_000, 'member'),
      record(7, 'sale', 50),
    ]
    await terminal.exchange(uploadOf(terminal, records))
    expect(await codeOf(terminal, endOf(terminal, 6))).toBe('00')
    expect(await holds(rig)).toEqual([1_000_000, 0])
    expect(await holds(rig, 'member')).toEqual([505_000, 2_300])
    const totals = { debitFen: 2_050, debitCount: 4, creditFen: 6_000, creditCount: 2 }
    expect(await stateOf(rig)).toMatchObject({ state: 'settled', totals })
    expect(await counted(rig)).toEqual([2_050, 4, 6_000, 2])
    const listed = await rig.store.differences('20261121')
    expect(listed.map(({ trace, what, done, terminalFen }) => [trace, what, done, terminalFen])).toEqual([
      [2, 'missing', 'posted', 1_000],
      [3, 'missing', 'posted', -1_000],
      [4, 'missing', 'posted', 700],
      [5, 'missing', 'posted', 300],
      [6, 'missing', 'posted', -5_000],
      [7, 'missing', 'posted', 50],
    ])
    const late = request(terminal, 'sale', { card: 'bank', amount: 1_000, trace: 2 })
    expect(await codeOf(terminal, late)).toBe('77') // the delayed request itself: its batch is settled
    const key = { terminalId: '10000001', batch: 1, trace: 2, kind: 'sale' } as const
    expect(await rig.books((books) => books.entry(key))).toMatchObject({
      origin: 'upload',
      storeNumber: '0012',
    })
  })
  /** What the reconciliation did with each record that the host had not. */
  async function missing(rig: Rig) {
    const listed = await rig.store.differences('20261121')
    return listed
      .filter(({ what }) => what === 'missing')
      .map(({ trace, kind: of, done }) => [trace, of, done])
  }
  const originalUnder = (rig: Rig, trace: number, of: TransactionName, batch = 1) =>
    rig.books((books) => books.entry({ terminalId: '10000001', batch, trace, kind: of })?.original)

  it('L08: a void from the upload refers to its sale, discount and points with it → a refund of the sale afterwards is refused', async () => {
    const { rig, terminal, one, two } = await sold()
    const voids = [
      record(11, 'voidSale', 1_000, 'bank'),
      record(12, 'voidSale', 19_000, 'member'),
      record(13, 'cashVoid', 300),
    ]
    terminal.trace = 20
    await terminal.exchange(uploadOf(terminal, [...all, ...voids]))
    expect(await codeOf(terminal, endOf(terminal, 6))).toBe('00')
    expect(await missing(rig)).toEqual([
      [11, 'voidSale', 'posted'],
      [12, 'voidSale', 'posted'],
      [13, 'cashVoid', 'posted'],
    ])
    expect([await holds(rig), await holds(rig, 'member')]).toEqual([
      [1_000_000, 0],
      [500_000, 3_000],
    ])
    expect(await counted(rig)).toEqual([20_300, 3, 20_300, 3])
    const key = { terminalId: '10000001', batch: 1, trace: 12, kind: 'voidSale' } as const
    const sale = await rig.books((books) => books.entry({ ...key, trace: 3, kind: 'sale' }))
    expect(await rig.books((books) => books.entry(key))).toMatchObject({
      ...{ original: sale?.sequence, amountFen: 20_000, settleFen: -19_000, storeNumber: '0013' },
      ...{ discount: { fen: 1_000 }, origin: 'upload' },
    })
    terminal.batch = 2
    for (const [card, amount, of] of [
      ['bank', 1_000, one.fields],
      ['member', 19_000, two.fields],
    ] as const)
      expect((await asked(terminal, 'refund', { numbered: card, amount, of })).code).toBe('12')
    expect(await holds(rig)).toEqual([1_000_000, 0])
  })

  it('L08: a void of none, of two that fit, of another card, of what was voided or refunded, of an orphan → listed for a person, nothing moved', async () => {
    const { rig, terminal, one } = await sold()
    await asked(terminal, 'sale', { card: 'bank', amount: 600 })
    await asked(terminal, 'sale', { card: 'bank', amount: 600 })
    await asked(terminal, 'voidSale', { numbered: 'bank', amount: 1_000, of: one.fields })
    const part = await asked(terminal, 'sale', { card: 'bank', amount: 800 })
    await asked(terminal, 'refund', { numbered: 'bank', amount: 1, of: part.fields })
    await asked(terminal, 'sale', { card: 'bank', amount: 900 }) // trace 10: the terminal has it not
    const records = [
      ...[...all, record(5, 'sale', 600, 'bank'), record(6, 'sale', 600, 'bank')],
      ...[
        record(7, 'voidSale', 1_000, 'bank'),
        record(8, 'sale', 800, 'bank'),
        record(9, 'refund', 1, 'bank'),
      ],
      ...[record(31, 'voidSale', 77, 'bank'), record(32, 'voidSale', 600, 'bank')],
      ...[record(33, 'voidSale', 19_000, 'bank'), record(34, 'voidSale', 1_000, 'bank')],
      ...[record(35, 'voidSale', 800, 'bank'), record(36, 'pointsVoid', 19_000, 'member')],
      record(37, 'voidSale', 900, 'bank'),
    ]
    terminal.trace = 50
    for (const at of [0, 8]) await terminal.exchange(uploadOf(terminal, records.slice(at, at + 8)))
    expect(await codeOf(terminal, endOf(terminal, records.length))).toBe('00')
    const voids = [31, 32, 33, 34, 35].map((trace) => [trace, 'voidSale', 'open'])
    expect(await missing(rig)).toEqual([...voids, [36, 'pointsVoid', 'open'], [37, 'voidSale', 'open']])
    expect(await holds(rig)).toEqual([1_000_000 - 600 - 600 - 800 + 1, 0])
    expect((await holds(rig, 'member'))[0]).toBe(500_000 - 19_000 + 300)
    expect(await counted(rig)).toEqual([20_300 + 2_000, 6, 1_001, 2])
  })

  it('L08: the voids of an instalment sale, a points sale, a completion and a top-up from the upload → each undone as it was booked', async () => {
    const { rig, terminal } = await ready()
    const parts = await asked(terminal, 'instalment', { card: 'bank', amount: 30_000, more: plan(3) })
    await asked(terminal, 'pointsSale', { card: 'member', amount: 700 })
    const hold = await asked(terminal, 'preauth', { card: 'bank', amount: 1_000 })
    await asked(terminal, 'completion', { card: 'bank', amount: 400, of: hold.fields })
    const sequence = Number(String(parts.fields[37]).slice(4))
    expect(await rig.books((books) => books.plan(sequence))).toHaveLength(3)
    expect([await holds(rig), await holds(rig, 'member')]).toEqual([
      [1_000_000 - 30_000 - 400, 0],
      [500_000, 2_300],
    ])
    const records = [
      record(2, 'instalment', 30_000, 'bank'),
      record(3, 'pointsSale', 700, 'member'),
      record(5, 'completion', 400, 'bank'),
      record(6, 'topUp', 5_000, 'member'),
      record(11, 'instalmentVoid', 30_000, 'bank'),
      record(12, 'pointsVoid', 700, 'member'),
      record(13, 'completionVoid', 400, 'bank'),
      record(14, 'topUpVoid', 5_000, 'member'),
    ]
    terminal.trace = 20
    await terminal.exchange(uploadOf(terminal, records))
    expect(await codeOf(terminal, endOf(terminal, records.length))).toBe('00')
    expect((await missing(rig)).map(([trace, , done]) => [trace, done])).toEqual(
      [6, 11, 12, 13, 14].map((trace) => [trace, 'posted']),
    )
    expect([await holds(rig), await holds(rig, 'member')]).toEqual([
      [1_000_000 - 1_000, 0], // held again
      [500_000, 3_000],
    ])
    expect(await rig.books((books) => books.plan(sequence))).toEqual([])
  })

  it('L08: a void of what only the host has, which is kept, or of another amount → listed for a person', async () => {
    const { rig, terminal } = await sold({ acquirer: { ...ACQUIRER, orphans: 'accept' } })
    const voids = [record(11, 'voidSale', 1_000, 'bank'), record(12, 'voidSale', 18_000, 'member')]
    const records = [...all.slice(1), ...voids]
    terminal.trace = 20
    await terminal.exchange(uploadOf(terminal, records))
    expect(await codeOf(terminal, endOf(terminal, 4))).toBe('00')
    expect(await missing(rig)).toEqual([
      [11, 'voidSale', 'open'],
      [12, 'voidSale', 'open'],
    ])
    expect(await holds(rig)).toEqual([1_000_000 - 1_000, 0])
    expect((await holds(rig, 'member'))[0]).toBe(500_000 - 19_000 + 300)
  })

  it('L08: two voids of one sale → the first is posted, the second listed for a person', async () => {
    const { rig, terminal } = await ready()
    terminal.trace = 20
    const void1 = record(3, 'voidSale', 1_000, 'bank')
    const records = [{ ...void1, trace: 4 }, void1, record(2, 'sale', 1_000, 'bank')]
    await terminal.exchange(uploadOf(terminal, records)) // in no order: a sale comes before its void by their traces
    expect(await codeOf(terminal, endOf(terminal, 3))).toBe('00')
    expect(await missing(rig)).toEqual([
      [2, 'sale', 'posted'],
      [3, 'voidSale', 'posted'],
      [4, 'voidSale', 'open'],
    ])
    expect(await holds(rig)).toEqual([1_000_000, 0])
  })

  it('L08: a void of which only the host had another of the same sale → that one is taken back first, this one posted', async () => {
    const { rig, terminal, one } = await sold()
    await asked(terminal, 'voidSale', { numbered: 'bank', amount: 1_000, of: one.fields })
    terminal.trace = 20
    await terminal.exchange(uploadOf(terminal, [...all, record(11, 'voidSale', 1_000, 'bank')]))
    expect(await codeOf(terminal, endOf(terminal, 4))).toBe('00')
    expect(await missing(rig)).toEqual([[11, 'voidSale', 'posted']])
    expect(await holds(rig)).toEqual([1_000_000, 0])
    expect(await counted(rig)).toEqual([20_300, 3, 1_000, 1])
  })

  it('L08: refunds from the upload refer to their sale → together and with later ones never more than was paid', async () => {
    const { rig, terminal, one } = await sold()
    expect((await settled(terminal, [20_300, 3, 0, 0])).answer).toBe(1)
    terminal.batch = 2
    const refund = (trace: number, amount: number, of?: Fields, card = 'bank') =>
      adviceOf(terminal, 'refund', { numbered: card, amount, trace, ...(of && { of }) })
    const uploads = [
      ...[refund(21, 600, one.fields), refund(22, 600, one.fields), refund(23, 300, one.fields)],
      ...[
        refund(24, 100),
        refund(25, 100, one.fields, 'member'),
        refund(26, 100, { ...one.fields, 13: '1120' }),
      ],
    ]
    for (const upload of uploads) expect(await codeOf(terminal, upload)).toBe('00')
    terminal.trace = 40
    expect(await codeOf(terminal, endOf(terminal, 6, { batch: 2 }))).toBe('00')
    expect((await missing(rig)).map(([trace, , done]) => [trace, done])).toEqual([
      ...[
        [21, 'posted'],
        [22, 'open'],
        [23, 'posted'],
        [24, 'open'],
        [25, 'open'],
        [26, 'open'],
      ],
    ])
    expect(await holds(rig)).toEqual([1_000_000 - 100, 0])
    const saleOf = await rig.books(
      (books) => books.entry({ terminalId: '10000001', batch: 1, trace: 2, kind: 'sale' })?.sequence,
    )
    expect([await originalUnder(rig, 21, 'refund', 2), await originalUnder(rig, 23, 'refund', 2)]).toEqual([
      saleOf,
      saleOf,
    ])
    terminal.batch = 3
    const again = { numbered: 'bank', of: one.fields }
    expect((await asked(terminal, 'refund', { ...again, amount: 600 })).code).toBe('64')
    expect((await asked(terminal, 'refund', { ...again, amount: 100 })).code).toBe('00')
    expect(await holds(rig)).toEqual([1_000_000, 0])
  })

  it('L08: a completion from the upload frees its hold → taken once, a second one is refused', async () => {
    const { rig, terminal } = await ready()
    const hold = await asked(terminal, 'preauth', { card: 'bank', amount: 1_000 })
    const other = await asked(terminal, 'preauth', { card: 'bank', amount: 2_000 })
    const completion = (trace: number, amount: number, of?: Fields) =>
      adviceOf(terminal, 'completionAdvice', { numbered: 'bank', amount, trace, ...(of && { of }) })
    const uploads = [
      ...[completion(21, 1_150, hold.fields), completion(22, 1_000, hold.fields)],
      ...[completion(23, 2_301, other.fields), completion(24, 500)],
    ]
    for (const upload of uploads) expect(await codeOf(terminal, upload)).toBe('00')
    terminal.trace = 40
    await terminal.exchange(uploadOf(terminal, [record(25, 'completion', 2_000, 'bank')])) // names no hold
    expect(await codeOf(terminal, endOf(terminal, 5))).toBe('00')
    expect((await missing(rig)).map(([trace, , done]) => [trace, done])).toEqual([
      ...[
        [21, 'posted'],
        [22, 'open'],
        [23, 'open'],
        [24, 'open'],
        [25, 'open'],
      ],
    ])
    expect(await holds(rig)).toEqual([1_000_000 - 1_150 - 2_000, 0])
    expect(await counted(rig)).toEqual([1_150, 1, 0, 0])
    terminal.batch = 2
    const again = { numbered: 'bank', amount: 1_000, of: hold.fields }
    expect((await asked(terminal, 'completionAdvice', again)).code).toBe('12')
    expect(await holds(rig)).toEqual([1_000_000 - 1_150 - 2_000, 0])
  })

  it('L08: a later batch that these books never had → settled from the upload; ours is left behind', async () => {
    const { rig, terminal } = await sold()
    terminal.batch = 4
    expect(await settled(terminal, [1_000, 1, 0, 0])).toMatchObject({
      code: '00',
      answer: 2,
      totals: [0, 0, 0, 0],
    })
    await terminal.exchange(uploadOf(terminal, [record(90, 'sale', 1_000, 'bank')], { batch: 4 }))
    expect(await codeOf(terminal, endOf(terminal, 1, { batch: 4 }))).toBe('00')
    expect(await stateOf(rig, 4)).toMatchObject({ state: 'settled', totals: { debitFen: 1_000 } })
    expect(await stateOf(rig)).toMatchObject({ state: 'left' })
    expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(5)
    expect((await asked(terminal, 'sale', { card: 'bank', amount: 10, batch: 5 })).code).toBe('00')
  })
})
