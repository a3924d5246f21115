import { entryNameOf } from '../../../terminal/host/entry-kind.ts'
import { decodeOutcome } from '../../../terminal/journal/body.ts'
import type { Entry } from '../../../terminal/journal/journal.ts'
import { type AuditedTill, entriesOf } from '../audit.ts'
import { cashSale } from '../day/errands.ts'
import { run } from '../day/person.ts'
import { typeOf } from '../frames.ts'

/** How many of the newest answers are played again. */
const REPLAYED_MAX = 40
const STORE = '0012'

/**
 * 10: everything that ever came from the host comes again while the terminal waits for an answer, each also with a bit turned
 * over: no entry changes, and the one that waits ends by its own answer. The terminal sells for one fen in cash.
 */
export async function strangersChangeNothing(till: AuditedTill): Promise<string[]> {
  const old = till.network.passed.filter(({ direction }) => direction === 'toTerminal').slice(-REPLAYED_MAX)
  const before = entriesOf(till)
  const known = new Set(before.map(referenceOf))
  till.network.fate = ({ direction, body }) => {
    if (direction !== 'toTerminal' || typeOf(body) !== '0230') return { kind: 'deliver' }
    for (const [at, frame] of old.entries())
      till.time.after(at * 2, () => {
        till.network.inject(frame.body)
        till.network.inject(
          frame.body.map((byte, index) => (index === at % frame.body.length ? byte ^ 4 : byte)),
        )
      })
    return { kind: 'delay', ms: 500 }
  }
  await run(till, cashSale(1, STORE))
  till.network.fate = () => ({ kind: 'deliver' })
  const after = entriesOf(till)
  const [was, is] = [picture(before), picture(after.slice(0, before.length))]
  if (was !== is) return [`10: old and foreign frames made ${was} into ${is}`]
  const [own, ...more] = after.slice(before.length)
  if (own === undefined || more.length > 0) return [`10: ${more.length + (own ? 1 : 0)} new entries, not one`]
  return own.state === 'approved' && !known.has(referenceOf(own))
    ? []
    : [`10: ${entryNameOf(own.kind)} ${own.trace} is ${own.state} by an answer that was another's`]
}

function picture(entries: readonly Entry[]): string {
  return entries
    .map(({ trace, state, outcome, intent }) => [trace, state, ...(outcome ?? []), ...intent].join(' '))
    .join('; ')
}

function referenceOf({ state, outcome }: Entry): string {
  return state === 'undone' || outcome === undefined || outcome.length === 0
    ? ''
    : decodeOutcome(outcome).reference
}
