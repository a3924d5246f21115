import { type Cleared, grossFen, type Party, type Share, type Source } from './shares.ts'

/** What a line is of. */
export interface LineKey {
  readonly merchant: string
  readonly party: Party
  /** Store number or biller; empty where the party has none. */
  readonly name: string
  readonly source: Source
}

/**
 * One line of a day's clearing. `gross = plus + minus − discount − cashBack` is its part of the ledger's sum, and
 * `net = gross − fee` what is paid out, or collected where it is negative.
 */
export interface Line extends LineKey {
  readonly plusCount: number
  readonly plusFen: number
  /** Voids, refunds and reversals, and what a till took for a prepaid card: 0 or less. */
  readonly minusCount: number
  readonly minusFen: number
  readonly discountFen: number
  readonly cashBackFen: number
  readonly grossFen: number
  readonly feeFen: number
  readonly netFen: number
}

/** What the ledger itself says of a merchant's day, by a sum in SQL. */
export interface LedgerSum {
  readonly merchant: string
  readonly entries: number
  readonly settleFen: number
}

export interface Tally {
  add(merchant: string, settleFen: number, cleared: Extract<Cleared, { kind: 'cleared' }>): void
  /** By merchant, party, name and source. */
  lines(): readonly Line[]
  /** What was added, by merchant. */
  sums(): readonly LedgerSum[]
}

type Figures = { -readonly [Name in keyof Line]: Line[Name] }

/** Counts a day; its memory grows with the number of lines, not of entries. */
export function makeTally(): Tally {
  const lines = new Map<string, Figures>()
  const sums = new Map<string, { merchant: string; entries: number; settleFen: number }>()
  return {
    add(merchant, settleFen, { source, shares }) {
      const sum = sums.get(merchant) ?? { merchant, entries: 0, settleFen: 0 }
      sums.set(merchant, sum)
      sum.entries += 1
      sum.settleFen += settleFen
      for (const share of shares) count(lineFor(lines, share, source), share)
    },
    lines: () => inOrder([...lines.values()]),
    sums: () => [...sums.values()].sort((a, b) => compare(a.merchant, b.merchant)),
  }
}

function lineFor(lines: Map<string, Figures>, { merchant, party, name }: Share, source: Source): Figures {
  const key = `${merchant}/${party}/${source}/${name}`
  let line = lines.get(key)
  if (line === undefined) {
    line = { merchant, party, name, source, ...ZERO }
    lines.set(key, line)
  }
  return line
}

const ZERO = {
  ...{ plusCount: 0, plusFen: 0, minusCount: 0, minusFen: 0, discountFen: 0, cashBackFen: 0 },
  ...{ grossFen: 0, feeFen: 0, netFen: 0 },
}

function count(line: Figures, share: Share): void {
  if (share.amountFen > 0) {
    line.plusCount += 1
    line.plusFen += share.amountFen
  } else if (share.amountFen < 0) {
    line.minusCount += 1
    line.minusFen += share.amountFen
  }
  const gross = grossFen(share)
  line.discountFen += share.discountFen
  line.cashBackFen += share.cashBackFen
  line.grossFen += gross
  line.feeFen += share.feeFen
  line.netFen += gross - share.feeFen
}

// biome-ignore format: the order in which a report shows them
const PARTIES: { readonly [Name in Party]: number } = {
  store: 0, own: 1, mall: 2, biller: 3, float: 4, issuer: 5, suspense: 6,
}

/** By merchant, party, name and source: the order of every report, whatever the database sorts like. */
export function inOrder<Of extends LineKey>(lines: readonly Of[]): readonly Of[] {
  return [...lines].sort(order)
}

function order(a: LineKey, b: LineKey): number {
  return (
    compare(a.merchant, b.merchant) ||
    PARTIES[a.party] - PARTIES[b.party] ||
    compare(a.name, b.name) ||
    compare(a.source, b.source)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Whether a day balances: the entries that were cleared are those of the ledger, and the lines, before fees and after
 * them, make the ledger's sum, merchant by merchant. Each difference is a sentence; none: it balances.
 */
export function unbalanced(tally: Tally, ledger: readonly LedgerSum[]): readonly string[] {
  const found: string[] = []
  const lines = tally.lines()
  const cleared = tally.sums()
  const merchants = new Set([...lines, ...cleared, ...ledger].map(({ merchant }) => merchant))
  for (const merchant of [...merchants].sort(compare)) {
    const of = ({ merchant: one }: { readonly merchant: string }) => one === merchant
    const { entries, settleFen } = ledger.find(of) ?? { entries: 0, settleFen: 0 }
    const own = cleared.find(of) ?? { entries: 0, settleFen: 0 }
    const gross = sumOf(lines.filter(of), (line) => line.grossFen)
    const parts = sumOf(lines.filter(of), (line) => line.netFen + line.feeFen)
    const columns = sumOf(
      lines.filter(of),
      (line) => line.plusFen + line.minusFen - line.discountFen - line.cashBackFen,
    )
    const sums = [settleFen, own.settleFen, gross, parts, columns]
    if (entries === own.entries && sums.every((sum) => sum === settleFen && Number.isSafeInteger(sum)))
      continue
    found.push(
      `merchant ${merchant}: the ledger has ${entries} entries and ${settleFen} fen, cleared were ${own.entries} and ${own.settleFen} fen, the lines make ${gross} fen, pay-out and fees ${parts} fen`,
    )
  }
  return found
}

function sumOf(lines: readonly Line[], of: (line: Line) => number): number {
  return lines.reduce((total, line) => total + of(line), 0)
}
