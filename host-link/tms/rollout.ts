import type { Gate, TargetState } from './model.ts'
import { said } from './said.ts'
import { targetStates } from './states.ts'

/** Waves 批次: how many terminals each takes. */

/** In percent of all, rounded up, cumulated. */
const DEFAULT_STEPS = [10, 40] as const
const CANARY_LEAST = 5
const CANARY_MOST = 50

/**
 * Sizes of the waves of a deployment to `total` terminals, of which `internal` are our own. 'default': our own, then a
 * canary 金丝雀 of max(5, 1 %) and at most 50, then 10 %, 30 %, the rest. Percentages of a list count from the first wave on:
 * [1, 10, 30] are waves of 1 %, 9 % and 20 %, and the rest. Each wave takes one terminal at least; empty ones are left out.
 */
export function waveSizes(
  total: number,
  internal: number,
  spec: 'default' | 'all' | readonly number[],
): readonly number[] {
  if (total === 0) return []
  if (spec === 'all') return [total]
  const ends =
    spec === 'default'
      ? defaultEnds(total, internal)
      : spec.map((percent) => Math.ceil((total * percent) / 100))
  const sizes: number[] = []
  let before = 0
  for (const end of [...ends, total]) {
    const until = Math.min(total, Math.max(before, end))
    if (until > before) sizes.push(until - before)
    before = until
  }
  return sizes
}

function defaultEnds(total: number, internal: number): readonly number[] {
  const others = total - internal
  const canary = Math.min(CANARY_MOST, Math.max(CANARY_LEAST, Math.ceil(others / 100)), others)
  const start = internal + canary
  return [internal, start, ...DEFAULT_STEPS.map((percent) => start + Math.ceil((others * percent) / 100))]
}

/** Whether a list of percentages is one: rising, 1 to 99, at most 20. */
export function arePercentages(list: readonly number[]): boolean {
  return (
    list.length <= 20 &&
    list.every(
      (percent, at) =>
        Number.isInteger(percent) && percent >= 1 && percent <= 99 && percent > (list[at - 1] ?? 0),
    )
  )
}

export interface Tally {
  readonly open: number
  /** Open ones whose turn has not come, or that are there and not told yet. */
  readonly untold: number
  readonly good: number
  readonly bad: number
  readonly gone: number
}

/** `untold` of it are those whose turn has not come: of who is `queued`, the states do not say whether it is there. */
export function tallyOf(counts: readonly { readonly state: TargetState; readonly count: number }[]): Tally {
  const tally = { open: 0, untold: 0, good: 0, bad: 0, gone: 0 }
  for (const { state, count } of counts) {
    tally[targetStates[state].end] += count
    if (state === 'waiting') tally.untold += count
  }
  return tally
}

export type GateVerdict =
  | { readonly kind: 'wait' }
  /** Stop at once, with a line for the alarm. */
  | { readonly kind: 'breach'; readonly why: string }
  | { readonly kind: 'bake' }
  | { readonly kind: 'pass' }

/**
 * The gate 放行 of a running wave. `all`: the whole deployment, `wave`: this wave, `bakedSeconds`: how long it
 * stands. A wave passes when all that are there were told, enough of the answered ones are confirmed, and it stood long
 * enough; terminals that are silent or away hold nothing up beyond that.
 */
export function judgeGate(all: Tally, wave: Tally, gate: Gate, bakedSeconds: number): GateVerdict {
  const ends = all.good + all.bad
  const failing = tooMany(all, gate)
  if (ends >= Math.max(1, gate.sample) && failing !== '') return { kind: 'breach', why: failing }
  const answered = wave.good + wave.bad
  if (wave.untold > 0) return { kind: 'wait' }
  if (answered === 0 && wave.open > 0) return { kind: 'wait' }
  const why = tooFew(wave, gate)
  // Nobody is left who could make it better: a person has to look.
  if (why !== '') return wave.open === 0 ? { kind: 'breach', why } : { kind: 'wait' }
  return bakedSeconds < gate.bakeSeconds ? { kind: 'bake' } : { kind: 'pass' }
}

/**
 * What the gate has against a wave in which nobody is open any more; '' where it was met. Failures count whatever `sample` says:
 * more ends than these there will never be.
 */
export function shortOf(all: Tally, wave: Tally, gate: Gate): string {
  return tooFew(wave, gate) || tooMany(all, gate)
}

function tooFew({ good, bad }: Tally, { confirmedPercent }: Gate): string {
  const answered = good + bad
  return good * 100 < confirmedPercent * answered ? said('unconfirmed', good, answered, confirmedPercent) : ''
}

function tooMany({ good, bad }: Tally, { failurePercent }: Gate): string {
  const ends = good + bad
  return bad * 100 > failurePercent * ends ? said('failed', bad, ends, failurePercent) : ''
}

/** How many may be told now: `ratePerMinute` evenly over the minute; `told`: in the last 60 seconds. 0: no limit. */
export function mayTell(ratePerMinute: number, told: number): number {
  return ratePerMinute === 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, ratePerMinute - told)
}
