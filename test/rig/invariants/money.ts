import type { Entry } from '../../../host-link/host/ledger.ts'
import { transactions } from '../../../host-link/wire/transaction.ts'
import { type Evidence, type Kept, nameOfKey } from './evidence.ts'

/** Invariants of money, when everything has settled. Each gives what is wrong, its number in front; empty: nothing. */

/** 冲正: the entry of this ledger that a later one took back. */
function reversalOf(entry: Entry, ledger: readonly Entry[]): Entry | undefined {
  return ledger.find(({ key, original }) => key.kind === 'reversal' && original === entry.sequence)
}

function bookedFor(kept: Kept, ledger: readonly Entry[]): Entry | undefined {
  const { terminal, batch, trace, name } = kept
  return ledger.find(
    ({ key }) =>
      key.terminalId === terminal && key.batch === batch && key.trace === trace && key.kind === name,
  )
}

/** 1: what is approved here stands there with the same amounts; what is not has moved nothing there. */
export function bothSidesAgree({ kept, ledger }: Evidence): string[] {
  return kept.flatMap((entry) => {
    const what = `1: ${nameOfKey(entry)} ${entry.state}`
    const there = bookedFor(entry, ledger)
    const reversed = there && reversalOf(there, ledger)
    const stands = there?.code === '00' && reversed === undefined
    if (entry.state !== 'approved')
      return stands ? [`${what}, at the host it stands with ${there?.effectFen}`] : []
    if (!stands)
      return [
        `${what}, at the host ${there === undefined ? 'nothing' : (reversed && 'reversed') || there.code}`,
      ]
    const wrong: string[] = []
    if (there.amountFen !== entry.intent.amount) wrong.push(`${what}: amount ${there.amountFen}`)
    if (there.settleFen !== entry.settleFen)
      wrong.push(`${what}: settles ${entry.settleFen}, at the host ${there.settleFen}`)
    const off = entry.outcome?.discount?.amount
    if (off !== undefined && off !== there.discount?.fen) wrong.push(`${what}: discount ${off}`)
    return wrong
  })
}

/** 2: every card has what it had, and what the entries on its own account say; and an entry is on the card that was there. */
export function cardsAddUp({ cards, ledger, account, kept }: Evidence): string[] {
  const wrong: string[] = []
  for (const card of cards) {
    let balance = card.balanceFen
    let points = card.points
    for (const entry of ledger) {
      if (entry.account === card.name) {
        balance += entry.effectFen
        points += entry.points
      }
      if (entry.account2 === card.name) balance += entry.effect2Fen
    }
    const has = account.get(card.name)
    if (has?.balanceFen !== balance)
      wrong.push(`2: ${card.name} has ${has?.balanceFen}, its entries say ${balance}`)
    if (has?.points !== points)
      wrong.push(`2: ${card.name} has ${has?.points} points, its entries say ${points}`)
  }
  for (const entry of kept) {
    const there = bookedFor(entry, ledger)
    if (there === undefined || there.code !== '00') continue
    const own = cards.find(({ pan }) => pan === entry.intent.pan)?.name
    const other = cards.find(({ pan }) => pan === entry.intent.target)?.name
    if (there.account !== own || there.account2 !== other)
      wrong.push(
        `2: ${nameOfKey(entry)} moved ${there.account} and ${there.account2}, not ${own} and ${other}`,
      )
  }
  return wrong
}

/** 3: one entry and one reversal a key; a reversal gives back exactly what was taken. */
export function takenBackOnce({ ledger }: Evidence): string[] {
  const wrong: string[] = []
  const keys = new Set<string>()
  const undone = new Set<number>()
  for (const { key, original, effectFen, effect2Fen, points, settleFen, sequence } of ledger) {
    const name = `${key.terminalId}/${key.batch}/${key.trace} ${key.kind}`
    if (keys.has(name)) wrong.push(`3: ${name} is in the books twice`)
    keys.add(name)
    if (key.kind !== 'reversal' || original === undefined) continue
    const of = ledger.find((entry) => entry.sequence === original)
    if (undone.has(original)) wrong.push(`3: entry ${original} is reversed twice`)
    undone.add(original)
    if (of === undefined || of.sequence > sequence)
      wrong.push(`3: ${name} reverses ${original}, which is not before it`)
    else if (
      of.effectFen + effectFen !== 0 ||
      of.effect2Fen + effect2Fen !== 0 ||
      of.points + points !== 0 ||
      of.settleFen + settleFen !== 0
    )
      wrong.push(`3: ${name} gives back ${effectFen} of ${of.effectFen}`)
  }
  return wrong
}

const VOIDS = [
  ...(['voidSale', 'instalmentVoid', 'pointsVoid', 'topUpVoid', 'completionVoid', 'cashVoid'] as const),
  'preauthVoid' as const,
]

/** 14: what stands of voids and refunds of an entry is no more than the entry was; a void is of its own batch, and of what stood. */
export function neverMoreThanTheOriginal({ ledger }: Evidence): string[] {
  const stands = (entry: Entry): boolean => entry.code === '00' && reversalOf(entry, ledger) === undefined
  const back = ledger.filter(
    (entry) =>
      stands(entry) && (entry.key.kind === 'refund' || VOIDS.some((kind) => kind === entry.key.kind)),
  )
  const wrong: string[] = []
  const sums = new Map<number, number>()
  for (const { key, original, amountFen, sequence } of back) {
    const name = `14: ${key.terminalId}/${key.batch}/${key.trace} ${key.kind}`
    const of = ledger.find((entry) => entry.sequence === original)
    if (of === undefined) {
      wrong.push(`${name} is of nothing`)
      continue
    }
    if (!stands(of)) wrong.push(`${name} is of what does not stand`)
    if (of.key.kind === 'refund' || VOIDS.some((kind) => kind === of.key.kind))
      wrong.push(`${name} is of a ${of.key.kind}`)
    const batches = of.key.batch === key.batch && of.key.terminalId === key.terminalId
    if (key.kind !== 'refund' && key.kind !== 'preauthVoid' && !batches)
      wrong.push(`${name} is of another batch, ${of.key.batch}`)
    const paid = of.amountFen - (key.kind === 'refund' ? (of.discount?.fen ?? 0) : 0)
    const sum = (sums.get(of.sequence) ?? 0) + amountFen
    sums.set(of.sequence, sum)
    if (sum > paid) wrong.push(`${name}: ${sum} given back of ${paid} under ${of.sequence}, with ${sequence}`)
  }
  return wrong
}

/** 15: the parts of a plan are its amount, to the fen; of what is given back as a whole no part is left. */
export function partsAreTheWhole({ ledger, plans }: Evidence): string[] {
  return ledger.flatMap((entry) => {
    if (entry.key.kind !== 'instalment' || entry.code !== '00') return []
    const given = ledger.filter(
      ({ original, code, key, sequence }) =>
        original === entry.sequence &&
        code === '00' &&
        key.kind !== 'reversal' &&
        !ledger.some((later) => later.key.kind === 'reversal' && later.original === sequence),
    )
    const back = given.reduce((sum, { amountFen }) => sum + amountFen, 0)
    const gone = reversalOf(entry, ledger) !== undefined || back === entry.amountFen
    const sum = (plans.get(entry.sequence) ?? []).reduce((total, part) => total + part.amountFen, 0)
    const wanted = gone ? 0 : entry.amountFen
    return sum === wanted ? [] : [`15: plan of ${entry.sequence} has ${sum} of ${wanted}`]
  })
}

/** 17: amounts are whole fen, from 0 to twelve digits, here, there and on the line. */
export function amountsAreWhole({ ledger, kept, tills }: Evidence): string[] {
  const good = (value: number) => Number.isSafeInteger(value) && value >= 0 && value <= 999_999_999_999
  const wrong: string[] = []
  for (const entry of ledger) {
    const amounts = [entry.amountFen, entry.discount?.fen ?? 0, entry.cashBack?.fen ?? 0]
    const effects = [entry.effectFen, entry.effect2Fen, entry.settleFen, entry.points]
    if (![...amounts, ...effects.map(Math.abs)].every(good))
      wrong.push(`17: entry ${entry.sequence} of the ledger`)
  }
  for (const entry of kept)
    if (![entry.intent.amount, Math.abs(entry.settleFen), entry.intent.tendered ?? 0].every(good))
      wrong.push(`17: ${nameOfKey(entry)}`)
  for (const till of tills)
    for (const amount of till.amountsSent)
      if (!/^\d{12}$/.test(amount) || Number(amount) === 0)
        wrong.push(`17: field 4 of a request is ${amount}`)
  return wrong
}

/** Whether a row counts in a settlement. */
export const counts = (entry: Kept): boolean =>
  entry.state === 'approved' && transactions[entry.name].settles !== 'not'
