import { describe, expect, it } from 'vitest'
import type { Cut } from '../../../emulator/device/flash.ts'
import { type AuditedTill, converge, leaks } from '../audit.ts'
import { BUDGET, cutsAt, TEARS } from '../flash-run.ts'
import { strangersChangeNothing } from '../invariants/line.ts'
import { broken } from '../invariants/list.ts'
import { slipsDiffer } from './accounts.ts'
import { type Fleet, readyFleet } from './fleet.ts'
import { run, toIdle } from './person.ts'
import { closeTill, settledDown } from './player.ts'
import type { Story } from './stories.ts'

/** The power goes at a flash operation of a story, and again in the recovery; in the end everything must agree. */

/** For a loaded machine; nothing here measures time. */
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

/** One test a story: the power goes at each of its flash operations. */
export function everyCut(stories: readonly Story[]): void {
  describe('power cut in every flow that writes', () => {
    for (const [start, story] of stories.filter(({ unwritten }) => !unwritten).entries())
      it(
        `${story.name}: cut before, inside or after each flash operation, and again in recovery → every invariant holds`,
        async () => {
          const [from, to] = await operationsOf(story)
          expect(to, 'it writes').toBeGreaterThan(from)
          for (let operation = from; operation < to; operation++) {
            // Each story begins somewhere else, so that a short one sees other ways than its neighbour.
            const at = start * 7 + operation - from
            for (const cut of cutsPlayedAt(operation, at)) {
              const [begin, end] = await playCut(story, cut)
              if (!cutsTwice(at) || end === begin) continue
              for (const second of cutsPlayedAt(begin + (at % (end - begin)), at + 1))
                await playCut(story, cut, second)
            }
          }
        },
        TIMEOUT_MS,
      )
  })
}

/** A till of its own, with what the story needs done before. */
export async function prepared(story: Story): Promise<{ readonly fleet: Fleet; readonly till: AuditedTill }> {
  const fleet = await readyFleet({ count: 1, acquirer: story.acquirer ?? {} })
  const [till] = fleet.tills
  if (till === undefined) throw new Error('no till')
  for (const before of story.before) await run(till, before(till))
  return { fleet, till }
}

/** Settled in the end, both sides agree, all invariants hold, and every total is what the slips say. */
export async function expectWhole(fleet: Fleet, till: AuditedTill, label: string): Promise<void> {
  await settledDown(till)
  const strange = await strangersChangeNothing(till)
  await closeTill(till)
  if (!till.archive.has(1)) await closeTill(till) // the settlement itself was what went wrong
  expect(
    [...strange, ...(await broken(fleet.tills)), ...(await slipsDiffer(fleet)), ...leaks(till)],
    label,
  ).toEqual([])
}

/** Flash operations of the errand without a cut, [from, to). */
export async function operationsOf(story: Story): Promise<readonly [number, number]> {
  const { fleet, till } = await prepared(story)
  const from = till.chip.operations()
  await run(till, story.act(till))
  const to = till.chip.operations()
  await expectWhole(fleet, till, story.name)
  return [from, to]
}

/** What is played at one operation, `at` counting those of all stories: docs/failures.md says how much of it a budget plays. */
export function cutsPlayedAt(operation: number, at: number): readonly Cut[] {
  if (BUDGET >= 100) return cutsAt(operation)
  const tear = TEARS[Math.floor(at / 3) % TEARS.length]
  if (tear === undefined) throw new Error('no tear')
  const ways: readonly Cut[] = [
    { operation, when: 'before' },
    { operation, when: 'inside', tear },
    { operation, when: 'after' },
  ]
  return BUDGET >= 10 ? ways : ways.slice(at % 3, (at % 3) + 1)
}

/** One of three has a second cut; over twelve in a row, each way of cutting has. */
export function cutsTwice(at: number): boolean {
  return BUDGET >= 10 || (at + Math.floor(at / 3)) % 3 === 0
}

/**
 * Plays the story with this cut, and expects the end to be whole. `second`: also cut at so manieth operation after the power
 * comes back. Gives how many operations the terminal did from then until nothing was owed.
 */
export async function playCut(story: Story, first: Cut, second?: Cut): Promise<readonly [number, number]> {
  const { fleet, till } = await prepared(story)
  const label = `${story.name}: ${JSON.stringify(first)}${second === undefined ? '' : `, then ${JSON.stringify(second)}`}`
  till.chip.cut(first)
  await run(till, story.act(till))
  expect(till.chip.powered(), `${label}: cut`).toBe(false)
  till.machine.powerOff()
  const from = till.chip.operations()
  till.chip.cut(second)
  till.machine.powerOn()
  await toIdle(till)
  if (second !== undefined) {
    expect(till.chip.powered(), `${label}: cut again`).toBe(false)
    till.machine.powerOff()
    till.machine.powerOn()
    await toIdle(till)
  }
  const to = till.chip.operations()
  await converge(till)
  await expectWhole(fleet, till, label)
  return [from, to]
}
