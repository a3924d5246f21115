import { type Entry, NO_TOTALS } from '../ledger.ts'
import type { Books, Likely, Posting } from '../store.ts'
import {
  accountOf,
  batchOf,
  entryOf,
  partOf,
  READS,
  type Row,
  type SqlValue,
  sessionOf,
  totalsIn,
  uploadedOf,
} from './book-rows.ts'
import { keyOrderOf, mastersOf } from './key-rows.ts'
import type { Answered, Statement } from './postgres-lines.ts'

type ReadName = Exclude<
  keyof typeof READS,
  | 'lastSequence'
  | 'storeSales'
  | 'differences'
  | 'reports'
  | 'account'
  | 'allMasters'
  | 'allOrders'
  | 'keyEvents'
>

/** One thing that a transaction reads. */
type Need =
  | { readonly kind: 'rows'; readonly read: ReadName; readonly values: readonly SqlValue[] }
  | { readonly kind: 'account'; readonly name: string }
  | { readonly kind: 'sequences'; readonly count: number }

/** Thrown inside `decide` by a read that is not at hand; the store gets it and runs `decide` again. */
export class Missing extends Error {
  override readonly name = 'Missing'
  readonly need: Need
  constructor(need: Need) {
    super('the books do not have this at hand yet')
    this.need = need
  }
}

/**
 * What one transaction holds and reads. Locks come first and in one order, so that no two transactions wait for each
 * other: those of terminals and bills by name, then the accounts by name. A lock that turns out to be needed later means to begin
 * again, for what was read before it may have changed while we waited for it.
 */
export class Needs {
  readonly #locks = new Set<string>()
  readonly #accounts = new Set<string>()
  readonly #reads = new Map<string, Extract<Need, { kind: 'rows' }>>()
  #sequences = 1

  constructor(likely: Likely | undefined) {
    if (!likely) return
    const { terminalId, key, accounts = [] } = likely
    this.add({ kind: 'rows', read: 'session', values: [terminalId] })
    this.add({ kind: 'rows', read: 'masters', values: [terminalId] })
    for (const name of accounts) this.#accounts.add(name)
    if (!key) return
    this.add({ kind: 'rows', read: 'openBatch', values: [terminalId] })
    this.add({ kind: 'rows', read: 'entry', values: [terminalId, key.batch, key.trace, key.kind] })
    this.add({ kind: 'rows', read: 'underTrace', values: [terminalId, key.batch, key.trace] })
  }

  /** Names that are waited for in this process already. */
  names(): readonly string[] {
    return [...this.#locks, ...[...this.#accounts].map((name) => `account/${name}`)]
  }

  /** Adds a need; `lock` when it wants a lock that is not held. */
  add(need: Need): 'lock' | 'read' {
    if (need.kind === 'account') {
      this.#accounts.add(need.name)
      return 'lock'
    }
    if (need.kind === 'sequences') {
      this.#sequences = need.count
      return 'read'
    }
    this.#reads.set(readName(need.read, need.values), need)
    return this.#lock(lockOf(need)) ? 'lock' : 'read'
  }

  /** Whether a posting changes something that is not locked; it is from the next beginning on. */
  addPosting(posting: Posting): boolean {
    const before = this.#locks.size + this.#accounts.size
    for (const name of accountsOf(posting)) this.#accounts.add(name)
    for (const id of terminalsOf(posting)) this.#lock(terminalLock(id))
    return this.#locks.size + this.#accounts.size > before
  }

  /** BEGIN, all locks, then all that is to be read under them. */
  statements(): readonly Statement[] {
    const locks = [...this.#locks].sort()
    const accounts = [...this.#accounts].sort()
    return [
      { sql: 'BEGIN ISOLATION LEVEL READ COMMITTED' },
      { sql: LOCK, values: [locks] },
      { sql: ACCOUNTS, values: [accounts] },
      { sql: SEQUENCES, values: [this.#sequences] },
      ...[...this.#reads.values()].map(({ read, values }) => ({ sql: READS[read], values })),
    ]
  }

  /** What the answers to `statements` hold. */
  fetched(answers: readonly Answered[]): Fetched {
    const [, , accounts, sequences, ...reads] = answers
    const names = [...this.#reads.keys()]
    return new Fetched(
      new Map([...this.#accounts].map((name) => [name, undefined])),
      accounts?.rows ?? [],
      sequences?.rows ?? [],
      new Map(names.map((name, at) => [name, reads[at]?.rows ?? []])),
    )
  }

  #lock(name: string | undefined): boolean {
    if (name === undefined || this.#locks.has(name)) return false
    this.#locks.add(name)
    return true
  }
}

const LOCK = 'SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(?::text[]) AS name'
const ACCOUNTS = 'SELECT * FROM account WHERE name = ANY(?::text[]) ORDER BY name FOR UPDATE'
const SEQUENCES = `SELECT nextval('ledger_sequence') AS n FROM generate_series(1, ?)`

function readName(read: ReadName, values: readonly SqlValue[]): string {
  return JSON.stringify([read, ...values])
}

const terminalLock = (terminalId: string): string => `terminal/${terminalId}`

/** What must be held so that a read stays true. An entry never changes; who refers to it holds its account. */
function lockOf({ read, values }: Extract<Need, { kind: 'rows' }>): string | undefined {
  if (read === 'entryAt' || read === 'referring' || read === 'plan') return undefined
  if (read === 'ofBill') return `bill/${JSON.stringify(values)}`
  return terminalLock(String(values[0]))
}

function accountsOf({ entries = [], pinTries, cards = [] }: Posting): readonly string[] {
  const moved = entries.flatMap(({ account, account2 }) => [account, account2])
  return [...moved, pinTries?.account, ...cards.map(({ account }) => account)].filter(
    (name) => name !== undefined,
  )
}

function terminalsOf({
  entries = [],
  batch,
  conflict,
  uploads,
  report,
  session,
  masters = [],
  keyOrders = [],
}: Posting): readonly string[] {
  const one = [batch, conflict, uploads, report, session]
  const named = [...one, ...masters, ...keyOrders].map((part) => part?.terminalId)
  return [...entries.map(({ key }) => key.terminalId), ...named].filter((id) => id !== undefined)
}

/** What is at hand of the books; the rest is `Missing`. */
export class Fetched {
  readonly #accounts: Map<string, Row | undefined>
  #sequences: readonly number[]
  readonly #rows: Map<string, readonly Row[]>

  constructor(
    accounts: Map<string, Row | undefined>,
    accountRows: readonly Row[],
    sequences: readonly Row[],
    rows: Map<string, readonly Row[]>,
  ) {
    this.#accounts = accounts
    for (const row of accountRows) accounts.set(String(row.name), row)
    this.#sequences = sequences.map(({ n }) => Number(n))
    this.#rows = rows
  }

  /** Nothing at hand. */
  static nothing(): Fetched {
    return new Fetched(new Map(), [], [], new Map())
  }

  /** Reads one thing more, for which nothing more is to be locked. */
  statement(need: Need): Statement {
    if (need.kind === 'account') throw new Error('an account is read where it is locked')
    if (need.kind === 'rows') return { sql: READS[need.read], values: need.values }
    return { sql: SEQUENCES, values: [need.count - this.#sequences.length] }
  }

  add(need: Need, { rows }: Answered): void {
    if (need.kind === 'rows') this.#rows.set(readName(need.read, need.values), rows)
    if (need.kind === 'sequences') this.#sequences = [...this.#sequences, ...rows.map(({ n }) => Number(n))]
  }

  hasAccount(name: string): boolean {
    return this.#accounts.get(name) !== undefined
  }

  books(): Books {
    const rows = (read: ReadName, ...values: readonly SqlValue[]): readonly Row[] => {
      const found = this.#rows.get(readName(read, values))
      if (!found) throw new Missing({ kind: 'rows', read, values })
      return found
    }
    const entries = (read: ReadName, ...values: readonly SqlValue[]): Entry[] =>
      rows(read, ...values).map(entryOf)
    const first = <Value>(found: readonly Row[], of: (row: Row) => Value): Value | undefined =>
      found[0] && of(found[0])
    return {
      nextSequence: (nth = 0) => {
        const found = this.#sequences[nth]
        if (found === undefined) throw new Missing({ kind: 'sequences', count: nth + 1 })
        return found
      },
      account: (name) => {
        if (!this.#accounts.has(name)) throw new Missing({ kind: 'account', name })
        const row = this.#accounts.get(name)
        return row && accountOf(row)
      },
      entry: (key) => first(rows('entry', key.terminalId, key.batch, key.trace, key.kind), entryOf),
      underTrace: (terminalId, batch, trace) => entries('underTrace', terminalId, batch, trace),
      entryAt: (sequence) => first(rows('entryAt', sequence), entryOf),
      referring: (original) => entries('referring', original),
      ofBill: ({ biller, customer, bill }) => entries('ofBill', biller, customer, bill),
      openBatch: (terminalId) => first(rows('openBatch', terminalId), batchOf),
      batch: (terminalId, number) => first(rows('batch', terminalId, number), batchOf),
      hasSales: (terminalId, number) => rows('hasSales', terminalId, number).length > 0,
      hasEntries: (terminalId, number) => rows('hasEntries', terminalId, number).length > 0,
      totals: (terminalId, number) => first(rows('totals', terminalId, number), totalsIn) ?? NO_TOTALS,
      standing: (terminalId, number) => entries('standing', terminalId, number),
      plan: (original) => rows('plan', original).map(partOf),
      uploads: (terminalId, number) => rows('uploads', terminalId, number).map(uploadedOf),
      session: (terminalId) => first(rows('session', terminalId), sessionOf),
      masters: (terminalId) => first(rows('masters', terminalId), mastersOf),
      keyOrder: (terminalId) => first(rows('keyOrder', terminalId), keyOrderOf),
    }
  }
}
