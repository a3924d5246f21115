import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import { heal } from '../../rig/audit.ts'
import { fates, lose, sentFields, untilCut } from '../../rig/failure.ts'
import { messageOf, requests, typeOf } from '../../rig/frames.ts'
import type { Till } from '../../rig/till.ts'
import {
  booked,
  expectAgreed,
  journalOf,
  MEMBER,
  refundIt,
  sell,
  settle,
  settled,
  slipOf,
  toRefund,
  undoTill,
} from '../../rig/undo.ts'

const SOLD = MEMBER.balanceFen - 8880

/** A sale of 88.80 under trace 2, and what a refund of it needs. */
async function sold(): Promise<{ till: Till; reference: string; date: string }> {
  const till = await undoTill()
  await sell(till)
  return { till, ...slipOf(till, 2) }
}

const paperOf = (till: Till): string => till.paper.map(({ text }) => text).join('\n')

/** The refunds on the line, as bytes in hex without envelope: the same each time they are sent. */
function refunds(till: Till): string[] {
  return till.network.passed
    .filter(({ direction, body }) => direction === 'toHost' && typeOf(body) === '0220')
    .map(({ body }) => Buffer.from(body).toString('hex'))
}

describe('refund 退货: failures', () => {
  it('F01: request lost → booked and queued, the same bytes again until answered, posted once', async () => {
    const { till, reference, date } = await sold()
    fates(till, ['0220', lose], ['0220', lose])
    await refundIt(till, { reference, date, amount: '3000' })
    await till.see(/已记账,待上送/, 70_000)
    await till.time.advance(3_000)
    expect(paperOf(till)).toMatch(/待上送 NOT YET SENT/)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 refund owed'])
    await settled(till)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 refund approved'])
    expect(await till.balance('member')).toBe(SOLD + 3000)
    expect(refunds(till).length).toBeGreaterThan(2)
    expect(new Set(refunds(till)).size).toBe(1)
    expect(requests(till)).not.toContain('0400')
  })

  it('F02: answer lost → sent again, the stored answer comes, one credit', async () => {
    const { till, reference, date } = await sold()
    fates(till, ['0230', lose])
    await refundIt(till, { reference, date, amount: '3000' })
    await till.see(/已记账,待上送/, 70_000)
    expect(await till.balance('member')).toBe(SOLD + 3000)
    await settled(till)
    expect(await till.balance('member')).toBe(SOLD + 3000)
    const answers = sentFields(till, '0230')
    expect(answers).toHaveLength(2)
    expect(answers[1]).toEqual(answers[0])
    expect((await booked(till, 'refund', 3))?.sequence).toBe(Number(String(answers[0]?.[37]).slice(4)))
  })

  it('F03: power cut between INTENT and send → sent at the start, one credit', async () => {
    const { till, reference, date } = await sold()
    const from = till.network.passed.length
    await toRefund(till, { reference, date, amount: '3000' })
    till.chip.cut({ operation: till.chip.operations(), when: 'after' })
    await untilCut(till, () => till.press('enter'))
    expect(till.machine.state).toBe('off')
    expect(journalOf(till)).toEqual(['2 sale approved', '3 refund owed'])
    expect(requests(till, from)).not.toContain('0220')
    await heal(till)
    await expectAgreed(till)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 refund approved'])
    expect(await till.balance('member')).toBe(SOLD + 3000)
  })

  it('F04: more than the original → declined while the customer waits: said, no slip, nothing given', async () => {
    const { till, reference, date } = await sold()
    await refundIt(till, { reference, date, amount: '8881' })
    await till.see(/交易失败/)
    expect(till.screen()).toMatch(/64\s+交易金额与原交易不匹\n?配\n未记账/)
    await till.toIdle()
    expect(paperOf(till)).not.toMatch(/退货/)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 refund declined'])
    await settled(till)
    expect(await till.balance('member')).toBe(SOLD)
  })

  it('F04: booked without a line, declined later → told at idle with a slip of its own, once, also over a restart', async () => {
    const { till, reference, date } = await sold()
    till.machine.operator.cable(false)
    await refundIt(till, { reference, date, amount: '8881' })
    await till.see(/已记账,待上送/, 20_000)
    await till.toIdle()
    till.machine.operator.cable(true)
    await till.see(/上送交易被拒绝/, 70_000)
    expect(till.screen()).toMatch(/退货 000003\n.*RMB 88\.81\n.*64/)
    const slips = () => paperOf(till).match(/上送拒绝通知单/g)?.length
    expect(slips()).toBe(1)
    expect(paperOf(till)).toMatch(new RegExp(`原参考号: ${reference}`))
    await till.press('enter')
    await heal(till)
    await till.time.advance(60_000)
    await settled(till)
    expect(slips()).toBe(1)
    expect(await till.balance('member')).toBe(SOLD)
  })

  it('F04: the power is cut before anybody was told of the rejection → told after the start', async () => {
    const { till, reference, date } = await sold()
    till.machine.operator.cable(false)
    await refundIt(till, { reference, date, amount: '8881' })
    await till.see(/已记账,待上送/, 20_000)
    await till.toIdle()
    till.machine.operator.cable(true)
    const declined = () => journalOf(till).includes('3 refund declined')
    expect(await till.time.runUntil(declined, 70_000)).toBe(true)
    till.machine.powerOff()
    expect(paperOf(till)).not.toMatch(/上送拒绝通知单/)
    till.machine.powerOn()
    await till.see(/上送交易被拒绝/)
    expect(paperOf(till)).toMatch(/上送拒绝通知单/)
    await settled(till)
  })

  it('F05: partial refunds, the third exceeds the rest → the third rejected', async () => {
    const { till, reference, date } = await sold()
    for (const amount of ['3000', '5000']) {
      await refundIt(till, { reference, date, amount })
      await till.see(/交易成功/)
      await till.toIdle()
    }
    await refundIt(till, { reference, date, amount: '881' })
    await till.see(/交易失败/)
    await till.toIdle()
    await refundIt(till, { reference, date, amount: '880' })
    await till.see(/交易成功/)
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('F06: refunds wait at the settlement → sent first, totals equal', async () => {
    const { till, reference, date } = await sold()
    till.machine.operator.cable(false)
    for (const amount of ['3000', '5000']) {
      await refundIt(till, { reference, date, amount })
      await till.see(/已记账,待上送/, 20_000)
      await till.toIdle()
    }
    const from = till.network.passed.length
    till.machine.operator.cable(true)
    await settle(till)
    const sent = requests(till, from)
    expect(sent.filter((mti) => mti === '0220')).toHaveLength(2)
    expect(sent.indexOf('0500')).toBeGreaterThan(sent.lastIndexOf('0220'))
    expect(paperOf(till)).toMatch(/对账平|平/)
    expect(await till.balance('member')).toBe(SOLD + 8000)
  })

  it('F06: refunds that cannot be sent → the batch is not settled, and they wait on', async () => {
    const { till, reference, date } = await sold()
    till.machine.operator.cable(false)
    await refundIt(till, { reference, date, amount: '3000' })
    await till.see(/已记账,待上送/, 20_000)
    await till.toIdle()
    await settle(till)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 refund owed'])
    expect(requests(till)).not.toContain('0500')
    till.machine.operator.cable(true)
    await settled(till)
  })

  it('F07: a refund again after its batch closed → the stored answer, no second credit', async () => {
    const { till, reference, date } = await sold()
    await refundIt(till, { reference, date, amount: '3000' })
    await till.see(/交易成功/)
    await till.toIdle()
    await settle(till)
    const [frame] = till.network.passed.filter(({ body }) => typeOf(body) === '0220')
    await till.host.connection().receive(encodeFrame(frame?.body ?? new Uint8Array(0)))
    expect(await till.balance('member')).toBe(SOLD + 3000)
    expect((await booked(till, 'refund', 3))?.code).toBe('00')
  })

  it('F08: the queue is sent twice on reconnect → each once in order of traces, one credit each', async () => {
    const { till, reference, date } = await sold()
    till.machine.operator.cable(false)
    for (const amount of ['1000', '2000', '3000']) {
      await refundIt(till, { reference, date, amount })
      await till.see(/已记账,待上送/, 20_000)
      await till.toIdle()
    }
    const from = till.network.passed.length
    // Idle begins to send by itself in the instant in which the operator asks for it too, on a line that doubles frames.
    till.network.fate = ({ body }) =>
      typeOf(body) === '0220' ? { kind: 'repeat', times: 2 } : { kind: 'deliver' }
    till.machine.operator.cable(true)
    await till.press('4', '2')
    await till.time.advance(30_000)
    await settled(till)
    const traces = till.network.passed
      .slice(from)
      .filter(({ direction, body }) => direction === 'toHost' && typeOf(body) === '0220')
      .map(({ body }) => messageOf(body)?.fields[11])
    expect(traces).toEqual(['000003', '000004', '000005'])
    expect(await till.balance('member')).toBe(SOLD + 6000)
  })

  it('as many wait as the parameter allows → the next is refused, nothing is booked', async () => {
    const till = await undoTill({ setup: { parameters: { storeNumberRequired: true, adviceQueueMax: 1 } } })
    await sell(till)
    const { reference, date } = slipOf(till, 2)
    till.machine.operator.cable(false)
    await refundIt(till, { reference, date, amount: '1000' })
    await till.see(/已记账,待上送/, 20_000)
    await till.toIdle()
    await refundIt(till, { reference, date, amount: '1000' })
    await till.see(/待上送满,请联机/)
    await till.toIdle()
    expect(journalOf(till)).toEqual(['2 sale approved', '3 refund owed'])
    till.machine.operator.cable(true)
    await settled(till)
  })
})
