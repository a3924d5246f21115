import type { Account, Batch, Difference, Entry, PlanPart } from '../../../host-link/host/ledger.ts'
import type { HostCard } from '../../../host-link/host/registry.ts'
import type { Store } from '../../../host-link/host/store.ts'
import { type TransactionName, transactions } from '../../../host-link/wire/transaction.ts'
import { entryNameOf } from '../../../terminal/host/entry-kind.ts'
import { decodeIntent, decodeOutcome, type Intent, type Outcome } from '../../../terminal/journal/body.ts'
import type { AuditedTill } from '../audit.ts'
import { journalOf } from '../audit.ts'
import { entriesIn } from './restart.ts'

/** What both sides have when all is over: the journals as read from the chips, the host's books, the line, the paper. */
export interface Evidence {
  readonly tills: readonly AuditedTill[]
  readonly cards: readonly HostCard[]
  /** Entries of all terminals: those of the open batch, and of each batch as it was when it was frozen. */
  readonly kept: readonly Kept[]
  /** By `terminal/batch`: batches that a terminal settled and closed. */
  readonly closed: ReadonlySet<string>
  /** The host's whole ledger, in order. */
  readonly ledger: readonly Entry[]
  readonly account: ReadonlyMap<string, Account>
  readonly batches: ReadonlyMap<string, Batch>
  readonly plans: ReadonlyMap<number, readonly PlanPart[]>
  readonly differences: readonly Difference[]
}

/** A journal entry, in words. */
export interface Kept {
  readonly terminal: string
  readonly batch: number
  readonly trace: number
  readonly name: TransactionName
  readonly state: string
  readonly intent: Intent
  readonly outcome: Outcome | undefined
  /** What counts in the settlement: + debit, − credit, 0 for rows that do not count or were not approved. */
  readonly settleFen: number
}

export async function gather(tills: readonly AuditedTill[]): Promise<Evidence> {
  const [first] = tills
  if (first === undefined) throw new Error('no till')
  const closed = new Set<string>()
  const kept = tills.flatMap((till) => {
    const terminal = till.setup.terminalId
    const open = journalOf(till).batch()
    const batches = [...till.archive].filter(([batch]) => batch !== open)
    for (const [batch] of batches) closed.add(`${terminal}/${batch}`)
    return [...batches.flatMap(([, entries]) => entries), ...entriesIn(journalOf(till))].map(
      (entry, _, all) => keptOf(terminal, entry, all),
    )
  })
  return { tills, cards: first.cards, kept, closed, ...(await booksOf(first.store, tills, first.cards)) }
}

type JournalEntry = ReturnType<typeof entriesIn>[number]

function keptOf(terminal: string, entry: JournalEntry, all: readonly JournalEntry[]): Kept {
  const name = entryNameOf(entry.kind)
  const intent = decodeIntent(entry.intent)
  const outcome = outcomeOf(entry)
  const approved = entry.state === 'approved'
  const original = all.find(
    ({ batch, trace, state }) =>
      state === 'approved' && batch === entry.batch && trace === intent.original?.trace,
  )
  // What a void gives back is what its original cost: its own discount, or the one of what it names.
  const off = outcome?.discount?.amount ?? (original && outcomeOf(original)?.discount?.amount) ?? 0
  const { settles } = transactions[name]
  const sign = !approved || settles === 'not' ? 0 : settles === 'debit' ? 1 : -1
  return {
    ...{ terminal, batch: entry.batch, trace: entry.trace, name, state: entry.state, intent, outcome },
    settleFen: sign === 0 ? 0 : sign * (intent.amount - off),
  }
}

/** The body of a reversal is no outcome. */
function outcomeOf(entry: JournalEntry): Outcome | undefined {
  if (entry.outcome === undefined || entry.outcome.length === 0 || entry.state === 'undone') return undefined
  return decodeOutcome(entry.outcome)
}

async function booksOf(store: Store, tills: readonly AuditedTill[], cards: readonly HostCard[]) {
  const days = new Set(tills.flatMap((till) => [till.startedMs, till.time.wallMs()].map(dateOf)))
  const differences = (await Promise.all([...days].map((day) => store.differences(day)))).flat()
  return store.transact((books) => {
    const ledger: Entry[] = []
    const last = books.nextSequence() - 1
    for (let sequence = 1; sequence <= last; sequence++) {
      const entry = books.entryAt(sequence)
      if (entry !== undefined) ledger.push(entry)
    }
    const account = new Map<string, Account>()
    for (const { name } of cards) {
      const value = books.account(name)
      if (value !== undefined) account.set(name, value)
    }
    const batches = new Map<string, Batch>()
    const plans = new Map<number, readonly PlanPart[]>()
    for (const { key, sequence } of ledger) {
      const name = `${key.terminalId}/${key.batch}`
      const found = batches.has(name) ? undefined : books.batch(key.terminalId, key.batch)
      if (found !== undefined) batches.set(name, found)
      if (key.kind === 'instalment') plans.set(sequence, books.plan(sequence))
    }
    return { result: { ledger, account, batches, plans, differences } }
  })
}

function dateOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10).replaceAll('-', '')
}

export const nameOfKey = ({ terminal, batch, trace, name }: Kept): string =>
  `${terminal}/${batch}/${trace} ${name}`
