import { describe, expect, it } from 'vitest'
import { statesOf } from '../../rig/audit.ts'
import { APPROVED, sentFields } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'
import {
  BANK,
  choose,
  disagreements,
  enter,
  MEMBER,
  OTHER,
  payIn,
  readyMemberTill,
  UNSOLD,
} from '../../rig/member-till.ts'

const paperOf = (till: { readonly paper: readonly { readonly text: string }[] }) =>
  till.paper.map(({ text }) => text).join('\n')

describe('cash top-up 现金充值', () => {
  it('card, amount, cash → verified, topped up, slip, confirmed under the same trace', async () => {
    const till = await readyMemberTill()
    const from = till.network.passed.length
    await payIn(till)
    await till.see(APPROVED)
    await till.toIdle()
    expect(requests(till, from)).toEqual(['0100', '0200', '0220'])
    expect(await till.balance('member')).toBe(25_000)
    const [topUp] = sentFields(till, '0200')
    const [confirm] = sentFields(till, '0220')
    expect(confirm).toMatchObject({
      3: '630000',
      4: '000000005000',
      11: topUp?.[11],
      22: '022',
      60: topUp?.[60],
    })
    for (const element of [35, 36, 37, 52, 53, 61, 62]) expect(confirm?.[element]).toBeUndefined()
    expect(topUp?.[61]).toBe(`000001${sentFields(till, '0100')[0]?.[11]}`)
    expect((await till.booked('topUpConfirm', Number(topUp?.[11])))?.code).toBe('00')
    expect(paperOf(till)).toMatch(/现金充值/)
    expect(paperOf(till)).not.toMatch(/原凭证号/)
    expect(till.screens.join('\n')).toMatch(/卡内余额\n *RMB 250\.00/)
    expect(await disagreements(till)).toEqual([])
  })

  it('from 1,000.00 on a second person approves: both names on the slip and in field 57', async () => {
    const till = await readyMemberTill()
    await choose(till, '1')
    await till.swipe(MEMBER)
    await till.see(/可充/)
    await enter(till, '100000')
    await till.see(/审核人/)
    await enter(till, '02')
    await till.see(/请输入密码/)
    await enter(till, '0000')
    await till.see(/现金已收到/)
    await till.press('enter')
    await till.see(APPROVED)
    await till.toIdle()
    expect(String(sentFields(till, '0200')[0]?.[57])).toContain('0200201030020')
    expect(paperOf(till)).toMatch(/操作员号: *01/)
    expect(paperOf(till)).toMatch(/授权人: *02/)
    expect(await till.balance('member')).toBe(120_000)
  })

  it.each([
    ['one’s own number', '01', /审核人不能是本人/],
    ['a number that nobody has', '77', /没有此柜员/],
  ])('the second person is %s → refused, nothing sent', async (_, number, why) => {
    const till = await readyMemberTill()
    await choose(till, '1')
    await till.swipe(MEMBER)
    await till.see(/可充/)
    await enter(till, '100000')
    await till.see(/审核人/)
    await enter(till, number)
    await till.see(why)
    await till.toIdle()
    expect(sentFields(till, '0200')).toEqual([])
    expect(statesOf(till)).toEqual([])
  })

  it('the second person’s password is wrong → refused, nothing sent', async () => {
    const till = await readyMemberTill()
    await choose(till, '1')
    await till.swipe(MEMBER)
    await till.see(/可充/)
    await enter(till, '100000')
    await enter(till, '02')
    await enter(till, '9999')
    await till.see(/密码错误/)
    await till.toIdle()
    expect(sentFields(till, '0200')).toEqual([])
  })

  it('more than the card may still take → not accepted; a bank’s card → 57 before any cash is asked for', async () => {
    const till = await readyMemberTill()
    await choose(till, '1')
    await till.swipe(MEMBER)
    await till.see(/可充 4,800\.00/)
    await enter(till, '480001')
    await till.see(/金额超限/)
    await till.toIdle('cancel')
    await choose(till, '1')
    await till.swipe(BANK)
    await till.see(/57/)
    await till.toIdle()
    expect(till.screens.join('\n')).not.toMatch(/现金已收到/)
    expect(sentFields(till, '0200')).toEqual([])
  })

  it('cancelled at any question → idle, nothing topped up', async () => {
    const till = await readyMemberTill()
    const stops = [/请刷卡/, /可充/, /现金已收到/]
    for (let depth = 0; depth < stops.length; depth++) {
      await choose(till, '1')
      await till.see(/请刷卡/)
      if (depth > 0) await till.swipe(MEMBER)
      if (depth > 0) await till.see(/可充/)
      if (depth > 1) await enter(till, '5000')
      await till.see(stops[depth] as RegExp)
      await till.press('cancel')
      await till.toIdle('cancel')
    }
    expect(sentFields(till, '0200')).toEqual([])
    expect(await till.balance('member')).toBe(20_000)
  })
})

describe('activation 售卡激活', () => {
  it('card, first balance, cash → the card can be used', async () => {
    const till = await readyMemberTill()
    await choose(till, '3')
    await till.swipe(UNSOLD)
    await till.see(/首充金额|RMB 0\.00/)
    await enter(till, '3000')
    await till.see(/现金已收到/)
    await till.press('enter')
    await till.see(APPROVED)
    await till.toIdle()
    expect(await till.balance('unsold')).toBe(3_000)
    expect(paperOf(till)).toMatch(/售卡激活/)
    await till.order({ card: UNSOLD, amount: '1000' })
    await till.see(APPROVED)
    await till.toIdle()
    expect(await till.balance('unsold')).toBe(2_000)
    expect(await disagreements(till)).toEqual([])
  })

  it('a card that is active already → declined, the cash goes back', async () => {
    const till = await readyMemberTill()
    await choose(till, '3')
    await till.swipe(OTHER)
    await till.see(/RMB 0\.00/)
    await enter(till, '3000')
    await till.see(/现金已收到/)
    await till.press('enter')
    await till.see(/交易失败[\s\S]*请退现金/)
    await till.toIdle()
    expect(await till.balance('other')).toBe(20_000)
  })

  it('a card that is not sold yet buys nothing: 21', async () => {
    const till = await readyMemberTill()
    await till.order({ card: UNSOLD, amount: '100' })
    await till.see(/交易失败[\s\S]*21/)
    await till.toIdle()
    expect(await till.balance('unsold')).toBe(0)
  })
})
