import { describe, expect, it } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { entriesOf, statesOf } from '../../rig/audit.ts'
import { typeOf } from '../../rig/frames.ts'
import { makeTill, TERMINAL, type Till } from '../../rig/till.ts'

const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
const bill = { biller: '03', customer: '10002000300', bill: 'E202611', text: '十一月电费', amountFen: 12_345 }

async function ready(): Promise<Till> {
  const till = makeTill({
    acquirer: { bills: [bill] },
    gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)),
  })
  till.machine.powerOn()
  await till.toIdle()
  return till
}

/** 其它业务 → 缴费 → 电费 → customer. */
async function ask(till: Till, customer = '10002000300'): Promise<void> {
  await till.press('8', '2')
  await till.see(/3 电费/)
  await till.press('3')
  await till.see(/客户号/)
  await till.type(customer)
  await till.press('enter')
}

const paid = (till: Till, trace: number, kind: 'billPayment' | 'billCash') =>
  till.store.transact((books) => ({ result: books.entry({ terminalId: TERMINAL, batch: 1, trace, kind }) }))

describe('bill payment 缴费', () => {
  it('by card: the bill is shown as the host knows it, then PIN, paid, slip', async () => {
    const till = await ready()
    await ask(till)
    await till.see(/123\.45/)
    expect(till.screen()).toMatch(/十一月电费/)
    await till.press('1')
    await till.see(/请刷卡/)
    await till.swipe(till.cards[0]?.track2.replace('D', '=').replace(/^/, ';').concat('?') ?? '')
    await till.pin('123456')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await paid(till, 3, 'billPayment')).toMatchObject({
      code: '00',
      amountFen: 12_345,
      effectFen: -12_345,
    })
    expect(await till.balance('member')).toBe(10_000_000 - 12_345)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/缴费/)
    await ask(till)
    await till.time.advance(2_000)
    expect(till.screen()).not.toMatch(/123\.45/) // it is paid
  })

  it('in cash: received, change, paid', async () => {
    const till = await ready()
    await ask(till)
    await till.see(/123\.45/)
    await till.press('2')
    await till.see(/实收/)
    await till.type('20000')
    await till.press('enter')
    await till.see(/找零 RMB 76\.55/)
    await till.press('enter')
    await till.see(/交易成功/)
    await till.toIdle()
    expect(await paid(till, 3, 'billCash')).toMatchObject({ code: '00', amountFen: 12_345, effectFen: 0 })
  })

  it('a customer without a bill: said so, nothing booked', async () => {
    const till = await ready()
    await ask(till, '999999999')
    await till.time.advance(2_000)
    expect(till.screen()).not.toMatch(/RMB/)
    await till.toIdle()
    expect(entriesOf(till)).toEqual([])
  })

  it('C01: cash answer lost → reversed, the cash goes back; the bill can be paid again', async () => {
    const till = await ready()
    let lost = 0
    till.network.fate = ({ body }) =>
      typeOf(body) === '0210' && lost++ < 1 ? { kind: 'lose' } : { kind: 'deliver' }
    await ask(till)
    await till.see(/123\.45/)
    await till.press('2')
    await till.see(/实收/)
    await till.press('enter')
    await till.see(/找零 RMB 0\.00/)
    await till.press('enter')
    await till.see(/已冲正,未扣款/, 100_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['3 undone'])
    await ask(till)
    await till.see(/123\.45/)
  })

  it('cancel at every question: back to idle, nothing booked', async () => {
    const steps: readonly ((till: Till) => Promise<void>)[] = [
      async (till) => till.press('8', '2'),
      async (till) => till.press('3'),
      async (till) => {
        await till.type('10002000300')
        await till.press('enter')
        await till.see(/123\.45/)
      },
      async (till) => till.press('1'),
    ]
    for (let count = 1; count <= steps.length; count++) {
      const till = await ready()
      for (const step of steps.slice(0, count)) await step(till)
      await till.press('cancel')
      await till.toIdle('cancel')
      expect(entriesOf(till)).toEqual([])
    }
  })
})
