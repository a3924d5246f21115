import { describe, expect, it } from 'vitest'
import { entriesOf, journalOf, statesOf } from '../../rig/audit.ts'
import {
  AMOUNTS,
  askSettlement,
  cardNumbersOnChip,
  confirmSettlement,
  conversation,
  differs,
  expectClosed,
  expectFrozen,
  hostBatch,
  later,
  letPass,
  sellAll,
  sellWithOrphan,
  settle,
  settlementSlips,
  uploadedTraces,
} from '../../rig/batch.ts'
import { drop, fates, readyTill, sentFields, untilCut } from '../../rig/failure.ts'
import { altered, resigned, typeOf } from '../../rig/frames.ts'
import { makeTill } from '../../rig/till.ts'
import { refundIt, sell, slipOf, undoTill, voidIt } from '../../rig/undo.ts'

describe('settlement 结算: what comes before and after', () => {
  it('L05: the power goes right after the freeze → the start resumes the settlement by itself', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    await askSettlement(till)
    till.network.refuses = true
    await till.press('enter')
    await till.time.advance(1)
    expect(journalOf(till).frozen()).toBe(true)
    till.machine.powerOff()
    till.network.refuses = false
    till.machine.powerOn()
    await till.toIdle()
    await later(till)
    expect(settlementSlips(till)).toHaveLength(1)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('L06: the power goes when the last answer arrives → closed once, the number goes up once', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    till.network.fate = ({ body }) => {
      if (typeOf(body) === '0330') till.machine.powerOff()
      return { kind: 'deliver' }
    }
    await askSettlement(till)
    await till.press('enter')
    await till.time.advance(2_000)
    expect(till.machine.state).toBe('off')
    expect((await hostBatch(till, 1)).state).toBe('settled')
    letPass(till)
    till.machine.powerOn()
    await till.toIdle()
    await later(till)
    expect(settlementSlips(till)).toHaveLength(1)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('L13: no paper for the report → closed all the same; reprinted from the menu, marked DUPLICATE', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    till.machine.operator.paperOut()
    await askSettlement(till)
    await till.press('enter')
    await till.see(/打印机缺纸/)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
    await till.press('cancel')
    await till.see(/可在打印菜单重打/)
    till.machine.operator.paperIn()
    await till.toIdle()
    expect(settlementSlips(till)).toEqual([])
    await till.press('3', '5')
    await till.see(/批次号 000001/)
    await till.press('enter')
    await till.time.advance(5_000)
    expect(settlementSlips(till)[0]).toMatch(/消费 +1 {2}1\.00[\s\S]*DUPLICATE/)
    await till.toIdle()
  })

  it('L14: a reversal is owed and the line is dead → settlement refused with what waits; with the line it goes first', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    fates(till, ['0210', drop], ['0400', drop])
    await till.order({ amount: '700' })
    await till.time.advance(1_000)
    till.network.refuses = true
    await till.toIdle()
    await till.press('9')
    await till.see(/待上送,未结算/)
    expect(till.screen()).toMatch(/000003 消费 7\.00/)
    await till.toIdle()
    expect(journalOf(till).frozen()).toBe(false)
    till.network.refuses = false
    const from = till.network.passed.length
    await settle(till)
    const sent = conversation(till, from).filter((type) => type !== '0800')
    expect(sent).toEqual(['0400', '0500', '0320/207'])
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('L15: the host has closed the batch (77) → nothing more is sold in it until it is settled', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    const elsewhere = makeTill({ host: till.host, store: till.store, image: till.chip.image() })
    elsewhere.machine.powerOn()
    await elsewhere.toIdle()
    await settle(elsewhere)
    await till.press('4', '1')
    await till.time.advance(2_000)
    await till.order({ amount: '200' })
    await till.see(/77/, 30_000)
    await till.toIdle()
    expect(till.screen()).toMatch(/批次已关,请结算/)
    await till.press('1')
    await till.time.advance(500)
    expect(till.screens.slice(-2).join('\n')).toMatch(/批次已关,请结算/)
    await settle(till)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
    await sellAll(till, '300')
    expect((await hostBatch(till, 2)).debit).toEqual([1, 300])
  })

  it('L17: a sign-on brings another batch number while ours is being settled → not taken', async () => {
    const till = await readyTill()
    fates(till, ['0500', drop])
    await settle(till)
    expect(journalOf(till).frozen()).toBe(true)
    till.network.fate = (passing) =>
      typeOf(passing.body) === '0810'
        ? { kind: 'replace', body: resigned(till, passing.body, { 60: '00000077003' }) }
        : typeOf(passing.body) === '0510'
          ? { kind: 'drop' }
          : { kind: 'deliver' }
    await till.press('4', '1')
    await till.time.advance(2_000)
    await till.toIdle()
    expect(journalOf(till).batch()).toBe(1)
    expect(journalOf(till).frozen()).toBe(true)
    await later(till)
    expect((await hostBatch(till, 1)).state).toBe('settled')
    expect(journalOf(till).frozen()).toBe(false)
  })

  it('L17: a batch in which all was declined gives way to the host’s number → its card numbers are erased too', async () => {
    const till = await readyTill()
    await till.order({ card: till.cards[2] as never })
    await till.toIdle()
    expect(cardNumbersOnChip(till)).toEqual(['poor'])
    fates(till, [
      '0810',
      ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 60: '00000077003' }) }),
    ])
    await till.press('4', '1')
    await till.time.advance(2_000)
    await till.toIdle()
    expect(journalOf(till).batch()).toBe(77)
    expect(cardNumbersOnChip(till)).toEqual([])
  })

  it('L19: empty batch → closes with zeros', async () => {
    const till = await readyTill()
    await settle(till)
    expect(sentFields(till, '0500')[0]?.[48]).toBe('0'.repeat(74))
    expect(settlementSlips(till)[0]).toMatch(/对账平[\s\S]*借记 +0 {2}0\.00/)
    await expectClosed(till, { debit: [0, 0], credit: [0, 0] })
  })

  it('L22: more given back than taken → signed sums right, net negative on the slip', async () => {
    const till = await undoTill()
    const first = await sell(till, '8880')
    const { reference, date } = slipOf(till, first)
    await settle(till)
    const second = await sell(till, '1000')
    await voidIt(till, second)
    await till.toIdle()
    await refundIt(till, { reference, date, amount: '5000' })
    await till.toIdle()
    const from = till.network.passed.length
    await settle(till)
    expect(conversation(till, from)).toEqual(['0500', '0320/207'])
    const slip = settlementSlips(till).at(-1)
    expect(slip).toMatch(/消费 +1 {2}10\.00\n消费撤销 +1 {2}10\.00\n退货 +1 {2}50\.00/)
    expect(slip).toMatch(/借记 +1 {2}10\.00\n贷记 +2 {2}60\.00\n净额 +-50\.00/)
    await expectClosed(till, { debit: [1, 1000], credit: [2, 6000] }, { batch: 2 })
  })

  it('V11: a void is owed when settlement is asked → its reversal first, the sale stands, totals equal', async () => {
    const till = await undoTill()
    const sale = await sell(till, '8880')
    fates(till, ['0210', drop], ['0400', drop], ['0400', drop])
    await voidIt(till, sale)
    await till.time.advance(1_500)
    await till.toIdle()
    letPass(till)
    const from = till.network.passed.length
    await settle(till)
    const sent = conversation(till, from).filter((type) => type !== '0800')
    expect(sent).toEqual(['0400', '0500', '0320/207'])
    await expectClosed(till, { debit: [1, 8880], credit: [0, 0] })
  })

  it('F06: a refund waits to be sent → without a line refused and listed; with it sent first, totals equal', async () => {
    const till = await undoTill()
    const sale = await sell(till, '8880')
    const { reference, date } = slipOf(till, sale)
    till.network.refuses = true
    await refundIt(till, { reference, date, amount: '5000' })
    await till.toIdle()
    await till.press('9')
    await till.see(/待上送,未结算/, 30_000)
    expect(till.screen()).toMatch(/000\d\d\d 退货 50\.00/)
    await till.toIdle()
    expect(journalOf(till).frozen()).toBe(false)
    till.network.refuses = false
    const from = till.network.passed.length
    await settle(till)
    expect(conversation(till, from).filter((type) => type !== '0800')).toEqual(['0220', '0500', '0320/207'])
    await expectClosed(till, { debit: [1, 8880], credit: [1, 5000] })
  })

  it('a refund that the host declined later → listed in the report as 被拒通知, in no total', async () => {
    const till = await undoTill()
    const sale = await sell(till, '1000')
    const { reference, date } = slipOf(till, sale)
    till.network.refuses = true
    await refundIt(till, { reference, date, amount: '5000' })
    await till.toIdle()
    till.network.refuses = false
    await settle(till)
    const [slip = ''] = settlementSlips(till)
    expect(slip).toMatch(/借记 +1 {2}10\.00\n贷记 +0 {2}0\.00/)
    expect(slip).toMatch(/被拒通知 +1\n000\d\d\d 退货 +50\.00/)
    await expectClosed(till, { debit: [1, 1000], credit: [0, 0] })
  })

  it('the host refuses the settlement as such (30) → said with its code, stays frozen, tried again', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    fates(till, [
      '0510',
      ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 39: '30', 48: undefined }) }),
    ])
    await settle(till)
    expect(till.screens.join('\n')).toMatch(/30 [\s\S]*结算未完成/)
    await expectFrozen(till)
    await later(till)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('an answer without a good MAC → believed in nothing: neither 平 nor the end', async () => {
    const till = await readyTill()
    await sellWithOrphan(till, '100')
    const equal = `${'0'.repeat(36)}1${'0'.repeat(36)}1`
    fates(till, ['0510', ({ body }) => ({ kind: 'replace', body: altered(body, { 48: equal }) })])
    await settle(till)
    expect(conversation(till).filter((type) => type.startsWith('0320'))).toEqual([])
    expect(journalOf(till).frozen()).toBe(true)
    fates(
      till,
      ['0330', { kind: 'deliver' }],
      ['0330', ({ body }) => ({ kind: 'replace', body: altered(body, { 64: new Uint8Array(8) }) })],
    )
    await till.press('9')
    await till.time.advance(3_000)
    expect(journalOf(till).batch()).toBe(1)
    await later(till)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('S28, L23: a journal that is full → sales refused before sending, with 请结算; the settlement still fits', async () => {
    const till = await readyTill({
      sectorCount: 6,
      setup: { parameters: { storeNumberRequired: false, receiptCopies: '1' }, profile: 'member' },
    })
    for (let sold = 0; sold < 400 && !/交易已满/.test(till.screen()); sold++) {
      await till.order({ amount: '100' })
      await till.toIdle()
      await till.time.advance(10_000) // the secure element takes only so many PINs an hour
    }
    const from = till.network.passed.length
    await till.press('1')
    await till.time.advance(500)
    expect(till.screens.slice(-2).join('\n')).toMatch(/交易已满,请结算\n未发送,未扣款/)
    expect(conversation(till, from)).toEqual([])
    const approved = statesOf(till).filter((state) => state.endsWith('approved')).length
    expect(approved).toBeGreaterThan(10)
    fates(till, ['0510', differs(till)])
    await settle(till)
    expect(uploadedTraces(till).flat()).toHaveLength(approved)
    await expectClosed(till, { debit: [approved, approved * 100], credit: [0, 0] })
    await sellAll(till, '300')
  })

  it('L20: the power goes while the old sectors are erased → erased at the start, nothing comes back', async () => {
    const dry = await readyTill({ sectorCount: 16 })
    await sellAll(dry, ...AMOUNTS.slice(0, 12))
    await settle(dry)
    const end = dry.chip.operations()
    for (const back of [2, 3, 4, 6, 8]) {
      const till = await readyTill({ sectorCount: 16 })
      await sellAll(till, ...AMOUNTS.slice(0, 12))
      await askSettlement(till)
      till.chip.cut({ operation: end - back, when: 'before' })
      await untilCut(till, () => confirmSettlement(till))
      expect(till.machine.state, `cut ${back} before the end`).toBe('off')
      till.chip.cut(undefined)
      till.machine.powerOn()
      await till.toIdle()
      await till.time.advance(60_000)
      await till.toIdle()
      expect(entriesOf(till)).toEqual([])
      await expectClosed(till, { debit: [12, 12 * 101 + 66], credit: [0, 0] }, { label: `${back}` })
    }
  })
})
