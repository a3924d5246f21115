import { describe, expect, it } from 'vitest'
import type { HostCard } from '../../../host-link/host/registry.ts'
import { slipsOf } from '../../rig/audit.ts'
import { fates, lose, sentFields } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'
import { payIn, readyMemberTill } from '../../rig/member-till.ts'
import type { Till } from '../../rig/till.ts'
import {
  answer,
  authorise,
  booked,
  complete,
  expectAgreed,
  journalOf,
  MEMBER,
  sell,
  settle,
  settled,
  store,
  toOriginal,
  undoTill,
  voidIt,
} from '../../rig/undo.ts'

const paperOf = (till: Till): string => till.paper.map(({ text }) => text).join('\n')
const withCard = (voidCard: string) => ({ setup: { parameters: { storeNumberRequired: true, voidCard } } })

describe('void 消费撤销', () => {
  it('of a sale of this batch → original shown, money back, a slip that names the original', async () => {
    const till = await undoTill()
    const trace = await sell(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 8880)
    await toOriginal(till, trace)
    await till.see(/确认撤销/)
    expect(till.screen()).toMatch(/RMB 88\.80\n\n?.*凭证号 000002\n622260\*{9}7890\n2026\/11\/21 09:05:\d\d/)
    await till.press('enter')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale approved'])
    expect(paperOf(till)).toMatch(/消费撤销/)
    expect(paperOf(till)).toMatch(/原凭证号: 000002/)
    expect(paperOf(till)).toMatch(/门店编号: 0012/)
    expect(slipsOf(till)).toEqual(['商户 2', '持卡人 2', '商户 3', '持卡人 3'])
    expect(requests(till)).toEqual(['0800', '0200', '0200'])
    const [, fields] = sentFields(till, '0200')
    expect(fields).toMatchObject({ 3: '200000', 4: '000000008880', 14: '3012', 22: '012', 25: '00' })
    expect(fields).toMatchObject({ 37: '112100000001', 38: '000001', 61: '000001000002' })
    expect(fields?.[57]).toBe('01004001202002010300200')
    for (const absent of [26, 35, 36, 52, 53]) expect(fields?.[absent], `field ${absent}`).toBeUndefined()
    await settled(till)
  })

  it('by parameter with the card → its track leaves, no PIN is asked', async () => {
    const till = await undoTill(withCard('card'))
    await sell(till)
    await voidIt(till, 2)
    await till.see(/请刷卡/)
    await till.swipe(MEMBER)
    await till.see(/交易成功/)
    const [, fields] = sentFields(till, '0200')
    expect(fields).toMatchObject({ 22: '022', 35: MEMBER.track2, 53: '0600000000000000' })
    expect(fields?.[2]).toBeUndefined()
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('by parameter with the card and its PIN → a wrong PIN is asked for again, then voided', async () => {
    const till = await undoTill(withCard('pin'))
    await sell(till)
    await voidIt(till, 2)
    await till.see(/请刷卡/)
    await till.swipe(MEMBER)
    await till.pin('000000')
    await till.see(/密码错/)
    await till.pin('123456')
    await till.see(/交易成功/)
    await settled(till)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale declined', '4 voidSale approved'])
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('of a sale with an offer → what was paid is shown, printed and given back; field 4 is the full amount', async () => {
    const till = await undoTill({
      acquirer: {
        offers: [
          {
            name: '满减',
            payer: 'S',
            kind: 'discount',
            fen: 880,
            leastFen: 5000,
            prefixes: [],
            stores: [],
            from: '20261101',
            to: '20261231',
          },
        ],
      },
    })
    await sell(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 8000)
    await toOriginal(till, 2)
    await till.see(/RMB 80\.00/)
    await till.press('enter')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
    expect(sentFields(till, '0200')[1]?.[4]).toBe('000000008880')
    expect(paperOf(till)).toMatch(/消费撤销[\s\S]*RMB 80\.00/)
    await settled(till)
    await settle(till)
    expect(paperOf(till)).toMatch(/对账平/)
  })

  it('declined by the host → said that the original stands', async () => {
    const till = await undoTill()
    await sell(till)
    await till.store.transact((books) => {
      const entry = books.entryAt(1)
      if (entry === undefined) throw new Error('no sale')
      const key = { ...entry.key, batch: 9, trace: 9, kind: 'voidSale' as const }
      const forged = {
        ...entry,
        sequence: books.nextSequence(),
        key,
        original: 1,
        effectFen: 0,
        settleFen: 0,
      }
      return { posting: { entries: [forged] }, result: undefined }
    })
    await voidIt(till, 2)
    await till.see(/交易失败/)
    expect(till.screen()).toMatch(/未撤销/)
    expect(till.screen()).not.toMatch(/未扣款/)
    await till.toIdle()
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale declined'])
  })

  it.each(['password', 'voucher', 'original'] as const)(
    'left at the %s by the red key, by doing nothing or by the power → nothing sent, the sale stands',
    async (question) => {
      for (const how of ['cancel', 'time-out', 'power'] as const) {
        const till = await undoTill()
        await sell(till)
        const from = till.network.passed.length
        await till.press('5', '1')
        await till.see(/请主管输入密码/)
        if (question !== 'password') await answer(till, '123456')
        if (question === 'original') await answer(till, '2')
        await till.see({ password: /主管/, voucher: /请输入原凭证号/, original: /确认撤销/ }[question])
        if (how === 'cancel') await till.press('cancel')
        else if (how === 'time-out') {
          await till.time.advance(61_000)
          if (question !== 'password') expect(till.screen()).toMatch(/操作超时\n未撤销/)
        } else {
          till.machine.powerOff()
          till.machine.powerOn()
        }
        await till.toIdle('cancel')
        expect(requests(till, from).filter((mti) => mti !== '0800')).toEqual([])
        expect(journalOf(till)).toEqual(['2 sale approved'])
        await expectAgreed(till)
      }
    },
  )

  it('a wrong supervisor password → refused, nothing sent', async () => {
    const till = await undoTill()
    await sell(till)
    await till.press('5', '1')
    await till.see(/请主管输入密码/)
    await answer(till, '000000')
    await till.see(/密码错误/)
    await till.toIdle()
    expect(journalOf(till)).toEqual(['2 sale approved'])
  })

  it('compact device, English → voided, and the original can be paged through', async () => {
    const till = await undoTill({
      model: 'compact',
      setup: { parameters: { storeNumberRequired: true, locale: 'en' } },
    })
    await sell(till)
    await toOriginal(till, 2)
    await till.see(/RMB 88\.80\nVoucher 000002\nEnter=void Up\/Dn/)
    await till.press('down')
    await till.see(/622260\*{9}/)
    await till.press('enter')
    await till.see(/APPROVED/)
    await settled(till)
    expect(paperOf(till)).toMatch(/VOID/)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })
})

describe('other voids 撤销', () => {
  it('completion void 预授权完成撤销 → the completion is undone; 61 has the date', async () => {
    const till = await undoTill()
    const hold = await authorise(till, '50000')
    await complete(till, ['6', '2'], hold, '40000', '123456')
    await till.see(/交易成功/)
    await till.toIdle()
    const before = await till.balance('member')
    expect(before).toBe(MEMBER.balanceFen - 40_000)
    await voidIt(till, 3, ['6', '5'])
    await till.see(/交易成功/)
    await till.toIdle()
    expect(sentFields(till, '0200')[1]).toMatchObject({
      3: '200000',
      25: '06',
      61: `000001000003${hold.date}`,
    })
    await settled(till)
    expect(journalOf(till)).toEqual([
      '2 preauth approved',
      '3 completion approved',
      '4 completionVoid approved',
    ])
  })

  it('cash void 现金撤销 of a sale that is still to be sent, without a line → refused; with it sold, then voided', async () => {
    const till = await undoTill()
    till.machine.operator.cable(false)
    await cashSale(till, '5000')
    await till.see(/已记账,待上送/, 20_000)
    await till.toIdle()
    await toOriginal(till, 2, ['5', '6'])
    await till.see(/原交易待上送/, 20_000)
    await till.toIdle()
    expect(journalOf(till)).toEqual(['2 cashSale owed'])
    till.machine.operator.cable(true)
    await voidIt(till, 2, ['5', '6'])
    await till.see(/交易成功/, 20_000)
    await settled(till)
    expect(journalOf(till)).toEqual(['2 cashSale approved', '3 cashVoid approved'])
    expect(requests(till)).toEqual(['0800', '0220', '0220'])
    const [, fields] = sentFields(till, '0220')
    expect(fields).toMatchObject({ 22: '920', 61: '000001000002' })
    expect(fields?.[2]).toBeUndefined()
    expect((await booked(till, 'cashVoid', 3))?.settleFen).toBe(-5000)
  })

  it('cash void that waits for the line → counts as voided already', async () => {
    const till = await undoTill()
    await cashSale(till, '5000')
    await till.see(/交易成功/)
    await till.toIdle()
    till.machine.operator.cable(false)
    await voidIt(till, 2, ['5', '6'])
    await till.see(/已记账,待上送/, 20_000)
    await till.toIdle()
    await toOriginal(till, 2, ['5', '6'])
    await till.see(/此交易已撤销/)
    await till.toIdle()
    till.machine.operator.cable(true)
    await settled(till)
    expect(journalOf(till)).toEqual(['2 cashSale approved', '3 cashVoid approved'])
  })

  it('points void 积分撤销 → points back; a lost answer is reversed with field 60 of points', async () => {
    const card: HostCard = { ...MEMBER, points: 9_000 }
    const till = await undoTill({ cards: [card] })
    await pointsSale(till, '5000')
    const sold = journalOf(till).length
    fates(till, ['0210', lose])
    await voidIt(till, 2, ['5', '4'])
    await till.see(/已冲正,未撤销/, 70_000)
    await till.toIdle()
    await voidIt(till, 2, ['5', '4'])
    await till.see(/交易成功/)
    await settled(till)
    expect(journalOf(till).slice(sold)).toEqual(['3 pointsVoid undone', '4 pointsVoid approved'])
    const points = await till.store.transact((books) => ({ result: books.account('member')?.points }))
    expect(points).toBe(9_000)
    expect(sentFields(till, '0400')[0]).toMatchObject({ 25: '65', 61: '000001000002' })
  })
})

async function cashSale(till: Till, amount: string): Promise<void> {
  await till.see(/1 ?消费/)
  await till.press('8', '1')
  await store(till)
  await till.see(/请输入金额/)
  await answer(till, amount)
  await till.see(/实收/)
  await till.press('enter')
  await till.see(/确认:已收款/)
  await till.press('enter')
}

async function pointsSale(till: Till, amount: string): Promise<void> {
  await till.see(/1 ?消费/)
  await till.press('7', '6')
  await till.time.advance(500)
  if (/门店编号/.test(till.screen())) await answer(till, '0012')
  await till.see(/请输入金额|RMB 0\.00|积分/)
  await answer(till, amount)
  await till.see(/请刷卡/)
  await till.swipe(MEMBER)
  await till.pin('123456')
  await till.see(/交易成功/)
  await till.toIdle()
}

describe('top-up void 充值撤销', () => {
  it('→ the card gives the amount back; a second one is refused', async () => {
    const till = await readyMemberTill()
    await payIn(till)
    await till.see(/交易成功/)
    await till.toIdle()
    const [trace = 0] = topUps(till)
    expect(await till.balance('member')).toBe(25_000)
    await voidIt(till, trace, ['5', '5'])
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await till.balance('member')).toBe(20_000)
    expect(paperOf(till)).toMatch(/充值撤销/)
    await toOriginal(till, trace, ['5', '5'])
    await till.see(/此交易已撤销/)
    await till.toIdle()
    expect(journalOf(till).slice(1)).toEqual([`${trace + 1} topUpVoid approved`])
  })

  it('answer lost → reversed, the card keeps the top-up', async () => {
    const till = await readyMemberTill()
    await payIn(till)
    await till.see(/交易成功/)
    await till.toIdle()
    fates(till, ['0210', lose])
    await voidIt(till, topUps(till)[0] ?? 0, ['5', '5'])
    await till.see(/已冲正,未撤销/, 70_000)
    await till.toIdle()
    expect(await till.balance('member')).toBe(25_000)
  })
})

const topUps = (till: Till): number[] =>
  journalOf(till)
    .filter((entry) => entry.includes('topUp '))
    .map((entry) => Number(entry.split(' ')[0]))
