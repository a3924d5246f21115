import { describe, expect, it } from 'vitest'
import type { Cut } from '../../../emulator/device/flash.ts'
import { entriesOf, heal, slipsOf } from '../../rig/audit.ts'
import { type FateRow, fates, lose, untilCut } from '../../rig/failure.ts'
import { BUDGET, cutsAt } from '../../rig/flash-run.ts'
import {
  changePin,
  choose,
  disagreements,
  enter,
  MEMBER,
  type MemberTill,
  makeMemberTill,
  OTHER,
  payIn,
  readyMemberTill,
  UNSOLD,
} from '../../rig/member-till.ts'

/** Cuts of a story, and cases of a second cut, spread evenly over all there are. */
const CUTS_MAX = 40 * BUDGET
const SECOND_CUTS_MAX = 8 * BUDGET
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

interface Story {
  readonly name: string
  readonly fates: readonly FateRow[]
  play(till: MemberTill): Promise<void>
  /** How it ends where nothing is cut. */
  readonly end: string
}

async function activate(till: MemberTill): Promise<void> {
  await choose(till, '3')
  await till.swipe(UNSOLD)
  await till.see(/RMB 0\.00/)
  await enter(till, '3000')
  await till.see(/现金已收到/)
  await till.press('enter')
}
async function transfer(till: MemberTill): Promise<void> {
  await choose(till, '5')
  await till.swipe(MEMBER)
  await till.see(/转入卡/)
  await till.swipe(OTHER)
  await till.see(/RMB 0\.00/)
  await enter(till, '5000')
  await till.press('enter')
  await till.pin(MEMBER.pin ?? '')
}

const stories: readonly Story[] = [
  { name: 'top-up 充值, approved and confirmed', fates: [], play: payIn, end: '3 approved' },
  {
    name: 'top-up 充值, its answer lost',
    fates: [['0210', lose]],
    play: payIn,
    end: '3 undone',
  },
  {
    name: 'top-up 充值, the answer of its confirmation lost',
    fates: [['0230', lose]],
    play: payIn,
    end: '3 approved',
  },
  { name: 'activation 售卡激活', fates: [], play: activate, end: '2 approved' },
  { name: 'activation 售卡激活, its answer lost', fates: [['0210', lose]], play: activate, end: '2 undone' },
  { name: 'transfer 转账', fates: [], play: transfer, end: '2 approved' },
  { name: 'PIN change 修改密码', fates: [], play: changePin, end: '2 approved' },
  {
    name: 'PIN change 修改密码, its answer lost',
    fates: [['0110', lose]],
    play: changePin,
    end: '2 approved',
  },
]

async function play(story: Story, till: MemberTill): Promise<void> {
  fates(till, ...story.fates)
  await story.play(till)
  await till.time.advance(200_000)
  await till.toIdle()
}

async function cutStory(story: Story, cut: Cut): Promise<MemberTill> {
  const till = makeMemberTill()
  till.chip.cut(cut)
  till.machine.powerOn()
  const dark = await untilCut(till, async () => {
    await till.toIdle()
    await play(story, till)
  })
  expect(dark, `${story.name}: the power is gone at ${JSON.stringify(cut)}`).toBe(true)
  return till
}

async function recovered(till: MemberTill): Promise<void> {
  await heal(till)
  await till.time.advance(120_000)
  await till.toIdle()
}

/** The books agree, each approved top-up is confirmed and no other one, nothing is printed twice as an original. */
async function expectWhole(till: MemberTill, label: string): Promise<void> {
  expect(await disagreements(till), label).toEqual([])
  for (const { trace, state } of entriesOf(till)) {
    const stands = (await till.booked('topUp', trace)) !== undefined && state === 'approved'
    expect((await till.booked('topUpConfirm', trace))?.code, `${label}, ${trace} ${state}`).toBe(
      stands ? '00' : undefined,
    )
  }
  const prints = slipsOf(till).filter((slip) => !slip.includes('again') && !slip.includes('torn'))
  expect(new Set(prints).size, `${label}: ${prints.join(', ')}`).toBe(prints.length)
}

async function operationsOf(story: Story): Promise<{ readonly from: number; readonly to: number }> {
  const till = await readyMemberTill()
  const from = till.chip.operations()
  await play(story, till)
  expect(entriesOf(till).map(({ trace, state }) => `${trace} ${state}`)).toEqual([story.end])
  await expectWhole(till, 'uncut')
  return { from, to: till.chip.operations() }
}

/** A prime step, so that every way to cut has its turn. */
function sampled<T>(all: readonly T[], max: number): T[] {
  return Array.from({ length: Math.min(all.length, max) }, (_, at) => all[(at * 7919) % all.length] as T)
}

describe.each(stories)('power cut: $name', (story) => {
  it(
    'before, inside and after flash operations: both sides agree after reboot, what is to be confirmed is',
    async () => {
      const { from, to } = await operationsOf(story)
      const cuts = Array.from({ length: to - from }, (_, at) => cutsAt(from + at)).flat()
      for (const cut of sampled(cuts, CUTS_MAX)) {
        const label = `${story.name}, ${JSON.stringify(cut)}`
        const till = await cutStory(story, cut)
        await recovered(till)
        await expectWhole(till, label)
      }
    },
    TIMEOUT_MS,
  )

  it(
    'and again during the recovery: both sides agree after the second reboot',
    async () => {
      const { from, to } = await operationsOf(story)
      const firsts = sampled(
        Array.from({ length: to - from }, (_, at) => cutsAt(from + at)).flat(),
        SECOND_CUTS_MAX,
      )
      for (const [at, first] of firsts.entries()) {
        const till = await cutStory(story, first)
        const second = cutsAt(till.chip.operations() + (at % 7))[(5 * at) % 12] as Cut
        const label = `${story.name}, ${JSON.stringify([first, second])}`
        till.network.fate = () => ({ kind: 'deliver' })
        till.chip.cut(second)
        till.machine.powerOn()
        await untilCut(till, async () => {
          await till.toIdle()
          await till.time.advance(60_000)
        })
        await recovered(till)
        await expectWhole(till, label)
      }
    },
    TIMEOUT_MS,
  )

  it(
    'at any instant from the last key on: both sides agree after reboot',
    async () => {
      for (let ms = 0; ms < 5_000; ms += ms < 250 ? 29 : 1_490) {
        const till = await readyMemberTill()
        fates(till, ...story.fates)
        await story.play(till)
        await till.time.advance(ms)
        till.machine.powerOff()
        await recovered(till)
        await expectWhole(till, `${story.name}, ${ms} ms`)
      }
    },
    TIMEOUT_MS,
  )
})
