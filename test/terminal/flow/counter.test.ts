import { describe, expect, it } from 'vitest'
import { type AuditedTill, journalOf, statesOf } from '../../rig/audit.ts'
import { expectNothingHappened, IDLE, MEMBER, typed } from '../../rig/counter.ts'
import { expectAgreement, finish, nextSale, readyTill } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'

/** A walk through questions; each step answers the one that is open and says which comes next. */
interface Step {
  readonly asks: RegExp
  answer(till: AuditedTill): Promise<void>
}
const WALKS: readonly (readonly [string, readonly Step[], (till: AuditedTill) => Promise<void>])[] = [
  [
    'sale 消费',
    [
      { asks: /请输入门店编号/, answer: typed('0012') },
      { asks: /请输入金额/, answer: typed('8880') },
      { asks: /请刷卡/, answer: (till) => till.swipe(MEMBER) },
      { asks: /请输入密码/, answer: (till) => till.pin('123456') },
    ],
    (till) => till.press('1'),
  ],
  [
    'balance enquiry 余额查询',
    [
      { asks: /请刷卡/, answer: (till) => till.swipe(MEMBER) },
      { asks: /请输入密码/, answer: (till) => till.pin('123456') },
    ],
    (till) => till.press('2'),
  ],
  [
    'cashier log-on 柜员登录',
    [
      { asks: /请输入柜员号/, answer: typed('02') },
      { asks: /请输入密码/, answer: typed('0000') },
    ],
    (till) => till.press('4', '4'),
  ],
  [
    'change of password 修改密码',
    [
      { asks: /请输入原密码/, answer: typed('0000') },
      { asks: /请输入新密码/, answer: typed('4711') },
      { asks: /再次输入/, answer: typed('4711') },
    ],
    (till) => till.press('4', '5'),
  ],
]

describe('at the counter: cancel and time-out at every step', () => {
  for (const [name, steps, begin] of WALKS)
    for (let stop = 0; stop < steps.length; stop++)
      for (const how of ['cancel', 'half an answer, then cancel', 'time-out', 'power'] as const)
        it(`${name}, step ${stop + 1}, ${how}: back to idle, nothing owed, nothing sent`, async () => {
          const till = await readyTill()
          const from = till.network.passed.length
          await begin(till)
          for (const step of steps.slice(0, stop)) {
            await till.see(step.asks)
            await step.answer(till)
          }
          await till.see(steps[stop]?.asks ?? IDLE)
          if (how === 'half an answer, then cancel') await till.press('1', '2')
          if (how === 'power') {
            till.machine.powerOff()
            till.machine.powerOn()
          } else if (how === 'time-out') {
            await till.time.advance(75_000)
          } else {
            await till.press('cancel')
          }
          await till.time.advance(6_000)
          await till.see(how === 'power' ? /1 消费/ : /1 消费|管理/, 5_000)
          await expectNothingHappened(till, from)
          await nextSale(till)
        })
})

describe('at the counter: PIN 密码', () => {
  async function orderWithPin(till: AuditedTill, pin: string): Promise<void> {
    await till.order({ pin })
  }

  it('wrong PIN twice, then right: asked again each time, sold once', async () => {
    const till = await readyTill()
    await orderWithPin(till, '000000')
    await till.see(/密码错/)
    await till.pin('111111')
    await till.time.advance(2_000)
    await till.see(/密码错/)
    await till.pin('123456')
    await till.see(/交易成功/)
    await finish(till)
    expect(statesOf(till).map((state) => state.split(' ')[1])).toEqual(['declined', 'declined', 'approved'])
    expect(await till.balance('member')).toBe(10_000_000 - 8880)
    expect(requests(till)).not.toContain('0400')
  })

  it('wrong PIN three times: the sale ends, nothing owed, nothing booked', async () => {
    const till = await readyTill()
    await orderWithPin(till, '000000')
    for (const pin of ['000001', '000002']) {
      await till.see(/密码错/)
      await till.pin(pin)
      await till.time.advance(2_000)
    }
    const asked = till.picture()?.secure
    expect(asked).toBe(false)
    await till.toIdle()
    expect(requests(till).filter((mti) => mti === '0200')).toHaveLength(3)
    expect(statesOf(till).every((state) => state.endsWith('declined'))).toBe(true)
    expect(await till.balance('member')).toBe(10_000_000)
    await expectAgreement(till)
    await nextSale(till)
  })

  it('cancel at the second try: ends without another message', async () => {
    const till = await readyTill()
    await orderWithPin(till, '000000')
    await till.see(/密码错/)
    await till.time.runUntil(() => till.picture()?.secure === true, 10_000)
    await till.press('cancel')
    await till.toIdle('cancel')
    expect(requests(till).filter((mti) => mti === '0200')).toHaveLength(1)
    await expectAgreement(till)
    expect(journalOf(till).owed()).toEqual([])
  })
})
