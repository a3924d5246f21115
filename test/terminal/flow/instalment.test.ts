import { describe, expect, it } from 'vitest'
import { fates, lose, sentFields } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'
import type { Till } from '../../rig/till.ts'
import {
  answer,
  expectAgreed,
  journalOf,
  MEMBER,
  quoteOf,
  settle,
  settled,
  store,
  undoTill,
} from '../../rig/undo.ts'

const paperOf = (till: Till): string => till.paper.map(({ text }) => text).join('\n')
/** A card that the second programme has and the first has not. */
const SOLD_MEMBER = ';9901100000000000017=35121010000000000?'
const ORDER = { amount: '100000', programme: '1', term: '2' } as const

describe('instalment sale 分期付款消费', () => {
  it('→ quote shown and accepted before the PIN, paid in full, plan on the slip, settled equal', async () => {
    const till = await undoTill()
    await quoteOf(till, ORDER)
    await till.see(/首期 166\.70\n.*每期 166\.66 x5\n.*手续费 36\.00\n.*合计 1,036\.00/)
    await till.press('enter')
    await till.pin('123456')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 100_000)
    expect(journalOf(till)).toEqual(['3 instalment approved'])
    expect(paperOf(till)).toMatch(/期数: 6\n首期: 166\.70\n每期: 166\.66\n手续费: 36\.00/)
    const [quote] = sentFields(till, '0100')
    const [sale] = sentFields(till, '0200')
    expect(quote?.[62]).toEqual(sale?.[62])
    expect(Buffer.from(sale?.[62] as Uint8Array).toString()).toMatch(/^06HOME01 {24}10 {28}$/)
    expect(quote).toMatchObject({
      3: '310000',
      4: '000000100000',
      22: '022',
      25: '64',
      53: '0600000000000000',
    })
    expect(quote?.[57]).toBe('0200201')
    expect(quote?.[52]).toBeUndefined()
    expect(sale).toMatchObject({ 3: '000000', 22: '021', 25: '64' })
    await settled(till)
    await settle(till)
    expect(paperOf(till)).toMatch(/对账平/)
  })

  it('terms and rates of the table are shown, of the programmes that the card and the amount fit', async () => {
    const till = await undoTill()
    await till.press('8', '4', '1')
    await store(till)
    await answer(till, '50000')
    await till.see(/请刷卡/)
    await till.swipe(SOLD_MEMBER)
    await till.see(/1 一卡通/)
    expect(till.screen()).not.toMatch(/示例银行/)
    await till.press('1')
    await till.see(/1 6期 3\.60%\n2 12期 7\.20%/)
    await till.press('cancel')
    await till.toIdle()
    expect(requests(till)).toEqual(['0800'])
  })

  it('an amount below the least of every programme → refused, nothing sent', async () => {
    const till = await undoTill()
    await till.press('8', '4', '1')
    await store(till)
    await answer(till, '49999')
    await till.see(/请刷卡/)
    await till.swipe(MEMBER)
    await till.see(/无可用分期方案/)
    await till.toIdle()
    expect(requests(till)).toEqual(['0800'])
  })

  it('the host has no such programme → declined with its code, no PIN asked', async () => {
    const till = await undoTill({ acquirer: { programmes: [] } })
    await quoteOf(till, ORDER)
    await till.see(/无效交易/)
    expect(till.screen()).toMatch(/未扣款/)
    await till.toIdle()
    expect(requests(till)).not.toContain('0200')
    await settled(till)
  })

  it('the answer to the quote is lost → nothing owed, nothing charged', async () => {
    const till = await undoTill()
    fates(till, ['0110', lose])
    await quoteOf(till, ORDER)
    await till.see(/主机无应答/, 70_000)
    expect(till.screen()).toMatch(/未扣款/)
    await till.toIdle()
    expect(requests(till)).toEqual(['0800', '0100'])
    expect(journalOf(till)).toEqual([])
    await settled(till)
  })

  it('not accepted: red key or nothing done at the plan → nothing charged, no PIN asked', async () => {
    for (const how of ['cancel', 'time-out'] as const) {
      const till = await undoTill()
      await quoteOf(till, ORDER)
      await till.see(/首期 166\.70/)
      if (how === 'cancel') await till.press('cancel')
      else {
        await till.time.advance(61_000)
        expect(till.screen()).toMatch(/操作超时\n未扣款/)
      }
      await till.toIdle('cancel')
      expect(requests(till)).toEqual(['0800', '0100'])
      expect(journalOf(till)).toEqual([])
      await expectAgreed(till)
    }
  })

  it('wrong PIN, then right → the plan that was accepted, once', async () => {
    const till = await undoTill()
    await quoteOf(till, ORDER)
    await till.see(/首期 166\.70/)
    await till.press('enter')
    await till.pin('000000')
    await till.see(/密码错/)
    await till.pin('123456')
    await till.see(/交易成功/)
    await settled(till)
    expect(journalOf(till)).toEqual(['3 instalment declined', '4 instalment approved'])
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 100_000)
  })

  it('an acquirer that does not quote → not in the menu', async () => {
    const parameters = { storeNumberRequired: false }
    const till = await undoTill({ setup: { profile: 'standard', parameters } })
    await till.press('8')
    await till.time.advance(1_000)
    expect(till.screen()).not.toMatch(/分期消费/)
    await till.toIdle('cancel')
  })

  it('compact device, English → plan in pages, printed', async () => {
    const parameters = { storeNumberRequired: true, locale: 'en' }
    const till = await undoTill({ model: 'compact', setup: { parameters } })
    await quoteOf(till, { ...ORDER, programme: '2', term: '1' })
    await till.see(/FIRST 166\.70\nEACH 166\.66 x5\nEnter=OK {3}Up\/Dn/)
    await till.press('down')
    await till.see(/FIRST FEE 6\.00\nFEE EACH 6\.00/)
    await till.press('down')
    await till.see(/TOTAL 1,036\.00/)
    await till.press('enter')
    await till.pin('123456')
    await till.see(/APPROVED/)
    await settled(till)
    expect(paperOf(till)).toMatch(
      /TERMS: 6\nFIRST: 166\.70\nEACH: 166\.66\nFIRST FEE: 6\.00\nFEE EACH: 6\.00/,
    )
  })
})
