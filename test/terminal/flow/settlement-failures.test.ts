import { describe, expect, it } from 'vitest'
import { statesOf } from '../../rig/audit.ts'
import {
  askSettlement,
  conversation,
  differs,
  expectClosed,
  expectFrozen,
  hostBatch,
  later,
  letPass,
  sellAll,
  settle,
  settlementSlips,
} from '../../rig/batch.ts'
import { drop, fates, lose, readyTill, sentFields } from '../../rig/failure.ts'
import { messageOf, resigned, typeOf } from '../../rig/frames.ts'

describe('settlement 结算: messages lost, doubled and late', () => {
  it('L01: 0500 lost → frozen, nothing sold; tried again by itself with a new trace, closed once', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    fates(till, ['0500', lose])
    await askSettlement(till)
    await till.press('enter')
    await till.see(/主机无应答/, 90_000)
    expect((await hostBatch(till, 1)).state).toBe('open')
    await expectFrozen(till)
    await later(till)
    const traces = sentFields(till, '0500').map((fields) => fields[11])
    expect(new Set(traces).size).toBe(traces.length)
    expect(settlementSlips(till)).toHaveLength(1)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('L02: 0510 lost → asked again, the same result, closed once, one slip', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    fates(till, ['0510', lose])
    await askSettlement(till)
    await till.press('enter')
    await till.see(/主机无应答/, 90_000)
    expect(await hostBatch(till, 1)).toMatchObject({ state: 'settled', open: 2 })
    await later(till)
    expect(settlementSlips(till)).toHaveLength(1)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
    await sellAll(till, '300')
    await settle(till)
    await expectClosed(till, { debit: [1, 300], credit: [0, 0] }, { batch: 2 })
  })

  it('L02: answer of the end lost → the end asked again; the host closed once, the terminal too', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    fates(till, ['0510', differs(till)], ['0330', { kind: 'deliver' }], ['0330', lose])
    await askSettlement(till)
    await till.press('enter')
    await till.see(/主机无应答/, 90_000)
    expect((await hostBatch(till, 1)).state).toBe('settled')
    const from = till.network.passed.length
    await later(till)
    expect(conversation(till, from).filter((type) => type !== '0800')).toEqual(['0320/202'])
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('L03: a late 0510 of the last batch, also under today’s trace → ignored, the new batch is settled on its own', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    let late: Uint8Array | undefined
    till.network.fate = ({ body }) => {
      if (typeOf(body) === '0510') late = body
      return { kind: 'deliver' }
    }
    await settle(till)
    if (late === undefined) throw new Error('no 0510')
    till.network.inject(late)
    await sellAll(till, '700')
    const old = late
    fates(till, [
      '0510',
      ({ body }) => ({ kind: 'replace', body: resigned(till, old, { 11: messageOf(body)?.fields[11] }) }),
    ])
    await settle(till)
    expect(settlementSlips(till)).toHaveLength(1)
    await later(till)
    await expectClosed(till, { debit: [1, 700], credit: [0, 0] }, { batch: 2 })
  })

  it('L04: a sale while the settlement is open → refused, nothing sent, also with a card at idle', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    fates(till, ['0500', drop])
    await settle(till)
    await expectFrozen(till)
    await till.swipe(till.cards[0] as never)
    await till.time.advance(1_000)
    expect(till.screen()).toMatch(/消费 已读卡\s+结算未完成/)
    expect(statesOf(till)).toEqual(['2 approved'])
    await later(till)
    await expectClosed(till, { debit: [1, 100], credit: [0, 0] })
  })

  it('L18: the key and idle at the same time → one settlement', async () => {
    const till = await readyTill()
    await sellAll(till, '100')
    fates(till, ['0500', drop])
    await settle(till)
    const from = till.network.passed.length
    letPass(till)
    for (let press = 0; press < 40; press++) {
      till.machine.operator.press('9')
      await till.time.advance(1_000)
    }
    await till.toIdle()
    expect(
      conversation(till, from)
        .filter((type) => type !== '0800')
        .slice(0, 2),
    ).toEqual(['0500', '0320/207'])
    expect(await hostBatch(till, 1)).toMatchObject({ state: 'settled', debit: [1, 100] })
    expect(settlementSlips(till).filter((slip) => slip.includes('批次号: 000001'))).toHaveLength(1)
  })
})
