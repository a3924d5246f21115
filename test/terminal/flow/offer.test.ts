import { describe, expect, it } from 'vitest'
import type { Acquirer, OfferRow } from '../../../host-link/host/acquirer.ts'
import { statesOf } from '../../rig/audit.ts'
import { APPROVED, fates, lose } from '../../rig/failure.ts'
import { disagreements, MEMBER, type MemberTill, readyMemberTill } from '../../rig/member-till.ts'
import type { TillOptions } from '../../rig/till.ts'

const offer = (more: Partial<OfferRow>): OfferRow => ({
  name: '开业八折',
  payer: 'M',
  kind: 'discount',
  percent: 20,
  leastFen: 100,
  prefixes: [],
  stores: [],
  from: '20260101',
  to: '20271231',
  ...more,
})
const discount: Partial<Acquirer> = { offers: [offer({})] }
const cashBack: Partial<Acquirer> = { offers: [offer({ name: '返现金', kind: 'cashBack', payer: 'I' })] }
const points: Partial<Acquirer> = { pointsPerYuan: { member: 1, bank: 0 } }

async function sell(acquirer: Partial<Acquirer>, options: TillOptions = {}): Promise<MemberTill> {
  const till = await readyMemberTill({ ...options, acquirer })
  await till.order({ card: MEMBER, amount: '5000' })
  await till.see(APPROVED)
  return till
}
const slipOf = (till: MemberTill): string => till.paper.map(({ text }) => text).join('\n')

describe.each<TillOptions>([{}, { model: 'compact' }])('an offer granted by the host %#', (options) => {
  it('优惠 discount: screen and slip show 原价, 优惠, 实付; the card pays what was paid', async () => {
    const till = await sell(discount, options)
    expect(till.screen()).toMatch(/RMB 40\.00/)
    if (options.model !== 'compact') expect(till.screen()).toMatch(/优惠 10\.00/)
    expect(till.screen()).not.toMatch(/RMB 50\.00/)
    await till.toIdle()
    expect(slipOf(till)).toMatch(/原价: *50\.00/)
    expect(slipOf(till)).toMatch(/优惠: *\n? *开业八折 -10\.00/)
    expect(slipOf(till)).toMatch(/实付:\nRMB 40\.00/)
    expect(slipOf(till)).not.toMatch(/RMB 50\.00/)
    expect(await till.balance('member')).toBe(16_000)
    expect(await disagreements(till)).toEqual([])
  })

  it('返现 cash-back: the full amount is paid, the cash-back stands on screen and slip', async () => {
    const till = await sell(cashBack, options)
    expect(till.screen()).toMatch(/RMB 50\.00/)
    if (options.model === 'compact') {
      await till.see(/持卡人存根/)
      await till.press('enter')
      await till.see(/返现\n *RMB 10\.00/)
    } else expect(till.screen()).toMatch(/返现 10\.00/)
    await till.toIdle()
    expect(slipOf(till)).toMatch(/RMB 50\.00/)
    expect(slipOf(till)).toMatch(/返现: *\n? *返现金 10\.00/)
    expect(slipOf(till)).not.toMatch(/原价|实付/)
  })

  it('积分 earned → on the slip', async () => {
    const till = await sell(points, options)
    await till.toIdle()
    expect(slipOf(till)).toMatch(/本次积分: *50/)
    expect(slipOf(till)).toMatch(/积分余额: *5050/)
  })
})

describe('a void of a sale with a discount', () => {
  it('gives back what was paid, in full', async () => {
    const till = await sell(discount)
    await till.toIdle()
    await till.press('5', '1')
    await till.see(/主管|密码|凭证号/)
    if (/主管|密码/.test(till.screen())) {
      await till.type('123456')
      await till.press('enter')
    }
    await till.see(/原凭证号/)
    await till.type('2')
    await till.press('enter')
    await till.see(/确认撤销/)
    expect(till.screen()).toMatch(/40\.00/)
    const before = till.paper.length
    await till.press('enter')
    await till.see(APPROVED)
    expect(till.screen()).toMatch(/RMB 40\.00/)
    await till.toIdle()
    const slip = till.paper
      .slice(before)
      .map(({ text }) => text)
      .join('\n')
    expect(slip).toMatch(/消费撤销/)
    expect(slip).toMatch(/RMB 40\.00/)
    expect(slip).not.toMatch(/RMB 50\.00/)
    expect(await till.balance('member')).toBe(20_000)
    expect(statesOf(till).map((state) => state.split(' ')[1])).toEqual(['approved', 'approved'])
  })

  it('the answer of the sale is lost → reversed, the discount with it', async () => {
    const till = await readyMemberTill({ acquirer: discount })
    fates(till, ['0210', lose])
    await till.order({ card: MEMBER, amount: '5000' })
    await till.see(/已冲正/, 100_000)
    await till.toIdle()
    expect(await till.balance('member')).toBe(20_000)
    expect(await disagreements(till)).toEqual([])
  })
})
