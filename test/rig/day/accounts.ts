import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dayAfter } from '../../../host-link/host/acquirer.ts'
import { clear } from '../../../host-link/host/node/clearing.ts'
import { openClearing } from '../../../host-link/host/node/clearing-open.ts'
import { sqliteStore } from '../../../host-link/host/node/sqlite-store.ts'
import type { Store } from '../../../host-link/host/store.ts'
import { FLEET_ACQUIRER, FLEET_CARDS, type Fleet } from './fleet.ts'
import { type BatchSum, type Reckoning, reckoned } from './reckoning.ts'
import { type Deal, dealsOn, papersOn, settlementsOn } from './slips.ts'

/** Books in a file of their own, for as long as `work` takes. */
export async function withBooks<T>(work: (store: Store, file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-day-'))
  const file = join(folder, 'books.db')
  const store = sqliteStore(file, { secretCheck: '00000000' })
  try {
    return await work(store, file)
  } finally {
    await store.close()
    rmSync(folder, { recursive: true })
  }
}

/** What the slips say, and what everybody else says otherwise: settlement slips, the host's batches, cards, clearing. */
export async function differing(fleet: Fleet, file: string): Promise<{ deals: number; wrong: string[] }> {
  const deals = dealsOf(fleet)
  const wrong = [...(await slipsDiffer(fleet)), ...(await clearingDiffers(fleet, reckoned(deals), file))]
  return { deals: deals.length, wrong }
}

/** The same without clearing. */
export async function slipsDiffer(fleet: Fleet): Promise<string[]> {
  const sums = reckoned(dealsOf(fleet))
  const papers = fleet.tills.flatMap((till) => papersOn(till.paper))
  return [
    ...settlementsDiffer(sums, settlementsOn(papers)),
    ...(await batchesDiffer(fleet, sums)),
    ...(await cardsDiffer(fleet, sums)),
  ]
}

function dealsOf({ tills }: Fleet): Deal[] {
  return [...dealsOn(tills.flatMap((till) => papersOn(till.paper))).values()]
}

const NOTHING: BatchSum = { debit: [0, 0], credit: [0, 0], types: new Map() }
const text = (value: unknown): string => JSON.stringify(value)

/** The last settlement slip of each batch: by type and by column. */
function settlementsDiffer(sums: Reckoning, slips: ReturnType<typeof settlementsOn>): string[] {
  const settled = new Map(slips.map((slip) => [slip.key, slip]))
  const wrong = [...sums.batches.keys()]
    .filter((key) => !settled.has(key))
    .map((key) => `no settlement slip of ${key}`)
  for (const [key, slip] of settled) {
    const sum = sums.batches.get(key) ?? NOTHING
    if (!slip.balanced) wrong.push(`settlement slip of ${key}: 对账不平`)
    for (const column of ['debit', 'credit'] as const)
      if (text(sum[column]) !== text(slip[column]))
        wrong.push(`settlement slip of ${key}, ${column}: ${slip[column]}, the slips say ${sum[column]}`)
    for (const type of new Set([...slip.types.keys(), ...sum.types.keys()]))
      if (text(slip.types.get(type)) !== text(sum.types.get(type)))
        wrong.push(
          `settlement slip of ${key}, ${type}: ${slip.types.get(type)}, the slips say ${sum.types.get(type)}`,
        )
  }
  return wrong
}

async function batchesDiffer({ store, tills }: Fleet, sums: Reckoning): Promise<string[]> {
  const keys = new Set([
    ...sums.batches.keys(),
    ...tills.flatMap((till) => [...till.archive.keys()].map((batch) => `${till.setup.terminalId}/${batch}`)),
  ])
  return store.transact((books) => ({
    result: [...keys].flatMap((key) => {
      const [terminal = '', batch] = key.split('/')
      const found = books.batch(terminal, Number(batch))
      const { debit, credit } = sums.batches.get(key) ?? NOTHING
      const said = [...debit, ...credit]
      if (found?.state !== 'settled') return [`batch ${key} is ${found?.state} at the host`]
      const { debitCount, debitFen, creditCount, creditFen } = found.totals
      const has = [debitCount, debitFen, creditCount, creditFen]
      return text(has) === text(said) ? [] : [`batch ${key} at the host: ${has}, the slips say ${said}`]
    }),
  }))
}

async function cardsDiffer({ store }: Fleet, sums: Reckoning): Promise<string[]> {
  return store.transact((books) => ({
    result: FLEET_CARDS.flatMap(({ name, pan, balanceFen }) => {
      const gained = (books.account(name)?.balanceFen ?? Number.NaN) - balanceFen
      const said = sums.cards.get(pan.slice(0, 6) + pan.slice(-4)) ?? 0
      return gained === said ? [] : [`${name} gained ${gained}, the slips say ${said}`]
    }),
  }))
}

/** Every business date that a slip names or a clock saw, cleared twice: the second time changes nothing. */
async function clearingDiffers(fleet: Fleet, sums: Reckoning, file: string): Promise<string[]> {
  const first = dateOf(fleet.startedMs)
  const dates = [first]
  for (let date = first; date <= dateOf(fleet.time.wallMs()); ) {
    date = dayAfter(date)
    dates.push(date)
  }
  const database = await openClearing(file)
  const options = {
    acquirer: FLEET_ACQUIRER,
    now: { date: dayAfter(dates[dates.length - 1] ?? first), time: '120000' },
  }
  const cleared = new Map<string, number>()
  const wrong: string[] = []
  try {
    for (const date of dates) {
      const day = await clear(database, date, options)
      const again = await clear(database, date, options)
      if (text(day) !== text(again)) wrong.push(`clearing ${date} twice differs`)
      for (const { party, name, grossFen, netFen, feeFen } of day.lines) {
        const key = `${date} ${party === 'biller' ? 'biller' : `${party}/${name}`}`
        cleared.set(key, (cleared.get(key) ?? 0) + grossFen)
        if (grossFen - feeFen !== netFen)
          wrong.push(`clearing ${key}: ${grossFen} − ${feeFen} is not ${netFen}`)
      }
    }
  } finally {
    await database.close()
  }
  const days = await reversedLater(fleet)
  const [has, said] = [cleared, sums.parties].map((parties) => (days ? overDates(parties) : parties))
  for (const key of new Set([...(has?.keys() ?? []), ...(said?.keys() ?? [])]))
    if ((has?.get(key) ?? 0) !== (said?.get(key) ?? 0))
      wrong.push(`clearing ${key}: ${has?.get(key) ?? 0}, the slips say ${said?.get(key) ?? 0}`)
  return wrong
}

/**
 * Whether something was booked before the cut-over and reversed after it. Then the one date has it and the next gives it back,
 * and no slip tells of either: only the sums over both dates are what the slips say.
 */
async function reversedLater({ store }: Fleet): Promise<boolean> {
  return store.transact((books) => {
    for (let sequence = books.nextSequence() - 1; sequence > 0; sequence--) {
      const entry = books.entryAt(sequence)
      if (entry?.key.kind !== 'reversal' || entry.original === undefined) continue
      if (books.entryAt(entry.original)?.businessDate !== entry.businessDate) return { result: true }
    }
    return { result: false }
  })
}

function overDates(parties: ReadonlyMap<string, number>): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [key, fen] of parties) {
    const party = key.slice(9)
    sums.set(party, (sums.get(party) ?? 0) + fen)
  }
  return sums
}

function dateOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10).replaceAll('-', '')
}
