import { describe, expect, it } from 'vitest'
import { statesOf } from '../../rig/audit.ts'
import { drop, expectNothingShown, healed, operationsOfSale, readyTill } from '../../rig/failure.ts'
import { requests, typeOf } from '../../rig/frames.ts'

describe('S30: the host approved and the flash could not keep it', () => {
  it('the reversal leaves at once, the cardholder is not charged, and the terminal says what is wrong', async () => {
    const { outcome } = await operationsOfSale()
    const till = await readyTill()
    till.chip.failures([{ of: 'program', from: outcome[0], count: Number.POSITIVE_INFINITY }])
    await till.order()
    await till.see(/存储故障/, 30_000)
    await till.time.advance(5_000)
    expect(requests(till).slice(-2)).toEqual(['0200', '0400'])
    expect(await till.balance('member')).toBe(10_000_000)
    expectNothingShown(till)
    await till.toIdle('cancel')
    const before = till.screens.length
    await till.press('1')
    await till.see(/存储故障/)
    expect(till.screens.slice(before).join('\n')).not.toMatch(/请输入|请结算/)
    await healed(till)
    expect(statesOf(till)).toEqual(['2 undone'])
  })

  it('the line is gone as well → out of service all the same, nothing asked, the reversal stays owed', async () => {
    const { outcome } = await operationsOfSale()
    const till = await readyTill()
    till.chip.failures([{ of: 'program', from: outcome[0], count: Number.POSITIVE_INFINITY }])
    till.network.fate = ({ body }) => {
      if (typeOf(body) === '0210') till.network.refuses = true
      return typeOf(body) === '0400' ? drop : { kind: 'deliver' }
    }
    await till.order()
    await till.see(/存储故障/, 30_000)
    expectNothingShown(till)
    await till.toIdle('cancel')
    await till.time.advance(30_000)
    expect(till.screen()).toMatch(/存储故障/)
    const before = till.screens.length
    await till.press('1')
    await till.time.advance(3_000)
    expect(till.screens.slice(before).join('\n')).not.toMatch(/请输入|请结算/)
    expect(statesOf(till)).toEqual(['2 owed'])
    await healed(till)
    expect(statesOf(till)).toEqual(['2 undone'])
  })
})
