import { describe, expect, it } from 'vitest'
import { journalOf, makeAuditedTill } from '../../rig/audit.ts'
import { fates, finish, flipped, nextSale, readyTill, sentFields } from '../../rig/failure.ts'
import { altered, opened, requests } from '../../rig/frames.ts'
import type { Passing } from '../../rig/network.ts'
import type { Till } from '../../rig/till.ts'

/** The next sign-on answer as somebody on the line would change it: nothing signs it but its key block. */
function signOnAnswers(till: Till, changes: Parameters<typeof altered>[1]): void {
  fates(till, ['0810', ({ body }) => ({ kind: 'replace', body: altered(body, changes) })])
}

const DAY_MS = 86_400_000

describe('sign-on 签到', () => {
  it('P13: a wrong MAC on an answer → signs on again before the reversal, which so goes under keys that both have', async () => {
    const till = await readyTill()
    const before = till.network.passed.length
    fates(till, ['0210', ({ body }) => ({ kind: 'replace', body: flipped(body, body.length - 1) })])
    await till.order()
    await finish(till)
    expect(requests(till, before)).toEqual(['0200', '0800', '0400'])
    await nextSale(till)
  })

  it('P13: the same day after a power cut → not again; the next day → again, before the first sale', async () => {
    const till = await readyTill()
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    expect(requests(till)).toEqual(['0800'])
    till.machine.powerOff()
    await till.time.advance(DAY_MS)
    till.machine.powerOn()
    await till.toIdle()
    expect(requests(till)).toEqual(['0800', '0800'])
  })

  it('P12: date and time are the host’s, whatever the clock of the terminal says', async () => {
    const till = makeAuditedTill()
    signOnAnswers(till, { 12: '203040', 13: '1224' })
    till.machine.powerOn()
    await till.toIdle()
    expect(till.screen()).toMatch(/12-24 20:3/)
  })

  it('L17: the host’s batch number is taken while the batch is empty, and not while it has entries', async () => {
    const till = makeAuditedTill()
    signOnAnswers(till, { 60: '00000007003' })
    till.machine.powerOn()
    await till.toIdle()
    expect(journalOf(till).batch()).toBe(7)
    await till.order()
    await till.toIdle()
    expect(sentFields(till, '0200').map((fields) => String(fields[60]).slice(2, 8))).toEqual(['000007'])

    signOnAnswers(till, { 60: '00000009003' })
    till.machine.powerOff()
    await till.time.advance(DAY_MS)
    till.machine.powerOn()
    await till.toIdle()
    expect(requests(till).filter((mti) => mti === '0800').length).toBeGreaterThan(1)
    expect(journalOf(till).batch()).toBe(7)
  })

  it('P14: a key block with one wrong bit → not signed on, and no sale leaves', async () => {
    const till = makeAuditedTill()
    const damaged = ({ body }: Passing): Uint8Array => {
      const block = opened(body).message.fields[62]
      if (!(block instanceof Uint8Array)) throw new Error('the answer of a sign-on brings keys')
      return altered(body, { 62: flipped(block, 20) })
    }
    till.network.fate = (frame) =>
      frame.direction === 'toTerminal' ? { kind: 'replace', body: damaged(frame) } : { kind: 'deliver' }
    till.machine.powerOn()
    await till.toIdle('cancel')
    await till.press('1')
    await till.see(/签到失败/)
    await till.toIdle('cancel')
    expect(new Set(requests(till))).toEqual(new Set(['0800']))
    till.network.fate = () => ({ kind: 'deliver' })
    await nextSale(till)
  })
})
