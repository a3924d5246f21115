import { describe, expect, it } from 'vitest'
import { slipsOf } from '../../rig/audit.ts'
import { fates, lose, sentFields } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'
import type { Till } from '../../rig/till.ts'
import {
  answer,
  authorise,
  complete,
  disagreements,
  expectAgreed,
  journalOf,
  MEMBER,
  SECOND,
  settle,
  settled,
  slipOf,
  store,
  undoTill,
  voidIt,
} from '../../rig/undo.ts'

const paperOf = (till: Till): string => till.paper.map(({ text }) => text).join('\n')
const REQUEST = ['6', '2'] as const
const ADVICE = ['6', '3'] as const
const VOID = ['6', '4'] as const

describe('pre-authorisation 预授权', () => {
  it('→ amount held, authorisation code on screen and slip, nothing for the settlement', async () => {
    const till = await undoTill()
    const { authCode } = await authorise(till, '50000')
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 50_000)
    expect(till.screens.join('\n')).toMatch(new RegExp(`预授权码\\n.*${authCode}`))
    expect(paperOf(till)).toMatch(new RegExp(`授权码: ${authCode}`))
    expect(paperOf(till)).not.toContain(MEMBER.pan)
    expect(journalOf(till)).toEqual(['2 preauth approved'])
    expect(sentFields(till, '0100')[0]).toMatchObject({ 3: '030000', 22: '021', 25: '06' })
    await settled(till)
    await settle(till)
    expect(paperOf(till)).toMatch(/对账平/)
  })

  it('answer lost → reversed, the amount is free again', async () => {
    const till = await undoTill()
    fates(till, ['0110', lose])
    await till.press('6', '1')
    await store(till)
    await answer(till, '50000')
    await till.swipe(MEMBER)
    await till.pin('123456')
    await till.see(/已冲正,未扣款/, 70_000)
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
    expect(slipsOf(till)).toEqual([])
    const [reversal] = sentFields(till, '0400')
    expect(reversal).toMatchObject({ 3: '030000', 25: '06', 11: '000002' })
    expect(reversal?.[61]).toBeUndefined()
  })

  it('completion request 完成请求 of 115 % → taken once, the hold is free', async () => {
    const till = await undoTill()
    const hold = await authorise(till, '50000')
    await complete(till, REQUEST, hold, '57500', '123456')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 57_500)
    expect(sentFields(till, '0200')[0]).toMatchObject({
      3: '000000',
      22: '021',
      25: '06',
      38: hold.authCode,
      61: `000000000000${hold.date}`,
    })
    expect(paperOf(till)).toMatch(new RegExp(`预授权码: ${hold.authCode}`))
    await settled(till)
    await complete(till, REQUEST, hold, '50000', '123456')
    await till.see(/交易失败/)
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 57_500)
    await settle(till)
    expect(paperOf(till)).toMatch(/对账平/)
  })

  it.each([
    ['more than 115 %', (hold: Hold) => [hold, '57501'] as const],
    ['another code', (hold: Hold) => [{ ...hold, authCode: '999999' }, '50000'] as const],
    ['another date', (hold: Hold) => [{ ...hold, date: '1120' }, '50000'] as const],
  ])('completion request of %s → declined, the hold stands', async (_name, order) => {
    const till = await undoTill()
    const [hold, amount] = order(await authorise(till, '50000'))
    await complete(till, REQUEST, hold, amount, '123456')
    await till.see(/交易失败/)
    await settled(till)
    expect(journalOf(till)).toEqual(['2 preauth approved', '3 completion declined'])
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 50_000)
  })

  it('completion request: answer lost → reversed, the hold stands again, and may be completed', async () => {
    const till = await undoTill()
    const hold = await authorise(till, '50000')
    fates(till, ['0210', lose])
    await complete(till, REQUEST, hold, '40000', '123456')
    await till.see(/已冲正,未扣款/, 70_000)
    await till.toIdle()
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 50_000)
    expect(sentFields(till, '0400')[0]).toMatchObject({ 38: hold.authCode, 61: `000000000000${hold.date}` })
    await complete(till, REQUEST, hold, '40000', '123456')
    await till.see(/交易成功/)
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 40_000)
  })

  it('completion advice 完成通知 without a line → booked, sent later, posted once', async () => {
    const till = await undoTill()
    const hold = await authorise(till, '50000')
    till.machine.operator.cable(false)
    await complete(till, ADVICE, hold, '40000')
    await till.see(/已记账,待上送/, 20_000)
    await till.time.advance(3_000)
    expect(paperOf(till)).toMatch(/待上送 NOT YET SENT/)
    await till.toIdle()
    till.machine.operator.cable(true)
    fates(till, ['0230', lose])
    await settled(till)
    expect(journalOf(till)).toEqual(['2 preauth approved', '3 completionAdvice approved'])
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 40_000)
    const sent = sentFields(till, '0220')
    expect(sent).toHaveLength(2)
    expect(sent[1]).toEqual(sent[0])
    expect(sent[0]).toMatchObject({ 2: MEMBER.pan, 3: '000000', 22: '022', 25: '06', 38: hold.authCode })
    for (const absent of [35, 52, 53, 63]) expect(sent[0]?.[absent], `field ${absent}`).toBeUndefined()
  })

  it('completion advice typed by hand → 012 with number and expiry', async () => {
    const till = await undoTill()
    const hold = await authorise(till, '50000')
    await till.press('6', '3')
    await store(till)
    await answer(till, hold.authCode)
    await answer(till, hold.date)
    await answer(till, '50000')
    await till.see(/请刷卡或输入卡号/)
    await answer(till, MEMBER.pan)
    await answer(till, '1230')
    await till.see(/确认接受/)
    await till.press('enter')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await disagreements(till)).toEqual([])
    expect(paperOf(till)).not.toContain(MEMBER.pan)
    expect(sentFields(till, '0220')[0]).toMatchObject({ 2: MEMBER.pan, 14: '3012', 22: '012' })
  })

  it('pre-authorisation void 预授权撤销 → the hold is free; another amount is declined and says so', async () => {
    const till = await undoTill()
    const hold = await authorise(till, '50000')
    await complete(till, VOID, hold, '49999', '123456')
    await till.see(/交易失败/)
    expect(till.screen()).toMatch(/未撤销/)
    await till.toIdle()
    fates(till, ['0110', lose])
    await complete(till, VOID, hold, '50000', '123456')
    await till.see(/已冲正,未撤销/, 70_000)
    await till.toIdle()
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 50_000)
    await complete(till, VOID, hold, '50000', '123456')
    await till.see(/交易成功/)
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
    expect(requests(till).filter((mti) => mti === '0100')).toHaveLength(4)
  })

  it('by parameter without PIN → completion and void leave without one', async () => {
    const parameters = { storeNumberRequired: true, preauthPin: false }
    const till = await undoTill({ setup: { parameters } })
    const hold = await authorise(till, '50000')
    await till.press('6', '2')
    await store(till)
    await answer(till, hold.authCode)
    await answer(till, hold.date)
    await answer(till, '50000')
    await till.swipe(MEMBER)
    await till.see(/交易成功/)
    await settled(till)
    expect(sentFields(till, '0200')[0]).toMatchObject({ 22: '022', 53: '0600000000000000' })
    await voidIt(till, 3, ['6', '5'])
    await till.see(/交易成功/)
    await settled(till)
    // The completion is undone, and the hold it used up stands again.
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 50_000)
  })

  it('another card than the one that was authorised → declined', async () => {
    const till = await undoTill()
    const hold = await authorise(till, '50000')
    await till.press('6', '2')
    await store(till)
    await answer(till, hold.authCode)
    await answer(till, hold.date)
    await answer(till, '50000')
    await till.swipe(SECOND)
    await till.pin(SECOND.pin ?? '')
    await till.see(/交易失败/)
    await settled(till)
    expect(await till.balance('second')).toBe(SECOND.balanceFen)
  })

  it('left at each question → nothing sent', async () => {
    const steps: readonly (readonly [RegExp, (till: Till) => Promise<void>])[] = [
      [/请输入门店编号/, (till) => answer(till, '0012')],
      [/请输入预授权码/, (till) => answer(till, '000001')],
      [/原交易日期/, (till) => answer(till, '1121')],
      [/请输入金额/, (till) => answer(till, '100')],
      [/请刷卡/, (till) => till.swipe(MEMBER)],
      [/请输入密码|确认接受/, async () => {}],
    ]
    for (const keys of [REQUEST, ADVICE])
      for (let stop = 0; stop < steps.length; stop++) {
        const till = await undoTill()
        await till.press(...keys)
        for (const [asks, say] of steps.slice(0, stop)) {
          await till.see(asks)
          await say(till)
        }
        await till.see(steps[stop]?.[0] ?? /never/)
        await till.press('cancel')
        await till.toIdle('cancel')
        expect(journalOf(till)).toEqual([])
        expect(requests(till)).toEqual(['0800'])
        await expectAgreed(till)
      }
  })

  it('compact device, English → code shown', async () => {
    const parameters = { storeNumberRequired: true, locale: 'en' }
    const till = await undoTill({ model: 'compact', setup: { parameters } })
    const { authCode } = await authorise(till, '50000')
    expect(till.screens.join('\n')).toMatch(new RegExp(`AUTH CODE\\n +${authCode}`))
    expect(paperOf(till)).toMatch(/PRE-AUTHORISATION/)
    await settled(till)
    expect(slipOf(till, 2).authCode).toBe(authCode)
  })
})

type Hold = { readonly authCode: string; readonly date: string }
