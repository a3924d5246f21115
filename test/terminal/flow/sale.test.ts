import { describe, expect, it } from 'vitest'
import { makeTill } from '../../rig/till.ts'

const slip = (till: ReturnType<typeof makeTill>): string => till.paper.map(({ text }) => text).join('\n')

describe('sale 消费', () => {
  it('mall, stripe, PIN: approved, booked under its store, two slips', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    expect(slip(till)).toMatch(/门店编号.*0012/)
    expect(slip(till)).toMatch(/RMB.*88\.80/)
    expect(await till.net(2)).toBe(-8880)
    expect(till.stops).toEqual([])
  })
})
