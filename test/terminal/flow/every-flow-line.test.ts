import { describe, expect, it } from 'vitest'
import { type AuditedTill, converge, leaks } from '../../rig/audit.ts'
import { slipsDiffer } from '../../rig/day/accounts.ts'
import { type Fleet, readyFleet } from '../../rig/day/fleet.ts'
import { run } from '../../rig/day/person.ts'
import { closeTill, settledDown } from '../../rig/day/player.ts'
import { type Story, stories } from '../../rig/day/stories.ts'
import { BUDGET } from '../../rig/flash-run.ts'
import { strangersChangeNothing } from '../../rig/invariants/line.ts'
import { broken } from '../../rig/invariants/list.ts'
import type { Fate, Passing } from '../../rig/network.ts'

/** Faults of each flow, spread over all there are: every message with every fate. */
const CASES = Math.ceil(4 * BUDGET)
/** For a loaded machine; nothing here measures time. */
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

/** What may befall so many messages in a row, from one on. `earlier`: what came the same way just before. */
interface Fault {
  readonly span: number
  readonly fate: (frame: Passing, earlier: Passing | undefined) => Fate
}
const one = (fate: Fault['fate']): Fault => ({ span: 1, fate })

const flip =
  (at: (length: number) => number, bit: number): Fault['fate'] =>
  ({ body }) => ({
    kind: 'replace',
    body: body.map((byte, index) => (index === at(body.length) ? byte ^ bit : byte)),
  })

// biome-ignore format: one row a fault
const faults: { readonly [name: string]: Fault } = {
  lost:                   one(() => ({ kind: 'lose' })),
  'lost, line down':      one(() => ({ kind: 'drop' })),
  twice:                  one(() => ({ kind: 'repeat', times: 2 })),
  'a moment late':        one(() => ({ kind: 'delay', ms: 3_000 })),
  'after the time-out':   one(() => ({ kind: 'delay', ms: 61_000 })),
  'long after':           one(() => ({ kind: 'delay', ms: 300_000 })),
  'garbled head':         one(flip((length) => Math.min(12, length - 1), 0x04)),
  'garbled middle':       one(flip((length) => length >> 1, 0x01)),
  'garbled end':          one(flip((length) => length - 1, 0x80)),
  'cut short':            one(({ body }) => ({ kind: 'truncate', bytes: body.length >> 1 })),
  'in single bytes':      one(() => ({ kind: 'trickle' })),
  'with an old one':      one((_, earlier) => (earlier ? { kind: 'also', body: earlier.body } : { kind: 'repeat', times: 3 })),
  'lost with the next':   { span: 2, fate: () => ({ kind: 'lose' }) },
  'lost with many more':  { span: 9, fate: () => ({ kind: 'lose' }) },
  'late with many more':  { span: 5, fate: () => ({ kind: 'delay', ms: 65_000 }) },
}

async function prepared(story: Story): Promise<{ readonly fleet: Fleet; readonly till: AuditedTill }> {
  const fleet = await readyFleet({ count: 1 })
  const [till] = fleet.tills
  if (till === undefined) throw new Error('no till')
  for (const before of story.before) await run(till, before(till))
  return { fleet, till }
}

/** How many messages the errand takes, both ways, without a fault. */
async function messages(story: Story): Promise<number> {
  const { till } = await prepared(story)
  const from = till.network.passed.length
  await run(till, story.act(till))
  return till.network.passed.length - from
}

async function befalls(story: Story, name: string, number: number): Promise<void> {
  const { fleet, till } = await prepared(story)
  const from = till.network.passed.length
  till.network.fate = (frame) => {
    const { passed } = till.network
    const { span, fate } = faults[name] as Fault
    const place = passed.length - 1 - from - number
    if (place < 0 || place >= span) return { kind: 'deliver' }
    const earlier = passed
      .slice(0, -1)
      .reverse()
      .find(({ direction }) => direction === frame.direction)
    return fate(frame, earlier)
  }
  await run(till, story.act(till))
  await till.time.advance(90_000)
  await converge(till)
  await settledDown(till)
  const label = `${story.name}: message ${number} ${name}`
  const strange = await strangersChangeNothing(till)
  await closeTill(till)
  if (!till.archive.has(1)) await closeTill(till)
  expect(
    [...strange, ...(await broken(fleet.tills)), ...(await slipsDiffer(fleet)), ...leaks(till)],
    label,
  ).toEqual([])
}

describe('a fault of the line at every message of every flow', () => {
  for (const [at, story] of stories.filter(({ local }) => !local).entries())
    it(
      `${story.name}: a message lost, doubled, late or garbled → every invariant holds when it has healed`,
      async () => {
        const count = await messages(story)
        const cases = Array.from({ length: count }, (_, number) =>
          Object.keys(faults).map((name) => ({ name, number })),
        ).flat()
        expect(count, 'it sends').toBeGreaterThan(1)
        const step = Math.max(1, cases.length / CASES)
        // Each flow begins somewhere else, so that a short run sees all kinds of faults.
        for (let index = (at * 5) % step; index < cases.length; index += step) {
          const one = cases[Math.floor(index)]
          if (one !== undefined) await befalls(story, one.name, one.number)
        }
      },
      TIMEOUT_MS,
    )
})
