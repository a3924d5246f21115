import { describe, expect, it } from 'vitest'
import type { TransactionName } from '../../../host-link/wire/transaction.ts'
import { asked, counted, holds, moneyRig, plan, request, reversalOf, settled, signedOn } from './money-rig.ts'
import { codeOf, frameOf, same } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

/** Rows V05 to V10 and R16 at the host: voids 撤销 of every kind. */
describe.each(STORE_KINDS)('void 撤销 on the %s store', (kind) => {
  async function ready() {
    const rig = moneyRig({ store: fresh(kind) })
    return { rig, terminal: await signedOn(rig) }
  }
  async function sold(card = 'bank', amount = 12_340) {
    const { rig, terminal } = await ready()
    const sale = await asked(terminal, 'sale', { card, amount, store: '0013' })
    expect(sale.code).toBe('00')
    return { rig, terminal, sale, of: sale.fields, numbered: card, amount }
  }

  // biome-ignore format: one row a kind
  const pairs: readonly (readonly [TransactionName, TransactionName, string])[] = [
    ['sale',       'voidSale',       'bank'  ],
    ['sale',       'voidSale',       'member'], // with discount, cash-back and points
    ['instalment', 'instalmentVoid', 'bank'  ],
    ['pointsSale', 'pointsVoid',     'member'],
  ]
  describe.each(pairs)('%s and its %s by a %s card', (what, undo, card) => {
    const more = what === 'instalment' ? { more: plan(3) } : {}
    const amount = what === 'pointsSale' ? 1_234 : 12_340
    it('V04: gives back exactly what was taken; both count in the totals, with the paid amount', async () => {
      const { rig, terminal } = await ready()
      const before = await holds(rig, card)
      const sale = await asked(terminal, what, { card, amount, store: '0013', ...more })
      expect(sale.code).toBe('00')
      expect(await holds(rig, card)).not.toEqual(before)
      const [paid] = await counted(rig)
      expect((await asked(terminal, undo, { numbered: card, amount, of: sale.fields })).code).toBe('00')
      expect(await holds(rig, card)).toEqual(before)
      expect(await counted(rig)).toEqual([paid, 1, paid, 1])
    })
    it('V10: void duplicated → the stored answer byte for byte, one credit', async () => {
      const { rig, terminal } = await ready()
      const before = await holds(rig, card)
      const sale = await asked(terminal, what, { card, amount, store: '0013', ...more })
      const message = request(terminal, undo, { numbered: card, amount, of: sale.fields })
      const first = await frameOf(terminal, message)
      rig.clock.time = '220959'
      expect(same(first, await frameOf(terminal, message))).toBe(true)
      expect(await holds(rig, card)).toEqual(before)
    })
    it('V02: void reversed → the sale stands as before, its plan too, and may be voided again', async () => {
      const { rig, terminal } = await ready()
      const before = await holds(rig, card)
      const sale = await asked(terminal, what, { card, amount, store: '0013', ...more })
      const [after, totals] = [await holds(rig, card), await counted(rig)]
      const sequence = Number(String(sale.fields[37]).slice(4))
      const parts = await rig.books((books) => books.plan(sequence).length)
      const voided = await asked(terminal, undo, { numbered: card, amount, of: sale.fields })
      expect(await rig.books((books) => books.plan(sequence).length)).toBe(0)
      expect(await codeOf(terminal, reversalOf(terminal, voided.message))).toBe('00')
      expect(await rig.books((books) => books.plan(sequence).length)).toBe(parts)
      expect([await holds(rig, card), await counted(rig)]).toEqual([after, totals])
      expect((await asked(terminal, undo, { numbered: card, amount, of: sale.fields })).code).toBe('00')
      expect(await holds(rig, card)).toEqual(before)
    })
  })

  it('V05: void of a voided sale → 12, one credit', async () => {
    const { rig, terminal, of, numbered, amount } = await sold()
    await asked(terminal, 'voidSale', { numbered, amount, of })
    expect((await asked(terminal, 'voidSale', { numbered, amount, of })).code).toBe('12')
    expect((await holds(rig))[0]).toBe(1_000_000)
  })
  it('void of a void → 25', async () => {
    const { terminal, of, numbered, amount } = await sold()
    const voided = await asked(terminal, 'voidSale', { numbered, amount, of })
    expect((await asked(terminal, 'voidSale', { numbered, amount, of: voided.fields })).code).toBe('25')
  })
  it('void of a refund → 25; of a sale that was refunded in part → 12', async () => {
    const { rig, terminal, of, numbered, amount } = await sold()
    const refund = await asked(terminal, 'refund', { card: 'bank', pin: undefined, amount: 1_000, of })
    expect(refund.code).toBe('00')
    expect((await asked(terminal, 'voidSale', { numbered, amount: 1_000, of: refund.fields })).code).toBe(
      '25',
    )
    expect((await asked(terminal, 'voidSale', { numbered, amount, of })).code).toBe('12')
    expect((await holds(rig))[0]).toBe(1_000_000 - 12_340 + 1_000)
  })
  it('V06: void of a reversed sale → 25, nothing is given back twice', async () => {
    const { rig, terminal, sale, of, numbered, amount } = await sold()
    await terminal.exchange(reversalOf(terminal, sale.message))
    expect((await asked(terminal, 'voidSale', { numbered, amount, of })).code).toBe('25')
    expect((await holds(rig))[0]).toBe(1_000_000)
  })
  it('V08: another amount → 64; another card, reference, trace, authorisation → 25', async () => {
    const { rig, terminal, of, numbered, amount } = await sold()
    const ask = async (more: object) =>
      (await asked(terminal, 'voidSale', { numbered, amount, of, ...more })).code
    expect(await ask({ amount: amount - 1 })).toBe('64')
    expect(await ask({ numbered: 'signs' })).toBe('25')
    expect(await ask({ numbered: undefined, card: 'signs', pin: undefined })).toBe('25')
    expect(await ask({ of: { ...of, 37: '112100000099' } })).toBe('25')
    expect(await ask({ of: { ...of, 11: '000077' } })).toBe('25')
    expect(await ask({ of: { ...of, 38: '999999' } })).toBe('25')
    expect(await ask({ more: { 61: '1' } })).toBe('25')
    expect((await holds(rig))[0]).toBe(1_000_000 - amount)
  })
  it('V08: the sale of another terminal of the same merchant, or of another merchant → 25', async () => {
    const { rig, of, numbered, amount } = await sold()
    for (const id of ['10000002', '10000003']) {
      const other = await signedOn(rig, id)
      expect((await asked(other, 'voidSale', { numbered, amount, of })).code).toBe('25')
    }
    expect((await holds(rig))[0]).toBe(1_000_000 - amount)
  })
  it('V07, V09: after settlement → 12 in the next batch, 77 in the settled one', async () => {
    const { rig, terminal, of, numbered, amount } = await sold()
    const late = request(terminal, 'voidSale', { numbered, amount, of })
    expect((await settled(terminal, [amount, 1, 0, 0])).answer).toBe(1)
    expect(await codeOf(terminal, late)).toBe('77')
    expect((await asked(terminal, 'voidSale', { numbered, amount, of, batch: 2 })).code).toBe('12')
    expect((await holds(rig))[0]).toBe(1_000_000 - amount)
  })
  it('R16: reversal of a sale that was voided → 00, no second credit, totals stay equal', async () => {
    const { rig, terminal, sale, of, numbered, amount } = await sold()
    await asked(terminal, 'voidSale', { numbered, amount, of })
    expect(await codeOf(terminal, reversalOf(terminal, sale.message))).toBe('00')
    expect((await holds(rig))[0]).toBe(1_000_000)
    expect(await counted(rig)).toEqual([amount, 1, amount, 1])
  })
  it('a void that arrives after its reversal → 68, the sale stands (rule P5)', async () => {
    const { rig, terminal, of, numbered, amount } = await sold()
    const message = request(terminal, 'voidSale', { numbered, amount, of })
    expect(await codeOf(terminal, reversalOf(terminal, message))).toBe('00')
    expect(await codeOf(terminal, message)).toBe('68')
    expect((await holds(rig))[0]).toBe(1_000_000 - amount)
  })
  it('swiped with a wrong PIN → 55 and a try; with the right one → 00', async () => {
    const { rig, terminal, of, amount } = await sold()
    expect((await asked(terminal, 'voidSale', { card: 'bank', pin: '000000', amount, of })).code).toBe('55')
    expect(await rig.books((books) => books.account('bank')?.wrongPins)).toBe(1)
    expect((await asked(terminal, 'voidSale', { card: 'bank', amount, of })).code).toBe('00')
    expect((await holds(rig))[0]).toBe(1_000_000)
  })
  it('cash 现金撤销: no card in it → 00; with a card, or twice, or of a card sale → declined', async () => {
    const { rig, terminal, of, amount } = await sold()
    const cash = await asked(terminal, 'cashSale', { amount: 500, store: '0012' })
    expect((await asked(terminal, 'cashVoid', { numbered: 'bank', amount: 500, of: cash.fields })).code).toBe(
      '25',
    )
    expect((await asked(terminal, 'cashVoid', { amount: 500, of: cash.fields })).code).toBe('00')
    expect((await asked(terminal, 'cashVoid', { amount: 500, of: cash.fields })).code).toBe('12')
    expect((await asked(terminal, 'cashVoid', { amount, of })).code).toBe('25')
    expect(await counted(rig)).toEqual([amount + 500, 2, 500, 1])
    expect((await holds(rig))[0]).toBe(1_000_000 - amount)
  })
})
