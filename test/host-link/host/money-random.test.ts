import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Entry } from '../../../host-link/host/ledger.ts'
import { memoryStore } from '../../../host-link/host/memory-store.ts'
import type { Message } from '../../../host-link/wire/message.ts'
import type { TransactionName } from '../../../host-link/wire/transaction.ts'
import { type Ask, counted, moneyRig, plan, request, reversalOf, settled, signedOn } from './money-rig.ts'
import type { Rig, TestTerminal } from './rig.ts'

/**
 * Invariants 2, 3, 12 and 14 on random streams: any request, any of its repeats, reversals before or after it, voids,
 * refunds and completions of anything that was sold, by either card. The oracle reads the ledger and knows no rule of
 * the host: balances and points are their opening plus what the entries say; what refers to a sale never gives back
 * more than it took; reversals come once; and a settlement by the sum of the entries closes the batch.
 */
const RUNS = 100
const SEED = 20_261_121 // the same streams each time, so that each kind is known to occur
const STEPS_MAX = 40

interface Step {
  readonly what: TransactionName | 'repeat' | 'reverse'
  readonly at: number
  readonly card: 'bank' | 'member'
  readonly amount: number
}

const names: readonly Step['what'][] = [
  ...(['sale', 'voidSale', 'refund', 'preauth', 'preauthVoid', 'completion', 'completionAdvice'] as const),
  ...(['completionVoid', 'instalment', 'instalmentVoid', 'pointsSale', 'pointsVoid', 'cashSale'] as const),
  ...(['cashVoid', 'repeat', 'repeat', 'reverse', 'reverse', 'sale', 'refund', 'preauth'] as const),
]
const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(...names),
  at: fc.nat(30),
  card: fc.constantFrom('bank', 'member'),
  amount: fc.constantFrom(1, 500, 10_000, 11_500, 20_000, 499_999, 999_999),
})

/** What each refers to, three times in four; else anything. */
const ORIGINALS: { readonly [name in Step['what']]?: readonly TransactionName[] } = {
  voidSale: ['sale'],
  refund: ['sale', 'instalment', 'completion'],
  preauthVoid: ['preauth'],
  completion: ['preauth'],
  completionAdvice: ['preauth'],
  completionVoid: ['completion', 'completionAdvice'],
  instalmentVoid: ['instalment'],
  pointsVoid: ['pointsSale'],
  cashVoid: ['cashSale'],
}

async function played(
  steps: readonly Step[],
): Promise<{ rig: Rig; terminal: TestTerminal; ledger: Entry[] }> {
  const rig = moneyRig({ store: memoryStore() })
  const terminal = await signedOn(rig)
  const sent: { name: TransactionName; message: Message; fields: Message['fields']; ask: Ask }[] = []
  for (const { what, at, card, amount } of steps) {
    const fitting = sent.filter(({ name }) => at % 4 === 0 || (ORIGINALS[what] ?? [name]).includes(name))
    const earlier = fitting[at % Math.max(1, fitting.length)]
    if (what === 'repeat' || what === 'reverse') {
      if (!earlier) continue
      await terminal.ask(what === 'repeat' ? earlier.message : reversalOf(terminal, earlier.message))
      continue
    }
    const refers = /Void$|^void|^refund$|^completion/.test(what)
    const of = refers ? earlier?.fields : undefined
    const size = of && at % 3 > 0 ? Number(of[4] ?? amount) : amount
    const isCash = what.startsWith('cash')
    const ask: Ask = {
      ...(isCash ? {} : refers ? { numbered: earlier?.ask.card ?? card } : { card }),
      amount: size,
      store: at % 2 === 0 ? '0012' : '0013',
      ...(of && { of }),
      ...(what === 'instalment' && { more: plan(3) }),
    }
    const message = request(terminal, what, ask)
    sent.push({
      name: what,
      message,
      fields: (await terminal.ask(message)).fields,
      ask: { ...ask, card: earlier && refers ? (earlier.ask.card ?? card) : card },
    })
  }
  const ledger = await rig.books((books) => {
    const all = Array.from({ length: books.nextSequence() - 1 }, (_, at) => books.entryAt(at + 1))
    return all.filter((entry) => entry !== undefined)
  })
  return { rig, terminal, ledger }
}

it('random streams of money → balances, points and totals are those of the ledger, and nothing is given back twice', async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: STEPS_MAX, size: 'max' }), async (steps) => {
      const { rig, terminal, ledger } = await played(steps)
      for (const { key, code } of ledger) if (code === '00') seen.set(key.kind, (seen.get(key.kind) ?? 0) + 1)
      const sum = (entries: readonly Entry[], of: (entry: Entry) => number) =>
        entries.reduce((total, entry) => total + of(entry), 0)

      for (const [name, opening, points] of [
        ['bank', 1_000_000, 0],
        ['member', 500_000, 3_000],
      ] as const) {
        const own = ledger.filter(({ account }) => account === name)
        const account = await rig.books((books) => books.account(name))
        expect(account?.balanceFen).toBe(opening + sum(own, (entry) => entry.effectFen))
        expect(account?.points).toBe(points + sum(own, (entry) => entry.points))
        expect(account?.balanceFen).toBeGreaterThanOrEqual(0)
      }
      for (const entry of ledger) checkAfter(entry, ledger)
      const undone = new Set(
        ledger.filter(({ key }) => key.kind === 'reversal').map(({ original }) => original),
      )
      const standing = ledger.filter(({ key, sequence }) => key.kind !== 'reversal' && !undone.has(sequence))
      const debits = standing.filter(({ settleFen }) => settleFen > 0)
      const credits = standing.filter(({ settleFen }) => settleFen < 0)
      const totals = [
        ...[sum(debits, (entry) => entry.settleFen), debits.length],
        ...[sum(credits, (entry) => 0 - entry.settleFen), credits.length],
      ] as [number, number, number, number]
      expect(await counted(rig)).toEqual(totals)
      expect(await settled(terminal, totals)).toMatchObject({ answer: 1 })
    }),
    { numRuns: RUNS, seed: SEED },
  )
  for (const name of names.filter((what) => what !== 'repeat' && what !== 'reverse'))
    expect([name, (seen.get(name) ?? 0) > 0]).toEqual([name, true])
}, 60_000)

/** Nothing that stands after an entry gives back more than it took; of each void or completion there is at most one. */
function checkAfter(entry: Entry, ledger: readonly Entry[]): void {
  const referring = ledger.filter(({ original, code }) => original === entry.sequence && code === '00')
  const reversals = referring.filter(({ key }) => key.kind === 'reversal')
  expect(reversals.length).toBeLessThanOrEqual(1)
  if (reversals[0]) expect(reversals[0].effectFen).toBe(0 - entry.effectFen)
  const undone = (one: Entry): boolean =>
    ledger.some(
      (after) =>
        after.original === one.sequence &&
        after.code === '00' &&
        (after.key.kind === 'reversal' || (/Void$|^voidSale$/.test(after.key.kind) && !undone(after))),
    )
  const stand = referring.filter((after) => after.key.kind !== 'reversal' && !undone(after))
  if (stand.length > 0) expect(reversals).toEqual([])
  const whole = stand.filter(({ key }) => key.kind !== 'refund')
  expect(whole.length).toBeLessThanOrEqual(1)
  if (whole.length > 0) expect(stand.length).toBe(1)
  if (entry.settleFen > 0)
    expect(stand.reduce((back, after) => back - after.settleFen, 0)).toBeLessThanOrEqual(entry.settleFen)
}
