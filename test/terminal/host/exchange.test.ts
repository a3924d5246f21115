import { describe, expect, it } from 'vitest'
import { statesOf } from '../../rig/audit.ts'
import { expectNothingShown, fates, finish, lose, nextSale, readyTill } from '../../rig/failure.ts'
import { requests, resigned } from '../../rig/frames.ts'

describe('exchange 应答匹配', () => {
  it('S19: the approval as a message of another type, with a right MAC → not taken, reversed', async () => {
    for (const type of ['0410', '0510', '0830']) {
      const till = await readyTill()
      fates(till, ['0210', ({ body }) => ({ kind: 'replace', body: resigned(till, body, {}, type) })])
      await till.order()
      await finish(till)
      expect(statesOf(till), type).toEqual(['2 undone'])
      expectNothingShown(till)
      await nextSale(till)
    }
  })

  it('S09: A0 with a right MAC in place of the approval → settles nothing: signs on, reverses, cardholder not charged', async () => {
    const till = await readyTill()
    const before = till.network.passed.length
    fates(till, [
      '0210',
      ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 39: 'A0', 38: undefined }) }),
    ])
    await till.order()
    await finish(till)
    expect(requests(till, before)).toEqual(['0200', '0800', '0400'])
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.balance('member')).toBe(10_000_000)
    expectNothingShown(till)
    await nextSale(till)
  })

  it('S19: answers for others every 25 s do not wind the clock: the reversal leaves 60 s after the request', async () => {
    const till = await readyTill()
    let answer: Uint8Array | undefined
    fates(till, [
      '0210',
      ({ body }) => {
        answer = resigned(till, body, { 11: '000777' })
        return lose
      },
    ])
    await till.order()
    await till.time.runUntil(() => answer !== undefined, 5_000)
    for (let times = 0; times < 2; times++) {
      await till.time.advance(25_000)
      till.network.inject(answer ?? new Uint8Array(0))
    }
    await till.time.advance(9_000)
    expect(requests(till)).not.toContain('0400')
    await till.time.advance(2_000)
    expect(requests(till)).toContain('0400')
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
  })
})

describe('reversal 冲正 on a failing chip', () => {
  it('R05: the host has reversed and the flash cannot keep it → never shown as reversed, out of service, once more when healed', async () => {
    const till = await readyTill()
    fates(
      till,
      ['0210', lose],
      [
        '0410',
        () => {
          till.chip.failures([
            { of: 'program', from: till.chip.operations(), count: Number.POSITIVE_INFINITY },
          ])
          return { kind: 'deliver' }
        },
      ],
    )
    await till.order()
    await till.time.advance(120_000)
    expect(till.screens.join('\n')).not.toMatch(/已冲正/)
    expect(till.screens.join('\n')).toMatch(/存储故障/)
    expect(statesOf(till)).toEqual(['2 owed'])
    const before = till.network.passed.length
    await till.press('cancel', '1')
    await till.time.advance(5_000)
    expect(requests(till, before)).not.toContain('0200')
    till.chip.failures([])
    till.machine.powerOff()
    till.machine.powerOn()
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.balance('member')).toBe(10_000_000)
  })
})
