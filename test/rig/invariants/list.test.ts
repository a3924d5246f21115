import { describe, expect, it } from 'vitest'
import { slipsDiffer } from '../day/accounts.ts'
import { cashSale, instalment, sale, settlement, voiding } from '../day/errands.ts'
import { FLEET_CARDS, readyFleet } from '../day/fleet.ts'
import { run } from '../day/person.ts'
import { closeTill } from '../day/player.ts'
import { dealsOn, papersOn } from '../day/slips.ts'
import { resigned, typeOf } from '../frames.ts'
import { batchesBalance, endedByAnAnswer, nothingIsOwed, oneBatchEach, orphansAreListed } from './batch.ts'
import { type Evidence, gather } from './evidence.ts'
import { broken, invariants } from './list.ts'
import {
  amountsAreWhole,
  bothSidesAgree,
  cardsAddUp,
  neverMoreThanTheOriginal,
  partsAreTheWhole,
  takenBackOnce,
} from './money.ts'
import { oneOriginalEach, reprintsAreTheSame } from './paper.ts'

const STORE = '0012'
const card = (at: number) => FLEET_CARDS[at] as (typeof FLEET_CARDS)[number]

async function oneTill(options: Parameters<typeof readyFleet>[0] = {}) {
  const fleet = await readyFleet({ count: 1, ...options })
  return { fleet, till: fleet.tills[0] as (typeof fleet.tills)[number] }
}

/** A closed batch with a sale, its void, an instalment sale, and a sale that only the host has. */
async function settledBatch() {
  const { fleet, till } = await oneTill()
  till.network.fate = ({ body }) =>
    typeOf(body) === '0200'
      ? { kind: 'also', body: resigned(till, body, { 11: '000900' }) }
      : { kind: 'deliver' }
  await run(till, sale(card(0), 5_000, STORE))
  till.network.fate = () => ({ kind: 'deliver' })
  const [sold] = dealsOn(papersOn(till.paper)).values()
  if (sold === undefined) throw new Error('no slip')
  await run(till, voiding(sold))
  await run(till, sale(card(3), 30_000, STORE))
  await run(till, instalment(card(0), 100_000, STORE, '1', '1'))
  await closeTill(till)
  return { fleet, till }
}

describe('invariants 1 to 24', () => {
  it('are all there, each with its check', () => {
    expect(Object.keys(invariants).map(Number)).toEqual(Array.from({ length: 24 }, (_, at) => at + 1))
  })

  it('16: a sale that only the host has is in the reconciliation of the settlement, and all others hold', async () => {
    const { fleet } = await settledBatch()
    expect(await broken(fleet.tills)).toEqual([])
    const evidence = await gather(fleet.tills)
    expect(evidence.differences.map(({ what, trace }) => `${what} ${trace}`)).toEqual(['orphan 900'])
  })

  it('22: a chip that fills → what is sold can be settled to the last transaction', async () => {
    const { fleet, till } = await oneTill({ sectorCount: 5 })
    for (let sold = 0; !/交易已满/.test(till.screens.join('')); sold++) {
      expect(sold, 'it must fill').toBeLessThan(200)
      await run(till, cashSale(100, STORE))
    }
    await closeTill(till)
    expect([...(await broken(fleet.tills)), ...(await slipsDiffer(fleet))]).toEqual([])
  })

  it('23: many small batches → every sector is erased about as often', async () => {
    const { fleet, till } = await oneTill({ sectorCount: 8 })
    for (let batch = 1; batch <= 12; batch++) {
      await run(till, cashSale(batch, STORE))
      await run(till, settlement())
    }
    expect([...(await broken(fleet.tills)), ...(await slipsDiffer(fleet))]).toEqual([])
  })
})

type Ledger = Evidence['ledger']
const changed = (ledger: Ledger, kind: string, change: Partial<Ledger[number]>): Ledger =>
  ledger.map((entry) => (entry.key.kind === kind && entry.code === '00' ? { ...entry, ...change } : entry))

/** Evidence that was tampered with: which check must say so. */
// biome-ignore format: one row a lie
const lies: readonly (readonly [number, string, (evidence: Evidence) => string[], (evidence: Evidence) => Evidence])[] = [
  [ 1, 'another amount at the host',   bothSidesAgree,           (e) => ({ ...e, ledger: changed(e.ledger, 'instalment', { settleFen: 1 }) })],
  [ 1, 'nothing at the host',          bothSidesAgree,           (e) => ({ ...e, ledger: e.ledger.filter(({ key }) => key.kind !== 'voidSale') })],
  [ 2, 'a fen too much on a card',     cardsAddUp,               (e) => ({ ...e, account: new Map([...e.account].map(([name, a]) => [name, { ...a, balanceFen: a.balanceFen + 1 }])) })],
  [ 2, 'another card',                 cardsAddUp,               (e) => ({ ...e, ledger: changed(e.ledger, 'voidSale', { account: 'bank 2' }) })],
  [ 3, 'an entry twice',               takenBackOnce,            (e) => ({ ...e, ledger: [...e.ledger, ...e.ledger.slice(-1)] })],
  [ 8, 'something owed',               nothingIsOwed,            (e) => ({ ...e, kept: e.kept.map((entry) => ({ ...entry, state: 'owed' })) })],
  [ 9, 'an end without an answer',     endedByAnAnswer,          (e) => ({ ...e, kept: e.kept.map((entry) => ({ ...entry, state: 'undone' })) })],
  [12, 'other totals at the host',     batchesBalance,           (e) => ({ ...e, batches: new Map([...e.batches].map(([name, b]) => [name, { ...b, totals: { ...b.totals, debitCount: 9 } }])) })],
  [13, 'an entry in two batches',      oneBatchEach,             (e) => ({ ...e, kept: [...e.kept, ...e.kept.map((entry) => ({ ...entry, batch: 7 }))] })],
  [14, 'more back than was paid',      neverMoreThanTheOriginal, (e) => ({ ...e, ledger: changed(e.ledger, 'voidSale', { amountFen: 5_001 }) })],
  [15, 'a part less',                  partsAreTheWhole,         (e) => ({ ...e, plans: new Map([...e.plans].map(([of, parts]) => [of, parts.slice(1)])) })],
  [16, 'an orphan that nobody lists',  orphansAreListed,         (e) => ({ ...e, differences: [], ledger: e.ledger.filter(({ origin }) => origin === 'wire') })],
  [17, 'half a fen',                   amountsAreWhole,          (e) => ({ ...e, ledger: changed(e.ledger, 'sale', { effectFen: 0.5 }) })],
  [18, 'an original twice',            oneOriginalEach,          (e) => ({ ...e, tills: e.tills.map((till) => ({ ...till, paper: [...till.paper, ...till.paper] })) })],
  [19, 'a slip of another amount',     reprintsAreTheSame,       (e) => ({ ...e, kept: e.kept.map((entry) => ({ ...entry, settleFen: entry.settleFen * 2 })) })],
]

describe('what is not true is said', () => {
  it('each lie by the check of its number, and nothing of what was so', async () => {
    const { fleet } = await settledBatch()
    const evidence = await gather(fleet.tills)
    for (const [number, lie, check, tampered] of lies) {
      expect(check(evidence), lie).toEqual([])
      const said = check(tampered(evidence))
      expect(said.length, `${number}: ${lie}`).toBeGreaterThan(0)
      for (const line of said) expect(line).toMatch(new RegExp(`^${number}: `))
    }
  })
})
