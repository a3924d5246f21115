import { describe, expect, it } from 'vitest'
import { statesOf } from '../../rig/audit.ts'
import {
  AMOUNTS,
  askSettlement,
  confirmSettlement,
  conversation,
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
import { messageOf } from '../../rig/frames.ts'
import { readJournal } from '../../rig/journal-reader.ts'
import type { Till } from '../../rig/till.ts'
import { booked, refundIt, sell, slipOf, undoTill } from '../../rig/undo.ts'

/** Field 39 of every 0410 since frame `from`. */
function reversalCodes(till: Till, from: number): unknown[] {
  return till.network.passed.slice(from).flatMap(({ body }) => {
    const message = messageOf(body)
    return message?.mti === '0410' ? [message.fields[39]] : []
  })
}

describe('X07: an old image of the flash, and the answer that would have said so is lost', () => {
  it.each([
    ['another amount', '200', 0],
    ['another card', '100', 1],
  ])(
    'X07: the trace comes again with %s, its 94 lost → 25, alarm, what is booked stands, it sells on',
    async (_what, amount, card) => {
      const till = await readyTill()
      const image = till.chip.snapshot()
      await sellAll(till, '100')
      till.machine.powerOff()
      till.chip.restore(image)
      till.machine.powerOn()
      await till.toIdle()
      const from = till.network.passed.length
      fates(till, ['0210', lose])
      await till.order({ amount, ...(card > 0 && { card: till.cards[card] }) })
      await till.time.advance(100_000)
      await till.toIdle()
      expect(statesOf(till)).toEqual(['2 undone'])
      expect(reversalCodes(till, from)).toEqual(['25'])
      expect(till.host.alarms().conflict).toBe(2)
      expect(await booked(till, 'sale', 2)).toMatchObject({ code: '00', amountFen: 100 })
      expect(await till.net(2)).toBe(-100)
      await sellAll(till, '300')
      expect(await till.balance('member')).toBe(10_000_000 - 400)
    },
  )
})

/** Record 8, APPROVED: docs/journal.md. */
const OUTCOME = 8

/** Rot in the OUTCOME of an entry, while the terminal runs. */
function rot(till: Till, trace: number): void {
  const { records } = readJournal(till.chip.image(), till.chip.geometry())
  const hit = records.filter(({ kind, payload: [a = 0, b = 0, c = 0] }) => {
    return kind === OUTCOME && a + b * 256 + c * 65_536 === trace
  })
  expect(hit.length).toBeGreaterThan(0)
  for (const { address } of hit) till.chip.flip(address + 20, 0x10)
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

describe('settlement 结算: rot in an entry of the frozen batch', () => {
  it('a sale rots between the totals and the upload → counted afresh; every other sale and the refund go up, and stay', async () => {
    const till = await undoTill()
    const sold = await mixedBatch(till, 3)
    await sellWithOrphan(till, '700')
    const last = (sold[2] ?? 0) + 1
    const before = await till.balance('member')
    const from = till.network.passed.length
    fates(till, [
      '0510',
      () => {
        rot(till, sold[1] ?? 0)
        return { kind: 'deliver' }
      },
    ])
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

  it('a sale that is up already rots while the line is down → all go up again, the next sale is not skipped', async () => {
    const till = await readyTill()
    await sellAll(till, ...AMOUNTS.slice(0, 17))
    await sellWithOrphan(till, '500')
    const before = await till.balance('member')
    fates(till, ['0320', { kind: 'deliver' }], ['0320', lose])
    await settle(till)
    const traces = uploadedTraces(till)[0] ?? []
    rot(till, traces[2] ?? 0)
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
})
