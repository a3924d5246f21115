import { dealOfPaper, keyOfDeal, type Paper, papersOn, SLIP } from '../day/slips.ts'
import type { Evidence } from './evidence.ts'

/** Invariants of what was printed. For terminals that speak Chinese, as those of the rig do. */

function slipsIn({ tills }: Evidence): Paper[] {
  return tills.flatMap((till) => papersOn(till.paper)).filter(({ title }) => title === SLIP)
}

/** 18: one original of each copy of a transaction; every further print says DUPLICATE, also after one that was cut off. */
export function oneOriginalEach(evidence: Evidence): string[] {
  const seen = new Set<string>()
  return slipsIn(evidence).flatMap((slip) => {
    if (!slip.whole || slip.duplicate) return []
    const name = `${keyOfDeal(dealOfPaper(slip))} ${slip.copy}`
    if (seen.has(name)) return [`18: ${name} was printed twice as an original`]
    seen.add(name)
    return []
  })
}

/** Lines that only a merchant's copy has, or that the host had not said yet. */
const PASSING = ['持卡人签名', '备注']
const SAID_LATER = '日期/时间'

/** 19: all prints of a transaction say the same, and what the journal says: what one of them has not is not yet known. */
export function reprintsAreTheSame(evidence: Evidence): string[] {
  const first = new Map<string, Paper>()
  const wrong: string[] = []
  for (const slip of slipsIn(evidence)) {
    if (!slip.whole) continue
    const deal = dealOfPaper(slip)
    const key = keyOfDeal(deal)
    const before = first.get(key)
    first.set(key, slip)
    const kept = evidence.kept.find(({ terminal, batch, trace }) => `${terminal}/${batch}/${trace}` === key)
    if (kept === undefined) wrong.push(`19: slip of ${key}, which no journal has`)
    else if (kept.settleFen !== 0 && deal.fen !== Math.abs(kept.settleFen))
      wrong.push(`19: slip of ${key} says ${deal.fen}, the journal ${kept.settleFen}`)
    if (before === undefined) continue
    for (const [label, value] of slip.fields)
      if (
        !PASSING.includes(label) &&
        !(before.queued && label === SAID_LATER) &&
        (before.fields.get(label) ?? value) !== value
      )
        wrong.push(`19: ${key}, ${label}: ${before.fields.get(label)}, then ${value}`)
  }
  return wrong
}
