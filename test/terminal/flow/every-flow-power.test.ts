import { describe, expect, it } from 'vitest'
import type { Cut } from '../../../emulator/device/flash.ts'
import { heal, leaks } from '../../rig/audit.ts'
import { slipsDiffer } from '../../rig/day/accounts.ts'
import { type Fleet, readyFleet } from '../../rig/day/fleet.ts'
import { run, toIdle } from '../../rig/day/person.ts'
import { closeTill, settledDown } from '../../rig/day/player.ts'
import { type Story, stories } from '../../rig/day/stories.ts'
import { BUDGET, cutsAt } from '../../rig/flash-run.ts'
import { strangersChangeNothing } from '../../rig/invariants/line.ts'
import { broken } from '../../rig/invariants/list.ts'

/** Cuts of each flow, and of those how many with a second one in the recovery, spread over all there are. */
const CUTS = Math.ceil(2 * BUDGET)
const SECOND_CUTS = Math.ceil(1 * BUDGET)
/** For a loaded machine; nothing here measures time. */
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

/** Ready for the errand of the story, with what it needs done before. */
async function prepared(story: Story): Promise<Fleet> {
  const fleet = await readyFleet({ count: 1 })
  for (const till of fleet.tills) for (const before of story.before) await run(till, before(till))
  return fleet
}

const tillOf = ({ tills: [till] }: Fleet) => {
  if (till === undefined) throw new Error('no till')
  return till
}

/** Flash operations of the errand without a cut, [from, to). */
async function operations(story: Story): Promise<readonly [number, number]> {
  const fleet = await prepared(story)
  const till = tillOf(fleet)
  const from = till.chip.operations()
  await run(till, story.act(till))
  const to = till.chip.operations()
  await expectWhole(fleet, story.name)
  return [from, to]
}

/** Settled in the end, both sides agree, all invariants hold, and every total is what the slips say. */
async function expectWhole(fleet: Fleet, label: string): Promise<void> {
  const till = tillOf(fleet)
  await settledDown(till)
  const strange = await strangersChangeNothing(till)
  await closeTill(till)
  if (!till.archive.has(1)) await closeTill(till) // the settlement itself was what the power went away in
  expect(
    [...strange, ...(await broken(fleet.tills)), ...(await slipsDiffer(fleet)), ...leaks(till)],
    label,
  ).toEqual([])
}

async function cutAt(story: Story, first: Cut, second?: number): Promise<void> {
  const fleet = await prepared(story)
  const till = tillOf(fleet)
  till.chip.cut(first)
  await run(till, story.act(till))
  const label = `${story.name}: ${JSON.stringify(first)}${second === undefined ? '' : `, then ${second}`}`
  if (second !== undefined) {
    till.machine.powerOff()
    const kinds = cutsAt(till.chip.operations() + (second % 9))
    till.chip.cut(kinds[second % kinds.length])
    till.machine.powerOn()
    await toIdle(till)
    await till.time.advance(60_000)
  }
  await heal(till)
  await expectWhole(fleet, label)
}

describe('power cut in every flow that writes', () => {
  for (const [at, story] of stories.entries())
    it(
      `${story.name}: cut before, inside and after flash operations, and again in recovery → every invariant holds`,
      async () => {
        const [from, to] = await operations(story)
        expect(to, 'it writes').toBeGreaterThan(from)
        const cuts = Array.from({ length: to - from }, (_, step) => cutsAt(from + step)).flat()
        const step = Math.max(1, cuts.length / CUTS)
        // Each flow begins somewhere else, so that a short run sees all kinds of tears.
        for (let count = 0, index = (at * 7) % step; index < cuts.length; count++, index += step) {
          const cut = cuts[Math.floor(index)]
          if (cut === undefined) break
          await cutAt(story, cut)
          if (count < SECOND_CUTS) await cutAt(story, cut, at * 5 + count * 7)
        }
      },
      TIMEOUT_MS,
    )
})
