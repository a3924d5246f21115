import { describe, expect, it } from 'vitest'
import { makeCharset } from '../../../../emulator/device/charset.ts'
import { MEMBER as CARD_MEMBER, changePin, payIn, readyMemberTill } from '../../../rig/member-till.ts'
import { makeTill, type Till } from '../../../rig/till.ts'
import {
  authorise,
  complete,
  refundIt,
  sell,
  slipOf,
  toOriginal,
  undoTill,
  voidIt,
} from '../../../rig/undo.ts'

const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
const AGREEMENT = /同意将其计入/
const SIGNATURE = /持卡人签名/

/** What was printed since line `from`. */
const printed = (till: Till, from = 0): string =>
  till.paper
    .slice(from)
    .map(({ text }) => text)
    .join('\n')

describe('slip 签购单', () => {
  it('a bill → biller, customer and bill; a long customer’s number without its middle', async () => {
    const bill = { biller: '03', customer: '10002000300', bill: 'E202611', text: '十一月', amountFen: 12_345 }
    const gbk = (text: string) => String.fromCharCode(...charset.encodeGbk(text))
    const till = makeTill({ acquirer: { bills: [bill] }, gbk })
    till.machine.powerOn()
    await till.toIdle()
    await till.press('8', '2')
    await till.see(/3 电费/)
    await till.press('3')
    await till.see(/客户号/)
    await till.type(bill.customer)
    await till.press('enter')
    await till.see(/123\.45/)
    await till.press('2')
    await till.see(/实收/)
    await till.type('20000')
    await till.press('enter')
    await till.see(/找零 RMB 76\.55/)
    await till.press('enter')
    await till.see(/交易成功/)
    expect(till.screen()).toMatch(/找零 76\.55/)
    await till.toIdle()
    expect(printed(till)).toMatch(/缴费机构: 电费\n客户号: 100\*\*\*\*0300\n账单号: E202611/)
    expect(printed(till)).not.toMatch(/10002000300/)
  })

  it('a sale, its void, a refund → all signed, only the sale with 同意; the void names 原授权码', async () => {
    const till = await undoTill()
    const trace = await sell(till)
    const { authCode } = slipOf(till, trace)
    expect(printed(till)).toMatch(AGREEMENT)
    let from = till.paper.length
    await voidIt(till, trace)
    await till.see(/交易成功/)
    await till.toIdle()
    expect(printed(till, from)).toMatch(new RegExp(`原授权码: ${authCode}`))
    expect(printed(till, from)).toMatch(SIGNATURE)
    expect(printed(till, from)).not.toMatch(/预授权码|同意将其计入/)
    await toOriginal(till, trace)
    await till.see(/此交易已撤销/)
    expect(till.screen()).not.toMatch(/未撤销/)
    await till.toIdle()
    from = till.paper.length
    const second = slipOf(till, await sell(till))
    from = till.paper.length
    await refundIt(till, { ...second, amount: '100' })
    await till.see(/交易成功/)
    await till.toIdle()
    expect(printed(till, from)).toMatch(SIGNATURE)
    expect(printed(till, from)).not.toMatch(AGREEMENT)
  })

  it('a pre-authorisation and its completion → 同意 on both, 预授权码 on the completion', async () => {
    const till = await undoTill()
    const hold = await authorise(till, '50000')
    expect(printed(till)).toMatch(AGREEMENT)
    const from = till.paper.length
    await complete(till, ['6', '2'], hold, '50000', '123456')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(printed(till, from)).toMatch(new RegExp(`预授权码: ${hold.authCode}`))
    expect(printed(till, from)).toMatch(AGREEMENT)
  })

  it('a top-up, its void, a PIN change → nothing to agree to; only the void is signed', async () => {
    const till = await readyMemberTill()
    await payIn(till)
    await till.see(/交易成功/)
    await till.toIdle()
    expect(printed(till)).toMatch(/现金充值/)
    expect(printed(till)).not.toMatch(SIGNATURE)
    let from = till.paper.length
    await changePin(till, CARD_MEMBER.pin)
    await till.toIdle()
    expect(printed(till, from)).toMatch(/修改密码/)
    expect(printed(till, from)).not.toMatch(SIGNATURE)
    from = till.paper.length
    await voidIt(till, 3, ['5', '5'])
    await till.see(/交易成功/)
    await till.toIdle()
    expect(printed(till, from)).toMatch(SIGNATURE)
    expect(printed(till)).not.toMatch(AGREEMENT)
  })

  it('a refund without a line → the terminal’s date and time until the host has given its own', async () => {
    const till = await undoTill()
    const { reference, date } = slipOf(till, await sell(till))
    till.machine.operator.cable(false)
    const from = till.paper.length
    await refundIt(till, { reference, date, amount: '100' })
    await till.see(/已记账,待上送/, 20_000)
    await till.toIdle()
    expect(printed(till, from)).toMatch(/日期\/时间: *\n? *2026\/\d\d\/\d\d \d\d:\d\d:\d\d\n/)
    expect(till.screen()).toMatch(/待上送,自动重试/)
    expect(till.picture()?.icons.owed).toBe(false)
    till.machine.operator.cable(true)
    await till.see(/上送成功/, 70_000)
    await till.toIdle()
  })
})
