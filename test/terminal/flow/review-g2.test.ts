import { describe, expect, it } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { KEYS } from '../../../terminal/device/keypad.ts'
import { makeAuditedTill, statesOf } from '../../rig/audit.ts'
import { APPROVED, fates, finish, lose, readyTill, sentFields } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'
import {
  BANK,
  changePin,
  choose,
  enter,
  MEMBER,
  OTHER,
  payIn,
  readyMemberTill,
} from '../../rig/member-till.ts'
import type { Fate, Passing } from '../../rig/network.ts'
import { TERMINAL, type Till } from '../../rig/till.ts'

const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
const gbk = (text: string) => String.fromCharCode(...charset.encodeGbk(text))
const HOUR = 3_600_000

/** The same answer with 处理要求 3, sign on again: the sixth nibble behind five bytes of TPDU; no MAC covers it. */
function signOnAgain({ body }: Passing): Fate {
  const header = body.slice()
  header[7] = ((header[7] ?? 0) & 0xf0) | 3
  return { kind: 'replace', body: header }
}

/** 现金 without a line, back at idle: an advice waits. */
async function cashOffline(till: Till, store = '0012'): Promise<void> {
  till.network.refuses = true
  await till.see(/1 ?消费/)
  await till.press('8', '1')
  if (store !== '') {
    await till.see(/门店编号/)
    await enter(till, store)
  }
  await till.see(/请输入金额/)
  await enter(till, '5000')
  await till.see(/应收/)
  await till.press('enter')
  await till.see(/找零/)
  await till.press('enter')
  await till.toIdle()
}
/** 管理 → 更多 → entry. */
const more = (till: Till, digit: '1' | '2' | '3' | '4' | '5' | '6' | '7') => till.press('4', '9', digit)
const statusSent = (till: Till): string => {
  const found = sentFields(till, '0820').filter((fields) => String(fields[60]).slice(8) === '362')
  return Buffer.from((found.at(-1)?.[62] ?? new Uint8Array()) as Uint8Array).toString('latin1')
}

describe('a PIN is encrypted under the keys that it leaves under', () => {
  it('sale: the advice that goes first is answered with “sign on again” → signed on before the PIN, no wrong PIN counted', async () => {
    const till = await readyTill()
    await cashOffline(till)
    till.network.refuses = false
    fates(till, ['0230', signOnAgain])
    const from = till.network.passed.length
    await till.order()
    await till.see(/交易成功|密码错/)
    expect(till.screen()).not.toMatch(/密码错/)
    expect(requests(till, from)).toEqual(['0220', '0800', '0200'])
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 approved', '4 approved'])
    expect(await till.net(4)).toBe(-8880)
  })

  it('PIN change: the reversal that goes first is answered with “sign on again” → the old PIN is right', async () => {
    const till = await readyMemberTill()
    fates(till, ['0210', lose])
    await payIn(till)
    await till.time.advance(2_000)
    till.network.refuses = true
    await till.toIdle()
    till.network.refuses = false
    fates(till, ['0410', signOnAgain])
    const from = till.network.passed.length
    await changePin(till)
    await till.see(/密码已修改|密码错/)
    expect(till.screen()).not.toMatch(/密码错/)
    expect(requests(till, from)).toEqual(['0400', '0800', '0100'])
  })

  it('balance: signed off, and the advice that goes first asks for another sign-on → the PIN is right', async () => {
    const till = await readyTill()
    await more(till, '1')
    await till.see(/签退成功/)
    await till.toIdle()
    await cashOffline(till)
    till.network.refuses = false
    fates(till, ['0230', signOnAgain])
    const from = till.network.passed.length
    await till.press('2')
    await till.see(/请刷卡/)
    await till.swipe(till.cards[0] ?? '')
    await till.pin('123456')
    await till.see(/余额|密码错/)
    await till.time.advance(1_000)
    expect(till.screen()).not.toMatch(/密码错/)
    expect(requests(till, from)).toEqual(['0800', '0220', '0800', '0200'])
  })
})

describe('account top-up 账户充值', () => {
  async function fill(till: Till, digit: '2' | '5', fen: string): Promise<void> {
    await choose(till, digit)
    await till.see(/请刷卡/)
    await till.swipe(digit === '2' ? BANK : MEMBER)
    await till.see(/转入卡/)
    await till.swipe(digit === '2' ? MEMBER : OTHER)
    await till.see(/RMB 0\.00/)
    await enter(till, fen)
  }

  it('from the parameter’s amount on → a second person approves, and the host hears who', async () => {
    const till = await readyMemberTill()
    await fill(till, '2', '100000')
    await till.see(/审核人/)
    await enter(till, '02')
    await till.see(/请输入密码/)
    await enter(till, '0000')
    await till.see(/转出卡号/)
    await till.press('enter')
    await till.pin(BANK.pin ?? '')
    await till.see(APPROVED)
    await till.toIdle()
    expect(String(sentFields(till, '0200')[0]?.[57])).toMatch(/0300202/)
    expect(await till.booked('accountTopUp', 2)).toMatchObject({ code: '00', approver: '02' })
  })

  it('nobody approves → nothing is sent; below the amount, and a transfer → nobody is asked', async () => {
    const till = await readyMemberTill()
    await fill(till, '2', '100000')
    await till.see(/审核人/)
    await till.press('cancel')
    await till.toIdle('cancel')
    expect(sentFields(till, '0200')).toEqual([])
    for (const [digit, fen] of [
      ['2', '99999'],
      ['5', '100000'],
    ] as const) {
      await fill(till, digit, fen)
      await till.see(/转出卡号/)
      await till.press('cancel')
      await till.toIdle('cancel')
    }
  })
})

describe('a new day on a terminal that stays on', () => {
  it('signs on by itself after midnight, once; the open batch stays, the next sale needs no sign-on', async () => {
    const till = await readyTill()
    await till.order()
    await till.see(APPROVED)
    await till.toIdle()
    const from = till.network.passed.length
    await till.time.advance(14 * HOUR)
    expect(requests(till, from)).toEqual([])
    await till.time.advance(4 * HOUR)
    expect(requests(till, from)).toEqual(['0800'])
    expect(statesOf(till)).toEqual(['2 approved'])
    await till.order()
    await till.see(APPROVED)
    expect(requests(till, from)).toEqual(['0800', '0200'])
    await finish(till)
  })

  it('line down at midnight → tried at growing intervals until it is back', async () => {
    const till = await readyTill()
    const from = till.network.passed.length
    const screens = till.screens.length
    till.network.refuses = true
    await till.time.advance(18 * HOUR)
    const tries = till.screens.slice(screens).filter((text) => /连接/.test(text)).length
    expect(tries).toBeGreaterThan(10)
    expect(tries).toBeLessThan(60)
    till.network.refuses = false
    await till.time.advance(400_000)
    expect(requests(till, from)).toEqual(['0800'])
    await finish(till)
  })

  it('without automatic sign-on → the first sale of the day signs on', async () => {
    const till = await readyTill({ setup: { parameters: { storeNumberRequired: true, autoSignOn: false } } })
    await till.order()
    await till.see(APPROVED)
    await till.toIdle()
    const from = till.network.passed.length
    await till.time.advance(18 * HOUR)
    expect(requests(till, from)).toEqual([])
    await till.order()
    await till.see(APPROVED)
    expect(requests(till, from)).toEqual(['0800', '0200'])
  })
})

describe('what is owed goes while nobody may use the terminal', () => {
  it('locked: the advice that waits is sent when the line is back, and it stays locked', async () => {
    const till = await readyTill()
    await cashOffline(till)
    await more(till, '2')
    await till.see(/终端已锁定/)
    const from = till.network.passed.length
    till.network.refuses = false
    await till.time.advance(HOUR)
    expect(requests(till, from)).toEqual(['0220'])
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(till.screen()).toMatch(/终端已锁定/)
  })

  it('nobody logged on after a start: the advice that waits is sent, and the number is still asked', async () => {
    const parameters = { storeNumberRequired: true, cashierLogOn: 'ask' }
    const till = makeAuditedTill({ setup: { parameters } })
    till.machine.powerOn()
    await till.see(/请输入柜员号/)
    await enter(till, '01')
    await till.see(/请输入密码/)
    await enter(till, '0000')
    await till.toIdle()
    await cashOffline(till)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.see(/请输入柜员号/)
    const from = till.network.passed.length
    till.network.refuses = false
    await till.time.advance(HOUR)
    expect(requests(till, from)).toEqual(['0220'])
    expect(till.screen()).toMatch(/请输入柜员号/)
  })
})

describe('reports and downloads', () => {
  it('status: the functions that are on, and what the last self-test found', async () => {
    const till = await readyTill()
    await more(till, '4')
    await till.see(/上送成功/)
    expect(statusSent(till)).toMatch(/^010020030040.*27FF21E08051/)
    await till.toIdle()
    await more(till, '6')
    for (let screen = 0; screen < 4; screen++) await till.press('enter')
    await till.see(/显示是否清晰/)
    await till.press('enter')
    await till.see(/未按/)
    await till.press(...KEYS.slice(0, 3), 'cancel', 'cancel')
    await till.see(/请刷任意卡/)
    await till.time.advance(31_000)
    await till.see(/打印是否清晰/, 10_000)
    await till.press('enter')
    await till.see(/异常 按键/)
    await till.toIdle()
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    await more(till, '4')
    await till.see(/上送成功/)
    expect(statusSent(till)).toMatch(/^010021031040/)
  })

  it('status: a function that is off has no bit', async () => {
    const parameters = { storeNumberRequired: true, 'refund.enabled': false, 'topUp.enabled': false }
    const till = await readyTill({ setup: { parameters } })
    await more(till, '4')
    await till.see(/上送成功/)
    expect(statusSent(till)).toMatch(/27FE21E00051/)
  })

  it('download of the name that is in force, batch open → taken: nothing changes that wants an empty batch', async () => {
    const till = await readyTill({
      gbk,
      acquirer: { download: { answerTimeoutS: 30, merchantName: '示例家居广场' } },
    })
    await till.order()
    await till.see(APPROVED)
    await till.toIdle()
    await more(till, '3')
    await till.see(/参数已更新|请先结算/)
    expect(till.screen()).toMatch(/参数已更新/)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 approved'])
  })
})

describe('bill in cash 现金缴费 is a function of its own', () => {
  const bill = {
    biller: '03',
    customer: '10002000300',
    bill: 'E202611',
    text: '十一月电费',
    amountFen: 12_345,
  }
  async function ask(parameters: { readonly [name: string]: string | number | boolean }): Promise<Till> {
    const till = await readyTill({ gbk, acquirer: { bills: [bill] }, setup: { parameters } })
    await till.press('8', '2')
    await till.see(/3 电费/)
    await till.press('3')
    await till.see(/客户号/)
    await enter(till, '10002000300')
    await till.see(/123\.45/)
    await till.press('2')
    await till.time.advance(500)
    return till
  }

  it.each([
    [{ 'billCash.enabled': false }, /未开通此功能/],
    [{ 'billCash.limitFen': 12_344 }, /金额超限/],
  ])('%o → refused before cash is taken, nothing booked', async (parameters, said) => {
    const till = await ask(parameters)
    expect(till.screen()).toMatch(said)
    await till.toIdle()
    expect(statesOf(till)).toEqual([])
  })

  it('with the supervisor → the password first, and the host hears who approved', async () => {
    const till = await ask({ 'billCash.supervisor': true, 'billCash.limitFen': 12_345 })
    await till.see(/请主管输入密码/)
    await enter(till, '123456')
    await till.see(/实收/)
    await till.press('enter')
    await till.see(/找零/)
    await till.press('enter')
    await till.see(APPROVED)
    const key = { terminalId: TERMINAL, batch: 1, trace: 3, kind: 'billCash' as const }
    expect(await till.store.transact((books) => ({ result: books.entry(key) }))).toMatchObject({
      code: '00',
      approver: '00',
    })
  })
})
