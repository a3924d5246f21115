import { describe, expect, it } from 'vitest'
import { entriesOf, slipsOf } from '../../rig/audit.ts'
import { messageOf, typeOf } from '../../rig/frames.ts'
import { MERCHANT, makeTill, TERMINAL, type Till, type TillOptions } from '../../rig/till.ts'

async function ready(options: TillOptions = {}): Promise<Till> {
  const till = makeTill(options)
  till.machine.powerOn()
  await till.toIdle()
  return till
}

/** 其它业务 → 现金, up to the question whether the money was received. */
async function ring(till: Till, amount: string, tendered: string): Promise<void> {
  await till.press('8', '1')
  await till.see(/门店编号|Store number/)
  await till.type('0012')
  await till.press('enter')
  await till.see(/请输入金额|Enter amount/)
  await till.type(amount)
  await till.press('enter')
  await till.see(/应收|Due/)
  await till.type(tendered)
  await till.press('enter')
}

const booked = (till: Till, trace: number, kind: 'cashSale' | 'cashVoid' = 'cashSale') =>
  till.store.transact((books) => ({
    result: books.entry({ terminalId: TERMINAL, batch: 1, trace, kind }),
  }))
const adviceTraces = (till: Till): number[] =>
  till.network.passed
    .filter(({ body, direction }) => direction === 'toHost' && typeOf(body) === '0220')
    .map(({ body }) => Number(messageOf(body)?.fields[11]))

describe('cash 现金', () => {
  it('100 yuan for 88.80: shows the change, books it online under its store, prints received and change', async () => {
    const till = await ready()
    await ring(till, '8880', '10000')
    await till.see(/找零 RMB 11\.20/)
    await till.press('enter')
    await till.see(/交易成功/)
    await till.toIdle()
    const entry = await booked(till, 2)
    expect(entry).toMatchObject({
      merchantId: MERCHANT,
      storeNumber: '0012',
      code: '00',
      amountFen: 8880,
      settleFen: 8880,
      effectFen: 0,
      cardKind: 'cash',
      operator: '01',
    })
    const paper = till.paper.map(({ text }) => text).join('\n')
    expect(paper).toMatch(/实收: 100\.00/)
    expect(paper).toMatch(/找零: 11\.20/)
    expect(paper).not.toMatch(/签名|卡号/)
    expect(slipsOf(till)).toEqual(['商户 2', '持卡人 2'])
    expect(entriesOf(till).map(({ state }) => state)).toEqual(['approved'])
  })

  it('enter alone stands for the exact sum; too little is not taken', async () => {
    const till = await ready()
    await ring(till, '8880', '8879')
    await till.see(/实收不足/)
    await till.see(/应收/, 20_000)
    await till.press('enter')
    await till.see(/找零 RMB 0\.00/)
    await till.press('enter')
    await till.see(/交易成功/)
    expect((await booked(till, 2))?.amountFen).toBe(8880)
  })

  it('cancel at the last question: nothing booked, nothing sent', async () => {
    const till = await ready()
    const before = till.network.passed.length
    await ring(till, '8880', '10000')
    await till.see(/找零/)
    await till.press('cancel')
    await till.toIdle()
    expect(entriesOf(till)).toEqual([])
    expect(till.network.passed.length).toBe(before)
  })

  it('line down: booked and printed as not yet sent; a card sale has to wait; all go in order once it is up', async () => {
    const till = await ready()
    till.machine.operator.cable(false)
    for (const amount of ['100', '200']) {
      await ring(till, amount, amount)
      await till.press('enter')
      await till.see(/已记账,待上送/, 30_000)
      await till.toIdle()
    }
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/待上送 NOT YET SENT/)
    expect(entriesOf(till).map(({ state }) => state)).toEqual(['owed', 'owed'])
    till.machine.operator.cable(true)
    await till.time.advance(600_000)
    await till.toIdle()
    expect(entriesOf(till).map(({ state }) => state)).toEqual(['approved', 'approved'])
    expect(adviceTraces(till)).toEqual([2, 3])
    expect([await booked(till, 2), await booked(till, 3)].map((entry) => entry?.settleFen)).toEqual([
      100, 200,
    ])
  })

  it('P11: answer lost → sent again with the same content, booked once; never a reversal', async () => {
    const till = await ready()
    let lost = 0
    till.network.fate = ({ body }) =>
      typeOf(body) === '0230' && lost++ < 2 ? { kind: 'lose' } : { kind: 'deliver' }
    await ring(till, '8880', '8880')
    await till.press('enter')
    await till.see(/已记账,待上送/, 200_000)
    await till.time.advance(900_000)
    await till.toIdle()
    const sent = till.network.passed
      .filter(({ body, direction }) => direction === 'toHost' && typeOf(body) === '0220')
      .map(({ body }) => Buffer.from(body).toString('hex'))
    expect(sent.length).toBeGreaterThanOrEqual(3)
    expect(new Set(sent).size).toBe(1)
    expect((await booked(till, 2))?.settleFen).toBe(8880)
    expect(entriesOf(till).map(({ state }) => state)).toEqual(['approved'])
    expect(till.network.passed.some(({ body }) => typeOf(body) === '0400')).toBe(false)
  })

  it('power cut right after it was booked: sent at the next start, booked once', async () => {
    const till = await ready()
    till.network.fate = ({ body }) => {
      if (typeOf(body) !== '0220') return { kind: 'deliver' }
      till.machine.powerOff()
      return { kind: 'lose' }
    }
    await ring(till, '8880', '8880')
    await till.press('enter')
    await till.time.advance(5_000)
    expect(till.machine.state).toBe('off')
    till.network.fate = () => ({ kind: 'deliver' })
    till.machine.powerOn()
    await till.toIdle()
    await till.time.advance(120_000)
    await till.toIdle()
    expect(entriesOf(till).map(({ state }) => state)).toEqual(['approved'])
    expect((await booked(till, 2))?.settleFen).toBe(8880)
  })

  it('the host declines (more than it takes): told at once, nothing counted, no slip', async () => {
    const till = await ready()
    await ring(till, '100000001', '100000001')
    await till.see(/找零/)
    await till.press('enter')
    await till.see(/13 无效金额/)
    expect(till.screen()).toMatch(/未记账/)
    expect(entriesOf(till).map(({ state }) => state)).toEqual(['declined'])
    expect(slipsOf(till)).toEqual([])
    await till.toIdle()
    expect(till.screens.join('\n')).not.toMatch(/上送交易被拒绝/) // told once
  })

  it('the queue is full: no further cash without a line', async () => {
    const till = await ready({ setup: { parameters: { storeNumberRequired: true, adviceQueueMax: 1 } } })
    till.machine.operator.cable(false)
    await ring(till, '100', '100')
    await till.press('enter')
    await till.see(/已记账,待上送/, 30_000)
    await till.toIdle()
    await ring(till, '200', '200')
    await till.press('enter')
    await till.see(/待上送满/)
    expect(entriesOf(till).length).toBe(1)
  })
})
