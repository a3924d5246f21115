import { describe, expect, it } from 'vitest'
import type { Model } from '../../../emulator/device/ports.ts'
import type { HostCard } from '../../../host-link/host/registry.ts'
import type { Dialect } from '../../../host-link/wire/message.ts'
import { type AuditedTill, entriesOf, journalOf, slipsOf, statesOf } from '../../rig/audit.ts'
import { expectAgreement, fates, finish, lose, nextSale, readyTill } from '../../rig/failure.ts'
import { messageOf, requests } from '../../rig/frames.ts'

const IDLE = /1 (消费|Sale)/
const MEMBER = ';6222600001234567890=30122010000000000?'

/** Idle, nothing owed, nothing booked, no financial message sent since `from`. */
async function expectNothingHappened(till: AuditedTill, from: number, label = ''): Promise<void> {
  await till.toIdle('cancel')
  expect(till.screen(), label).toMatch(IDLE)
  expect(till.screen(), label).not.toMatch(/待冲正/)
  expect(
    requests(till, from).filter((mti) => mti !== '0800'),
    label,
  ).toEqual([])
  expect(entriesOf(till), label).toEqual([])
  expect(slipsOf(till), label).toEqual([])
  await expectAgreement(till, label)
}

/** A walk through questions; each step answers the one that is open and says which comes next. */
interface Step {
  readonly asks: RegExp
  answer(till: AuditedTill): Promise<void>
}
const typed =
  (digits: string) =>
  async (till: AuditedTill): Promise<void> => {
    await till.type(digits)
    await till.press('enter')
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

/** LRC of ISO/IEC 7811-6 track 2: exclusive or of the characters' low four bits, as a character. */
function lrc(track: string): string {
  let sum = 0
  for (const character of track) sum ^= character.charCodeAt(0) & 15
  return String.fromCharCode(0x30 + sum)
}

describe('at the counter: card and entry', () => {
  const bad: readonly (readonly [string, string])[] = [
    ['no start sentinel', '6222600001234567890=30122010000000000?'],
    ['no end sentinel', ';6222600001234567890=30122010000000000'],
    ['no separator', ';62226000012345678903012201000?'],
    ['letters', ';62226000012345678AB=30122010000000000?'],
    ['nothing between the sentinels', ';?'],
    ['no PAN', ';=30122010000000000?'],
    ['a PAN of 11 digits', ';62226000012=30122010000000000?'],
    ['a PAN of 20 digits', ';62226000012345678901=30122010000000000?'],
    ['month 13', ';6222600001234567890=30132010000000000?'],
    ['month 00', ';6222600001234567890=30002010000000000?'],
    ['no expiry', ';6222600001234567890=?'],
    ['a wrong LRC', `${MEMBER}${String.fromCharCode(lrc(MEMBER).charCodeAt(0) ^ 1)}`],
    ['a wrong check digit outside the exempt range', ';4761739001010011=30122010000000000?'],
    ['an expired card', ';6222600001234567890=26102010000000000?'],
    ['a long expired card', ';6222600001234567890=00012010000000000?'],
  ]
  for (const [name, track] of bad)
    it(`wrong card, ${name}: said so, nothing sent, nothing owed`, async () => {
      const till = await readyTill()
      const from = till.network.passed.length
      await till.press('1')
      await till.see(/门店编号/)
      await typed('0012')(till)
      await typed('8880')(till)
      await till.see(/请刷卡/)
      for (let swipe = 0; swipe < 5 && /请刷卡|请重刷/.test(till.screen()); swipe++) {
        await till.swipe(track)
        await till.time.advance(500)
      }
      expect(till.screens.join()).toMatch(/读卡错|读卡失败|无效卡|卡已过期/)
      expect(till.picture()?.secure).toBe(false)
      await expectNothingHappened(till, from)
      await nextSale(till)
    })

  it('a right LRC, and a check digit that holds outside the exempt range: the PIN is asked', async () => {
    for (const track of [`${MEMBER}${lrc(MEMBER)}`, ';4761739001010010=30122010000000000?']) {
      const till = await readyTill()
      await till.press('1')
      await till.see(/门店编号/)
      await typed('0012')(till)
      await typed('8880')(till)
      await till.see(/请刷卡/)
      await till.swipe(track)
      await till.time.runUntil(() => till.picture()?.secure === true, 8_000)
      expect(till.picture()?.secure, track).toBe(true)
    }
  })

  it('a card of this month is good, of last month expired', async () => {
    for (const [expiry, good] of [
      ['2611', true],
      ['2610', false],
    ] as const) {
      const till = await readyTill()
      await till.press('1')
      await till.see(/门店编号/)
      await typed('0012')(till)
      await typed('8880')(till)
      await till.see(/请刷卡/)
      await till.swipe(`;6222600001234567890=${expiry}2010000000000?`)
      await till.time.runUntil(() => till.picture()?.secure === true, 4_000)
      expect(till.picture()?.secure, expiry).toBe(good)
      expect(/已过期/.test(till.screens.join()), expiry).toBe(!good)
    }
  })

  it('a swipe that cannot be read: asked again, then sold', async () => {
    const till = await readyTill()
    await till.press('1')
    await till.see(/门店编号/)
    await typed('0012')(till)
    await typed('8880')(till)
    await till.see(/请刷卡/)
    till.machine.operator.swipeBadly()
    await till.see(/重刷/)
    await till.swipe(MEMBER)
    await till.pin('123456')
    await till.see(/交易成功/)
    await finish(till)
    expect(await till.net(2)).toBe(-8880)
  })

  it('amount 0: refused, nothing sent', async () => {
    const till = await readyTill()
    const from = till.network.passed.length
    await till.press('1')
    await till.see(/门店编号/)
    await typed('0012')(till)
    await till.see(/请输入金额/)
    await till.press('enter')
    await till.time.advance(300)
    expect(till.screens.join()).toMatch(/金额不能为零/)
    expect(till.screen()).not.toMatch(/请刷卡/)
    await typed('000')(till)
    expect(till.screen()).not.toMatch(/请刷卡/)
    await expectNothingHappened(till, from)
  })

  it('more than 12 digits: the 13th is not taken; what stands is what would be sent', async () => {
    const till = await readyTill()
    await till.press('1')
    await till.see(/门店编号/)
    await typed('0012')(till)
    await till.see(/请输入金额/)
    await till.type('1234567890123')
    expect(till.screen().replaceAll(',', '')).toMatch(/1234567890\.12/)
    expect(till.screen().replaceAll(',', '')).not.toMatch(/12345678901\.23/)
    await till.press('00', 'clear')
    expect(till.screen().replaceAll(',', '')).not.toMatch(/1234567890\.12/)
    await till.toIdle('cancel')
    await expectAgreement(till)
  })

  it('an amount over the limit of the parameters: refused, nothing sent', async () => {
    const till = await readyTill({
      setup: { parameters: { storeNumberRequired: true, amountMaxFen: 5_000 } },
    })
    const from = till.network.passed.length
    await till.press('1')
    await till.see(/门店编号/)
    await typed('0012')(till)
    await till.see(/请输入金额/)
    await typed('5001')(till)
    await till.time.advance(300)
    expect(till.screens.join()).toMatch(/金额超限/)
    expect(till.screen()).not.toMatch(/请刷卡/)
    await expectNothingHappened(till, from)
  })

  it('an unknown store, or fewer than 4 digits: refused, nothing sent; 9 digits cannot be typed', async () => {
    for (const [digits, why] of [
      ['9999', /没有此门店/],
      ['012', /4至8位/],
      ['', /4至8位/],
      ['003456789', /示例家具/],
    ] as const) {
      const till = await readyTill()
      const from = till.network.passed.length
      await till.press('1')
      await till.see(/请输入门店编号/)
      await typed(digits)(till)
      await till.see(why)
      if (digits.length < 9) expect(till.screen()).not.toMatch(/请输入金额/)
      await expectNothingHappened(till, from, digits)
    }
  })

  it('a terminal without a list of stores takes any number of 4 to 8 digits and lets the host decide', async () => {
    const till = await readyTill({ setup: { stores: [] } })
    await till.order({ store: '87654321' })
    await finish(till)
    const sale = till.network.passed
      .map(({ body }) => messageOf(body))
      .find((message) => message?.mti === '0200')
    expect(sale?.fields[57]).toBe('0100887654321')
    await expectAgreement(till)
  })

  it('the secure element refuses more PINs: said so, nothing sent, nothing owed', async () => {
    const till = await readyTill({ setup: { parameters: { storeNumberRequired: false } } })
    for (let enquiry = 0; enquiry < 60; enquiry++) {
      await till.press('2')
      await till.see(/请刷卡/)
      await till.swipe(MEMBER)
      if (!(await till.time.runUntil(() => till.picture()?.secure === true, 2_500))) break
      await till.pin('123456')
      await till.see(/可用余额/)
      await till.press('enter')
    }
    expect(till.screens.join()).toMatch(/过频/)
    await till.toIdle()
    expect(entriesOf(till)).toEqual([])
    await till.time.advance(120_000)
    await nextSale(till)
  })
})

describe.each<Model>(['standard', 'compact'])('device model %s', (model) => {
  for (const locale of ['zh', 'en'] as const)
    for (const dialect of ['cup', 'cbor'] satisfies Dialect[])
      it(`sells in ${locale} over ${dialect}: approved, booked, two slips that fit the paper`, async () => {
        const till = await readyTill({
          model,
          setup: { dialect, parameters: { storeNumberRequired: true, locale } },
        })
        await till.order()
        await till.see(locale === 'zh' ? /交易成功/ : /APPROVED/)
        await finish(till)
        expect(await till.net(2)).toBe(-8880)
        expect(slipsOf(till)).toEqual(['商户 2', '持卡人 2'])
        const paper = till.paper.map(({ text }) => text).join('\n')
        expect(paper).toMatch(locale === 'zh' ? /金额/ : /AMOUNT/)
        expect(paper).toMatch(/0012/)
        expect(paper).toMatch(/88\.80/)
        expect(paper).not.toMatch(/DUPLICATE/)
        await nextSale(till)
      })
})

describe('balance enquiry 余额查询', () => {
  async function ask(till: AuditedTill, card: HostCard | undefined = till.cards[0]): Promise<void> {
    await till.press('2')
    await till.see(/请刷卡/)
    await till.swipe(card ?? MEMBER)
    await till.pin(card?.pin ?? '')
  }

  it('shows the balance, books nothing, owes nothing', async () => {
    const till = await readyTill()
    await ask(till)
    await till.see(/100,?000\.00/)
    await till.toIdle()
    expect(entriesOf(till)).toEqual([])
    expect(requests(till)).not.toContain('0400')
    await expectAgreement(till)
    await nextSale(till)
  })

  it('answer lost, garbled or forged: no balance shown, nothing owed, no reversal', async () => {
    for (const fate of [
      lose,
      { kind: 'truncate', bytes: 30 } as const,
      { kind: 'replace', body: Uint8Array.of(0x60, 1, 2) } as const,
      { kind: 'drop' } as const,
    ]) {
      const till = await readyTill()
      fates(till, ['0210', fate])
      await ask(till)
      await till.time.advance(70_000)
      await till.toIdle()
      expect(till.screens.join()).not.toMatch(/100,?000\.00/)
      expect(entriesOf(till)).toEqual([])
      expect(requests(till)).not.toContain('0400')
      await nextSale(till)
    }
  })

  it('wrong PIN: said so, no balance shown, nothing owed', async () => {
    const till = await readyTill()
    await ask(till, { ...(till.cards[0] as HostCard), pin: '000000' })
    await till.see(/密码错/)
    await till.toIdle('cancel')
    expect(till.screens.join()).not.toMatch(/100,?000\.00/)
    expect(entriesOf(till)).toEqual([])
    expect(requests(till)).not.toContain('0400')
  })
})

describe('print, echo, language', () => {
  it('reprint 重打: the same data, marked DUPLICATE, however often; nothing to print says so', async () => {
    const till = await readyTill()
    await till.press('3')
    await till.see(/没有可打印/)
    await till.toIdle()
    const trace = await nextSale(till)
    const original = till.paper.map(({ text }) => text)
    for (let time = 0; time < 2; time++) {
      await till.press('3')
      await till.time.advance(5_000)
      await till.toIdle()
    }
    const [merchant, holder, ...again] = slipsOf(till)
    expect([merchant, holder]).toEqual([`商户 ${trace}`, `持卡人 ${trace}`])
    expect(again.length).toBeGreaterThanOrEqual(2)
    expect(again.every((slip) => slip.includes('again') && !slip.includes('torn'))).toBe(true)
    const reprinted = till.paper.slice(original.length).map(({ text }) => text)
    for (const line of original.filter((text) => /\d/.test(text))) expect(reprinted).toContain(line)
    await expectAgreement(till)
  })

  it('echo test 回响测试: answers in so many milliseconds; without a line says so', async () => {
    const till = await readyTill()
    await till.press('4', '3')
    await till.see(/回响测试成功/)
    await till.see(/毫秒/)
    await till.toIdle()
    till.network.refuses = true
    await till.press('4', '3')
    await till.see(/无法连接|无应答|线路/, 90_000)
    await till.toIdle()
    expect(entriesOf(till)).toEqual([])
  })

  it('language: the menu speaks English, then 中文 again, and remembers it over a power cycle', async () => {
    const till = await readyTill()
    await till.press('4', '6')
    await till.see(/1 Sale/)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.see(/1 Sale/)
    await till.press('4', '6')
    await till.see(/1 消费/)
  })
})

describe('cashiers 柜员', () => {
  async function logOn(till: AuditedTill, number: string, password: string): Promise<void> {
    await till.press('4', '4')
    await till.see(/请输入柜员号/)
    await typed(number)(till)
    await till.see(/请输入密码|没有此柜员|请等待/)
    if (!/请输入密码/.test(till.screen())) return
    await typed(password)(till)
    await till.time.advance(300)
  }

  /** Up to the question for the password of cashier 02, or for how many seconds it is held back. */
  async function begin(till: AuditedTill): Promise<number> {
    await till.press('4', '4')
    await till.see(/请输入柜员号/)
    await typed('02')(till)
    await till.see(/请输入密码|请等待/)
    return Number(/请等待\(秒\)\D*(\d+)/.exec(till.screen())?.[1] ?? 0)
  }

  it('right password: logged on, on the idle screen and on the slip', async () => {
    const till = await readyTill()
    await logOn(till, '02', '0000')
    await till.see(/登录成功|柜员 02/)
    await till.toIdle()
    expect(till.screen()).toMatch(/02/)
    await nextSale(till)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/操作员号: *02/)
  })

  it('wrong password, unknown cashier: refused, the old one stays', async () => {
    const till = await readyTill()
    await logOn(till, '02', '1111')
    expect(till.screens.join()).toMatch(/密码错误/)
    await till.toIdle('cancel')
    expect(till.screen()).toMatch(/柜员 01/)
  })

  it('wrong again and again: a delay that grows, kept over power cycles and not shortened by them', async () => {
    const till = await readyTill()
    const delays: number[] = []
    for (let attempt = 0; attempt < 7; attempt++) {
      const wait = await begin(till)
      if (wait > 0) {
        delays.push(wait)
        // Neither a power cycle nor cancel and another try spares any of it.
        await till.time.advance((wait - 1) * 1_000)
        expect(till.screen()).not.toMatch(/请输入密码/)
        till.machine.powerOff()
        till.machine.powerOn()
        await till.toIdle()
        expect(await begin(till)).toBe(wait)
        await till.see(/请输入密码/, (wait + 2) * 1_000)
      }
      await typed('1111')(till)
      await till.see(/密码错误/)
      till.machine.powerOff() // the failure was durable before it was shown
      till.machine.powerOn()
      await till.toIdle()
      expect(till.screen()).toMatch(/柜员 01/)
    }
    expect(delays).toEqual([...delays].sort((a, b) => a - b))
    expect(new Set(delays).size).toBe(delays.length)
    expect(delays.length).toBeGreaterThanOrEqual(4)

    await begin(till)
    await till.see(/请输入密码/, 1_000_000)
    await typed('0000')(till)
    await till.see(/登录成功/)
    await till.toIdle()
    expect(till.screen()).toMatch(/柜员 02/)
    expect(await begin(till)).toBe(0) // a right one forgives
  })

  it('change of password: the new one counts, also after a power cycle; two that differ change nothing', async () => {
    const till = await readyTill()
    const change = async (old: string, fresh: string, again: string): Promise<void> => {
      await till.press('4', '5')
      await till.see(/请输入原密码/)
      await typed(old)(till)
      await till.see(/请输入新密码/)
      await typed(fresh)(till)
      await till.see(/再次输入/)
      await typed(again)(till)
      await till.time.advance(300)
    }
    await change('0000', '4711', '4712')
    expect(till.screens.join()).toMatch(/不一致/)
    await till.toIdle('cancel')
    await change('0000', '4711', '4711')
    await till.see(/密码已修改/)
    await till.toIdle('cancel')
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    await logOn(till, '01', '0000')
    expect(till.screens.slice(-3).join()).toMatch(/密码错误/)
    await till.toIdle('cancel')
    await logOn(till, '01', '4711')
    await till.see(/登录成功/)
  })
})
