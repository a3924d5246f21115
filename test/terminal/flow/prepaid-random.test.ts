import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import { entriesOf, heal } from '../../rig/audit.ts'
import { BUDGET } from '../../rig/flash-run.ts'
import {
  changePin,
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
import type { Fate } from '../../rig/network.ts'

const DAYS = 12 * BUDGET
const DEALS = 10
const TIMEOUT_MS = 120_000 * Math.max(1, BUDGET)

const deals: readonly ((till: MemberTill) => Promise<void>)[] = [
  (till) => payIn(till, '1500'),
  async (till) => {
    await choose(till, '3')
    await till.swipe(UNSOLD)
    await till.see(/RMB 0\.00/)
    await enter(till, '700')
    await till.see(/现金已收到/)
    await till.press('enter')
  },
  async (till) => {
    await choose(till, '5')
    await till.swipe(MEMBER)
    await till.see(/转入卡/)
    await till.swipe(OTHER)
    await till.see(/RMB 0\.00/)
    await enter(till, '900')
    await till.press('enter')
    await till.pin(MEMBER.pin ?? '')
  },
  (till) => changePin(till, MEMBER.pin, MEMBER.pin),
  (till) => till.order({ card: MEMBER, amount: '300' }),
]

describe('a day of member cards on a bad line', () => {
  it.each(Array.from({ length: DAYS }, (_, seed) => seed + 1))(
    'seed %i: frames lost, late, twice, lines dropped, the power cut → both sides agree at night',
    async (seed) => {
      const random = makeRandom(seed)
      const oneIn = (count: number): boolean => random() % count === 0
      const till = await readyMemberTill()
      const troubles: readonly Fate[] = [
        { kind: 'lose' },
        { kind: 'drop' },
        { kind: 'repeat', times: 2 },
        { kind: 'delay', ms: 65_000 },
        { kind: 'trickle' },
      ]
      till.network.fate = () =>
        (oneIn(6) ? troubles[random() % troubles.length] : undefined) ?? { kind: 'deliver' }
      for (let deal = 0; deal < DEALS; deal++) {
        const what = deals[random() % deals.length]
        try {
          await what?.(till)
        } catch (error) {
          if (!/no \/|nobody asks/.test(String(error))) throw error // the terminal refused: something is owed
        }
        await till.time.advance(random() % 90_000)
        if (oneIn(5)) {
          till.machine.powerOff()
          till.machine.powerOn()
        }
        await till.toIdle(oneIn(2) ? 'enter' : 'cancel')
      }
      await heal(till)
      await till.time.advance(600_000)
      await till.toIdle()
      expect(await disagreements(till)).toEqual([])
      for (const { trace, state } of entriesOf(till)) {
        const stands = state === 'approved' && (await till.booked('topUp', trace))?.code === '00'
        expect((await till.booked('topUpConfirm', trace))?.code, `${trace} ${state}`).toBe(
          stands ? '00' : undefined,
        )
      }
    },
    TIMEOUT_MS,
  )
})
