import { describe, expect, it } from 'vitest'
import { leaks } from '../../rig/audit.ts'
import { sellAll } from '../../rig/batch.ts'
import { drop, fates, readyTill } from '../../rig/failure.ts'
import type { Till } from '../../rig/till.ts'

async function ask(till: Till, key: '1' | '2' | '3', digits: string): Promise<void> {
  await till.toIdle('cancel')
  await till.press('3', '6', key)
  await till.type(digits)
  await till.press('enter')
  await till.time.advance(100)
}

describe.each(['standard', 'compact'] as const)('query 查询, %s', (model) => {
  it('by voucher → the entry with its state, also a declined and a reversed one; enter shows all of it', async () => {
    const till = await readyTill({ model })
    await sellAll(till, '8880')
    await till.order({ card: till.cards[2] as never, amount: '700' })
    await till.toIdle()
    fates(till, ['0210', drop])
    await till.order({ amount: '900' })
    await till.time.advance(30_000)
    await till.toIdle()
    await ask(till, '1', '2')
    expect(till.screen()).toMatch(/1\/1\s[\s\S]*000002 消费\s+88\.80 7890 成功/)
    await till.press('enter')
    expect(till.screen()).toMatch(/凭证号 000002/)
    for (let page = 0; page < 9; page++) await till.press('down')
    expect(till.screens.slice(-10).join('\n')).toMatch(/622260\*\*\*7890/)
    expect(till.screens.slice(-10).join('\n')).toMatch(/交易参考号/)
    await ask(till, '1', '000003')
    expect(till.screen()).toMatch(/7\.00 \d{4} 已拒绝/)
    await till.press('enter', 'down', 'down', 'down', 'down', 'down', 'down', 'down')
    expect(till.screens.slice(-8).join('\n')).toMatch(/51 /)
    await ask(till, '1', '4')
    expect(till.screen()).toMatch(/9\.00 7890 已冲正/)
    await ask(till, '1', '0')
    expect(till.screen()).toMatch(/没有此交易/)
    expect(leaks(till)).toEqual([])
  })

  it('by card → latest first, up and down stay at the ends; by amount → those with it', async () => {
    const till = await readyTill({ model })
    await sellAll(till, '100', '250', '100')
    await till.order({ card: till.cards[1] as never, amount: '100' })
    await till.toIdle()
    await ask(till, '2', '7890')
    expect(till.screen()).toMatch(/1\/3[\s\S]*000004/)
    await till.press('down')
    expect(till.screen()).toMatch(/2\/3[\s\S]*000003/)
    await till.press('down', 'down')
    expect(till.screen()).toMatch(/3\/3[\s\S]*000002/)
    await till.press('up', 'up', 'up')
    expect(till.screen()).toMatch(/1\/3[\s\S]*000004/)
    await ask(till, '3', '100')
    expect(till.screen()).toMatch(/1\/3[\s\S]*000005/)
    await ask(till, '3', '101')
    expect(till.screen()).toMatch(/没有此交易/)
  })
})
