import { describe, expect, it } from 'vitest'
import { heal, journalOf, slipsOf, statesOf } from '../../rig/audit.ts'
import { APPROVED, drop, fates, lose, sentFields } from '../../rig/failure.ts'
import { messageOf, requests, resigned, typeOf } from '../../rig/frames.ts'
import {
  choose,
  disagreements,
  enter,
  MEMBER,
  type MemberTill,
  OTHER,
  payIn,
  readyMemberTill,
  UNSOLD,
} from '../../rig/member-till.ts'

const seen = (till: MemberTill): string => till.screens.join('\n')
const hint = (till: MemberTill): string => till.screen().split('\n').pop() ?? ''
const confirmationsSent = (till: MemberTill) => sentFields(till, '0220').map((fields) => Number(fields[11]))

describe('top-up failures (rows T01, T06, T07)', () => {
  it.each([
    ['the request', '0200', lose],
    ['the answer', '0210', lose],
    ['the line, with the answer on it,', '0210', drop],
  ] as const)('T01 %s is lost → reversed, the cash goes back, no confirmation', async (_, mti, fate) => {
    const till = await readyMemberTill()
    fates(till, [mti, fate])
    await payIn(till)
    await till.see(/已冲正,请退现金/, 100_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['3 undone'])
    expect(await till.balance('member')).toBe(20_000)
    expect(slipsOf(till)).toEqual([])
    expect(sentFields(till, '0220')).toEqual([])
    expect(await disagreements(till)).toEqual([])
  })

  it('T01 the answer is lost and the line stays dead → the cash goes back all the same, the reversal follows', async () => {
    const till = await readyMemberTill()
    fates(till, ['0210', lose])
    await payIn(till)
    await till.time.advance(1_000)
    till.network.refuses = true
    await till.see(/冲正中,请退现金/, 100_000)
    expect(statesOf(till)).toEqual(['3 owed'])
    await heal(till)
    expect(statesOf(till)).toEqual(['3 undone'])
    expect(sentFields(till, '0220')).toEqual([])
    expect(await disagreements(till)).toEqual([])
  })

  it('declined, or no line after the cash was taken → the cash goes back', async () => {
    const till = await readyMemberTill()
    fates(till, [
      '0200',
      ({ body }) => ({ kind: 'replace', body: resigned(till, body, { 61: '000001000001' }) }),
    ])
    await payIn(till)
    await till.see(/交易失败[\s\S]*未充值,请退现金/)
    await till.toIdle()
    await choose(till, '1')
    await till.swipe(MEMBER)
    await till.see(/可充/)
    await enter(till, '5000')
    till.network.refuses = true
    await till.press('enter')
    await till.see(/未发送,请退现金/, 60_000)
    await till.toIdle()
    expect(await till.balance('member')).toBe(20_000)
  })

  it('T06 the answer comes after the reversal → passed over, net 0', async () => {
    const till = await readyMemberTill()
    fates(till, ['0210', { kind: 'delay', ms: 75_000 }])
    await payIn(till)
    await till.see(/已冲正,请退现金/, 100_000)
    await till.time.advance(60_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['3 undone'])
    expect(seen(till)).not.toMatch(APPROVED)
    expect(await disagreements(till)).toEqual([])
  })

  it('T06 the request comes after its reversal → declined at the host, net 0', async () => {
    const till = await readyMemberTill()
    fates(till, ['0200', { kind: 'delay', ms: 75_000 }])
    await payIn(till)
    await till.see(/已冲正,请退现金/, 100_000)
    await till.time.advance(60_000)
    await till.toIdle()
    expect(await till.balance('member')).toBe(20_000)
    expect(await disagreements(till)).toEqual([])
  })

  it('T07 the request is duplicated → topped up once, one slip', async () => {
    const till = await readyMemberTill()
    fates(till, ['0200', { kind: 'repeat', times: 3 }])
    await payIn(till)
    await till.see(APPROVED)
    await till.toIdle()
    expect(await till.count('topUp')).toBe(1)
    expect(slipsOf(till)).toEqual(['商户 3', '持卡人 3'])
    expect(await disagreements(till)).toEqual([])
  })
})

describe('the confirmation of a top-up (P11)', () => {
  it.each([
    ['request', '0220'],
    ['answer', '0230'],
  ] as const)(
    'its %s is lost → sent again by itself, the same in content, until it is answered; told at idle',
    async (_, mti) => {
      const till = await readyMemberTill()
      fates(till, [mti, lose], [mti, lose])
      await payIn(till)
      await till.see(APPROVED)
      await till.see(/充值确认待上送/, 200_000)
      expect(await till.balance('member')).toBe(25_000)
      await till.time.advance(200_000)
      await till.toIdle()
      expect(confirmationsSent(till)).toEqual([3, 3, 3])
      const [first, ...more] = sentFields(till, '0220').map(({ 64: _mac, ...fields }) => fields)
      for (const fields of more) expect(fields).toEqual(first)
      expect(await till.count('topUpConfirm')).toBe(1)
      expect(hint(till)).not.toMatch(/确认/)
      expect(seen(till)).toMatch(/充值确认已上送/)
      expect(requests(till)).not.toContain('0400')
      expect(statesOf(till)).toEqual(['3 approved'])
      expect(await disagreements(till)).toEqual([])
    },
  )

  it('the line is dead after the approval → nothing else is sold until it is confirmed', async () => {
    const till = await readyMemberTill()
    await payIn(till)
    await till.see(APPROVED)
    till.network.refuses = true
    await till.toIdle()
    expect(hint(till)).toMatch(/充值确认待上送/)
    await till.order({ card: OTHER, amount: '100' })
    await till.see(/无法连接主机/, 60_000)
    await till.toIdle()
    till.network.refuses = false
    const from = till.network.passed.length
    await till.order({ card: OTHER, amount: '100' })
    await till.see(APPROVED)
    await till.toIdle()
    expect(requests(till, from)).toEqual(['0220', '0200'])
    expect(await disagreements(till)).toEqual([])
  })

  it('no settlement before it: refused with what waits, then confirmed and settled', async () => {
    const till = await readyMemberTill()
    let open = false
    till.network.fate = ({ body }) =>
      typeOf(body) === '0220' && !open ? { kind: 'lose' } : { kind: 'deliver' }
    await payIn(till)
    await till.see(APPROVED)
    await till.see(/充值确认待上送/, 200_000)
    await till.toIdle()
    await till.press('9')
    await till.see(/000003 现金充值/, 200_000)
    expect(requests(till)).not.toContain('0500')
    open = true
    await till.toIdle()
    await till.press('9')
    await till.see(/贷记 1 50\.00/, 30_000)
    await till.press('enter')
    await till.time.advance(120_000)
    await till.toIdle()
    const sent = requests(till)
    expect(sent.indexOf('0500')).toBeGreaterThan(sent.lastIndexOf('0220'))
    expect(await till.count('topUpConfirm')).toBe(1)
    expect(statesOf(till)).toEqual([])
  })

  it('the power cut before it was answered → the next start sends it by itself', async () => {
    const till = await readyMemberTill()
    fates(till, ['0230', lose])
    await payIn(till)
    await till.see(/正在确认充值/, 200_000)
    await till.time.advance(500)
    till.machine.powerOff()
    till.network.fate = () => ({ kind: 'deliver' })
    till.machine.powerOn()
    await till.toIdle()
    await till.time.advance(60_000)
    expect(confirmationsSent(till)).toEqual([3, 3])
    expect(await till.count('topUpConfirm')).toBe(1)
    expect(await disagreements(till)).toEqual([])
  })

  it('the host cannot now (96) → asked again; the host refuses it (25) → over, the operator hears of it', async () => {
    const till = await readyMemberTill()
    const codes = ['96', '25']
    till.network.fate = ({ body }) => {
      const code = typeOf(body) === '0230' ? codes.shift() : undefined
      return code === undefined
        ? { kind: 'deliver' }
        : { kind: 'replace', body: resigned(till, body, { 39: code }) }
    }
    await payIn(till)
    await till.see(APPROVED)
    await till.see(/上送交易被拒绝[\s\S]*现金充值 000003[\s\S]*充值确认被拒绝/, 300_000)
    await till.toIdle()
    await till.time.advance(600_000)
    expect(confirmationsSent(till)).toEqual([3, 3])
    expect(hint(till)).not.toMatch(/确认/)
  })

  it('an unsigned answer → counts as none', async () => {
    const till = await readyMemberTill()
    let forged = 0
    till.network.fate = ({ body }) => {
      const message = messageOf(body)
      if (message?.mti !== '0230' || forged++ > 0) return { kind: 'deliver' }
      return {
        kind: 'replace',
        body: resigned(till, body, { 64: undefined }).map((byte, at, all) =>
          at === all.length - 1 ? byte ^ 1 : byte,
        ),
      }
    }
    await payIn(till)
    await till.see(APPROVED)
    await till.see(/充值确认待上送/, 200_000)
    await till.time.advance(200_000)
    await till.toIdle()
    expect(confirmationsSent(till).length).toBeGreaterThan(1)
    expect(await disagreements(till)).toEqual([])
  })
})

describe('the promise to confirm', () => {
  it('cannot be kept (the flash fails) → not approved, reversed, out of service, the cash goes back', async () => {
    const till = await readyMemberTill()
    till.network.fate = ({ body }) => {
      if (typeOf(body) === '0210')
        till.chip.failures([{ of: 'program', from: till.chip.operations(), count: Number.POSITIVE_INFINITY }])
      return { kind: 'deliver' }
    }
    await payIn(till)
    await till.see(/请退现金/, 100_000)
    expect(seen(till)).not.toMatch(APPROVED)
    expect(slipsOf(till)).toEqual([])
    await till.time.advance(60_000)
    await heal(till)
    expect(statesOf(till)).toEqual(['3 undone'])
    expect(sentFields(till, '0220')).toEqual([])
    expect(await disagreements(till)).toEqual([])
  })

  it('is durable before the approval is: cut between them → reversed, never confirmed', async () => {
    const till = await readyMemberTill()
    till.network.fate = ({ body }) => {
      // The first operation after the answer is the promise; the next would be the OUTCOME.
      if (typeOf(body) === '0210') till.chip.cut({ operation: till.chip.operations(), when: 'after' })
      return { kind: 'deliver' }
    }
    await payIn(till)
    await till.time.advance(1_000)
    expect(till.machine.state).toBe('off')
    expect(statesOf(till)).toEqual(['3 owed'])
    expect(journalOf(till).setting(8)).toBeDefined()
    await heal(till)
    await till.time.advance(60_000)
    expect(statesOf(till)).toEqual(['3 undone'])
    expect(sentFields(till, '0220')).toEqual([])
    expect(await disagreements(till)).toEqual([])
  })
})

describe('activation failures', () => {
  it.each(['0200', '0210'] as const)(
    '%s is lost → reversed, the cash goes back, the card is inactive and can be sold again',
    async (mti) => {
      const till = await readyMemberTill()
      const sell = async (): Promise<void> => {
        await choose(till, '3')
        await till.swipe(UNSOLD)
        await till.see(/RMB 0\.00/)
        await enter(till, '3000')
        await till.see(/现金已收到/)
        await till.press('enter')
      }
      fates(till, [mti, lose])
      await sell()
      await till.see(/已冲正,请退现金/, 100_000)
      await till.toIdle()
      expect(await till.balance('unsold')).toBe(0)
      expect(await disagreements(till)).toEqual([])
      await sell()
      await till.see(APPROVED)
      await till.toIdle()
      expect(await till.balance('unsold')).toBe(3_000)
      expect(await disagreements(till)).toEqual([])
    },
  )
})
