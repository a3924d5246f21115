import { describe, expect, it } from 'vitest'
import { fates, readyTill } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'
import { makeTill } from '../../rig/till.ts'

describe('sign-on 签到', () => {
  it('P13: the network doubles the request → both answers carry the same keys, and the first sale is approved', async () => {
    const till = makeTill()
    fates(till, ['0800', { kind: 'repeat', times: 2 }])
    till.machine.powerOn()
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    expect(requests(till)).not.toContain('0400')
    expect(await till.net(2)).toBe(-8880)
  })

  it('a terminal that lost its flash and secure element against old books → a batch of its own, and its first sale is approved', async () => {
    const first = await readyTill()
    await first.order()
    await first.see(/交易成功/)
    await first.toIdle()
    const second = makeTill({ host: first.host, store: first.store })
    second.machine.powerOn()
    await second.order()
    await second.see(/交易成功/)
    await second.toIdle()
    expect(await second.net(2, 2)).toBe(-8880)
    expect(await second.net(2, 1)).toBe(-8880)
  })
})
