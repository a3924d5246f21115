import { describe, expect, it } from 'vitest'
import { points62 } from '../../../host-link/wire/by-use.ts'
import { asFen } from '../../../host-link/wire/values.ts'
import { toHex } from '../../../keys/hex.ts'
import { statesOf } from '../../rig/audit.ts'
import { APPROVED, drop, fates, lose, sentFields } from '../../rig/failure.ts'
import { requests, resigned } from '../../rig/frames.ts'
import {
  choose,
  disagreements,
  enter,
  MEMBER,
  type MemberTill,
  readyMemberTill,
} from '../../rig/member-till.ts'

async function payWithPoints(till: MemberTill, fen = '3000', pin = MEMBER.pin ?? ''): Promise<void> {
  await choose(till, '6')
  await till.see(/RMB 0\.00/)
  await enter(till, fen)
  await till.see(/请刷卡/)
  await till.swipe(MEMBER)
  await till.pin(pin)
}
const points = (till: MemberTill): Promise<number> =>
  till.store.transact((books) => ({ result: books.account('member')?.points ?? -1 }))

describe('points sale 积分消费', () => {
  it('enough points → they pay all of it; used and left on the slip, no money moves', async () => {
    const till = await readyMemberTill()
    await payWithPoints(till)
    await till.see(APPROVED)
    await till.toIdle()
    expect(await points(till)).toBe(2_000)
    expect(await till.balance('member')).toBe(20_000)
    const slip = till.paper.map(({ text }) => text).join('\n')
    expect(slip).toMatch(/积分消费/)
    expect(slip).toMatch(/使用积分: *3000/)
    expect(slip).toMatch(/积分余额: *2000/)
    expect(String(sentFields(till, '0200')[0]?.[60])).toMatch(/0048$/)
  })

  it('too few → 51, none are used', async () => {
    const till = await readyMemberTill()
    await payWithPoints(till, '5001')
    await till.see(/交易失败[\s\S]*51/)
    await till.toIdle()
    expect(await points(till)).toBe(5_000)
  })

  it.each([
    ['part in money', { points: 2_999, ownMoney: asFen(1), balance: 2_001 }],
    ['fewer points', { points: 2_999, ownMoney: asFen(0), balance: 2_001 }],
  ])('approved, but with %s → not what was agreed: reversed', async (_, paid) => {
    const till = await readyMemberTill()
    fates(till, [
      '0210',
      ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 62: points62(paid) }) }),
    ])
    await payWithPoints(till)
    await till.see(/应答不符/)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await points(till)).toBe(5_000)
  })

  it.each(['0200', '0210'] as const)('%s is lost → reversed, the points are back', async (mti) => {
    const till = await readyMemberTill()
    fates(till, [mti, lose])
    await payWithPoints(till)
    await till.see(/已冲正/, 100_000)
    await till.toIdle()
    expect(await points(till)).toBe(5_000)
  })
})

/** 余额查询 or 积分查询 up to the PIN's enter key. */
async function ask(till: MemberTill, what: 'balance' | 'points'): Promise<void> {
  if (what === 'balance') await till.press('2')
  else await choose(till, '7')
  await till.see(/请刷卡/)
  await till.swipe(MEMBER)
  await till.pin(MEMBER.pin ?? '')
}

describe.each([
  ['balance', /RMB 200\.00/],
  ['points', /积分\n *5000/],
] as const)('%s enquiry of a member card (rows B01–B04)', (what, shown) => {
  it('shown, nothing kept', async () => {
    const till = await readyMemberTill()
    await ask(till, what)
    await till.see(shown)
    await till.toIdle()
    expect(statesOf(till)).toEqual([])
    expect(till.paper).toEqual([])
  })

  it.each([
    ['0200', lose],
    ['0210', lose],
    ['0210', drop],
  ] as const)('B01 %s is lost → said, no reversal, the next sale is possible', async (mti, fate) => {
    const till = await readyMemberTill()
    fates(till, [mti, fate])
    await ask(till, what)
    await till.see(/主机无应答|线路中断/, 100_000)
    expect(till.screens.join('\n')).not.toMatch(shown)
    await till.toIdle()
    expect(requests(till)).not.toContain('0400')
    await till.order({ card: MEMBER, amount: '100' })
    await till.see(APPROVED)
    await till.toIdle()
    expect(await disagreements(till)).toEqual([])
  })

  it('B02 the answer of another card → not shown, counted', async () => {
    const till = await readyMemberTill()
    fates(till, [
      '0210',
      ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 2: '9901100000000000025' }) }),
    ])
    await ask(till, what)
    await till.see(/主机无应答/, 100_000)
    expect(till.screens.join('\n')).not.toMatch(shown)
  })

  it('B03 duplicated → shown once, a wrong PIN counted once', async () => {
    const till = await readyMemberTill()
    fates(till, ['0200', { kind: 'repeat', times: 3 }], ['0200', { kind: 'repeat', times: 3 }])
    if (what === 'balance') await till.press('2')
    else await choose(till, '7')
    await till.swipe(MEMBER)
    await till.pin('000000')
    await till.see(/密码错/)
    const wrong = await till.store.transact((books) => ({ result: books.account('member')?.wrongPins }))
    expect(wrong).toBe(1)
    await till.pin(MEMBER.pin ?? '')
    await till.see(shown)
    await till.toIdle()
    expect(till.screens.filter((screen) => shown.test(screen)).length).toBe(1)
  })

  it('B04 the power cut at any point → nothing kept but used traces, the balance nowhere in the flash', async () => {
    for (let ms = 0; ms < 160; ms += 13) {
      const till = await readyMemberTill()
      await ask(till, what)
      await till.time.advance(ms)
      till.machine.powerOff()
      expect(statesOf(till), `${ms} ms`).toEqual([])
      const flash = toHex(till.chip.image())
      for (const balance of ['000000020000', '000000005000'])
        for (const hex of [balance, Buffer.from(balance).toString('hex')])
          expect(flash.includes(hex)).toBe(false)
      till.machine.powerOn()
      await till.toIdle()
      expect(await disagreements(till), `${ms} ms`).toEqual([])
    }
  })
})
