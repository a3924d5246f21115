import { describe, expect, it } from 'vitest'
import { asked, counted, holds, moneyRig, plan, request, reversalOf, settled, signedOn } from './money-rig.ts'
import { codeOf, frameOf, same } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

/** Rows F01 to F07 at the host, and what the sum of refunds may be. */
describe.each(STORE_KINDS)('refund 退货 on the %s store', (kind) => {
  async function sold(card = 'bank', amount = 12_340, store = '0013') {
    const rig = moneyRig({ store: fresh(kind) })
    const terminal = await signedOn(rig)
    const sale = await asked(terminal, 'sale', { card, amount, store })
    expect(sale.code).toBe('00')
    const refund = (more: number, ask: object = {}) =>
      asked(terminal, 'refund', { card, pin: undefined, amount: more, of: sale.fields, ...ask })
    return { rig, terminal, sale, refund }
  }

  it('F05: partial refunds, the third exceeds what is left → 64; the rest exactly → 00; one fen more → 64', async () => {
    const { rig, refund } = await sold()
    expect((await refund(5_000)).code).toBe('00')
    expect((await refund(7_000)).code).toBe('00')
    expect((await refund(341)).code).toBe('64')
    expect((await refund(340)).code).toBe('00')
    expect((await refund(1)).code).toBe('64')
    expect((await holds(rig))[0]).toBe(1_000_000)
    expect(await counted(rig)).toEqual([12_340, 1, 12_340, 3])
  })
  it('F04: more than the original → 64, booked as a decline, no effect', async () => {
    const { rig, refund } = await sold()
    const { message } = await refund(12_341)
    const trace = Number(message.fields[11])
    const key = { terminalId: '10000001', batch: 1, trace, kind: 'refund' } as const
    expect(await rig.books((books) => books.entry(key))).toMatchObject({
      code: '64',
      effectFen: 0,
      settleFen: 0,
    })
    expect((await holds(rig))[0]).toBe(1_000_000 - 12_340)
  })
  it('of a sale with a discount 优惠: what was paid is all there is to give back', async () => {
    const { rig, refund } = await sold('member', 20_000, '0012')
    expect((await holds(rig, 'member'))[0]).toBe(500_000 - 19_000)
    expect((await refund(19_001)).code).toBe('64')
    expect((await refund(19_000)).code).toBe('00')
    expect(await holds(rig, 'member')).toEqual([500_000, 3_000])
  })
  it('F02: duplicated → stored answer, one credit; with the number instead of the stripe → the same refund', async () => {
    const { rig, terminal, sale } = await sold()
    const ask = { amount: 100, of: sale.fields, trace: 40 }
    const swiped = request(terminal, 'refund', { ...ask, card: 'bank', pin: undefined })
    const first = await frameOf(terminal, swiped)
    expect(same(first, await frameOf(terminal, swiped))).toBe(true)
    const numbered = request(terminal, 'refund', { ...ask, numbered: 'bank' })
    expect(same(first, await frameOf(terminal, numbered))).toBe(true)
    expect(await codeOf(terminal, request(terminal, 'refund', { ...ask, numbered: 'signs' }))).toBe('94')
    expect(
      await codeOf(terminal, request(terminal, 'refund', { ...ask, amount: 101, numbered: 'bank' })),
    ).toBe('94')
    expect((await holds(rig))[0]).toBe(1_000_000 - 12_340 + 100)
  })
  it('F07: duplicated after its batch closed → stored answer, no second credit', async () => {
    const { rig, terminal, sale } = await sold()
    const message = request(terminal, 'refund', {
      card: 'bank',
      pin: undefined,
      amount: 100,
      of: sale.fields,
    })
    const first = await frameOf(terminal, message)
    expect((await settled(terminal, [12_340, 1, 100, 1])).answer).toBe(1)
    expect(same(first, await frameOf(terminal, message))).toBe(true)
    expect((await holds(rig))[0]).toBe(1_000_000 - 12_340 + 100)
  })
  it('L22: of an earlier batch, at another terminal of the merchant, more than was sold there → credits, negative net', async () => {
    const { rig, terminal, sale } = await sold()
    await settled(terminal, [12_340, 1, 0, 0])
    const other = await signedOn(rig, '10000002')
    const refund = await asked(other, 'refund', {
      card: 'bank',
      pin: undefined,
      amount: 12_340,
      of: sale.fields,
    })
    expect(refund.code).toBe('00')
    expect(await counted(rig, '10000002')).toEqual([0, 0, 12_340, 1])
    expect(await settled(other, [0, 0, 12_340, 1])).toMatchObject({ answer: 1 })
  })
  it('another card, date, reference or merchant → 25', async () => {
    const { rig, sale, refund } = await sold()
    expect((await refund(1, { card: 'signs' })).code).toBe('25')
    expect((await refund(1, { of: { ...sale.fields, 13: '1120' } })).code).toBe('25')
    expect((await refund(1, { of: { ...sale.fields, 37: '112100000099' } })).code).toBe('25')
    expect((await refund(1, { of: { ...sale.fields, 37: '112000000001' } })).code).toBe('25')
    const shop = await signedOn(rig, '10000003')
    const foreign = await asked(shop, 'refund', { card: 'bank', pin: undefined, amount: 1, of: sale.fields })
    expect(foreign.code).toBe('25')
    expect((await holds(rig))[0]).toBe(1_000_000 - 12_340)
  })
  it('of a voided sale → 12; of a reversed one → 25; of a refund, a void, an enquiry → 25', async () => {
    const { rig, terminal, sale, refund } = await sold()
    const small = await refund(10)
    expect((await refund(10, { of: small.fields })).code).toBe('25')
    const second = await asked(terminal, 'sale', { card: 'bank', amount: 700 })
    const voided = await asked(terminal, 'voidSale', { numbered: 'bank', amount: 700, of: second.fields })
    expect((await refund(700, { of: second.fields })).code).toBe('12')
    expect((await refund(700, { of: voided.fields })).code).toBe('25')
    await terminal.exchange(reversalOf(terminal, sale.message))
    const third = await asked(terminal, 'sale', { card: 'bank', amount: 900 })
    await terminal.exchange(reversalOf(terminal, third.message))
    expect((await refund(900, { of: third.fields })).code).toBe('25')
    const enquiry = await asked(terminal, 'balanceEnquiry', { card: 'bank' })
    expect((await refund(1, { of: enquiry.fields })).code).toBe('25')
    expect((await holds(rig))[0]).toBe(1_000_000 - 12_340 + 10)
  })
  it('amount 0 or none → 13; a reversal of a refund is no request of ours → 40', async () => {
    const { terminal, refund } = await sold()
    expect((await refund(0)).code).toBe('13')
    const { message } = await refund(1)
    expect(await codeOf(terminal, reversalOf(terminal, message))).toBe('40')
  })
  it('of an instalment sale: all of it given back → the plan is removed; a part → it stands', async () => {
    const { rig, terminal } = await sold()
    const sale = await asked(terminal, 'instalment', { card: 'bank', amount: 30_000, more: plan(3) })
    const sequence = Number(String(sale.fields[37]).slice(4))
    const refund = (amount: number) =>
      asked(terminal, 'refund', { card: 'bank', pin: undefined, amount, of: sale.fields })
    expect((await refund(10_000)).code).toBe('00')
    expect(await rig.books((books) => books.plan(sequence).length)).toBe(3)
    expect((await refund(20_000)).code).toBe('00')
    expect(await rig.books((books) => books.plan(sequence).length)).toBe(0)
  })
})
