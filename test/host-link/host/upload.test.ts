import { describe, expect, it } from 'vitest'
import { recordsTag, tags57 } from '../../../host-link/wire/tags.ts'
import {
  ACQUIRER,
  asked,
  counted,
  holds,
  moneyRig,
  request,
  reversalOf,
  settled,
  signedOn,
} from './money-rig.ts'
import { codeOf, frameOf, same } from './rig.ts'
import { STORE_KINDS } from './stores.ts'
import { endOf, fresh, type Record, record, signedHead, stateOf, uploadOf } from './upload-rig.ts'

describe.each(STORE_KINDS)('batch upload 批上送 on the %s store', (kind) => {
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

  it('L19: an empty batch closes with zeros, and 207 is answered 00', async () => {
    const { rig, terminal } = await ready()
    expect(await settled(terminal, [0, 0, 0, 0])).toMatchObject({ answer: 1, totals: [0, 0, 0, 0] })
    const end = endOf(terminal, 0, { network: '207' })
    const first = await frameOf(terminal, end)
    expect(terminal.opened(first).message.fields[39]).toBe('00')
    expect(same(first, await frameOf(terminal, end))).toBe(true)
    expect(await stateOf(rig)).toMatchObject({ state: 'settled' })
  })

  it('207 of a batch that is not equal → 95, it stays open', async () => {
    const { rig, terminal } = await sold()
    expect(await codeOf(terminal, endOf(terminal, 0, { network: '207' }))).toBe('95')
    expect(await stateOf(rig)).toMatchObject({ state: 'open' })
  })

  it('both have the same, though the terminal counted wrong → closed with the host’s totals, nothing listed', async () => {
    const { rig, terminal } = await sold()
    expect((await settled(terminal, [20_299, 3, 0, 0])).answer).toBe(2)
    const { fields } = await terminal.ask(uploadOf(terminal, all))
    expect([fields[39], fields[48]]).toEqual(['00', '03'])
    expect(await codeOf(terminal, endOf(terminal, 3))).toBe('00')
    expect(await stateOf(rig)).toMatchObject({
      state: 'settled',
      totals: { debitFen: 20_300, debitCount: 3 },
    })
    expect(await rig.store.differences('20261121')).toEqual([])
    expect(
      await rig.books((books) => [books.openBatch('10000001')?.number, books.uploads('10000001', 1)]),
    ).toEqual([...[2, []]])
  })

  it('L07: only the host has it → credited back, in no total, listed; its reversal and its repeat are answered', async () => {
    const { rig, terminal, two } = await sold()
    await terminal.exchange(
      uploadOf(
        terminal,
        all.filter(({ trace }) => trace !== 3),
      ),
    )
    expect(await codeOf(terminal, endOf(terminal, 2))).toBe('00')
    expect(await holds(rig, 'member')).toEqual([500_000, 3_000])
    expect(await stateOf(rig)).toMatchObject({ totals: { debitFen: 1_300, debitCount: 2 } })
    expect(await counted(rig)).toEqual([1_300, 2, 0, 0])
    expect(await rig.store.differences('20261121')).toEqual([
      {
        ...{ terminalId: '10000001', batch: 1, trace: 3, kind: 'sale', what: 'orphan', done: 'creditedBack' },
        ...{ hostFen: 19_000, terminalFen: 0, date: '20261121', merchantId: '898320153110001' },
      },
    ])
    const key = { terminalId: '10000001', batch: 1, trace: 3, kind: 'reversal' } as const
    expect(await rig.books((books) => books.entry(key))).toMatchObject({
      origin: 'orphan',
      settleFen: -19_000,
    })
    expect(await codeOf(terminal, reversalOf(terminal, two.message))).toBe('25')
    expect(await codeOf(terminal, two.message)).toBe('00')
    expect(await holds(rig, 'member')).toEqual([500_000, 3_000])
  })

  it('L07 by the other rule: kept, listed', async () => {
    const { rig, terminal } = await sold({ acquirer: { ...ACQUIRER, orphans: 'accept' } })
    await terminal.exchange(uploadOf(terminal, all.slice(1)))
    expect(await codeOf(terminal, endOf(terminal, 2))).toBe('00')
    expect((await holds(rig))[0]).toBe(1_000_000 - 1_000)
    expect(await stateOf(rig)).toMatchObject({ totals: { debitFen: 20_300, debitCount: 3 } })
    expect(await rig.store.differences('20261121')).toMatchObject([
      { trace: 2, what: 'orphan', done: 'accepted' },
    ])
  })

  it('a void that only the host has → the sale stands again', async () => {
    const { rig, terminal, one } = await sold()
    await asked(terminal, 'voidSale', { numbered: 'bank', amount: 1_000, of: one.fields })
    await terminal.exchange(uploadOf(terminal, all))
    expect(await codeOf(terminal, endOf(terminal, 3))).toBe('00')
    expect((await holds(rig))[0]).toBe(1_000_000 - 1_000)
    expect(await stateOf(rig)).toMatchObject({ totals: { debitFen: 20_300, creditFen: 0, creditCount: 0 } })
  })

  it('a sale and its void that only the host has → both undone, net 0', async () => {
    const { rig, terminal, one } = await sold()
    await asked(terminal, 'voidSale', { numbered: 'bank', amount: 1_000, of: one.fields })
    await terminal.exchange(uploadOf(terminal, all.slice(1)))
    expect(await codeOf(terminal, endOf(terminal, 2))).toBe('00')
    expect((await holds(rig))[0]).toBe(1_000_000)
    expect(await stateOf(rig)).toMatchObject({ totals: { debitFen: 19_300, debitCount: 2, creditCount: 0 } })
  })

  it('L09: another amount, a reversed or a refused one, one told unknown → listed for a person, nothing changed', async () => {
    const { rig, terminal, cash } = await sold()
    const undone = await asked(terminal, 'sale', { card: 'bank', amount: 50 })
    await terminal.exchange(reversalOf(terminal, undone.message))
    const refused = await asked(terminal, 'sale', { card: 'bank', amount: 9_999_999 })
    await terminal.exchange(terminal.inquiryMessage(1, 99))
    const records = [
      ...[
        record(2, 'sale', 1_001, 'bank'),
        record(3, 'voidSale', 19_000, 'member'),
        record(4, 'cashSale', 300),
      ],
      record(Number(undone.fields[11]), 'sale', 50, 'bank'),
      record(Number(refused.fields[11]), 'sale', 9_999_999, 'bank'),
      record(99, 'sale', 60, 'bank'),
    ]
    expect(cash.code).toBe('00')
    const before = [await holds(rig), await holds(rig, 'member'), await counted(rig)]
    await terminal.exchange(uploadOf(terminal, records))
    expect(await codeOf(terminal, endOf(terminal, 6))).toBe('00')
    expect([await holds(rig), await holds(rig, 'member'), await counted(rig)]).toEqual(before)
    const listed = await rig.store.differences('20261121')
    expect(listed.map(({ what, done, hostFen, terminalFen }) => [what, done, hostFen, terminalFen])).toEqual([
      ['amount', 'open', 1_000, 1_001],
      ['amount', 'open', 19_000, -19_000],
      ['amount', 'open', 0, 50],
      ['amount', 'open', 0, 9_999_999],
      ['missing', 'open', 0, 60],
    ])
  })

  it('without tag 20: what is missing is listed for a person and moves nothing, what is there is compared by its amount', async () => {
    const { rig, terminal } = await sold()
    const more = [...all, record(60, 'voidSale', 70, 'bank')]
    await terminal.exchange(uploadOf(terminal, more, { tagged: false }))
    expect(await codeOf(terminal, endOf(terminal, 4))).toBe('00')
    expect((await holds(rig))[0]).toBe(1_000_000 - 1_000)
    expect(await rig.store.differences('20261121')).toMatchObject([
      { trace: 60, what: 'missing', terminalFen: 70, done: 'open' },
    ])
  })

  it('L11: packets duplicated → each record once', async () => {
    const { rig, terminal } = await ready()
    const packet = uploadOf(terminal, [record(30, 'sale', 1_000, 'bank')])
    const first = await frameOf(terminal, packet)
    expect(same(first, await frameOf(terminal, packet))).toBe(true)
    await terminal.exchange(uploadOf(terminal, [record(30, 'sale', 1_000, 'bank')]))
    expect(await codeOf(terminal, endOf(terminal, 1))).toBe('00')
    expect(await counted(rig)).toEqual([1_000, 1, 0, 0])
    expect((await holds(rig))[0]).toBe(1_000_000 - 1_000)
  })

  it('L12: wrong count → 95, open, forgotten; the same packets again and the right count → closed', async () => {
    const { rig, terminal } = await sold()
    const packet = uploadOf(terminal, all)
    await terminal.exchange(packet)
    expect(await codeOf(terminal, endOf(terminal, 4))).toBe('95')
    expect(await codeOf(terminal, endOf(terminal, 3))).toBe('95') // nothing is noted any more
    expect(await stateOf(rig)).toMatchObject({ state: 'open' })
    expect(await codeOf(terminal, packet)).toBe('00') // its stored answer, and noted again
    expect(await codeOf(terminal, endOf(terminal, 3))).toBe('00')
    expect(await stateOf(rig)).toMatchObject({ state: 'settled' })
  })

  it('L03, P10: after the end: packets and ends again → answered, the next batch untouched; other requests → 77, a reversal of what it never had → 25', async () => {
    const { rig, terminal } = await sold()
    const late = request(terminal, 'sale', { card: 'bank', amount: 5 })
    const packet = uploadOf(terminal, all.slice(0, 1))
    await terminal.exchange(packet)
    const end = endOf(terminal, 1)
    await terminal.exchange(end)
    const before = [await holds(rig), await holds(rig, 'member'), await stateOf(rig)]
    expect(await codeOf(terminal, packet)).toBe('00')
    expect(await codeOf(terminal, end)).toBe('00')
    expect(await codeOf(terminal, endOf(terminal, 9))).toBe('00')
    expect(await codeOf(terminal, uploadOf(terminal, all))).toBe('00')
    expect(await codeOf(terminal, late)).toBe('77')
    expect(await codeOf(terminal, reversalOf(terminal, late))).toBe('25')
    expect([await holds(rig), await holds(rig, 'member'), await stateOf(rig)]).toEqual(before)
    expect(await rig.books((books) => books.uploads('10000001', 1))).toEqual([])
    expect(await settled(terminal, [1_000, 1, 0, 0], 1)).toMatchObject({ answer: 1 })
  })

  it('no upload in 48, tag 20 of another count, no count → 30; a batch before ours that never was → 77', async () => {
    const { terminal } = await ready()
    const good = uploadOf(terminal, all)
    expect(await codeOf(terminal, terminal.signed({ ...good, fields: { ...good.fields, 48: '00' } }))).toBe(
      '30',
    )
    const tag = tags57({ records: recordsTag([]) }) ?? ''
    const other = {
      ...uploadOf(terminal, all.slice(0, 2)).fields,
      57: String(good.fields[57]) + tag.slice(0, 0),
    }
    expect(await codeOf(terminal, terminal.signed({ mti: '0320', fields: other }))).toBe('30')
    expect(await codeOf(terminal, signedHead(terminal, 1, '202', { 48: '1' }))).toBe('30')
    const { rig: later } = await ready()
    const old = later.terminal()
    old.batch = 7
    await old.signOn()
    expect(await codeOf(old, uploadOf(old, all, { batch: 6 }))).toBe('77')
    expect(await codeOf(old, endOf(old, 3, { batch: 6 }))).toBe('77')
  })
})
