import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import type { OfferRow } from '../../../host-link/host/acquirer.ts'
import { asBatchNumber } from '../../../host-link/wire/values.ts'
import { closeSettled } from '../../../terminal/host/settle.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import type { Pos } from '../../../terminal/pos.ts'
import { entriesOf, journalOf } from '../../rig/audit.ts'
import {
  askSettlement,
  cardNumbersOnChip,
  confirmSettlement,
  conversation,
  expectClosed,
  hostBatch,
  hostDifferences,
  sellAll,
  settle,
  settlementSlips,
  uploadedTraces,
} from '../../rig/batch.ts'
import { readyTill, sentFields } from '../../rig/failure.ts'
import { resigned, typeOf } from '../../rig/frames.ts'
import type { Till } from '../../rig/till.ts'
import { answer, authorise, refundIt, sell, slipOf, store, undoTill, voidIt } from '../../rig/undo.ts'

const OFFER: OfferRow = {
  name: '九折',
  payer: 'M',
  kind: 'discount',
  percent: 10,
  leastFen: 1,
  prefixes: [],
  stores: [],
  from: '20260101',
  to: '20271231',
}

/** 现金 without a word about what was handed over. */
async function cashSale(till: Till, amount: string): Promise<void> {
  await till.press('8', '1')
  await store(till)
  await till.see(/请输入金额|RMB 0\.00/)
  await answer(till, amount)
  await till.see(/实收|RMB 0\.00/)
  await till.press('enter')
  await till.toIdle()
}

describe('settlement 结算', () => {
  it('two sales, equal totals → totals shown, frozen, 0500, end 207, slip 对账平, next batch, no card number left', async () => {
    const till = await readyTill()
    await sellAll(till, '8880', '120')
    expect(cardNumbersOnChip(till)).toEqual(['member'])
    const from = till.network.passed.length
    await askSettlement(till)
    expect(till.screen()).toMatch(/借记 2 90\.00\n贷记 0 0\.00\n净额 90\.00\n批次号 000001/)
    await confirmSettlement(till)
    expect(till.screens.join('\n')).toMatch(/结算完成\s+对账平/)
    expect(conversation(till, from)).toEqual(['0500', '0320/207'])
    expect(sentFields(till, '0320')[0]?.[48]).toBe('0000')
    const [slip = ''] = settlementSlips(till)
    expect(slip).toMatch(/批次号: 000001/)
    expect(slip).toMatch(/日期\/时间: 2026\/11\/21 09:05:\d\d/)
    expect(slip).toMatch(
      /对账平\n.*\n消费 +2 {2}90\.00\n-+\n借记 +2 {2}90\.00\n贷记 +0 {2}0\.00\n净额 +90\.00/,
    )
    expect(slip).not.toMatch(/DUPLICATE/)
    await expectClosed(till, { debit: [2, 9000], credit: [0, 0] })
    await sellAll(till, '500')
    expect(await hostBatch(till, 2)).toEqual({ state: 'open', open: 2, debit: [1, 500], credit: [0, 0] })
  })

  it('left at the totals with the red key → nothing frozen, nothing sent, sales go on', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    const from = till.network.passed.length
    await askSettlement(till)
    await till.press('cancel')
    await till.toIdle()
    expect(conversation(till, from)).toEqual([])
    expect(journalOf(till).frozen()).toBe(false)
    await sellAll(till, '200')
  })

  it('the host differs → records of eight to a message, in order, end 202 with their number, slip 对账不平', async () => {
    const till = await readyTill()
    await sellAll(till, ...Array.from({ length: 10 }, (_, at) => String(101 + at)))
    // An orphan: booked by the host under a trace that this terminal never used.
    till.network.fate = ({ body }) =>
      typeOf(body) === '0200'
        ? { kind: 'also', body: resigned(till, body, { 11: '000900' }) }
        : { kind: 'deliver' }
    await sellAll(till, '5000')
    till.network.fate = () => ({ kind: 'deliver' })
    expect((await hostBatch(till, 1)).debit).toEqual([12, 1055 + 10000])
    const traces = entriesOf(till).map(({ trace }) => trace as number)
    const from = till.network.passed.length
    await settle(till)
    expect(conversation(till, from)).toEqual(['0500', '0320/201', '0320/201', '0320/202'])
    expect(uploadedTraces(till, from)).toEqual([traces.slice(0, 8), traces.slice(8)])
    expect(sentFields(till, '0320').at(-1)?.[48]).toBe('0011')
    expect(settlementSlips(till)[0]).toMatch(/对账不平/)
    expect(await hostDifferences(till)).toEqual(['orphan 900 5000 0 creditedBack'])
    await expectClosed(till, { debit: [11, 6055], credit: [0, 0] })
  })

  it('one group of cards differs → upload; records say what they are: codes and store number in tag 20', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    till.network.fate = ({ body }) =>
      typeOf(body) === '0510'
        ? { kind: 'replace', body: resigned(till, body, { 48: `${'0'.repeat(36)}1${'0'.repeat(36)}2` }) }
        : { kind: 'deliver' }
    await settle(till)
    const [upload] = sentFields(till, '0320')
    expect(upload?.[48]).toBe(`0100000002${'6222600001234567890'.padStart(20, '0')}000000000100`)
    expect(upload?.[57]).toBe('20018' + '22' + '000000' + '00' + '0012    ')
  })

  it('with parameter settleSupervisor → nothing without the supervisor’s password', async () => {
    const till = await readyTill({
      setup: { parameters: { storeNumberRequired: true, settleSupervisor: true } },
    })
    await till.press('9')
    await till.see(/请主管输入密码/)
    await till.type('000000')
    await till.press('enter')
    await till.see(/密码错误/)
    await till.toIdle()
    await till.press('9')
    await till.see(/请主管输入密码/)
    await till.type('123456')
    await till.press('enter')
    await till.see(/借记/)
    await confirmSettlement(till)
    await expectClosed(till, { debit: [0, 0], credit: [0, 0] })
  })

  it('with parameter autoSignOff 自动签退 → signed off, and the next sale signs on by itself', async () => {
    const till = await readyTill({ setup: { parameters: { storeNumberRequired: true, autoSignOff: true } } })
    await sellAll(till, '100')
    const from = till.network.passed.length
    await settle(till)
    expect(conversation(till, from)).toEqual(['0500', '0320/207', '0820'])
    expect(till.picture()?.icons.signedOn).toBe(false)
    const after = till.network.passed.length
    await sellAll(till, '200')
    expect(conversation(till, after)).toEqual(['0800', '0200'])
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    await sellAll(till, '300')
  })

  it('the slip of 24 columns holds every line', async () => {
    const till = await readyTill({ model: 'compact' })
    await sellAll(till, '9000000')
    await settle(till)
    const [slip = ''] = settlementSlips(till)
    expect(slip).toMatch(/消费 +1 {2}90,000\.00/)
    for (const line of slip.split('\n')) expect([...line].length).toBeLessThanOrEqual(24)
  })

  it('batch 999999 → the next is 000001', () => {
    const chip = makeFlashChip({ geometry: { sectorBytes: 4096, sectorCount: 8, unitBytes: 4 } })
    const opened = openJournal(chip, asBatchNumber(999_999))
    if (opened.kind === 'halt') throw new Error(opened.why)
    const { journal } = opened
    expect(closeSettled({ journal, session: {} } as unknown as Pos)).toBe(true)
    expect(journal.batch()).toBe(1)
  })

  it('a day with an offer, its void, cash, a pre-authorisation and a refund → balanced; and with an upload no difference', async () => {
    for (const orphan of [false, true]) {
      const till = await undoTill({ acquirer: { offers: [OFFER] } })
      const first = await sell(till, '8880')
      const { reference, date } = slipOf(till, first)
      await settle(till)
      const discounted = await sell(till, '5000')
      await voidIt(till, discounted)
      await till.toIdle()
      await sell(till, '3000')
      await authorise(till, '4000')
      await till.toIdle()
      await cashSale(till, '700')
      await refundIt(till, { reference, date, amount: '1000' })
      await till.toIdle()
      if (orphan) {
        till.network.fate = ({ body }) =>
          typeOf(body) === '0200'
            ? { kind: 'also', body: resigned(till, body, { 11: '000900' }) }
            : { kind: 'deliver' }
        await sell(till, '100')
        till.network.fate = () => ({ kind: 'deliver' })
      } else await sell(till, '100')
      await settle(till)
      const slip = settlementSlips(till).at(-1)
      expect(slip).toMatch(orphan ? /对账不平/ : /对账平/)
      // 10 % off each sale by card: what was paid counts, and the void gives back what was paid.
      expect(slip).toMatch(
        /消费 +3 {2}72\.90\n消费撤销 +1 {2}45\.00\n现金消费 +1 {2}7\.00\n退货 +1 {2}10\.00/,
      )
      expect(await hostDifferences(till)).toEqual(orphan ? ['orphan 900 90 0 creditedBack'] : [])
      await expectClosed(till, { debit: [4, 7990], credit: [2, 5500] }, { batch: 2 })
    }
  })

  it('parameter batchTransactionsMax → asks for settlement before, refuses from there on', async () => {
    const parameters = { storeNumberRequired: true, batchTransactionsMax: 10, settleWarningPercent: 80 }
    const till = await readyTill({ setup: { parameters } })
    await sellAll(till, '1', '1', '1', '1', '1', '1', '1')
    expect(till.screen()).not.toMatch(/请结算/)
    await sellAll(till, '1')
    expect(till.screen()).toMatch(/交易将满,请结算/)
    await sellAll(till, '1', '1')
    expect(till.screen()).toMatch(/交易已满,请结算/)
    await till.press('1')
    await till.time.advance(500)
    expect(till.screens.slice(-2).join('\n')).toMatch(/交易已满,请结算\n未发送,未扣款/)
    await settle(till)
    await expectClosed(till, { debit: [10, 10], credit: [0, 0] })
    await sellAll(till, '1')
  })

  it.each([
    ['cbor', 'mall', 74],
    ['cup', 'standard', 62],
    ['cbor', 'standard', 62],
  ] as const)(
    'dialect %s, profile %s → the same, with %i digits of totals',
    async (dialect, profile, digits) => {
      const parameters = { storeNumberRequired: profile === 'mall' }
      const till = await readyTill({ setup: { dialect, profile, parameters } })
      await sellAll(till, '100', '200')
      await settle(till)
      expect(String(sentFields(till, '0500')[0]?.[48])).toHaveLength(digits)
      await expectClosed(till, { debit: [2, 300], credit: [0, 0] })
      await sellAll(till, '500')
      till.network.fate = ({ body }) =>
        typeOf(body) === '0200'
          ? { kind: 'also', body: resigned(till, body, { 11: '000900' }) }
          : { kind: 'deliver' }
      await sellAll(till, '700')
      await settle(till)
      expect(settlementSlips(till).at(-1)).toMatch(/对账不平/)
      expect(sentFields(till, '0320').some((fields) => fields[57] !== undefined)).toBe(profile === 'mall')
      expect(await hostDifferences(till)).toEqual(['orphan 900 700 0 creditedBack'])
      await expectClosed(till, { debit: [2, 1200], credit: [0, 0] }, { batch: 2 })
    },
  )
})
