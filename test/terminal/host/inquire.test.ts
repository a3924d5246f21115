import { describe, expect, it } from 'vitest'
import { type AuditedTill, statesOf } from '../../rig/audit.ts'
import { APPROVED, healed, operationsOfSale, readyTill } from '../../rig/failure.ts'
import { altered, messageOf, requests, resigned } from '../../rig/frames.ts'

/** A till that was cut off after an approved sale, whose OUTCOME has rotted away since. */
async function doubtfulTill(): Promise<AuditedTill> {
  const { beforeOutcome, afterOutcome } = await operationsOfSale()
  const till = await readyTill()
  await till.order()
  await till.see(APPROVED)
  await till.toIdle()
  till.machine.powerOff()
  const changed = [...afterOutcome.keys()].filter((at) => beforeOutcome[at] !== afterOutcome[at])
  till.chip.flip(changed[changed.length >> 1] ?? 0, 0x10)
  expect(statesOf(till)).toEqual(['2 doubtful'])
  return till
}

describe('status inquiry 状态查询 of a sale in doubt (S31)', () => {
  it.each([
    [
      'unsigned "unknown"',
      (_: AuditedTill, body: Uint8Array) => altered(body, { 39: '25', 4: undefined, 64: undefined }),
    ],
    [
      '"unknown" under the MAC of "booked"',
      (_: AuditedTill, body: Uint8Array) => altered(body, { 39: '25' }),
    ],
    [
      'signed, booked for another amount',
      (till: AuditedTill, body: Uint8Array) => resigned(till, body, { 4: '000000000001' }),
    ],
    [
      'signed, 96 cannot say',
      (till: AuditedTill, body: Uint8Array) => resigned(till, body, { 39: '96', 4: undefined }),
    ],
  ])(
    'answered %s → stays in doubt, no reversal, nothing sold; the true answer settles it',
    async (_, answer) => {
      const till = await doubtfulTill()
      const before = till.network.passed.length
      till.network.fate = ({ direction, body }) =>
        direction === 'toTerminal' && messageOf(body)?.mti === '0830'
          ? { kind: 'replace', body: answer(till, body) }
          : { kind: 'deliver' }
      till.machine.powerOn()
      await till.toIdle('cancel')
      await till.time.advance(60_000)
      await till.press('1')
      await till.time.advance(5_000)
      expect(till.screen()).not.toMatch(/请输入|请刷卡/)
      expect(statesOf(till)).toEqual(['2 doubtful'])
      expect(requests(till, before)).toContain('0820')
      expect(requests(till, before)).not.toContain('0400')
      expect(requests(till, before)).not.toContain('0200')
      await healed(till)
      expect(statesOf(till)).toEqual(['2 approved'])
      expect(await till.net(2)).toBe(-8880)
    },
  )
})
