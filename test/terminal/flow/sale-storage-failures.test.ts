import { describe, expect, it } from 'vitest'
import type { FlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber } from '../../../host-link/wire/values.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import { type AuditedTill, converge, journalOf, slipsOf, statesOf } from '../../rig/audit.ts'
import {
  APPROVED,
  expectAgreement,
  expectNothingShown,
  fates,
  finish,
  healed,
  lose,
  nextSale,
  type Operations,
  operationsOfSale,
  readyTill,
} from '../../rig/failure.ts'
import { messageOf, requests } from '../../rig/frames.ts'

/** Addresses at which a run changed the chip, as [from, to) runs with gaps of less than 8 bytes joined. */
function changedRuns({
  beforeOutcome,
  afterOutcome,
}: Pick<Operations, 'beforeOutcome' | 'afterOutcome'>): [number, number][] {
  const runs: [number, number][] = []
  for (let at = 0; at < afterOutcome.length; at++) {
    if (beforeOutcome[at] === afterOutcome[at]) continue
    const last = runs[runs.length - 1]
    if (last !== undefined && at - last[1] < 8) last[1] = at + 1
    else runs.push([at, at + 1])
  }
  return runs
}

/**
 * Notes what the chip programs after the next message of this type, up to the first call of the result; called with
 * `now` it turns a bit over in the middle of that.
 */
function rotNext(till: AuditedTill, mti: string, fate = till.network.fate): (now?: 'now') => void {
  let before: Uint8Array | undefined
  let runs: [number, number][] = []
  till.network.fate = (frame) => {
    if (messageOf(frame.body)?.mti === mti) before ??= till.chip.image()
    return fate(frame)
  }
  return (now) => {
    if (now === undefined)
      runs = changedRuns({ beforeOutcome: before ?? new Uint8Array(0), afterOutcome: till.chip.image() })
    else for (const [from, to] of runs) till.chip.flip(Math.floor((from + to) / 2), 0x10)
  }
}

describe('sale failures 消费: the chip', () => {
  it('S28 journal full: refused before sending, asks for settlement, nothing at the host', async () => {
    const till = await readyTill({
      sectorCount: 4,
      setup: { parameters: { storeNumberRequired: true, receiptCopies: '1' } },
    })
    let sold = 0
    for (; sold < 300 && !/请结算/.test(till.screen()); sold++) {
      await till.order({ amount: String(100 + sold) })
      await till.see(APPROVED)
      await till.toIdle()
      await till.time.advance(30_000) // the secure element takes only so many PINs an hour
    }
    expect(sold).toBeGreaterThan(3)
    expect(sold).toBeLessThan(300)
    const before = till.network.passed.length
    const seen = till.screens.length
    await till.press('1')
    await till.time.advance(2_000)
    expect(till.screens.slice(seen).join()).not.toMatch(/请输入|请刷卡/)
    expect(till.screen()).toMatch(/请结算/)
    expect(requests(till, before)).toEqual([])
    await finish(till)
    expect(statesOf(till)).toHaveLength(sold)
    expect(statesOf(till).every((state) => state.endsWith('approved'))).toBe(true)
    await healed(till)
    expect(statesOf(till)).toHaveLength(sold)
  })

  it('S29 program error at OUTCOME, a spare works: approved', async () => {
    const { outcome } = await operationsOfSale()
    for (const silent of [false, true])
      for (let from = outcome[0]; from < outcome[1]; from++) {
        const till = await readyTill()
        till.chip.failures([{ of: 'program', from, count: 1, silent }])
        await till.order()
        await till.see(APPROVED, 30_000)
        await finish(till)
        expect(statesOf(till)).toEqual(['2 approved'])
        expect(await till.net(2)).toBe(-8880)
        await healed(till)
        expect(statesOf(till)).toEqual(['2 approved'])
        await nextSale(till)
      }
  })

  it('S29 program error at INTENT: sold from a spare; with no spare nothing is sent and the terminal says so', async () => {
    const { intent } = await operationsOfSale()
    for (let from = intent[0]; from < intent[1]; from++) {
      const spare = await readyTill()
      spare.chip.failures([{ of: 'program', from, count: 1 }])
      await spare.order()
      await spare.see(APPROVED, 30_000)
      await finish(spare)
      expect(statesOf(spare)).toEqual(['2 approved'])

      const none = await readyTill()
      none.chip.failures([{ of: 'program', from, count: Number.POSITIVE_INFINITY }])
      await none.order()
      await none.see(/存储故障/, 30_000)
      await none.time.advance(60_000)
      expect(requests(none)).not.toContain('0200')
      expectNothingShown(none)
      await healed(none)
      for (const state of statesOf(none)) expect(state).toBe('2 undone')
      expect(await none.balance('member')).toBe(10_000_000)
      await nextSale(none)
    }
  })

  it('S30 program error at OUTCOME, no spare: not shown approved, owed, out of service, reversed when healed', async () => {
    const { outcome } = await operationsOfSale()
    const till = await readyTill()
    till.chip.failures([{ of: 'program', from: outcome[0], count: Number.POSITIVE_INFINITY }])
    await till.order()
    await till.time.advance(60_000)
    expect(till.screens.join()).not.toMatch(APPROVED)
    expect(till.screens.join()).toMatch(/存储故障/)
    expect(slipsOf(till)).toEqual([])
    expect(statesOf(till)).toEqual(['2 owed'])
    const before = till.network.passed.length
    await till.press('cancel', '1')
    await till.time.advance(5_000)
    expect(requests(till, before)).not.toContain('0200')
    expect(till.screen()).not.toMatch(/请输入金额/)
    await healed(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.balance('member')).toBe(10_000_000)
    await nextSale(till)
  })

  it('S31 bit rot in a settled OUTCOME: the host is asked, no automatic reversal, net amount unchanged', async () => {
    const operations = await operationsOfSale()
    const runs = changedRuns(operations)
    expect(runs.length).toBeGreaterThan(0)
    const till = await readyTill()
    await till.order()
    await till.see(APPROVED)
    await till.toIdle()
    till.machine.powerOff()
    for (const [from, to] of runs) till.chip.flip(Math.floor((from + to) / 2), 0x10)
    expect(statesOf(till)).toEqual(['2 doubtful'])
    const before = till.network.passed.length
    till.machine.powerOn()
    await converge(till)
    expect(requests(till, before)).not.toContain('0400')
    const inquiries = till.network.passed.slice(before).flatMap(({ body }) => {
      const message = messageOf(body)
      return message?.mti === '0820' && String(message.fields[60]).endsWith('801') ? [message] : []
    })
    expect(inquiries).toHaveLength(1)
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(await till.net(2)).toBe(-8880)
    await expectAgreement(till)
    await nextSale(till)
  })

  it('S31 rot of a declined OUTCOME: the host is asked, nobody is charged, the terminal sells on', async () => {
    const till = await readyTill()
    const rot = rotNext(till, '0210')
    await till.order({ card: till.cards[2] as (typeof till.cards)[number] })
    await till.see(/交易失败/)
    rot()
    await till.toIdle()
    await nextSale(till)
    till.machine.powerOff()
    rot('now')
    till.machine.powerOn()
    await finish(till)
    expect(statesOf(till)[0]).not.toBe('2 approved')
    expect(await till.net(2)).toBe(0)
    expect(await till.balance('poor')).toBe(100)
    await nextSale(till)
  })

  it('S31 rot of a REVERSED record: the host is asked, the sale does not come back as approved', async () => {
    const till = await readyTill()
    fates(till, ['0210', lose])
    const fate = till.network.fate
    const rot = rotNext(till, '0410', fate)
    await till.order()
    await till.see(/已冲正/, 90_000)
    rot()
    await till.toIdle()
    await nextSale(till)
    till.machine.powerOff()
    rot('now')
    till.machine.powerOn()
    await finish(till)
    expect(statesOf(till)[0]).toBe('2 undone')
    expect(await till.net(2)).toBe(0)
    expect(await till.balance('member')).toBe(10_000_000)
    expect(slipsOf(till).filter((slip) => slip.includes(' 2'))).toEqual([])
    await nextSale(till)
  })

  it('S31 rot of an OUTCOME while the host cannot be asked: stays in doubt, no reversal, asked when the line is back', async () => {
    const runs = changedRuns(await operationsOfSale())
    const till = await readyTill()
    await till.order()
    await till.see(APPROVED)
    await till.toIdle()
    till.machine.powerOff()
    for (const [from] of runs) till.chip.flip(from, 0xff & ~(till.chip.image()[from] ?? 0) || 0x01)
    till.network.refuses = true
    till.machine.powerOn()
    await till.time.advance(600_000)
    expect(statesOf(till)).toEqual(['2 doubtful'])
    till.network.refuses = false
    await finish(till)
    expect(requests(till)).not.toContain('0400')
    expect(statesOf(till)).toEqual(['2 approved'])
  })
})

describe('sale failures 消费: people and numbers', () => {
  it('S32 operator cancels while waiting: a reversal, never forgotten', async () => {
    for (const booked of [true, false]) {
      const till = await readyTill()
      fates(till, [booked ? '0210' : '0200', { kind: 'delay', ms: 20_000 }])
      await till.order()
      await till.see(/请稍候/)
      await till.time.advance(1_000)
      await till.press('cancel')
      await finish(till)
      expect(statesOf(till)).toEqual(['2 undone'])
      expect(await till.net(2)).toBe(0)
      expect(await till.hasTombstone(2)).toBe(!booked)
      expect(till.screens.join()).not.toMatch(APPROVED)
      await till.time.advance(60_000)
      await finish(till)
      await nextSale(till)
    }
  })

  it('S32 operator cancels at every instant of the exchange: the books agree', async () => {
    for (let ms = 0; ms <= 130; ms += 5) {
      const till = await readyTill()
      await till.order()
      await till.time.advance(ms)
      till.machine.operator.press('cancel')
      await finish(till)
      const [state] = statesOf(till)
      expect(await till.net(2), `${ms} ms`).toBe(state === '2 approved' ? -8880 : 0)
    }
  })

  it('S33 customer repeats after a time-out: the operator is asked, two K stand on their own', async () => {
    const till = await readyTill()
    fates(till, ['0200', lose])
    await till.order()
    await till.time.advance(100_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 undone'])
    await till.press('1')
    await till.type('0012')
    await till.press('enter')
    await till.type('8880')
    await till.press('enter')
    await till.see(/请刷卡/)
    await till.swipe(till.cards[0] ?? '')
    await till.see(/同卡同额/)
    const before = till.network.passed.length
    expect(requests(till, before)).toEqual([])
    await till.press('enter')
    await till.pin('123456')
    await till.see(APPROVED)
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone', '3 approved'])
    expect(await till.net(2)).toBe(0)
    expect(await till.net(3)).toBe(-8880)
  })

  it('S33 the operator answers no: nothing is sent', async () => {
    const till = await readyTill()
    fates(till, ['0200', lose])
    await till.order()
    await till.time.advance(100_000)
    await till.toIdle()
    const before = till.network.passed.length
    await till.press('1')
    await till.type('0012')
    await till.press('enter')
    await till.type('8880')
    await till.press('enter')
    await till.swipe(till.cards[0] ?? '')
    await till.see(/同卡同额/)
    await till.press('cancel')
    await finish(till)
    expect(requests(till, before)).toEqual([])
    expect(statesOf(till)).toEqual(['2 undone'])
  })

  it('S34 trace wraps 999999 → 1 inside a batch: the numbers alive in the batch are skipped', async () => {
    const till = await readyTill()
    const traces = [await nextSale(till), await nextSale(till), await nextSale(till)]
    expect(traces).toEqual([2, 3, 4])
    till.machine.powerOff()
    burnTo(till.chip, 999_994)
    till.machine.powerOn()
    await till.toIdle()
    for (let sale = 0; sale < 10; sale++) traces.push(await nextSale(till))
    expect(Math.max(...traces)).toBeGreaterThan(999_994)
    expect(Math.max(...traces.slice(-3))).toBeLessThan(20)
    expect(new Set(traces).size).toBe(traces.length)
    expect(till.host.alarms().conflict ?? 0).toBe(0)
    await healed(till)
    expect(statesOf(till).filter((state) => state.endsWith('approved'))).toHaveLength(traces.length)
  })

  it('S34 an owed sale under 999999 is reversed under its own number after the wrap', async () => {
    const till = await readyTill()
    till.machine.powerOff()
    burnTo(till.chip, 999_997)
    till.machine.powerOn()
    await till.toIdle()
    while (journalOf(till).nextTrace() !== 999_999) expect(await nextSale(till)).toBeGreaterThan(999_990)
    fates(till, ['0210', lose])
    await till.order()
    await finish(till)
    expect(await till.net(999_999)).toBe(0)
    expect(await till.hasTombstone(999_999)).toBe(false)
    expect(await nextSale(till)).toBeLessThan(10)
  })
})

/** A journal that has used numbers up to `trace`: as after months of enquiries, which leave no entries. */
function burnTo(chip: FlashChip, trace: number): void {
  chip.repower()
  const result = openJournal(chip, asBatchNumber(1))
  if (result.kind === 'halt') throw new Error(result.why)
  const inside = result.journal as unknown as { readonly state: { trace: number } }
  inside.state.trace = trace - 1
  expect(result.journal.burnTrace()).toBe('written')
  chip.powerOff()
}
