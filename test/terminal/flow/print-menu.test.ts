import { describe, expect, it } from 'vitest'
import { entriesOf, journalOf } from '../../rig/audit.ts'
import { sellAll, settle, settlementSlips } from '../../rig/batch.ts'
import { readyTill } from '../../rig/failure.ts'
import type { Till } from '../../rig/till.ts'
import { refundIt, sell, slipOf, undoTill, voidIt } from '../../rig/undo.ts'

const paperOf = (till: Till, from = 0): string =>
  till.paper
    .slice(from)
    .map(({ text }) => text)
    .join('\n')

/** 打印 and a digit, until the printer is done. */
async function print(till: Till, key: '2' | '3' | '4' | '5'): Promise<number> {
  await till.toIdle()
  const from = till.paper.length
  await till.press('3', key)
  await till.time.advance(10_000)
  return from
}

describe('print menu 打印', () => {
  it('重打任意一笔 of a void → its slip with the original, both copies marked DUPLICATE', async () => {
    const till = await undoTill()
    const sale = await sell(till, '8880')
    await voidIt(till, sale)
    await till.toIdle()
    const trace = entriesOf(till).at(-1)?.trace
    const from = await print(till, '2')
    await till.type(String(trace))
    await till.press('enter')
    await till.time.advance(5_000)
    await till.toIdle()
    const slip = paperOf(till, from)
    expect(slip.match(/消费撤销/g)).toHaveLength(2)
    expect(slip.match(/DUPLICATE/g)).toHaveLength(2)
    expect(slip).toMatch(/原凭证号: 000002/)
  })

  it('重打任意一笔 of what was declined or never was → refused in words, nothing printed', async () => {
    const till = await readyTill()
    await till.order({ card: till.cards[2] as never })
    await till.toIdle()
    const before = till.paper.length
    for (const voucher of ['2', '0', '77']) {
      await till.press('3', '2')
      await till.type(voucher)
      await till.press('enter')
      await till.see(/没有此交易/)
      await till.toIdle()
    }
    expect(till.paper.length).toBe(before)
  })

  it('交易明细 → one line an entry that counts; what was given back with a minus, a queued advice with a star', async () => {
    const till = await undoTill()
    const sale = await sell(till, '123456')
    const { reference, date } = slipOf(till, sale)
    await voidIt(till, sale)
    await till.toIdle()
    await sell(till, '100')
    till.network.refuses = true
    await refundIt(till, { reference, date, amount: '500' })
    await till.toIdle()
    const slip = paperOf(till, await print(till, '3'))
    const lines = slip.split('\n').filter((line) => /^\d{6} /.test(line))
    expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
      '000002 S 7890 1,234.56',
      expect.stringMatching(/^\d{6} V 7890 -1,234\.56$/),
      expect.stringMatching(/^\d{6} S 7890 1\.00$/),
      expect.stringMatching(/^\d{6} R\*7890 -5\.00$/),
    ])
    expect(slip).toMatch(/合计笔数 +4\nS 消费\nV 消费撤销\nR 退货/)
    expect(slip).not.toContain('6222600001234567890')
  })

  it('交易明细 of more entries than one slice, 24 columns → every voucher once, in order', async () => {
    const till = await readyTill({ model: 'compact', setup: { parameters: { receiptCopies: '1' } } })
    await sellAll(till, ...Array.from({ length: 160 }, () => '100'))
    const slip = paperOf(till, await print(till, '3'))
    const vouchers = slip.split('\n').flatMap((line) => /^(\d{6}) S /.exec(line)?.[1] ?? [])
    expect(vouchers.map(Number)).toEqual(entriesOf(till).map(({ trace }) => trace))
    for (const line of slip.split('\n')) expect(line.length).toBeLessThanOrEqual(24)
  })

  it('交易汇总 → the totals now, without 对账, and nothing is frozen', async () => {
    const till = await readyTill()
    await sellAll(till, '100', '250')
    const from = await print(till, '4')
    expect(till.screen()).toMatch(/借记 2 3\.50/)
    await till.press('enter')
    await till.time.advance(5_000)
    expect(paperOf(till, from)).toMatch(/交易汇总[\s\S]*消费 +2 {2}3\.50[\s\S]*净额 +3\.50/)
    expect(paperOf(till, from)).not.toMatch(/对账/)
    expect(journalOf(till).frozen()).toBe(false)
  })

  it('上次结算 → the same slip after days and restarts, marked DUPLICATE; paper that runs out begins it again', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    await settle(till)
    const [first = ''] = settlementSlips(till)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    await sellAll(till, '700')
    const from = await print(till, '5')
    await till.see(/批次号 000001/)
    await till.press('enter')
    await till.time.advance(300)
    till.machine.operator.paperOut()
    await till.see(/打印机缺纸/)
    till.machine.operator.paperIn()
    await till.press('enter')
    await till.time.advance(5_000)
    const again = paperOf(till, from)
    const whole = again.slice(again.lastIndexOf('结算总计单'))
    expect(whole.replace(/.*DUPLICATE.*\n?/, '').trim()).toBe(first.trim())
    expect(whole).toMatch(/DUPLICATE/)
  })
})
