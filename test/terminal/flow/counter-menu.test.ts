import { describe, expect, it } from 'vitest'
import type { HostCard } from '../../../host-link/host/registry.ts'
import { type AuditedTill, entriesOf, slipsOf } from '../../rig/audit.ts'
import { MEMBER, typed } from '../../rig/counter.ts'
import { expectAgreement, fates, lose, nextSale, readyTill } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'

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
    await till.press('3', '1')
    await till.see(/没有可打印/)
    await till.toIdle()
    const trace = await nextSale(till)
    const original = till.paper.map(({ text }) => text)
    for (let time = 0; time < 2; time++) {
      await till.press('3', '1')
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
    expect(till.stops).toEqual([])
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
