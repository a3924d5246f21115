import { describe, expect, it } from 'vitest'
import type { Engine } from '../../../emulator/engine.ts'
import { v8Engine } from '../../../emulator/v8-engine.ts'
import type { HostCard } from '../../../host-link/host/registry.ts'
import { startWhole } from '../../../terminal/whole.ts'
import { type AuditedTill, statesOf } from '../../rig/audit.ts'
import {
  AMOUNTS,
  askSettlement,
  confirmSettlement,
  conversation,
  differs,
  expectClosed,
  hostDifferences,
  later,
  sellAll,
  sellWithOrphan,
  settle,
  settlementSlips,
  uploadedTraces,
} from '../../rig/batch.ts'
import { fates, lose, readyTill, sentFields } from '../../rig/failure.ts'
import { readJournal } from '../../rig/journal-reader.ts'
import type { Fate } from '../../rig/network.ts'
import { CARDS, type Till } from '../../rig/till.ts'
import { lastTrace, refundIt, sell, slipOf, undoTill } from '../../rig/undo.ts'

const POOR = CARDS[2] as HostCard

/** Kinds of records: docs/journal.md. */
const INTENT = 7
const APPROVED = 8
const DECLINED = 9

/** A byte of each record of these kinds that an entry has. */
function places(till: Till, trace: number, ...kinds: number[]): number[] {
  const { records } = readJournal(till.chip.image(), till.chip.geometry())
  const hit = records.filter(({ kind, payload: [a = 0, b = 0, c = 0] }) => {
    return kinds.includes(kind) && a + b * 256 + c * 65_536 === trace
  })
  expect(hit.length).toBeGreaterThan(0)
  return hit.map(({ address }) => address + 20)
}

/** Rot in records of an entry, while the terminal runs. */
function rot(till: Till, trace = 0, ...kinds: number[]): void {
  for (const address of places(till, trace, ...kinds)) till.chip.flip(address, 0x10)
}

/** The frame comes, and in the same instant something befalls the chip. */
const and = (happens: () => void) => (): Fate => {
  happens()
  return { kind: 'deliver' }
}

/** A batch with a refund and so many sales; gives the traces of the sales. */
async function mixedBatch(till: Till, sales: number): Promise<number[]> {
  const first = await sell(till, '8880')
  const { reference, date } = slipOf(till, first)
  await settle(till)
  await refundIt(till, { reference, date, amount: '5000' })
  await till.toIdle()
  const sold: number[] = []
  for (let at = 0; at < sales; at++) sold.push(await sell(till, String(1000 + at)))
  return sold
}

/** How often the host was asked what became of an entry. */
const inquiries = (till: Till, from = 0): number =>
  conversation(till, from).filter((what) => what === '0820').length

describe('settlement 结算: an outcome rots while the terminal runs', () => {
  it('L24: a sale, between the totals and the upload → a start, the host is asked, all go up, nothing is given back', async () => {
    const till = await undoTill()
    const sold = await mixedBatch(till, 3)
    await sellWithOrphan(till, '700')
    const last = (sold[2] ?? 0) + 1
    const before = await till.balance('member')
    const from = till.network.passed.length
    fates(till, ['0510', and(() => rot(till, sold[1], APPROVED))])
    await askSettlement(till)
    await confirmSettlement(till)
    expect(conversation(till, from)).toEqual([
      ...['0500', '0320/201', '0820', '0320/201', '0320/000', '0320/202'],
    ])
    expect(uploadedTraces(till, from)).toEqual([
      [sold[0], sold[2], last],
      [...sold, last],
    ])
    expect(sentFields(till, '0320').at(-1)?.[48]).toBe('0005')
    expect(await hostDifferences(till)).toEqual(['orphan 900 700 0 creditedBack'])
    expect(await till.balance('member')).toBe(before + 700)
    expect(settlementSlips(till).at(-1)).toMatch(/对账不平/)
    await expectClosed(till, { debit: [4, 3703], credit: [1, 5000] }, { batch: 2 })
  })

  it('L24: a sale, then the refund when all go up again → a start each, nothing is given back', async () => {
    const till = await undoTill()
    const sold = await mixedBatch(till, 3)
    await sellWithOrphan(till, '700')
    const before = await till.balance('member')
    const from = till.network.passed.length
    fates(
      till,
      ['0510', and(() => rot(till, sold[1], APPROVED))],
      ['0330', { kind: 'deliver' }],
      ['0330', and(() => rot(till, (sold[0] ?? 0) - 1, APPROVED))],
    )
    await settle(till)
    expect(inquiries(till, from)).toBe(2)
    expect(await hostDifferences(till)).toEqual(['orphan 900 700 0 creditedBack'])
    expect(await till.balance('member')).toBe(before + 700)
    await expectClosed(till, { debit: [4, 3703], credit: [1, 5000] }, { batch: 2 })
  })

  it('L24: before the settlement is asked for → it says that it starts anew, and then counts the sale', async () => {
    const till = (await readyTill()) as AuditedTill
    await sellAll(till, '100', '200', '300')
    rot(till, 3, APPROVED)
    const from = till.network.passed.length
    await till.press('9')
    await till.see(/正在重新启动/)
    await till.time.advance(10_000)
    await till.toIdle()
    expect(conversation(till, from)).toEqual(['0820'])
    expect(statesOf(till)).toEqual(['2 approved', '3 approved', '4 approved'])
    await askSettlement(till)
    expect(till.screen()).toMatch(/借记 3 6\.00/)
    await confirmSettlement(till)
    expect(settlementSlips(till).at(-1)).toMatch(/对账平/)
    expect(await till.balance('member')).toBe(10_000_000 - 600)
    await expectClosed(till, { debit: [3, 600], credit: [0, 0] })
    expect(till.violations).toEqual([])
  })

  it('L24: while the totals are confirmed → a start before 0500, the totals are equal', async () => {
    const till = await readyTill()
    await sellAll(till, '100', '200', '300')
    await askSettlement(till)
    rot(till, 3, APPROVED)
    const from = till.network.passed.length
    await confirmSettlement(till)
    expect(conversation(till, from)).toEqual(['0820', '0500', '0320/207'])
    expect(settlementSlips(till).at(-1)).toMatch(/对账平/)
    expect(settlementSlips(till).at(-1)).toMatch(/6\.00/)
    await expectClosed(till, { debit: [3, 600], credit: [0, 0] })
    expect(till.violations).toEqual([])
  })

  it('L24: of a declined sale → the host is asked, the reversal makes it sure, the rest is settled', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    await till.order({ amount: '5000', card: POOR })
    await till.see(/余额不足/)
    await till.toIdle()
    await sellAll(till, '300')
    await askSettlement(till)
    rot(till, 3, DECLINED)
    const from = till.network.passed.length
    await confirmSettlement(till)
    expect(conversation(till, from)).toEqual(['0820', '0400', '0500', '0320/207'])
    expect(await till.net(3)).toBe(0)
    await expectClosed(till, { debit: [2, 400], credit: [0, 0] })
  })

  it('L24: while the line is down in the upload → all go up again, nothing is given back', async () => {
    const till = await readyTill()
    await sellAll(till, ...AMOUNTS.slice(0, 17))
    await sellWithOrphan(till, '500')
    const before = await till.balance('member')
    fates(till, ['0320', { kind: 'deliver' }], ['0320', lose])
    await settle(till)
    const traces = uploadedTraces(till)[0] ?? []
    rot(till, traces[2], APPROVED)
    await later(till)
    expect(inquiries(till)).toBe(1)
    const all = AMOUNTS.slice(0, 18).map((_, at) => (traces[0] ?? 0) + at)
    expect(uploadedTraces(till).slice(-3).flat()).toEqual(all)
    expect(sentFields(till, '0320').at(-1)?.[48]).toBe('0018')
    expect(await hostDifferences(till)).toEqual(['orphan 900 500 0 creditedBack'])
    expect(await till.balance('member')).toBe(before + 500)
  })

  it('L24: when only the end is left → the host is asked, the end says as many records, none goes up again', async () => {
    const till = await readyTill()
    await sellAll(till, '100', '200')
    fates(till, ['0510', differs(till)], ['0320', { kind: 'deliver' }], ['0320', lose])
    await settle(till)
    expect(uploadedTraces(till)).toEqual([[2, 3]])
    rot(till, 2, APPROVED)
    const from = till.network.passed.length
    await later(till)
    expect(conversation(till, from)).toEqual(['0820', '0320/202'])
    expect(sentFields(till, '0320').at(-1)?.[48]).toBe('0002')
    expect(settlementSlips(till).at(-1)).toMatch(/3\.00/)
    await expectClosed(till, { debit: [2, 300], credit: [0, 0] })
  })

  it('L24: a record that every start reads, and nobody after it → two starts, then it says so; settled when it reads again', async () => {
    let sick: readonly number[] = []
    let starts = 0
    const engine = readsBadly(
      () => sick,
      () => starts++,
    )
    const till = await readyTill({ engine })
    await sellAll(till, '100', '200')
    await askSettlement(till)
    sick = places(till, 2, APPROVED)
    const from = till.network.passed.length
    starts = 0
    await confirmSettlement(till)
    await till.time.advance(3_600_000)
    expect(starts).toBe(2)
    expect(conversation(till, from)).toEqual([])
    await till.press('9')
    await till.see(/笔数不符/)
    await till.toIdle()
    expect(starts).toBe(2)
    sick = []
    await later(till)
    expect(await hostDifferences(till)).toEqual([])
    await expectClosed(till, { debit: [2, 300], credit: [0, 0] })
  })
})

/** Its flash reads these bytes wrongly from the first line on that is opened after a start. */
function readsBadly(sick: () => readonly number[], started: () => void): Engine {
  const engine = v8Engine(startWhole)
  return {
    ...engine,
    start(device, events) {
      started()
      let opened = false
      const { flash, link } = device
      return engine.start(
        {
          ...device,
          link: {
            ...link,
            open(timeoutMs) {
              opened = true
              return link.open(timeoutMs)
            },
          },
          flash: {
            ...flash,
            read(address, length) {
              const bytes = flash.read(address, length).slice()
              for (const at of opened ? sick() : [])
                if (at >= address && at < address + length)
                  bytes[at - address] = (bytes[at - address] ?? 0) ^ 0x10
              return bytes
            },
          },
        },
        events,
      )
    },
  }
}

describe('settlement 结算: both records of an entry rot while the terminal runs', () => {
  it('a sale between the totals and the upload → counted afresh; every other sale and the refund go up, and stay', async () => {
    const till = await undoTill()
    const sold = await mixedBatch(till, 3)
    await sellWithOrphan(till, '700')
    const last = (sold[2] ?? 0) + 1
    const before = await till.balance('member')
    const from = till.network.passed.length
    fates(till, ['0510', and(() => rot(till, sold[1], INTENT, APPROVED))])
    await askSettlement(till)
    await confirmSettlement(till)
    expect(conversation(till, from)).toEqual(['0500', '0320/201', '0320/201', '0320/000', '0320/202'])
    expect(uploadedTraces(till, from)).toEqual([
      [sold[0], sold[2], last],
      [sold[0], sold[2], last],
    ])
    expect(sentFields(till, '0320').at(-1)?.[48]).toBe('0004')
    // Only what the terminal cannot show any more is the host's alone.
    expect(await hostDifferences(till)).toEqual([
      `orphan ${sold[1]} 1001 0 creditedBack`,
      'orphan 900 700 0 creditedBack',
    ])
    expect(await till.balance('member')).toBe(before + 1001 + 700)
    expect(settlementSlips(till).at(-1)).toMatch(/对账不平/)
    await expectClosed(till, { debit: [3, 2702], credit: [1, 5000] }, { batch: 2 })
  })

  it('a sale that is up already, while the line is down → all go up again, the next sale is not skipped', async () => {
    const till = await readyTill()
    await sellAll(till, ...AMOUNTS.slice(0, 17))
    await sellWithOrphan(till, '500')
    const before = await till.balance('member')
    fates(till, ['0320', { kind: 'deliver' }], ['0320', lose])
    await settle(till)
    const traces = uploadedTraces(till)[0] ?? []
    rot(till, traces[2], INTENT, APPROVED)
    await later(till)
    const left = AMOUNTS.slice(0, 18)
      .map((_, at) => (traces[0] ?? 0) + at)
      .filter((trace) => trace !== traces[2])
    expect(uploadedTraces(till).slice(-3).flat()).toEqual(left)
    expect(sentFields(till, '0320').at(-1)?.[48]).toBe('0017')
    expect(await hostDifferences(till)).toEqual([
      `orphan ${traces[2]} 103 0 creditedBack`,
      'orphan 900 500 0 creditedBack',
    ])
    expect(await till.balance('member')).toBe(before + 103 + 500)
  })

  it('a refund that is listed and not sent yet → it goes up as it was listed, nothing stops', async () => {
    const till = await undoTill()
    const first = await sell(till, '8880')
    const { reference, date } = slipOf(till, first)
    await settle(till)
    const refunds: number[] = []
    for (const amount of ['1000', '2000', '3000']) {
      await refundIt(till, { reference, date, amount })
      await till.toIdle()
      refunds.push(lastTrace(till))
    }
    await sellWithOrphan(till, '700')
    const before = await till.balance('member')
    fates(till, ['0330', { kind: 'deliver' }], ['0330', and(() => rot(till, refunds[1], INTENT, APPROVED))])
    await settle(till)
    expect(till.stops).toEqual([])
    expect(await hostDifferences(till)).toEqual(['orphan 900 700 0 creditedBack'])
    expect(await till.balance('member')).toBe(before + 700)
    await expectClosed(till, { debit: [1, 700], credit: [3, 6000] }, { batch: 2 })
  })
})
