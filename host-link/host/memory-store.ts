import type { KeyEvent, KeyOrder, MasterKeys } from './key-book.ts'
import {
  type Account,
  type Batch,
  type Difference,
  type Entry,
  keyText,
  NO_TOTALS,
  type PlanPart,
  type Report,
  type Session,
  TRADE_KINDS,
  totalsOf,
  type Uploaded,
} from './ledger.ts'
import { isReversed, storeSales } from './memory-sales.ts'
import { type Books, type Posting, type Store, StoreStopped } from './store.ts'

export interface Tables {
  readonly ledger: Entry[]
  readonly byKey: Map<string, Entry>
  /** By terminal, batch and trace; by the sequence that entries refer to. */
  readonly byTrace: Map<string, Entry[]>
  readonly byOriginal: Map<number, Entry[]>
  /** By terminal, then by number. */
  readonly byBatch: Map<string, Entry[]>
  readonly accounts: Map<string, Account>
  readonly batches: Map<string, Map<number, Batch>>
  readonly open: Map<string, number>
  readonly plans: Map<number, { readonly parts: readonly PlanPart[]; readonly stands: boolean }>
  readonly uploads: Map<string, Map<number, Uploaded>>
  readonly differences: Map<string, Difference>
  readonly reports: Map<string, Report>
  readonly sessions: Map<string, Session>
  readonly masters: Map<string, MasterKeys>
  readonly keyOrders: Map<string, KeyOrder>
  readonly keyEvents: KeyEvent[]
  readonly storeNames: Map<string, string>
}

/** Books in memory, for the page and for tests: gone when the process ends, which is all that "durable" means here. */
export function memoryStore(): Store {
  const tables: Tables = {
    ledger: [],
    byKey: new Map(),
    byTrace: new Map(),
    byOriginal: new Map(),
    byBatch: new Map(),
    accounts: new Map(),
    batches: new Map(),
    open: new Map(),
    plans: new Map(),
    uploads: new Map(),
    differences: new Map(),
    reports: new Map(),
    sessions: new Map(),
    masters: new Map(),
    keyOrders: new Map(),
    keyEvents: [],
    storeNames: new Map(),
  }
  const books = booksOf(tables)
  let closed = false
  return {
    async transact(decide) {
      if (closed) throw new StoreStopped('the store is closed')
      const { posting, result } = decide(books)
      if (posting) post(tables, posting)
      return result
    },
    openAccounts(accounts) {
      for (const { name, balanceFen, points, active } of accounts) {
        if (tables.accounts.has(name)) continue
        const fresh = { wrongPins: 0, wrongPinDate: '', activatedDate: '', sealedPin: undefined }
        tables.accounts.set(name, { balanceFen, points, active, ...fresh })
      }
    },
    nameStores(merchantId, stores) {
      for (const { number, name } of stores) tables.storeNames.set(`${merchantId}/${number}`, name)
    },
    storeSales: (date) => storeSales(tables, date),
    differences: (date) =>
      [...tables.differences.values()].filter((difference) => difference.date === date).sort(byPlace),
    reports: (kind) => [...tables.reports.values()].filter((report) => report.kind === kind).sort(newest),
    masterKeys: () =>
      [...tables.masters]
        .map(([terminalId, { sealed: _sealed, ...keys }]) => ({ terminalId, ...keys }))
        .sort(byTerminal),
    keyOrders: () =>
      [...tables.keyOrders].map(([terminalId, order]) => ({ terminalId, ...order })).sort(byTerminal),
    keyEvents: (terminalId) => tables.keyEvents.filter((event) => event.terminalId === terminalId),
    async close() {
      closed = true
    },
  }
}

interface OfTerminal {
  readonly terminalId: string
}
const byTerminal = (a: OfTerminal, b: OfTerminal): number =>
  a.terminalId < b.terminalId ? -1 : a.terminalId > b.terminalId ? 1 : 0

const byPlace = (a: Difference, b: Difference): number =>
  a.terminalId < b.terminalId ? -1 : a.terminalId > b.terminalId ? 1 : a.batch - b.batch || a.trace - b.trace

const newest = (a: Report, b: Report): number => {
  const [one, other] = [a, b].map(({ at }) => at.date + at.time) as [string, string]
  if (one !== other) return one < other ? 1 : -1
  return a.terminalId < b.terminalId ? -1 : a.terminalId > b.terminalId ? 1 : b.number - a.number
}

function booksOf(tables: Tables): Books {
  const batch = (terminalId: string, number: number) => tables.batches.get(terminalId)?.get(number)
  const entriesOf = (terminalId: string, number: number) =>
    tables.byBatch.get(`${terminalId}/${number}`) ?? []
  const standing = (terminalId: string, number: number) =>
    entriesOf(terminalId, number).filter(
      (entry) => entry.settleFen !== 0 && entry.key.kind !== 'reversal' && !isReversed(tables, entry),
    )
  return {
    nextSequence: (nth = 0) => tables.ledger.length + 1 + nth,
    entry: (key) => tables.byKey.get(keyText(key)),
    underTrace: (terminalId, number, trace) => tables.byTrace.get(`${terminalId}/${number}/${trace}`) ?? [],
    entryAt: (sequence) => tables.ledger[sequence - 1],
    referring: (original) => tables.byOriginal.get(original) ?? [],
    ofBill: ({ biller, customer, bill }) =>
      tables.ledger.filter(
        (entry) =>
          entry.bill?.biller === biller && entry.bill.customer === customer && entry.bill.bill === bill,
      ),
    account: (name) => tables.accounts.get(name),
    openBatch(terminalId) {
      const number = tables.open.get(terminalId)
      return number === undefined ? undefined : batch(terminalId, number)
    },
    batch,
    hasSales: (terminalId, number) =>
      entriesOf(terminalId, number).some(({ key }) => TRADE_KINDS.includes(key.kind)),
    hasEntries: (terminalId, number) => entriesOf(terminalId, number).length > 0,
    totals: (terminalId, number) => totalsOf(standing(terminalId, number)),
    standing,
    plan(original) {
      const plan = tables.plans.get(original)
      return plan?.stands ? plan.parts : []
    },
    uploads: (terminalId, number) =>
      [...(tables.uploads.get(`${terminalId}/${number}`)?.values() ?? [])].sort((a, b) => a.trace - b.trace),
    session: (terminalId) => tables.sessions.get(terminalId),
    masters: (terminalId) => tables.masters.get(terminalId),
    keyOrder: (terminalId) => tables.keyOrders.get(terminalId),
  }
}

/** Checks all before it changes anything: a posting is whole or not at all. */
function post(tables: Tables, posting: Posting): void {
  const { entries = [], batch, conflict, session, report } = posting
  check(tables, entries)
  for (const entry of entries) postEntry(tables, entry)
  postCards(tables, posting)
  for (const { original, parts } of posting.plans ?? []) tables.plans.set(original, { parts, stands: true })
  for (const { original, stands } of posting.planStands ?? []) {
    const plan = tables.plans.get(original)
    if (plan) tables.plans.set(original, { ...plan, stands })
  }
  if (batch) turnBatch(tables, batch)
  if (conflict) changeBatch(tables, conflict.terminalId, conflict.batch, { conflict: true })
  if (posting.uploads) note(tables, posting.uploads)
  for (const one of posting.differences ?? [])
    tables.differences.set(keyText({ ...one, terminalId: one.terminalId }), one)
  if (report) tables.reports.set(`${report.terminalId}/${report.kind}/${report.number}`, report)
  if (session) tables.sessions.set(session.terminalId, session.value)
  postKeys(tables, posting)
}

function postKeys(tables: Tables, { masters = [], keyOrders = [], keyEvents = [] }: Posting): void {
  for (const { terminalId, value } of masters) tables.masters.set(terminalId, value)
  for (const { terminalId, value } of keyOrders)
    if (value) tables.keyOrders.set(terminalId, value)
    else tables.keyOrders.delete(terminalId)
  tables.keyEvents.push(...keyEvents)
}

function check(tables: Tables, entries: readonly Entry[]): void {
  const moves = (name: string | undefined, fen: number) => {
    if (fen === 0) return
    const account = name === undefined ? undefined : tables.accounts.get(name)
    if (!account || !Number.isSafeInteger(account.balanceFen + fen))
      throw new Error('ledger: an effect without an account')
  }
  const keys = new Set<string>()
  for (const [at, entry] of entries.entries()) {
    const key = keyText(entry.key)
    if (entry.sequence !== tables.ledger.length + 1 + at) throw new Error('ledger: sequence out of order')
    if (tables.byKey.has(key) || keys.has(key)) throw new Error('ledger: key taken')
    keys.add(key)
    moves(entry.account, entry.effectFen)
    moves(entry.account, entry.points)
    moves(entry.account2, entry.effect2Fen)
  }
}

function postEntry(tables: Tables, entry: Entry): void {
  const { terminalId, batch, trace } = entry.key
  tables.ledger.push(entry)
  tables.byKey.set(keyText(entry.key), entry)
  pushed(tables.byTrace, `${terminalId}/${batch}/${trace}`, entry)
  pushed(tables.byBatch, `${terminalId}/${batch}`, entry)
  if (entry.original !== undefined) pushed(tables.byOriginal, entry.original, entry)
  move(tables, entry.account, entry.effectFen, entry.points)
  move(tables, entry.account2, entry.effect2Fen, 0)
}

function pushed<Key>(map: Map<Key, Entry[]>, key: Key, entry: Entry): void {
  const known = map.get(key)
  if (known) known.push(entry)
  else map.set(key, [entry])
}

function move(tables: Tables, name: string | undefined, fen: number, points: number): void {
  const account = name === undefined ? undefined : tables.accounts.get(name)
  if (!account || name === undefined) return
  const { balanceFen, points: before } = account
  tables.accounts.set(name, { ...account, balanceFen: balanceFen + fen, points: before + points })
}

function postCards(tables: Tables, { pinTries, cards = [] }: Posting): void {
  const changed = (name: string, change: Partial<Account>) => {
    const known = tables.accounts.get(name)
    if (known) tables.accounts.set(name, { ...known, ...change })
  }
  if (pinTries) {
    const { account, wrongPins, wrongPinDate } = pinTries
    changed(account, { wrongPins, wrongPinDate })
  }
  for (const { account, ...change } of cards) changed(account, change)
}

function turnBatch(tables: Tables, { terminalId, ends = [], open }: NonNullable<Posting['batch']>): void {
  for (const { number, state, totals } of ends) {
    const known = tables.batches.get(terminalId)?.get(number)
    setBatch(tables, terminalId, { conflict: false, ...known, number, state, totals })
    if (tables.open.get(terminalId) === number) tables.open.delete(terminalId)
  }
  if (open === undefined) return
  setBatch(tables, terminalId, { number: open, state: 'open', conflict: false, totals: NO_TOTALS })
  tables.open.set(terminalId, open)
}

function setBatch(tables: Tables, terminalId: string, batch: Batch): void {
  const numbers = tables.batches.get(terminalId) ?? new Map<number, Batch>()
  numbers.set(batch.number, batch)
  tables.batches.set(terminalId, numbers)
}

function changeBatch(tables: Tables, terminalId: string, number: number, change: Partial<Batch>): void {
  const known = tables.batches.get(terminalId)?.get(number)
  if (known) setBatch(tables, terminalId, { ...known, ...change })
}

function note(tables: Tables, uploads: NonNullable<Posting['uploads']>): void {
  const { terminalId, batch, records, afresh = false } = uploads
  const place = `${terminalId}/${batch}`
  const noted = afresh ? new Map<number, Uploaded>() : new Map(tables.uploads.get(place))
  for (const record of records) noted.set(record.trace, record)
  tables.uploads.set(place, noted)
}
