import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { fates, lose } from '../../rig/failure.ts'
import { typeOf } from '../../rig/frames.ts'
import { makeRelease } from '../../rig/update-documents.ts'
import { makeWhole, type Whole } from '../../rig/update-whole.ts'

const last = ({ service }: Whole) => service.reports.at(-1)
const release = makeRelease({
  over: { policy: { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true } },
})
const hash = release.payloads[0]?.hash ?? new Uint8Array(0)

describe('stories of the switch', () => {
  it('story: install without switching: verified and kept, over power cuts and sales, with the old program in front; put in when the merchant says so, without one block more', async () => {
    const till = makeWhole()
    const { service } = till
    service.desire.policy = { automatic: false, allowOpenBatch: true }
    service.want(release)
    till.machine.powerOn()
    await till.time.runUntil(() => last(till)?.download.state === 'verified', 600_000)
    const asked = service.asked(hash)
    expect(asked).toBe(release.payloads[0]?.bytes.length)
    for (let start = 0; start < 3; start++) {
      await till.toIdle('cancel')
      await till.order()
      await till.see(/交易成功/)
      await till.toIdle('cancel')
      await till.time.advance(3_600_000)
      till.machine.powerOff()
      till.machine.powerOn()
      await till.time.advance(30_000)
    }
    expect(till.starts).toEqual(['factory', 'factory', 'factory', 'factory'])
    expect(last(till)?.running).toMatchObject({ place: 'factory', version: '0.1.0', trial: false })
    expect(last(till)?.download.state).toBe('verified')
    await till.toIdle('cancel')
    await till.press('4', '9', '9', '2')
    await till.see(/已升级到 0\.2\.0/, 300_000)
    expect(service.asked(hash)).toBe(asked)
    await till.time.runUntil(() => last(till)?.running.version === '0.2.0', 60_000)
    expect(last(till)).toMatchObject({ running: { trial: false }, batch: { count: 3 } })
  })

  it('G04 a program that crashes at each try, with a batch open → the one before; then a sale without an answer is reversed, the batch is as it was, no block is asked for again', async () => {
    const till = makeWhole(() => 'crashes')
    const { service } = till
    till.machine.powerOn()
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    service.desire.policy = { allowOpenBatch: true }
    service.want(release)
    service.tell()
    await till.see(/升级未成功\s+继续使用 0\.1\.0\s+代码 17/, 1_200_000)
    const asked = service.asked(hash)
    await till.toIdle()
    fates(till, ['0210', lose])
    await till.order({ amount: '200' })
    await till.time.advance(200_000)
    await till.toIdle()
    expect(till.network.passed.some(({ body }) => typeOf(body) === '0400')).toBe(true)
    await till.time.runUntil(
      () => last(till)?.batch.owed === 0 && last(till)?.last?.end === 'reverted',
      600_000,
    )
    expect(last(till)).toMatchObject({
      running: { version: '0.1.0', place: 'factory', trial: false },
      last: { end: 'reverted', code: CODE.tries },
      batch: { number: 1, owed: 0, frozen: false },
    })
    await till.time.advance(3_600_000)
    expect(service.asked(hash)).toBe(asked)
    expect(till.starts.filter((name) => name === 'new')).toHaveLength(3)
  })
})
