import { describe, expect, it } from 'vitest'
import { slipsOf } from '../../../rig/audit.ts'
import { APPROVED, finish, readyTill } from '../../../rig/failure.ts'

describe('slips 签购单', () => {
  it('S24: both copies printed → offered no more, neither at idle nor after a power cut', async () => {
    const till = await readyTill()
    await till.order()
    await till.see(APPROVED)
    await till.toIdle()
    const seen = till.screens.length
    await till.time.advance(120_000)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    await till.time.advance(60_000)
    expect(till.screens.slice(seen).join('\n')).not.toMatch(/签购单未打完|现在打印/)
    expect(slipsOf(till)).toEqual(['商户 2', '持卡人 2'])
    await finish(till)
  })
})
