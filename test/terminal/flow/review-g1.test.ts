import { describe, expect, it } from 'vitest'
import { NO_TOTALS } from '../../../host-link/host/ledger.ts'
import { asBatchNumber, asTrace } from '../../../host-link/wire/values.ts'
import { forgetRejected, noteRejected } from '../../../terminal/host/rejected.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import { type AuditedTill, journalOf, makeAuditedTill, statesOf } from '../../rig/audit.ts'
import {
  askSettlement,
  confirmSettlement,
  conversation,
  sellAll,
  settle,
  settlementSlips,
} from '../../rig/batch.ts'
import { fates, lose, readyTill } from '../../rig/failure.ts'
import { resigned, typeOf } from '../../rig/frames.ts'
import { payIn, readyMemberTill } from '../../rig/member-till.ts'
import { TERMINAL, type Till } from '../../rig/till.ts'
import { answer, store } from '../../rig/undo.ts'

/** 现金 while the line is down: booked here, its advice waits. */
async function cash(till: Till, amount: string): Promise<void> {
  await till.press('8', '1')
  await till.see(/门店编号|请输入金额/)
  if (/门店编号/.test(till.screen())) await store(till)
  await till.see(/请输入金额/)
  await answer(till, amount)
  await till.see(/实收|RMB 0\.00/)
  await till.press('enter')
  await till.press('enter')
  await till.time.advance(3_000)
  await till.toIdle()
}

/** The host has settled batch 1 without us, and has this one open. */
const hostSettled = (till: Till, open: number) =>
  till.store.transact(() => ({
    posting: {
      batch: { terminalId: TERMINAL, ends: [{ number: 1, state: 'settled', totals: NO_TOTALS }], open },
    },
    result: 0,
  }))
/** The host knows this batch of ours and no other. */
const hostOpens = (till: Till, open: number) =>
  till.store.transact(() => ({ posting: { batch: { terminalId: TERMINAL, open } }, result: 0 }))
/** Every settlement is answered: no such batch. */
function refusesSettlements(till: Till): void {
  till.network.fate = ({ body }) =>
    typeOf(body) === '0510'
      ? { kind: 'replace', body: resigned(till, body, { 39: '77' }) }
      : { kind: 'deliver' }
}

/** Signed on in batch 1, with cash in it whose advice waits, and the host in batch 2. */
async function tillWithStrandedCash(): Promise<AuditedTill> {
  const till = await readyTill()
  till.network.refuses = true
  await cash(till, '5000')
  expect(statesOf(till)).toEqual(['2 owed'])
  await hostSettled(till, 2)
  till.network.refuses = false
  return till
}

const rejections = (till: Till) => till.paper.filter(({ text }) => /上送拒绝通知单/.test(text)).length
const said = (till: Till, from: number) => till.screens.slice(from).join('\n')

describe('an advice that is declined with its batch (77)', () => {
  it('inside the sale that sends it → the sale is not begun, the advice is told on paper, and the batch gives way only then', async () => {
    const till = await tillWithStrandedCash()
    const from = till.screens.length
    await till.press('1')
    await till.time.advance(5_000)
    await till.toIdle()
    await till.time.advance(70_000)
    expect(statesOf(till)).toEqual(['2 declined'])
    expect(journalOf(till).batch()).toBe(1)
    expect(rejections(till)).toBe(1)
    expect(said(till, from)).toMatch(/77/)

    await sellAll(till, '300')
    expect(journalOf(till).batch()).toBe(2)
    expect(statesOf(till)).toHaveLength(1)
    expect(till.violations).toEqual([])
    expect(till.stops).toEqual([])
  })

  it('nobody told yet, power cut and sign-on after it → the batch stays, and it is told', async () => {
    const till = await tillWithStrandedCash()
    till.machine.operator.paperOut()
    await till.time.advance(120_000)
    await till.toIdle('cancel')
    expect(statesOf(till)).toEqual(['2 declined'])
    expect(rejections(till)).toBe(0)
    await till.press('1')
    await till.time.advance(5_000)
    await till.toIdle('cancel')
    expect(statesOf(till)).toEqual(['2 declined'])
    till.machine.powerOff()
    till.machine.operator.paperIn()
    till.machine.powerOn()
    await till.toIdle()
    await till.time.advance(70_000)
    expect(rejections(till)).toBe(1)
    await till.order({ amount: '300' }) // nobody knows any more that the batch was refused
    await till.time.advance(5_000)
    await till.toIdle()
    await sellAll(till, '300')
    expect(journalOf(till).batch()).toBe(2)
  })

  it('settled in place of sold → 77 again, the batch ends and its report lists the advice', async () => {
    const till = await tillWithStrandedCash()
    refusesSettlements(till)
    await till.press('9')
    await till.time.advance(5_000)
    await till.press('enter')
    await till.time.advance(10_000)
    await till.toIdle()
    expect(journalOf(till).frozen()).toBe(false)
    expect(journalOf(till).batch()).toBe(2)
    expect(settlementSlips(till).join('\n')).toMatch(/被拒通知.*1\n000002 .*50\.00/)
    expect(conversation(till).filter((mti) => mti === '0500')).toHaveLength(2)
    await sellAll(till, '300')
  })
})

describe('a terminal that never signed on', () => {
  it('settles: it signs on first, so that no batch freezes that the host never had', async () => {
    const till = makeAuditedTill()
    await hostOpens(till, 57)
    till.network.refuses = true
    till.machine.powerOn()
    await till.toIdle()
    const from = till.screens.length
    await till.press('9')
    await till.time.advance(5_000)
    expect(said(till, from)).toMatch(/未结算/)
    await till.toIdle()
    expect(journalOf(till).frozen()).toBe(false)

    till.network.refuses = false
    await settle(till)
    expect(journalOf(till).batch()).toBe(58)
    await sellAll(till, '300')
  })

  it('takes no cash without a line', async () => {
    const till = makeAuditedTill()
    till.network.refuses = true
    till.machine.powerOn()
    await till.toIdle()
    const from = till.screens.length
    await till.press('8', '1')
    await till.time.advance(5_000)
    expect(said(till, from)).toMatch(/无法连接主机/)
    expect(said(till, from)).not.toMatch(/请输入金额/)
    await till.toIdle()
    expect(statesOf(till)).toEqual([])
    till.network.refuses = false
    await cash(till, '5000')
    expect(statesOf(till)).toEqual(['2 approved'])
  })
})

describe('an empty batch that the host does not know', () => {
  it('is frozen when the host has moved on → ends by itself, and the next sale is in the batch of the host', async () => {
    const till = await readyTill()
    await hostOpens(till, 57)
    refusesSettlements(till)
    await askSettlement(till)
    await confirmSettlement(till)
    expect(journalOf(till).frozen()).toBe(false)
    await sellAll(till, '300')
    expect(journalOf(till).batch()).toBe(57)
  })

  it('with a sale in it, refused with 77 → stays frozen: it is not for the terminal to forget a sale', async () => {
    const till = await readyTill()
    await sellAll(till, '300')
    refusesSettlements(till)
    await askSettlement(till)
    await confirmSettlement(till)
    expect(statesOf(till)).toHaveLength(1)
    expect(journalOf(till).batch()).toBe(1)
    expect(journalOf(till).last()).toBeDefined()
  })
})

describe('a refused confirmation of a top-up', () => {
  /** Approved, its confirmation lost; the next one will be refused. */
  async function unconfirmedTill() {
    const till = await readyMemberTill()
    fates(till, ['0220', lose])
    await payIn(till)
    for (let step = 0; step < 6; step++) {
      await till.time.advance(1_500)
      if (/确认/.test(till.screen().split('\n').pop() ?? '')) await till.press('enter')
    }
    till.network.refuses = true
    await till.time.advance(300_000)
    await till.toIdle()
    fates(till, ['0230', ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 39: '25' }) })])
    return till
  }

  it('before a settlement → its report lists the top-up', async () => {
    const till = await unconfirmedTill()
    till.machine.operator.press('9')
    till.network.refuses = false
    await till.time.advance(5_000)
    await till.see(/借记/)
    await till.press('enter')
    await till.time.advance(20_000)
    await till.toIdle()
    expect(settlementSlips(till).join('\n')).toMatch(/被拒通知.*1\n\d{6} 现金充值 .*50\.00/)
  })

  it('and a power cut before anybody is told → told after the start', async () => {
    const till = await unconfirmedTill()
    till.machine.operator.press('9')
    till.network.refuses = false
    await till.time.advance(5_000)
    await till.see(/借记/)
    till.machine.powerOff()
    const from = till.screens.length
    till.machine.powerOn()
    await till.toIdle()
    expect(said(till, from)).toMatch(/被拒|拒绝|确认/)
    expect(said(till, from)).toMatch(/50\.00/)
  })
})

describe('an advice whose outcome rotted away', () => {
  it('is not known to the host, is sent again and declined → the operator hears of it at once, not after the next start', async () => {
    const till = await readyTill()
    let before: Uint8Array = new Uint8Array(0)
    till.network.fate = ({ body }) => {
      if (typeOf(body) === '0230') before = till.chip.image()
      return { kind: 'deliver' }
    }
    await cash(till, '5000')
    const after = till.chip.image()
    till.machine.powerOff()
    const changed = [...after.keys()].filter((at) => before[at] !== after[at])
    till.chip.flip(changed.find((at) => (after[at] ?? 0) !== 0xff) ?? 0, 0x10)
    expect(statesOf(till)).toEqual(['2 doubtful'])

    fates(
      till,
      ['0830', ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 39: '25', 4: undefined }) })],
      ['0230', ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 39: '13' }) })],
    )
    till.machine.powerOn()
    await till.time.advance(70_000)
    await till.toIdle()
    await till.time.advance(70_000)
    expect(statesOf(till)).toEqual(['2 declined'])
    expect(rejections(till)).toBe(1)
  })
})

describe('notes of declined advices', () => {
  it('are kept for as many as may be queued, also with the longest trace numbers', async () => {
    const till = await readyTill()
    till.machine.powerOff()
    const opened = openJournal(till.copyOfChip(), asBatchNumber(1))
    if (opened.kind !== 'ready') throw new Error(opened.label)
    const { journal } = opened
    for (let trace = 999_950; trace <= 999_999; trace++) noteRejected(journal, asTrace(trace))
    expect(journal.setting(12)).toHaveLength(50 * 3)
    forgetRejected(journal, asTrace(999_999))
    expect(journal.setting(12)).toHaveLength(49 * 3)
  })

  it('fifty advices declined while there is no paper → each has its slip after the next start', async () => {
    const till = await readyTill({ setup: { parameters: { adviceQueueMax: 50 } } })
    till.network.refuses = true
    for (let nth = 0; nth < 50; nth++) await cash(till, '100')
    await hostSettled(till, 2)
    till.machine.operator.paperOut()
    till.network.refuses = false
    await till.time.advance(20_000)
    till.machine.powerOff()
    till.machine.operator.paperIn()
    const states = statesOf(till)
    expect(states.filter((state) => / declined$/.test(state))).toHaveLength(50)
    till.machine.powerOn()
    await till.time.advance(60 * 65_000)
    expect(rejections(till)).toBe(50)
  })
})
