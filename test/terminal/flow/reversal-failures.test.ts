import { describe, expect, it } from 'vitest'
import { type AuditedTill, entriesOf, journalOf, statesOf } from '../../rig/audit.ts'
import {
  expectAgreement,
  fates,
  finish,
  healed,
  lose,
  nextSale,
  readyTill,
  TEARS,
  untilCut,
} from '../../rig/failure.ts'
import { altered, messageOf, requests, resigned, typeOf } from '../../rig/frames.ts'
import type { Fate } from '../../rig/network.ts'
import type { Till } from '../../rig/till.ts'

/** What K a request is of, with what it says: two that are equal are the same request again. */
function reversals(till: Till): string[] {
  return till.network.passed.flatMap(({ body }) => {
    const message = messageOf(body)
    if (message?.mti !== '0400') return []
    const { 4: amount, 11: trace, 39: reason, 41: terminal, 60: type } = message.fields
    return [JSON.stringify({ amount, trace, reason, terminal, type })]
  })
}

/** The credit-back, once: the card has what it had, and the host's one reversal entry undoes the sale. */
async function expectOneCreditBack(till: AuditedTill): Promise<void> {
  expect(await till.net(2)).toBe(0)
  expect(await till.hasTombstone(2)).toBe(false)
  expect(await till.balance('member')).toBe(10_000_000)
  expect(till.screens.join()).not.toMatch(/交易成功/)
}

/** The sale is booked, its answer lost: from here on a reversal is owed. */
async function sellWithoutAnswer(till: AuditedTill, ...rows: Parameters<typeof fates>[1][]): Promise<void> {
  fates(till, ['0210', lose], ...rows)
  await till.order()
  await till.see(/冲正/, 90_000)
}

describe('reversal failures 冲正', () => {
  it('R01 reversal request lost: retried under the same K, one credit-back', async () => {
    const till = await readyTill()
    await sellWithoutAnswer(till, ['0400', lose])
    await finish(till)
    const sent = reversals(till)
    expect(sent.length).toBeGreaterThanOrEqual(2)
    expect(new Set(sent).size).toBe(1)
    expect(statesOf(till)).toEqual(['2 undone'])
    await expectOneCreditBack(till)
    await nextSale(till)
  })

  it('the icon 待冲正 → dark while a sale is being answered, lit while its reversal is owed, dark again', async () => {
    const till = await readyTill()
    fates(till, ['0210', lose])
    await till.order()
    await till.see(/正在交易/, 30_000)
    expect(till.picture()?.icons.owed).toBe(false)
    till.machine.operator.cable(false)
    await till.see(/或已扣款|待冲正/, 90_000)
    expect(till.picture()?.icons.owed).toBe(true)
    await till.toIdle()
    expect(till.screen()).toMatch(/待冲正,自动重试/)
    expect(till.picture()?.icons.owed).toBe(true)
    till.machine.operator.cable(true)
    await finish(till)
    expect(till.picture()?.icons.owed).toBe(false)
  })

  it('R02 reversal answer lost: retried, closed on the second answer, one credit-back', async () => {
    const till = await readyTill()
    await sellWithoutAnswer(till, ['0410', lose])
    await finish(till)
    expect(new Set(reversals(till)).size).toBe(1)
    expect(reversals(till).length).toBeGreaterThanOrEqual(2)
    expect(statesOf(till)).toEqual(['2 undone'])
    await expectOneCreditBack(till)
    await nextSale(till)
  })

  it('R03 reversal duplicated: closed once, one credit-back, the same answer twice', async () => {
    const till = await readyTill()
    await sellWithoutAnswer(till, ['0400', { kind: 'repeat', times: 3 }])
    await finish(till)
    const answers = till.network.passed.filter(({ body }) => typeOf(body) === '0410').map(({ body }) => body)
    expect(answers).toHaveLength(3)
    expect(answers[1]).toEqual(answers[0])
    expect(entriesOf(till)).toHaveLength(1)
    expect(statesOf(till)).toEqual(['2 undone'])
    await expectOneCreditBack(till)
    await nextSale(till)
  })

  it('R04 cut before it is sent: owed again at boot, then reversed', async () => {
    const till = await readyTill()
    fates(till, ['0210', lose])
    await till.order()
    await till.time.advance(30_000)
    till.machine.powerOff()
    expect(statesOf(till)).toEqual(['2 owed'])
    till.network.refuses = true
    for (let boot = 0; boot < 5; boot++) {
      till.machine.powerOn()
      await till.time.advance(30_000)
      till.machine.powerOff()
      expect(statesOf(till)).toEqual(['2 owed'])
    }
    expect(requests(till)).not.toContain('0400')
    await healed(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    await expectOneCreditBack(till)
    await nextSale(till)
  })

  it('R05 cut after the answer, before and inside REVERSED: sent again, answered again, one credit-back', async () => {
    const dry = await readyTill()
    let answered = 0
    await sellWithoutAnswer(dry, [
      '0410',
      () => {
        answered = dry.chip.operations()
        return { kind: 'deliver' }
      },
    ])
    await finish(dry)
    const end = dry.chip.operations()
    expect(end).toBeGreaterThan(answered)
    for (let operation = answered; operation < end; operation++)
      for (const tear of [undefined, ...TEARS]) {
        const label = `operation ${operation}, ${JSON.stringify(tear)}`
        const till = await readyTill()
        till.chip.cut(
          tear === undefined ? { operation, when: 'before' } : { operation, when: 'inside', tear },
        )
        const cut = await untilCut(till, async () => {
          await sellWithoutAnswer(till)
          await till.time.advance(300_000)
        })
        expect(cut, label).toBe(true)
        await healed(till, label)
        if (tear === undefined && operation === answered) {
          expect(reversals(till)).toHaveLength(2)
          expect(new Set(reversals(till)).size).toBe(1)
        }
        expect(statesOf(till), label).toEqual(['2 undone'])
        await expectOneCreditBack(till)
        await nextSale(till)
      }
  })

  it('R06 host answers "cannot store", authenticated: stays owed, backs off, stops selling after the limit', async () => {
    const till = await readyTill()
    // The host must not have stored it: it sees none of them.
    const refuse: (frame: { body: Uint8Array }) => Fate = ({ body }) => {
      const request = messageOf(body)
      if (request?.mti === '0210') return lose
      if (request?.mti !== '0400') return { kind: 'deliver' }
      const answer = resigned(till, body, { 39: '96', 12: '090600', 13: '1121', 37: '000000000001' }, '0410')
      till.time.after(40, () => till.network.inject(answer))
      return lose
    }
    till.network.fate = refuse
    await till.order()
    await till.time.advance(600_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 owed'])
    const times = reversals(till).length
    expect(times).toBeGreaterThanOrEqual(3)
    expect(till.screen()).toMatch(/待冲正|冲正/)
    const before = till.network.passed.length
    await till.press('1')
    await till.time.advance(3_000)
    expect(till.screen()).not.toMatch(/请输入/)
    expect(requests(till, before)).not.toContain('0200')
    expect(await till.net(2)).toBe(-8880)
    await healed(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    await expectOneCreditBack(till)
    await nextSale(till)
  })

  it('R07 forged or garbled "accepted": stays owed, the host has none', async () => {
    const forgeries: readonly [string, (till: Till, request: Uint8Array) => Uint8Array][] = [
      ['no MAC', (_, body) => altered(body, { 39: '00', 64: undefined }, '0410')],
      ['a MAC of zeros', (_, body) => altered(body, { 39: '00', 64: new Uint8Array(8) }, '0410')],
      ["the request's MAC", (_, body) => altered(body, { 39: '00' }, '0410')],
      ['another trace', (till, body) => resigned(till, body, { 39: '00', 11: '000007' }, '0410')],
      ['another terminal', (till, body) => resigned(till, body, { 39: '00', 41: '10000002' }, '0410')],
      ['another amount', (till, body) => resigned(till, body, { 39: '00', 4: '000000000001' }, '0410')],
      ['another batch', (till, body) => resigned(till, body, { 39: '00', 60: '22000002000' }, '0410')],
      ['the answer to a sale', (till, body) => resigned(till, body, { 39: '00' }, '0210')],
      ['garbage', () => Uint8Array.from([0x60, 1, 2, 3])],
      ['the request itself', (_, body) => body],
    ]
    for (const [name, forge] of forgeries) {
      const till = await readyTill()
      till.network.fate = ({ body }) => {
        if (typeOf(body) === '0210') return lose
        if (typeOf(body) !== '0400') return { kind: 'deliver' }
        const forged = forge(till, body)
        till.time.after(40, () => till.network.inject(forged))
        return lose
      }
      await till.order()
      await till.time.advance(200_000)
      expect(requests(till), name).toContain('0400')
      expect(statesOf(till), name).toEqual(['2 owed'])
      expect(await till.net(2)).toBe(-8880)
      await healed(till, name)
      await expectOneCreditBack(till)
    }
  })

  it('R08 retry limit reached, line still dead: sales blocked, a slip says so, owed over power cycles', async () => {
    const till = await readyTill()
    fates(till, ['0210', lose])
    await till.order()
    await till.see(/请稍候/)
    till.network.refuses = true
    await till.time.advance(1_200_000)
    await till.toIdle()
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/故障报告单/)
    for (let cycle = 0; cycle < 3; cycle++) {
      expect(journalOf(till).owed()).toHaveLength(1)
      const before = till.network.passed.length
      await till.press('1')
      await till.time.advance(3_000)
      expect(till.screen()).toMatch(/冲正/)
      expect(till.screen()).not.toMatch(/请输入金额|请输入门店/)
      expect(requests(till, before)).not.toContain('0200')
      till.machine.powerOff()
      await till.time.advance(5_000)
      till.machine.powerOn()
      await till.time.advance(120_000)
      await till.toIdle('cancel')
    }
    expect(till.paper.map(({ text }) => text).join('\n')).not.toMatch(/签购单/)
    till.network.refuses = false
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    await expectOneCreditBack(till)
    await expectAgreement(till)
    await nextSale(till)
  })

  it('R08 an owed reversal goes out before anything else the operator asks for', async () => {
    const till = await readyTill()
    fates(till, ['0210', lose], ['0400', lose], ['0400', lose])
    await till.order()
    await till.time.advance(130_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 owed'])
    await till.press('2')
    await till.time.advance(1_000)
    if (/刷卡/.test(till.screen())) {
      await till.swipe(till.cards[0] ?? '')
      await till.pin('123456')
    }
    await till.time.advance(30_000)
    const asked = requests(till)
    const enquiry = asked.lastIndexOf('0200')
    if (enquiry > asked.indexOf('0400')) expect(asked.slice(0, enquiry)).toContain('0400')
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    await expectOneCreditBack(till)
  })
})
