import { describe, expect, it } from 'vitest'
import type { HostCard } from '../../../host-link/host/registry.ts'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import { heal, slipsOf } from '../../rig/audit.ts'
import { drop, type FateRow, fates, lose, sentFields } from '../../rig/failure.ts'
import { type Changes, messageOf, requests, resigned, typeOf } from '../../rig/frames.ts'
import type { Till } from '../../rig/till.ts'
import {
  booked,
  expectAgreed,
  journalOf,
  MEMBER,
  refundIt,
  SECOND,
  sell,
  settle,
  settled,
  slipOf,
  toOriginal,
  undoTill,
  voidIt,
} from '../../rig/undo.ts'

const SOLD = MEMBER.balanceFen - 8880

/** The sale of 88.80 under trace 2, about to be voided under trace 3 by a message with this fate. */
async function voided(...rows: FateRow[]): Promise<Till> {
  const till = await undoTill()
  const trace = await sell(till)
  fates(till, ...rows)
  await voidIt(till, trace)
  return till
}

/** The first void on the line again, under trace 900 and with these changes, straight to the host with a right MAC. */
async function sendVoid(till: Till, changes: Changes): Promise<void> {
  const found = till.network.passed.filter(
    ({ direction, body }) => direction === 'toHost' && messageOf(body)?.fields[3] === '200000',
  )
  const [frame] = found
  if (frame === undefined) throw new Error('no void on the line')
  const body = resigned(till, frame.body, { 11: '000900', ...changes })
  await till.host.connection().receive(encodeFrame(body))
}

describe('void 撤销: failures', () => {
  it('V01: request lost → void reversed, the sale stands and may be voided again', async () => {
    const till = await voided(['0200', lose])
    await till.see(/主机无应答/, 70_000)
    expect(till.screen()).toMatch(/已冲正,未撤销/)
    await till.toIdle()
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale undone'])
    expect(await till.balance('member')).toBe(SOLD)
    await voidIt(till, 2)
    await till.see(/交易成功/)
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('V02: answer lost → void reversed at once, money taken again, no void slip', async () => {
    const till = await voided(['0210', lose])
    await till.see(/已冲正,未撤销/, 70_000)
    await settled(till)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale undone'])
    expect(await till.balance('member')).toBe(SOLD)
    expect(slipsOf(till).filter((slip) => slip.includes(' 3'))).toEqual([])
    await sell(till)
    expect(till.screens.join('\n')).not.toMatch(/再收一次/)
    const [reversal] = sentFields(till, '0400')
    expect(reversal).toMatchObject({
      2: MEMBER.pan,
      3: '200000',
      4: '000000008880',
      11: '000003',
      61: '000001000002',
    })
    for (const absent of [14, 26, 35, 36, 52, 53, 62])
      expect(reversal?.[absent], `field ${absent}`).toBeUndefined()
  })

  it('V02: answer lost and the line down → says that it may be voided; reversed when the line is back', async () => {
    const till = await voided(['0210', drop])
    till.machine.operator.cable(false)
    await till.see(/或已撤销,待核实/, 70_000)
    expect(till.screens.join('\n')).not.toMatch(/未扣款/)
    await till.time.advance(60_000)
    till.machine.operator.cable(true)
    await settled(till)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale undone'])
    expect(await till.balance('member')).toBe(SOLD)
  })

  it('V03: power cut after the approval, before its OUTCOME → reversed at the start, no void slip', async () => {
    const till = await undoTill()
    await sell(till)
    fates(till, [
      '0210',
      () => {
        till.chip.cut({ operation: till.chip.operations(), when: 'before' })
        return { kind: 'deliver' }
      },
    ])
    await voidIt(till, 2)
    await till.time.runUntil(() => till.machine.state === 'off', 5_000)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
    await heal(till)
    await expectAgreed(till)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale undone'])
    expect(await till.balance('member')).toBe(SOLD)
    expect(slipsOf(till).filter((slip) => slip.includes(' 3'))).toEqual([])
  })

  it('V04: power cut after the OUTCOME → voided, and its slip is offered at the start', async () => {
    const till = await undoTill()
    await sell(till)
    await voidIt(till, 2)
    const done = () => journalOf(till).includes('3 voidSale approved')
    expect(await till.time.runUntil(done, 5_000)).toBe(true)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.see(/上笔签购单未打完/)
    await till.press('enter')
    await settled(till)
    expect(slipsOf(till).filter((slip) => slip.startsWith('商户 3'))).toHaveLength(1)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('V05: void of a voided sale → refused before anything is sent, also after a restart', async () => {
    const till = await voided()
    await till.see(/交易成功/)
    await till.toIdle()
    for (const restarted of [false, true]) {
      if (restarted) await heal(till)
      const from = till.network.passed.length
      await toOriginal(till, 2)
      await till.see(/此交易已撤销/)
      expect(till.screen()).toMatch(/本次未做/)
      await till.toIdle()
      expect(requests(till, from).filter((mti) => mti !== '0800')).toEqual([])
    }
    await settled(till)
  })

  it('V05: a second void that is sent all the same → declined by the host, one credit', async () => {
    const till = await voided()
    await till.see(/交易成功/)
    await till.toIdle()
    await sendVoid(till, {})
    expect((await booked(till, 'voidSale', 900))?.code).toBe('12')
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('V05: the first void was reversed → the sale may be voided', async () => {
    const till = await voided(['0210', lose])
    await till.see(/已冲正,未撤销/, 70_000)
    await till.toIdle()
    await voidIt(till, 2)
    await till.see(/交易成功/)
    await settled(till)
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale undone', '4 voidSale approved'])
  })

  it('V06: void of a reversed or a declined sale → refused', async () => {
    const till = await undoTill()
    fates(till, ['0210', lose])
    await till.order()
    await till.see(/已冲正/, 70_000)
    await till.toIdle()
    await till.order({ card: till.cards.find(({ name }) => name === 'poor') as HostCard })
    await till.see(/交易失败/)
    await till.toIdle()
    expect(journalOf(till)).toEqual(['2 sale undone', '3 sale declined'])
    const from = till.network.passed.length
    for (const trace of [2, 3]) {
      await toOriginal(till, trace)
      await till.see(/原交易未成功/)
      await till.toIdle()
    }
    expect(requests(till, from)).toEqual([])
    await settled(till)
  })

  it('V06: void of a void, of a refund, of another kind → refused in words of its own', async () => {
    const till = await voided()
    await till.see(/交易成功/)
    await till.toIdle()
    const sold = await sell(till)
    const { reference, date } = slipOf(till, sold)
    await refundIt(till, { reference, date, amount: '100' })
    await till.see(/交易成功/)
    await till.toIdle()
    const from = till.network.passed.length
    for (const [trace, words] of [
      [3, /撤销类不可撤销/],
      [5, /交易类型不符/],
      [999, /本批无此交易/],
      [0, /本批无此交易/],
    ] as const) {
      await toOriginal(till, trace)
      await till.see(words)
      await till.toIdle()
    }
    await toOriginal(till, 2, ['5', '6'])
    await till.see(/交易类型不符/)
    await till.toIdle()
    expect(requests(till, from)).toEqual([])
    await settled(till)
  })

  it('V07: void after settlement → refused, refund offered; a refund gives the money back', async () => {
    const till = await undoTill()
    const trace = await sell(till)
    const { reference, date } = slipOf(till, trace)
    await settle(till)
    expect(await booked(till, 'sale', 2)).toBeDefined()
    await toOriginal(till, trace)
    await till.see(/本批无此交易/)
    expect(till.screen()).toMatch(/已结算请做退货/)
    await till.toIdle()
    await refundIt(till, { reference, date, amount: '8880' })
    await till.see(/交易成功/)
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it.each([
    ['another amount', { 4: '000000008881' }],
    ['another card', { 2: SECOND.pan }],
    ['another trace', { 61: '000001000009' }],
    ['another batch', { 61: '000009000002' }],
    ['another reference', { 37: '112199999999' }],
  ] as const)(
    'V08: a void that names %s, with a right MAC → declined, the sale stands',
    async (_name, change) => {
      const till = await voided(['0210', lose])
      await till.see(/已冲正,未撤销/, 70_000)
      await till.toIdle()
      await sendVoid(till, change)
      const there = await booked(till, 'voidSale', 900)
      expect(there?.code).not.toBe('00')
      expect(there?.effectFen).toBe(0)
      expect(await till.balance('member')).toBe(SOLD)
      expect(await till.balance('second')).toBe(SECOND.balanceFen)
    },
  )

  it('V08: by parameter with the card, another card swiped → refused, nothing sent', async () => {
    const till = await undoTill({ setup: { parameters: { storeNumberRequired: true, voidCard: 'card' } } })
    await sell(till)
    const from = till.network.passed.length
    await voidIt(till, 2)
    await till.see(/请刷卡/)
    await till.swipe(SECOND)
    await till.see(/不是原交易的卡/)
    expect(till.screen()).toMatch(/未撤销/)
    await till.toIdle()
    expect(requests(till, from)).toEqual([])
    await settled(till)
  })

  it('V09: void request delayed past the settlement → reversed here, refused there, totals equal', async () => {
    const till = await undoTill()
    await sell(till)
    fates(till, ['0200', { kind: 'delay', ms: 7_200_000 }])
    await voidIt(till, 2)
    await till.see(/已冲正,未撤销/, 70_000)
    await till.toIdle()
    await settle(till)
    await till.time.advance(7_200_000)
    await till.toIdle()
    expect(await till.balance('member')).toBe(SOLD)
    const late = await booked(till, 'voidSale', 3)
    expect(late === undefined || late.code !== '00').toBe(true)
  })

  it('V10: void duplicated on the line → one void, one credit', async () => {
    const till = await voided(['0200', { kind: 'repeat', times: 3 }])
    await till.see(/交易成功/)
    await till.time.advance(5_000)
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('V11: settlement asked while the reversal of a void is owed → reversal first, then totals that are equal', async () => {
    const till = await undoTill()
    await sell(till)
    fates(till, ['0210', drop], ['0410', lose], ['0410', lose])
    await voidIt(till, 2)
    await till.see(/或已撤销,待核实/, 140_000)
    await till.toIdle()
    expect(journalOf(till)).toEqual(['2 sale approved', '3 voidSale owed'])
    const from = till.network.passed.length
    await settle(till)
    const sent = requests(till, from)
    expect(sent.indexOf('0500')).toBeGreaterThan(sent.lastIndexOf('0400'))
    expect(sent).toContain('0400')
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/平/)
    expect(await till.balance('member')).toBe(SOLD)
  })

  it('a message of an earlier void sent again by somebody → nothing moves', async () => {
    const till = await voided()
    await till.see(/交易成功/)
    await till.toIdle()
    const frames = till.network.passed.filter(
      ({ direction, body }) => direction === 'toHost' && typeOf(body) === '0200',
    )
    for (const { body } of frames) await till.host.connection().receive(encodeFrame(body))
    await settled(till)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })
})
