import { describe, expect, it } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { entriesOf } from '../../rig/audit.ts'
import { fates } from '../../rig/failure.ts'
import { altered, requests, resigned } from '../../rig/frames.ts'
import { makeTill, type Till } from '../../rig/till.ts'

const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
const bill = { biller: '03', customer: '10002000300', bill: 'E202611', text: '十一月电费', amountFen: 12_345 }

/** 其它业务 → 缴费 → 电费 → customer, up to the enter key that asks the host for the bill. */
async function asked(
  answer: (till: Till, body: Uint8Array) => Uint8Array,
  parameters: { readonly [name: string]: number } = {},
): Promise<{ till: Till; from: number }> {
  const till = makeTill({
    acquirer: { bills: [bill] },
    gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)),
    setup: { parameters: { storeNumberRequired: true, ...parameters } },
  })
  till.machine.powerOn()
  await till.toIdle()
  const from = till.network.passed.length
  fates(till, ['0110', ({ body }) => ({ kind: 'replace', body: answer(till, body) })])
  await till.press('8', '2', '3')
  await till.see(/客户号/)
  await till.type('10002000300')
  await till.press('enter')
  return { till, from }
}

/** Back at idle with nothing but the question sent, nothing booked, and no bill ever shown. */
async function expectNothingPaid(till: Till, from: number): Promise<void> {
  await till.toIdle()
  expect(till.screens.join('\n')).not.toMatch(/RMB/)
  expect(requests(till, from).filter((mti) => mti !== '0800')).toEqual(['0100'])
  expect(entriesOf(till)).toEqual([])
}

describe('bill query 查询账单: answers that are not a bill to be paid', () => {
  it('above the limit of the function → said, nothing paid', async () => {
    const { till, from } = await asked((_, body) => body, { 'billPayment.limitFen': 12_344 })
    await till.see(/金额超限/)
    await expectNothingPaid(till, from)
  })

  it.each([
    ['an amount of nothing', { 4: '000000000000' }],
    ['no amount', { 4: undefined }],
    ['no reference', { 57: undefined }],
    ['tags that cannot be read', { 57: '06' }],
  ])('approved with %s → no bill, nothing paid', async (_, changes) => {
    const { till, from } = await asked((asking, body) => resigned(asking, body, changes))
    await till.see(/没有账单/)
    await expectNothingPaid(till, from)
  })

  it.each([
    ['another amount under the MAC of the bill', (body: Uint8Array) => altered(body, { 4: '000000000001' })],
    ['no MAC', (body: Uint8Array) => altered(body, { 64: undefined })],
  ])('%s → not shown as a bill, nothing paid', async (_, forged) => {
    const { till, from } = await asked((__, body) => forged(body))
    await till.see(/MAC/)
    await expectNothingPaid(till, from)
  })
})
