import { describe, expect, it } from 'vitest'
import { statesOf } from '../../rig/audit.ts'
import { APPROVED, fates, lose, sentFields } from '../../rig/failure.ts'
import {
  BANK,
  choose,
  disagreements,
  enter,
  MEMBER,
  type MemberTill,
  OTHER,
  readyMemberTill,
  UNSOLD,
} from '../../rig/member-till.ts'

const TRANSFER = '5'
const ACCOUNT_TOP_UP = '2'

/** To the confirmation page. */
async function fill(
  till: MemberTill,
  digit: '2' | '5',
  source = MEMBER,
  target = OTHER,
  fen = '5000',
): Promise<void> {
  await choose(till, digit)
  await till.see(/请刷卡|Swipe card/)
  await till.swipe(source)
  await till.see(/转入卡|Swipe\/type/)
  await till.swipe(target)
  await till.see(/RMB 0\.00/)
  await enter(till, fen)
}
const paperOf = (till: MemberTill): string => till.paper.map(({ text }) => text).join('\n')

describe('transfer 转账', () => {
  it('two cards, amount, both shown masked, PIN → both balances move, the slip names the target by 6+4', async () => {
    const till = await readyMemberTill()
    await fill(till, TRANSFER)
    await till.see(/转出卡号\n990110\*+0017\n转入卡号\n990110\*+0025/)
    await till.press('enter')
    await till.pin(MEMBER.pin ?? '')
    await till.see(APPROVED)
    await till.toIdle()
    expect([await till.balance('member'), await till.balance('other')]).toEqual([15_000, 25_000])
    expect(paperOf(till)).toMatch(/转入卡号: *\n? *990110\*+0025/)
    expect(till.screens.join('\n')).toMatch(/RMB 150\.00/)
    expect(await disagreements(till)).toEqual([])
  })

  it('the target typed twice → taken; typed differently → asked again, nothing sent meanwhile', async () => {
    const till = await readyMemberTill()
    await choose(till, TRANSFER)
    await till.swipe(MEMBER)
    await till.see(/转入卡/)
    await till.type(OTHER.pan)
    await till.press('enter')
    await till.see(/再次输入/)
    await enter(till, OTHER.pan.replace(/25$/, '52'))
    await till.see(/两次卡号不一致/)
    await till.press('enter')
    for (const label of [/转入卡号/, /再次输入/]) {
      await till.see(label)
      await enter(till, OTHER.pan)
    }
    await till.see(/RMB 0\.00/)
    await enter(till, '100')
    await till.press('enter')
    await till.pin(MEMBER.pin ?? '')
    await till.see(APPROVED)
    await till.toIdle()
    expect(await till.balance('other')).toBe(20_100)
    // The number shows while it is typed, and only then.
    expect((await disagreements(till)).filter((text) => text !== 'card of other')).toEqual([])
    expect(till.screen()).not.toContain(OTHER.pan)
    expect(paperOf(till)).not.toContain(OTHER.pan)
  })

  it('to the card itself, or to a number that cannot be one → refused here', async () => {
    const till = await readyMemberTill()
    await choose(till, TRANSFER)
    await till.swipe(MEMBER)
    await till.see(/转入卡/)
    await till.swipe(MEMBER)
    await till.see(/转出转入同一卡/)
    await till.toIdle()
    await choose(till, TRANSFER)
    await till.swipe(MEMBER)
    await till.see(/转入卡/)
    for (const _ of [1, 2]) await enter(till, '9901100000000000026')
    await till.see(/无效卡/)
    await till.toIdle()
    expect(sentFields(till, '0200')).toEqual([])
  })

  it.each([
    ['a card that is not sold yet', UNSOLD, '21'],
    ['a bank’s card', BANK, '57'],
  ])('to %s → declined, nothing moves', async (_, target, code) => {
    const till = await readyMemberTill()
    await fill(till, TRANSFER, MEMBER, target)
    await till.press('enter')
    await till.pin(MEMBER.pin ?? '')
    await till.see(new RegExp(`交易失败[\\s\\S]*${code}[\\s\\S]*未扣款`))
    await till.toIdle()
    expect(await disagreements(till)).toEqual([])
  })

  it('more than the card has → 51; a wrong PIN → asked again, the second one moves it', async () => {
    const till = await readyMemberTill()
    await fill(till, TRANSFER, MEMBER, OTHER, '20001')
    await till.press('enter')
    await till.pin(MEMBER.pin ?? '')
    await till.see(/交易失败[\s\S]*51/)
    await till.toIdle()
    await fill(till, TRANSFER)
    await till.press('enter')
    await till.pin('000000')
    await till.see(/密码错/)
    await till.pin(MEMBER.pin ?? '')
    await till.see(APPROVED)
    await till.toIdle()
    expect(await till.balance('other')).toBe(25_000)
    expect(await disagreements(till)).toEqual([])
  })

  it.each(['0200', '0210'] as const)('%s is lost → reversed, both balances as before', async (mti) => {
    for (const digit of [TRANSFER, ACCOUNT_TOP_UP] as const) {
      const till = await readyMemberTill()
      fates(till, [mti, lose])
      await fill(till, digit)
      await till.press('enter')
      await till.pin(MEMBER.pin ?? '')
      await till.see(/已冲正,未扣款/, 100_000)
      await till.toIdle()
      expect([await till.balance('member'), await till.balance('other')]).toEqual([20_000, 20_000])
      expect(statesOf(till)).toEqual(['2 undone'])
      expect(await disagreements(till)).toEqual([])
    }
  })

  it('cancelled at any question → idle, nothing sent', async () => {
    const till = await readyMemberTill()
    const steps: readonly (() => Promise<void>)[] = [
      () => till.swipe(MEMBER),
      () => till.swipe(OTHER),
      () => enter(till, '100'),
      () => till.press('enter'),
    ]
    for (let depth = 0; depth <= steps.length; depth++) {
      await choose(till, TRANSFER)
      for (const step of steps.slice(0, depth)) await step()
      await till.press('cancel')
      await till.toIdle('cancel')
    }
    expect(sentFields(till, '0200')).toEqual([])
    expect(statesOf(till)).toEqual([])
  })

  it('on the compact device: both cards in one row', async () => {
    const till = await readyMemberTill({ model: 'compact' })
    await fill(till, TRANSFER)
    await till.see(/RMB 50\.00\n\*\*0017 > \*\*0025/)
    await till.press('enter')
    await till.pin(MEMBER.pin ?? '')
    await till.see(APPROVED)
    await till.toIdle()
    expect(await disagreements(till)).toEqual([])
  })
})

it('account top-up 账户充值: from a bank’s card with PIN to a member card', async () => {
  const till = await readyMemberTill()
  await fill(till, ACCOUNT_TOP_UP, BANK, MEMBER)
  await till.press('enter')
  await till.pin(BANK.pin ?? '')
  await till.see(APPROVED)
  await till.toIdle()
  expect([await till.balance('bank'), await till.balance('member')]).toEqual([995_000, 25_000])
  expect(paperOf(till)).toMatch(/账户充值/)
  expect(sentFields(till, '0220')).toEqual([]) // only cash is confirmed
  expect(await disagreements(till)).toEqual([])
})
