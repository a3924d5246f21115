import { describe, expect, it } from 'vitest'
import { entriesOf } from '../../rig/audit.ts'
import {
  AMOUNTS,
  askSettlement,
  conversation,
  differs,
  expectClosed,
  expectFrozen,
  hostBatch,
  hostDifferences,
  later,
  letPass,
  sellAll,
  sellWithOrphan,
  settle,
  settlementSlips,
  uploadedTraces,
} from '../../rig/batch.ts'
import { drop, fates, readyTill, sentFields } from '../../rig/failure.ts'
import { messageOf, resigned, typeOf } from '../../rig/frames.ts'
import type { Fate, Passing } from '../../rig/network.ts'
import type { Till } from '../../rig/till.ts'
import { makeTill } from '../../rig/till.ts'
import { refundIt, sell, slipOf, undoTill } from '../../rig/undo.ts'

describe('settlement 结算: totals that differ', () => {
  it('L07: the host has more → upload; the orphan is credited back and listed', async () => {
    const till = await readyTill()
    await sellWithOrphan(till, '5000')
    await settle(till)
    expect(settlementSlips(till)[0]).toMatch(/对账不平/)
    expect(await hostDifferences(till)).toEqual(['orphan 900 5000 0 creditedBack'])
    expect(await till.balance('member')).toBe(10_000_000 - 5000)
    await expectClosed(till, { debit: [1, 5000], credit: [0, 0] })
  })

  it('L08: the host’s books are an old copy → what the terminal has is posted from the upload, once', async () => {
    const before = await readyTill()
    await sellAll(before, '8880', '120')
    const till = makeTill({ image: before.chip.image() })
    till.machine.powerOn()
    await till.toIdle()
    expect(await till.balance('member')).toBe(10_000_000)
    await settle(till)
    expect(await hostDifferences(till)).toEqual(['missing 2 0 8880 posted', 'missing 3 0 120 posted'])
    expect(await till.balance('member')).toBe(10_000_000 - 9000)
    await expectClosed(till, { debit: [2, 9000], credit: [0, 0] })
  })

  it('L09: both have it with other AMOUNTS → uploaded, left for a person, nothing changed', async () => {
    const till = await readyTill()
    fates(
      till,
      ['0200', ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 4: '000000000900' }) })],
      ['0210', ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 4: '000000000100' }) })],
    )
    await sellAll(till, '100')
    await settle(till)
    expect(await hostDifferences(till)).toEqual(['amount 2 900 100 open'])
    expect(await till.net(2)).toBe(-900)
    expect(settlementSlips(till)[0]).toMatch(/对账不平[\s\S]*消费 +1 {2}1\.00/)
    await expectClosed(till, { debit: [1, 900], credit: [0, 0] })
  })

  it.each([1, 2, 3, 4])(
    'L10: answer %i of 4 packets lost → goes on with the first record not acknowledged',
    async (packet) => {
      const till = await readyTill()
      await sellAll(till, ...AMOUNTS)
      const traces = entriesOf(till).map(({ trace }) => trace as number)
      const passed = Array.from({ length: packet - 1 }, () => ['0330', { kind: 'deliver' }] as const)
      fates(till, ['0510', differs(till)], ...passed, ['0330', drop])
      await settle(till)
      await later(till)
      const packets = [traces.slice(0, 8), traces.slice(8, 16), traces.slice(16, 24), traces.slice(24)]
      expect(uploadedTraces(till)).toEqual([...packets.slice(0, packet), ...packets.slice(packet - 1)])
      expect(sentFields(till, '0320').at(-1)?.[48]).toBe('0026')
      expect(await hostDifferences(till)).toEqual([])
      await expectClosed(till, { debit: [26, 26 * 101 + 325], credit: [0, 0] })
    },
  )

  it('L10: the power goes in the middle of the upload → after the start it goes on where it was', async () => {
    const till = await readyTill()
    await sellAll(till, ...AMOUNTS)
    fates(till, ['0510', differs(till)])
    await askSettlement(till)
    await till.press('enter')
    await till.see(/正在批上送\n.*16\/26/)
    till.machine.powerOff()
    const from = till.network.passed.length
    till.machine.powerOn()
    await till.toIdle()
    await later(till)
    expect(uploadedTraces(till, from).flat().length).toBeLessThanOrEqual(10)
    expect(conversation(till, from)).not.toContain('0500')
    await expectClosed(till, { debit: [26, 26 * 101 + 325], credit: [0, 0] })
  })

  it('L11: every packet arrives twice → each record once, closed', async () => {
    const till = await readyTill()
    await sellAll(till, ...AMOUNTS.slice(0, 10))
    till.network.fate = (passing) =>
      typeOf(passing.body) === '0510'
        ? differs(till)(passing)
        : typeOf(passing.body) === '0320'
          ? { kind: 'repeat', times: 2 }
          : { kind: 'deliver' }
    await settle(till)
    expect(await hostDifferences(till)).toEqual([])
    await expectClosed(till, { debit: [10, 1055], credit: [0, 0] })
  })

  const short: (till: Till) => Fate | ((passing: Passing) => Fate) =
    (till) =>
    ({ body }) =>
      String(messageOf(body)?.fields[60]).endsWith('202')
        ? { kind: 'replace', body: resigned(till, body, { 48: '0001' }) }
        : { kind: 'deliver' }

  it('L12: the host counts other records (95) → all are uploaded again, then it closes; never short', async () => {
    const till = await readyTill()
    await sellAll(till, ...AMOUNTS.slice(0, 9))
    await sellWithOrphan(till, '110')
    fates(till, ['0320', { kind: 'deliver' }], ['0320', { kind: 'deliver' }], ['0320', short(till)])
    await settle(till)
    expect(conversation(till).filter((type) => type.startsWith('0320'))).toEqual([
      '0320/201',
      '0320/201',
      '0320/202',
      '0320/201',
      '0320/201',
      '0320/202',
    ])
    await expectClosed(till, { debit: [10, 1055], credit: [0, 0] })
  })

  it('L12: and again and again → after two more uploads it says so and stays frozen; the key tries once more', async () => {
    const till = await readyTill()
    await sellWithOrphan(till, '100')
    till.network.fate = (passing) =>
      String(messageOf(passing.body)?.fields[60]).endsWith('202')
        ? { kind: 'replace', body: resigned(till, passing.body, { 48: '0009' }) }
        : { kind: 'deliver' }
    await settle(till)
    expect(till.screens.join('\n')).toMatch(/笔数不符,未结算/)
    expect(uploadedTraces(till)).toEqual([[2], [2], [2]])
    expect((await hostBatch(till, 1)).state).toBe('open')
    await expectFrozen(till)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    await expectFrozen(till)
    expect(uploadedTraces(till)).toEqual([[2], [2], [2]])
    letPass(till)
    await till.press('9')
    await till.time.advance(5_000)
    await till.toIdle()
    expect(uploadedTraces(till)).toEqual([[2], [2], [2], [2]])
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('a refund in an upload → on its own, under its own trace, after the others, and counted with them', async () => {
    const till = await undoTill()
    const first = await sell(till, '8880')
    const { reference, date } = slipOf(till, first)
    await settle(till)
    await refundIt(till, { reference, date, amount: '5000' })
    await till.toIdle()
    const sold = await sell(till, '1000')
    const refund = entriesOf(till).find(({ trace }) => trace !== sold)?.trace as number
    const from = till.network.passed.length
    fates(till, ['0510', differs(till)])
    await settle(till)
    expect(conversation(till, from)).toEqual(['0500', '0320/201', '0320/000', '0320/202'])
    expect(uploadedTraces(till, from)).toEqual([[sold]])
    const [, single, end] = sentFields(till, '0320').slice(-3)
    expect(single).toMatchObject({ 3: '200000', 4: '000000005000', 37: reference.padEnd(12) })
    expect(Number(single?.[11])).toBe(refund)
    expect(single?.[35] ?? single?.[14]).toBeUndefined()
    expect(end?.[48]).toBe('0002')
    expect(await hostDifferences(till)).toEqual([])
    await expectClosed(till, { debit: [1, 1000], credit: [1, 5000] }, { batch: 2 })
  })
})
