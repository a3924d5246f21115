import { describe, expect, it } from 'vitest'
import { converge } from '../audit.ts'
import { BUDGET } from '../flash-run.ts'
import type { Fate, Passing } from '../network.ts'
import { expectWhole, prepared } from './cutting.ts'
import { run } from './person.ts'
import type { Story } from './stories.ts'

/** For a loaded machine; nothing here measures time. */
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

/** One test a story: something befalls each of its messages, both ways. */
export function everyFault(stories: readonly Story[]): void {
  describe('a fault of the line at every message of every flow', () => {
    for (const [start, story] of stories.filter(({ local }) => !local).entries())
      it(
        `${story.name}: each message lost, doubled, late or garbled → every invariant holds when it has healed`,
        async () => {
          const count = await messagesOf(story)
          expect(count, 'it sends').toBeGreaterThan(1)
          for (let number = 0; number < count; number++)
            // Each story begins somewhere else, so that a short one sees other faults than its neighbour.
            for (const name of faultsPlayedAt(start * 7 + number * FAULTS_EACH))
              await befalls(story, name, number)
        },
        TIMEOUT_MS,
      )
  })
}

/** Of the faults, so many befall each message; the next message has the next ones. */
const FAULTS_EACH = 5
function faultsPlayedAt(at: number): readonly string[] {
  const names = Object.keys(FAULTS)
  if (BUDGET >= 10) return names
  return Array.from({ length: FAULTS_EACH }, (_, next) => names[(at + next) % names.length] ?? '')
}

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
const FAULTS: { readonly [name: string]: Fault } = {
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

/** How many messages the errand takes, both ways, without a fault. */
async function messagesOf(story: Story): Promise<number> {
  const { till } = await prepared(story)
  const from = till.network.passed.length
  await run(till, story.act(till))
  return till.network.passed.length - from
}

async function befalls(story: Story, name: string, number: number): Promise<void> {
  const { fleet, till } = await prepared(story)
  const from = till.network.passed.length
  const { span, fate } = FAULTS[name] as Fault
  till.network.fate = (frame) => {
    const { passed } = till.network
    const place = passed.length - 1 - from - number
    if (place < 0 || place >= span) return { kind: 'deliver' }
    const earlier = passed
      .slice(0, -1)
      .reverse()
      .find(({ direction }) => direction === frame.direction)
    return fate(frame, earlier)
  }
  await run(till, story.act(till))
  const label = `${story.name}: message ${number} ${name}`
  expect(till.network.passed.length, label).toBeGreaterThan(from + number)
  await till.time.advance(90_000)
  await converge(till)
  await expectWhole(fleet, till, label)
}
