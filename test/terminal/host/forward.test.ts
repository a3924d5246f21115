import { describe, expect, it } from 'vitest'
import { entriesOf, heal, statesOf } from '../../rig/audit.ts'
import { fates } from '../../rig/failure.ts'
import { altered, messageOf, requests, resigned, typeOf } from '../../rig/frames.ts'
import { makeTill, TERMINAL, type Till } from '../../rig/till.ts'

async function ready(): Promise<Till> {
  const till = makeTill()
  till.machine.powerOn()
  await till.toIdle()
  return till
}

/** 其它业务 → 现金 88.80, paid exactly. */
async function ring(till: Till): Promise<void> {
  await till.press('8', '1')
  await till.see(/门店编号/)
  await till.type('0012')
  await till.press('enter')
  await till.see(/请输入金额/)
  await till.type('8880')
  await till.press('enter')
  await till.see(/应收/)
  await till.press('enter')
  await till.see(/找零/)
  await till.press('enter')
}

const advices = (till: Till): string[] =>
  till.network.passed
    .filter(({ direction, body }) => direction === 'toHost' && typeOf(body) === '0220')
    .map(({ body }) => String(messageOf(body)?.fields[11]))

const booked = (till: Till, trace: number) =>
  till.store.transact((books) => ({
    result: books.entry({ terminalId: TERMINAL, batch: 1, trace, kind: 'cashSale' }),
  }))

describe('advices 通知类交易 (P11)', () => {
  it.each(['68', '90', '91', '92', '96', '98'])(
    'answered %s, authenticated: not now → waits, sent again, approved; never told as declined',
    async (code) => {
      const till = await ready()
      fates(till, ['0230', ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 39: code }) })])
      await ring(till)
      await till.see(/已记账,待上送/)
      expect(statesOf(till)).toEqual(['2 owed'])
      await till.time.advance(120_000)
      await till.toIdle()
      expect(statesOf(till)).toEqual(['2 approved'])
      expect(advices(till)).toEqual(['000002', '000002'])
      expect(till.screens.join('\n')).not.toMatch(/交易失败|上送交易被拒绝/)
    },
  )

  it.each([
    ['without a MAC', (body: Uint8Array) => altered(body, { 64: undefined })],
    ['declined under the MAC of the approval', (body: Uint8Array) => altered(body, { 39: '12' })],
  ])('answered %s → not believed: waits, sent again, booked once', async (_, forged) => {
    const till = await ready()
    fates(till, ['0230', ({ body }) => ({ kind: 'replace', body: forged(body) })])
    await ring(till)
    await till.see(/已记账,待上送/, 70_000)
    expect(statesOf(till)).toEqual(['2 owed'])
    await till.time.advance(300_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 approved'])
    expect((await booked(till, 2))?.settleFen).toBe(8880)
    expect(requests(till)).not.toContain('0400')
  })

  it('the host cannot take the first of two now → the second waits behind it', async () => {
    const till = await ready()
    till.machine.operator.cable(false)
    for (let count = 0; count < 2; count++) {
      await ring(till)
      await till.see(/已记账,待上送/, 30_000)
      await till.toIdle()
    }
    fates(till, ['0230', ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 39: '96' }) })])
    till.machine.operator.cable(true)
    await till.time.runUntil(() => advices(till).length > 0, 60_000)
    await till.time.advance(10_000)
    expect(advices(till)).toEqual(['000002'])
    await heal(till)
    expect(advices(till)).toEqual(['000002', '000002', '000003'])
    expect(statesOf(till)).toEqual(['2 approved', '3 approved'])
  })

  it('the flash cannot keep the answer → out of service, not sent again and again; after a restart it is, and booked once', async () => {
    const till = await ready()
    till.machine.operator.cable(false)
    await ring(till)
    await till.see(/已记账,待上送/, 30_000)
    await till.toIdle()
    till.network.fate = ({ body }) => {
      if (typeOf(body) === '0230')
        till.chip.failures([{ of: 'program', from: 0, count: Number.POSITIVE_INFINITY }])
      return { kind: 'deliver' }
    }
    till.machine.operator.cable(true)
    await till.time.advance(600_000)
    await till.toIdle('cancel')
    expect(till.screen()).toMatch(/存储故障/)
    expect(advices(till)).toEqual(['000002'])
    await heal(till)
    expect(entriesOf(till).map(({ state }) => state)).toEqual(['approved'])
    expect(advices(till)).toEqual(['000002', '000002'])
    expect((await booked(till, 2))?.settleFen).toBe(8880)
  })

  it('its outcome rotted away and the host knows nothing of it → sent again, never reversed', async () => {
    const till = await ready()
    let before: Uint8Array = new Uint8Array(0)
    till.network.fate = ({ body }) => {
      if (typeOf(body) === '0230') before = till.chip.image()
      return { kind: 'deliver' }
    }
    await ring(till)
    await till.see(/交易成功/)
    const after = till.chip.image()
    await till.toIdle()
    till.machine.powerOff()
    const changed = [...after.keys()].filter((at) => before[at] !== after[at])
    till.chip.flip(changed[changed.length >> 1] ?? 0, 0x10)
    expect(statesOf(till)).toEqual(['2 doubtful'])
    const from = till.network.passed.length
    fates(till, [
      '0830',
      ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 39: '25', 4: undefined }) }),
    ])
    till.machine.powerOn()
    await till.toIdle()
    await till.time.advance(60_000)
    await till.toIdle()
    expect(requests(till, from).filter((mti) => mti !== '0800')).toEqual(['0820', '0220'])
    expect(statesOf(till)).toEqual(['2 approved'])
    expect((await booked(till, 2))?.settleFen).toBe(8880)
  })
})
