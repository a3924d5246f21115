import { describe, expect, it } from 'vitest'
import { parsePoints62 } from '../../../host-link/wire/by-use.ts'
import type { Fields } from '../../../host-link/wire/message.ts'
import { parseBalance54 } from '../../../host-link/wire/subfields.ts'
import { parseTags57 } from '../../../host-link/wire/tags.ts'
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
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
const tags = (fields: Fields) => parseTags57(String(fields[57] ?? ''))

describe.each(STORE_KINDS)('sale 消费 with offers, points and cash on the %s store', (kind) => {
  async function ready(more: object = {}) {
    const rig = moneyRig({ store: fresh(kind), ...more })
    return { rig, terminal: await signedOn(rig) }
  }

  describe('offers 优惠', () => {
    it('discount: in the answer beside the request’s tags, paid amount in balance and totals, full amount in 4', async () => {
      const { rig, terminal } = await ready()
      const { code, fields } = await asked(terminal, 'sale', {
        card: 'member',
        amount: 20_000,
        store: '0012',
      })
      expect([code, fields[4]]).toEqual(['00', '000000020000'])
      expect(tags(fields)).toEqual({
        storeNumber: '0012',
        discount: '000000001000MFIVE',
        pointsEarned: '0000000190',
        pointsBalance: '0000003190',
        messageWaiting: '000004',
      })
      expect(await holds(rig, 'member')).toEqual([500_000 - 19_000, 3_190])
      expect(await counted(rig)).toEqual([19_000, 1, 0, 0])
      const key = { terminalId: '10000001', batch: 1, trace: terminal.trace, kind: 'sale' } as const
      expect(await rig.books((books) => books.entry(key))).toMatchObject({
        ...{ amountFen: 20_000, settleFen: 19_000, effectFen: -19_000, offer: 'FIVE', cardKind: 'member' },
        ...{ discount: { fen: 1_000, payer: 'M' }, cashBack: undefined, storeNumber: '0012' },
      })
    })
    it('cash-back 返现: given to the card in the same entry, the totals have the paid amount', async () => {
      const { rig, terminal } = await ready()
      const { fields } = await asked(terminal, 'sale', { card: 'member', amount: 20_000, store: '0013' })
      expect(tags(fields)).toMatchObject({ discount: '000000001000MFIVE', cashBack: '000000000300SBACK' })
      expect((await holds(rig, 'member'))[0]).toBe(500_000 - 19_000 + 300)
      expect(await counted(rig)).toEqual([19_000, 1, 0, 0])
    })
    it.each([
      ['the cap', 100_000, 98_000],
      ['the least amount', 10_000, 9_500],
      ['one fen below the least amount', 9_999, 9_999],
      ['down to the fen', 10_019, 9_519],
    ])('%s: %i fen → %i paid', async (_what, amount, paid) => {
      const { rig, terminal } = await ready()
      await asked(terminal, 'sale', { card: 'member', amount, store: '0012' })
      expect((await counted(rig))[0]).toBe(paid)
    })
    it('another card, another day, a profile without tags → none; a card that can pay only the discounted amount → 00', async () => {
      const { rig, terminal } = await ready()
      expect(tags((await asked(terminal, 'sale', { card: 'bank', amount: 20_000 })).fields)).toEqual({
        messageWaiting: '000004',
      })
      const shop = await signedOn(rig, '10000003')
      const plain = await asked(shop, 'sale', { card: 'member', amount: 20_000 })
      expect([plain.code, plain.fields[57]]).toEqual(['00', undefined])
      expect((await asked(terminal, 'sale', { card: 'member', amount: 482_001, store: '0012' })).code).toBe(
        '51',
      )
      expect((await asked(terminal, 'sale', { card: 'member', amount: 482_000, store: '0012' })).code).toBe(
        '00',
      )
      rig.clock.date = '20270101'
      expect(
        tags((await asked(terminal, 'sale', { card: 'other', amount: 20_000 })).fields),
      ).not.toHaveProperty('discount')
    })
    it('a discount of all → 1 fen stays to be paid', async () => {
      const [offer] = ACQUIRER.offers
      const free = {
        ...ACQUIRER,
        offers: offer ? [{ ...offer, percent: 100, capFen: 99_999, leastFen: 0 }] : [],
      }
      const { rig, terminal } = await ready({ acquirer: free })
      await asked(terminal, 'sale', { card: 'member', amount: 500, store: '0012' })
      expect(await counted(rig)).toEqual([1, 1, 0, 0])
    })
    it('reversed → balance and points as before; repeated → the same answer', async () => {
      const { rig, terminal } = await ready()
      const message = request(terminal, 'sale', { card: 'member', amount: 20_000, store: '0013' })
      const first = await frameOf(terminal, message)
      expect(same(first, await frameOf(terminal, message))).toBe(true)
      expect(await codeOf(terminal, reversalOf(terminal, message))).toBe('00')
      expect(await holds(rig, 'member')).toEqual([500_000, 3_000])
      expect(await counted(rig)).toEqual([0, 0, 0, 0])
    })
  })

  describe('typed by hand 手输', () => {
    const typed = (rest: Fields = {}) => ({ numbered: 'bank', amount: 100, more: { 22: '012', ...rest } })
    it('number and expiry right, PIN right → 00; expiry wrong → 54; no PIN → 55', async () => {
      const { rig, terminal } = await ready()
      const block = { 22: '011', 26: '12', 52: terminal.pinBlock('123456', '6222600001234567890') }
      const more = { ...block, 53: '2600000000000000' }
      expect((await asked(terminal, 'sale', typed(more))).code).toBe('00')
      expect((await asked(terminal, 'sale', typed({ ...more, 14: '3011' }))).code).toBe('54')
      expect((await asked(terminal, 'sale', typed({ 53: '0600000000000000' }))).code).toBe('55')
      expect((await holds(rig))[0]).toBe(1_000_000 - 100)
    })
    it('a card that was not activated 未激活 → 21', async () => {
      const { terminal } = await ready()
      expect((await asked(terminal, 'sale', { card: 'inactive', amount: 100 })).code).toBe('21')
    })
  })

  describe('points 积分', () => {
    it('points pay the amount: 62 says so, no money moves, the merchant is paid; too few → 51', async () => {
      const { rig, terminal } = await ready()
      const { code, fields } = await asked(terminal, 'pointsSale', {
        card: 'member',
        amount: 2_900,
        store: '0012',
      })
      expect(code).toBe('00')
      expect(parsePoints62(fields[62] as Uint8Array)).toEqual({ points: 2_900, ownMoney: 0, balance: 100 })
      expect(await holds(rig, 'member')).toEqual([500_000, 100])
      expect(await counted(rig)).toEqual([2_900, 1, 0, 0])
      expect((await asked(terminal, 'pointsSale', { card: 'member', amount: 101 })).code).toBe('51')
      expect((await asked(terminal, 'pointsSale', { card: 'bank', amount: 1 })).code).toBe('51')
    })
    it('enquiry 积分查询: field 54 in currency 999; duplicated with a wrong PIN → one try', async () => {
      const { rig, terminal } = await ready()
      const { fields } = await asked(terminal, 'pointsEnquiry', { card: 'member' })
      expect(parseBalance54(String(fields[54]))).toMatchObject({ currency: '999', sign: 'C', amount: 3_000 })
      const wrong = request(terminal, 'pointsEnquiry', { card: 'member', pin: '000000' })
      await terminal.exchange(wrong)
      expect(await codeOf(terminal, wrong)).toBe('55')
      expect(await rig.books((books) => books.account('member')?.wrongPins)).toBe(1)
    })
  })

  describe('cash 现金消费', () => {
    it('booked for the merchant, no account; repeated → stored answer; 0 → 13; with a card → 12', async () => {
      const { rig, terminal } = await ready()
      const cash = request(terminal, 'cashSale', { amount: 500, store: '0012' })
      const first = await frameOf(terminal, cash)
      expect(same(first, await frameOf(terminal, cash))).toBe(true)
      expect(await counted(rig)).toEqual([500, 1, 0, 0])
      expect((await asked(terminal, 'cashSale', { amount: 0 })).code).toBe('13')
      expect((await asked(terminal, 'cashSale', { numbered: 'bank', amount: 5 })).code).toBe('12')
      expect((await asked(terminal, 'cashSale', { amount: 5, store: '9999' })).code).toBe('03')
      const trace = Number(cash.fields[11])
      const key = { terminalId: '10000001', batch: 1, trace, kind: 'cashSale' } as const
      expect(await rig.books((books) => books.entry(key))).toMatchObject({
        ...{ account: undefined, cardKind: 'cash', settleFen: 500, effectFen: 0, storeNumber: '0012' },
      })
    })
    it('C01: it is never reversed 冲正 → 40', async () => {
      const { terminal } = await ready()
      const cash = request(terminal, 'cashSale', { amount: 500 })
      expect(await codeOf(terminal, reversalOf(terminal, cash))).toBe('40')
    })
  })

  it('one trace as two kinds of transaction → 94, alarm, the first stands; its reversal as the other kind → 25', async () => {
    const { rig, terminal } = await ready()
    await asked(terminal, 'sale', { card: 'bank', amount: 500, trace: 7 })
    expect((await asked(terminal, 'cashSale', { amount: 500, trace: 7 })).code).toBe('94')
    const hold = request(terminal, 'preauth', { card: 'bank', amount: 500, trace: 7 })
    expect(await codeOf(terminal, reversalOf(terminal, hold))).toBe('25')
    expect(rig.host.alarms()).toEqual({ conflict: 2 })
    expect(await counted(rig)).toEqual([500, 1, 0, 0])
  })
  it('a profile that has not the function → 40', async () => {
    const { rig } = await ready()
    const shop = await signedOn(rig, '10000003')
    for (const name of ['cashSale', 'cashVoid', 'instalmentQuote'] as const)
      expect((await asked(shop, name, { amount: 500 })).code).toBe('40')
  })
  it('L16, R10: business date 清算日期 turns at the cut-over; a reversal has its own, the sale keeps its own', async () => {
    const { rig, terminal } = await ready()
    rig.clock.time = '225959'
    const before = await asked(terminal, 'sale', { card: 'bank', amount: 500 })
    rig.clock.time = '230000'
    const after = await asked(terminal, 'sale', { card: 'bank', amount: 600 })
    expect([before.fields[15], before.fields[13], after.fields[15], after.fields[13]]).toEqual([
      ...['1121', '1121', '1122', '1121'],
    ])
    await terminal.exchange(reversalOf(terminal, before.message))
    const dates = await rig.books((books) =>
      (['sale', 'reversal'] as const).map((name) => {
        const key = { terminalId: '10000001', batch: 1, trace: Number(before.fields[11]), kind: name }
        return books.entry(key)?.businessDate
      }),
    )
    expect(dates).toEqual(['20261121', '20261122'])
    expect(
      (await asked(terminal, 'refund', { card: 'bank', pin: undefined, amount: 1, of: after.fields })).code,
    ).toBe('00')
    expect((await settled(terminal, [600, 1, 1, 1])).answer).toBe(1)
  })
})
