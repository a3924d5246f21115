import { describe, expect, it } from 'vitest'
import { parsePlan62, plan62 } from '../../../host-link/wire/instalment.ts'
import { asFen } from '../../../host-link/wire/values.ts'
import { slipsOf } from '../../rig/audit.ts'
import { type FateRow, fates, lose } from '../../rig/failure.ts'
import { messageOf, requests, resigned } from '../../rig/frames.ts'
import type { Fate, Passing } from '../../rig/network.ts'
import type { Till } from '../../rig/till.ts'
import { booked, journalOf, MEMBER, quoteOf, settled, undoTill, voidIt } from '../../rig/undo.ts'

/** 1000.00 in six instalments under trace 3, accepted; the sale leaves with these fates. */
async function bought(
  ...rows: readonly (readonly [mti: string, fate: Fate | ((frame: Passing, till: Till) => Fate)])[]
): Promise<Till> {
  const till = await undoTill()
  await quoteOf(till, { amount: '100000', programme: '1', term: '2' })
  await till.see(/首期 166\.70/)
  await till.press('enter')
  fates(
    till,
    ...rows.map(
      ([mti, fate]): FateRow => [mti, typeof fate === 'function' ? (frame) => fate(frame, till) : fate],
    ),
  )
  await till.pin('123456')
  return till
}

/** Parts of the plan in the host's books that stand. */
async function partsOf(till: Till, trace = 3): Promise<readonly { amountFen: number; feeFen: number }[]> {
  const entry = await booked(till, 'instalment', trace)
  return till.store.transact((books) => ({ result: entry ? books.plan(entry.sequence) : [] }))
}

/** Closed on a Saturday evening, opened on Monday. */
async function overTwoNights(till: Till): Promise<void> {
  till.machine.powerOff()
  await till.time.advance(36 * 3_600_000)
  till.machine.powerOn()
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

describe('instalment 分期: failures', () => {
  it('I01: answer lost → reversed, the whole plan and its fees are gone', async () => {
    const till = await bought(['0210', lose])
    await till.see(/已冲正,未扣款/, 70_000)
    await settled(till)
    expect(journalOf(till)).toEqual(['3 instalment undone'])
    expect(await partsOf(till)).toEqual([])
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
    expect(slipsOf(till)).toEqual([])
  })

  it.each([
    ['another first part', { first: asFen(16_671) }],
    ['another fee', { fee: asFen(3_601) }],
    ['other points', { points: 1 }],
  ] as const)(
    'I02: the approval has %s than what was accepted → reversed, nothing shown as approved',
    async (_name, change) => {
      const till: Till = await bought([
        '0210',
        ({ body }, made) => {
          const plan = parsePlan62(messageOf(body)?.fields[62] as Uint8Array)
          return { kind: 'replace', body: resigned(made, body, { 62: plan62({ ...plan, ...change }) }) }
        },
      ])
      await till.see(/应答不符,已拒绝/)
      expect(till.screen()).toMatch(/已冲正,未扣款/)
      await settled(till)
      expect(journalOf(till)).toEqual(['3 instalment undone'])
      expect(await partsOf(till)).toEqual([])
      expect(await till.balance('member')).toBe(MEMBER.balanceFen)
      expect(slipsOf(till)).toEqual([])
      expect(till.screens.join('\n')).not.toMatch(/交易成功/)
    },
  )

  it('I03: request and answer duplicated → one plan, one debit', async () => {
    const till = await bought(['0200', { kind: 'repeat', times: 3 }], ['0210', { kind: 'repeat', times: 3 }])
    await till.see(/交易成功/)
    await till.time.advance(5_000)
    await settled(till)
    expect(await partsOf(till)).toHaveLength(6)
    expect(await till.balance('member')).toBe(MEMBER.balanceFen - 100_000)
  })

  it('I04: void after the first part fell due → the whole plan is unwound, no part left', async () => {
    const till = await bought()
    await till.see(/交易成功/)
    await till.toIdle()
    await overTwoNights(till)
    await till.toIdle()
    await voidIt(till, 3, ['8', '4', '2'])
    await till.see(/交易成功/, 20_000)
    await settled(till)
    expect(await partsOf(till)).toEqual([])
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('I05: the reversal crosses the first posting day → plan and part are both gone', async () => {
    const till = await bought(['0210', lose])
    await till.time.advance(5_000)
    await overTwoNights(till)
    expect(await partsOf(till)).toHaveLength(6)
    await settled(till)
    expect(journalOf(till)).toEqual(['3 instalment undone'])
    expect(await partsOf(till)).toEqual([])
    expect(await till.balance('member')).toBe(MEMBER.balanceFen)
  })

  it('I06: an amount that does not divide → the parts on screen, on the slip and in the books add up to the fen', async () => {
    const till = await undoTill()
    await quoteOf(till, { amount: '100001', programme: '2', term: '2' })
    await till.see(/首期 83\.38\n.*每期 83\.33 x11\n.*首期手续费 6\.00\n.*每期手续费 6\.00/)
    expect(till.screen()).toMatch(/合计 1,072\.01/)
    await till.press('enter')
    await till.pin('123456')
    await till.see(/交易成功/)
    await settled(till)
    const parts = await partsOf(till)
    expect(sum(parts.map(({ amountFen }) => amountFen))).toBe(100_001)
    expect(sum(parts.map(({ feeFen }) => feeFen))).toBe(7_200)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/期数: 12\n首期: 83\.38\n每期: 83\.33\n/)
  })

  it.each([
    ['parts that do not add up', { first: asFen(16_671) }],
    ['no first part', { first: asFen(0) }],
    ['a first part of everything', { first: asFen(100_000) }],
    ['fees of the other mode', { eachFee: asFen(1) }],
    ['another fee mode', { feeMode: '1' as const, fee: asFen(0) }],
  ] as const)('I06: a quote with %s → refused, nothing charged, no PIN asked', async (_name, change) => {
    const till = await undoTill()
    fates(till, [
      '0110',
      ({ body }) => {
        const plan = parsePlan62(messageOf(body)?.fields[62] as Uint8Array)
        return { kind: 'replace', body: resigned(till, body, { 62: plan62({ ...plan, ...change }) }) }
      },
    ])
    await quoteOf(till, { amount: '100000', programme: '1', term: '2' })
    await till.see(/试算结果有误/)
    expect(till.screen()).toMatch(/未扣款/)
    await till.toIdle()
    expect(requests(till)).not.toContain('0200')
    expect(journalOf(till)).toEqual([])
    await settled(till)
  })
})
