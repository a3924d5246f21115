import { describe, expect, it } from 'vitest'
import type { Model } from '../../../emulator/device/ports.ts'
import type { Dialect } from '../../../host-link/wire/message.ts'
import { entriesOf, slipsOf } from '../../rig/audit.ts'
import { expectNothingHappened, MEMBER, toCard, typed } from '../../rig/counter.ts'
import { expectAgreement, finish, nextSale, readyTill } from '../../rig/failure.ts'
import { messageOf } from '../../rig/frames.ts'

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
      await toCard(till)
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
      await toCard(till)
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
      await toCard(till)
      await till.swipe(`;6222600001234567890=${expiry}2010000000000?`)
      await till.time.runUntil(() => till.picture()?.secure === true, 4_000)
      expect(till.picture()?.secure, expiry).toBe(good)
      expect(/已过期/.test(till.screens.join()), expiry).toBe(!good)
    }
  })

  it('a swipe that cannot be read: asked again, then sold', async () => {
    const till = await readyTill()
    await toCard(till)
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
    expect(sale?.fields[57]).toBe('01008876543210200201') // and operator 01
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
