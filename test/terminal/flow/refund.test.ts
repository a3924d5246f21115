import { describe, expect, it } from 'vitest'
import { sentFields } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'
import type { Till } from '../../rig/till.ts'
import {
  answer,
  disagreements,
  expectAgreed,
  journalOf,
  MEMBER,
  refundIt,
  sell,
  settled,
  slipOf,
  store,
  supervised,
  undoTill,
} from '../../rig/undo.ts'

const paperOf = (till: Till): string => till.paper.map(({ text }) => text).join('\n')

describe('refund 退货', () => {
  it('of a part of a sale → booked, sent, money back, a slip that names the original', async () => {
    const till = await undoTill()
    const trace = await sell(till)
    const { reference, date } = slipOf(till, trace)
    await refundIt(till, { reference, date, amount: '3000' })
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 5880)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 refund approved'])
    const [fields] = sentFields(till, '0220')
    expect(fields).toMatchObject({
      2: MEMBER.pan,
      3: '200000',
      4: '000000003000',
      14: '3012',
      22: '022',
      25: '00',
      37: reference,
      63: '000',
    })
    expect(fields?.[61]).toBe(`000000000000${date}`)
    for (const absent of [35, 36, 52, 53]) expect(fields?.[absent], `field ${absent}`).toBeUndefined()
    expect(paperOf(till)).toMatch(/退货/)
    expect(paperOf(till)).toMatch(new RegExp(`原参考号: ${reference}`))
    expect(paperOf(till)).toMatch(/原交易日期: 11\/21/)
    await settled(till)
  })

  it('a date that no year has → asked for again; one that is too short is not taken', async () => {
    const till = await undoTill()
    await supervised(till, '5', '2')
    await store(till)
    await till.see(/请输入原参考号/)
    await answer(till, '11210000000')
    await till.see(/参考号为12位/)
    await answer(till, '1')
    for (const wrong of ['1301', '0230', '0431', '1100']) {
      await till.see(/原交易日期/)
      await answer(till, wrong)
      await till.see(/日期错误/)
      await till.press('clear', 'clear', 'clear', 'clear')
    }
    await answer(till, '0229')
    await till.see(/请输入金额/)
    await till.press('cancel')
    await till.toIdle()
    expect(requests(till)).toEqual(['0800'])
  })

  it('left at each question by the red key or by doing nothing → nothing booked', async () => {
    const steps: readonly (readonly [RegExp, (till: Till) => Promise<void>])[] = [
      [/请输入门店编号/, (till) => answer(till, '0012')],
      [/请输入原参考号/, (till) => answer(till, '112100000001')],
      [/原交易日期/, (till) => answer(till, '1121')],
      [/请输入金额/, (till) => answer(till, '100')],
      [/请刷卡/, (till) => till.swipe(MEMBER)],
      [/确认退货/, async () => {}],
    ]
    for (let stop = 0; stop < steps.length; stop++)
      for (const how of ['cancel', 'time-out'] as const) {
        const till = await undoTill()
        await supervised(till, '5', '2')
        for (const [asks, say] of steps.slice(0, stop)) {
          await till.see(asks)
          await say(till)
        }
        await till.see(steps[stop]?.[0] ?? /never/)
        if (how === 'cancel') await till.press('cancel')
        else {
          await till.time.advance(61_000)
          expect(till.screens.join('\n')).toMatch(/操作超时\n未记账/)
        }
        await till.toIdle('cancel')
        expect(journalOf(till)).toEqual([])
        expect(requests(till)).toEqual(['0800'])
        await expectAgreed(till)
      }
  })

  it('compact device, English → booked with a slip', async () => {
    const parameters = { storeNumberRequired: true, locale: 'en' }
    const till = await undoTill({ model: 'compact', setup: { parameters } })
    const { reference, date } = slipOf(till, await sell(till))
    await refundIt(till, { reference, date, amount: '8880' })
    await till.see(/APPROVED/)
    await settled(till)
    expect(paperOf(till)).toMatch(/REFUND/)
    expect(paperOf(till)).toMatch(new RegExp(`ORIG\\. REF\\. NO\\.:\\s+${reference}`))
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('typed by hand where the parameter allows it → 012, and no 53', async () => {
    const parameters = { storeNumberRequired: true, 'refund.typed': true }
    const till = await undoTill({ setup: { parameters } })
    const { reference, date } = slipOf(till, await sell(till))
    await supervised(till, '5', '2')
    await store(till)
    await answer(till, reference)
    await answer(till, date)
    await answer(till, '8880')
    await till.see(/请刷卡或输入卡号/)
    await answer(till, MEMBER.pan)
    await till.see(/有效期/)
    await answer(till, '1230')
    await till.see(/确认退货/)
    await till.press('enter')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await disagreements(till)).toEqual([])
    expect(paperOf(till)).not.toContain(MEMBER.pan)
    expect(sentFields(till, '0220')[0]).toMatchObject({ 2: MEMBER.pan, 14: '3012', 22: '012' })
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('above the limit of the function → not taken', async () => {
    const parameters = { storeNumberRequired: true, 'refund.limitFen': 1000 }
    const till = await undoTill({ setup: { parameters } })
    await supervised(till, '5', '2')
    await store(till)
    await answer(till, '112100000001')
    await answer(till, '1121')
    await answer(till, '1001')
    await till.see(/金额超限/)
    await till.press('cancel')
    await till.toIdle()
    expect(journalOf(till)).toEqual([])
  })
})
