import { describe, expect, it } from 'vitest'
import type { Cut } from '../../../emulator/device/flash.ts'
import { heal, slipsOf } from '../../rig/audit.ts'
import { type FateRow, fates, lose, untilCut } from '../../rig/failure.ts'
import { BUDGET, cutsAt } from '../../rig/flash-run.ts'
import type { Till } from '../../rig/till.ts'
import {
  authorise,
  complete,
  expectAgreed,
  journalOf,
  MEMBER,
  makeUndoTill,
  quoteOf,
  refundIt,
  sell,
  slipOf,
  voidIt,
} from '../../rig/undo.ts'

/** Cuts of one story, and of a second time during the recovery, spread evenly over all there are. */
const CUTS_MAX = 28 * BUDGET
const SECOND_CUTS_MAX = 10 * BUDGET
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

/** What is undone, from idle to idle; the power may go at any flash operation of it. */
interface Story {
  readonly name: string
  /** Done before, with the power on. */
  before(till: Till): Promise<void>
  act(till: Till): Promise<void>
  readonly fates: readonly FateRow[]
  /** How its entry may have ended, and what the card has then: nothing was begun, or the one or the other. */
  readonly ends: { readonly [state: string]: number }
  readonly untouched: number
  /** What the operator must have been told once its entry has ended. */
  readonly told?: RegExp
}

const SOLD = MEMBER.balanceFen - 8880
const HELD = MEMBER.balanceFen - 50_000

const stories: readonly Story[] = [
  {
    name: 'void 撤销, approved',
    before: async (till) => void (await sell(till)),
    act: (till) => voidIt(till, 2),
    fates: [],
    ends: { '3 voidSale approved': MEMBER.balanceFen, '3 voidSale undone': SOLD },
    untouched: SOLD,
  },
  {
    name: 'void 撤销, answer lost',
    before: async (till) => void (await sell(till)),
    act: (till) => voidIt(till, 2),
    fates: [['0210', lose]],
    ends: { '3 voidSale undone': SOLD },
    untouched: SOLD,
  },
  {
    name: 'refund 退货, answer lost once',
    before: async (till) => void (await sell(till)),
    act: (till) => refundIt(till, { ...slipOf(till, 2), amount: '8880' }),
    fates: [['0230', lose]],
    ends: { '3 refund approved': MEMBER.balanceFen },
    untouched: SOLD,
  },
  {
    name: 'refund 退货, declined',
    before: async (till) => void (await sell(till)),
    act: (till) => refundIt(till, { ...slipOf(till, 2), amount: '8881' }),
    fates: [],
    ends: { '3 refund declined': SOLD },
    untouched: SOLD,
    told: /交易失败|上送交易被拒绝/,
  },
  {
    name: 'completion 预授权完成请求',
    before: async (till) => void (await authorise(till, '50000')),
    act: (till) => complete(till, ['6', '2'], slipOf(till, 2), '40000', '123456'),
    fates: [],
    ends: { '3 completion approved': MEMBER.balanceFen - 40_000, '3 completion undone': HELD },
    untouched: HELD,
  },
  {
    name: 'completion advice 预授权完成通知',
    before: async (till) => void (await authorise(till, '50000')),
    act: (till) => complete(till, ['6', '3'], slipOf(till, 2), '40000'),
    fates: [],
    ends: { '3 completionAdvice approved': MEMBER.balanceFen - 40_000 },
    untouched: HELD,
  },
  {
    name: 'instalment 分期, answer lost',
    before: async () => {},
    act: async (till) => {
      await quoteOf(till, { amount: '100000', programme: '1', term: '2' })
      await till.see(/首期 166\.70/)
      await till.press('enter')
      await till.pin('123456')
    },
    fates: [['0210', lose]],
    ends: { '3 instalment undone': MEMBER.balanceFen },
    untouched: MEMBER.balanceFen,
  },
]

async function ready(story: Story): Promise<Till> {
  const till = makeUndoTill()
  till.machine.powerOn()
  await till.toIdle()
  await story.before(till)
  fates(till, ...story.fates)
  return till
}

async function play(story: Story, till: Till): Promise<void> {
  await story.act(till)
  await till.time.advance(story.fates.length > 0 ? 70_000 : 1)
  await till.toIdle()
}

/** Flash operations of the story: the runs are deterministic, so the numbers hold for the next till too. */
async function operationsOf(story: Story): Promise<{ readonly from: number; readonly to: number }> {
  const till = await ready(story)
  const from = till.chip.operations()
  await play(story, till)
  await expectAgreed(till, story.name)
  return { from, to: till.chip.operations() }
}

async function cutAt(story: Story, cut: Cut): Promise<Till> {
  const till = await ready(story)
  till.chip.cut(cut)
  const dark = await untilCut(till, () => play(story, till))
  expect(dark, `${story.name}: the power is gone at ${JSON.stringify(cut)}`).toBe(true)
  return till
}

/** The books agree, the card has what the entry says, and no slip came twice without saying so. */
async function expectWhole(story: Story, till: Till, label: string): Promise<void> {
  await expectAgreed(till, label)
  const mine = journalOf(till).filter((entry) => entry.startsWith('3 '))
  const [end] = mine
  const balance = await till.balance('member')
  if (end === undefined) expect(balance, label).toBe(story.untouched)
  else expect([end, balance], label).toEqual([end, story.ends[end] ?? Number.NaN])
  expect(mine.length, label).toBeLessThan(2)
  if (end !== undefined && story.told) expect(till.screens.join('\n'), label).toMatch(story.told)
  const prints = slipsOf(till).filter((slip) => !slip.includes('again') && !slip.includes('torn'))
  expect(new Set(prints).size, `${label}: ${prints.join(', ')}`).toBe(prints.length)
}

function sampled<T>(all: readonly T[], max: number): T[] {
  const step = Math.max(1, all.length / max)
  const picked: T[] = []
  for (let at = 0; at < all.length; at += step) picked.push(all[Math.floor(at)] as T)
  return picked
}

describe.each(stories)('power cut: $name', (story) => {
  it(
    'before, inside and after flash operations → the books agree after the start',
    async () => {
      const { from, to } = await operationsOf(story)
      expect(to - from).toBeGreaterThan(2)
      const cuts = Array.from({ length: to - from }, (_, at) => cutsAt(from + at)).flat()
      for (const cut of sampled(cuts, CUTS_MAX)) {
        const till = await cutAt(story, cut)
        await heal(till)
        await expectWhole(story, till, JSON.stringify(cut))
      }
    },
    TIMEOUT_MS,
  )

  it(
    'and again during the recovery → the books agree after the second start',
    async () => {
      const { from, to } = await operationsOf(story)
      const firsts = Array.from(
        { length: to - from },
        (_, at): Cut => ({ operation: from + at, when: 'after' }),
      )
      const cases: { readonly first: Cut; readonly cut: Cut }[] = []
      for (const first of firsts) {
        const till = await cutAt(story, first)
        const begun = till.chip.operations()
        await heal(till)
        for (let second = begun; second < till.chip.operations(); second++)
          cases.push(...cutsAt(second).map((cut) => ({ first, cut })))
      }
      for (const { first, cut } of sampled(cases, SECOND_CUTS_MAX)) {
        const till = await cutAt(story, first)
        till.network.fate = () => ({ kind: 'deliver' })
        till.chip.cut(cut)
        till.machine.powerOn()
        await untilCut(till, async () => {
          await till.toIdle()
          await till.time.advance(60_000)
        })
        await heal(till)
        await expectWhole(story, till, JSON.stringify({ first, cut }))
      }
    },
    TIMEOUT_MS,
  )
})
