import {
  type Account,
  type Batch,
  type Entry,
  keyText,
  NO_TOTALS,
  type Session,
  type StoreSales,
  type Totals,
} from './ledger.ts'
import { type Books, type Posting, type Store, StoreStopped } from './store.ts'

interface Tables {
  readonly ledger: Entry[]
  readonly byKey: Map<string, Entry>
  readonly accounts: Map<string, Account>
  /** By terminal, then by number. */
  readonly batches: Map<string, Map<number, Batch>>
  readonly open: Map<string, number>
  readonly sessions: Map<string, Session>
  readonly storeNames: Map<string, string>
}

/** Books in memory, for the page and for tests: gone when the process ends, which is all that "durable" means here. */
export function memoryStore(): Store {
  const tables: Tables = {
    ledger: [],
    byKey: new Map(),
    accounts: new Map(),
    batches: new Map(),
    open: new Map(),
    sessions: new Map(),
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
      for (const { name, balanceFen } of accounts) {
        if (!tables.accounts.has(name))
          tables.accounts.set(name, { balanceFen, wrongPins: 0, wrongPinDate: '' })
      }
    },
    nameStores(merchantId, stores) {
      for (const { number, name } of stores) tables.storeNames.set(`${merchantId}/${number}`, name)
    },
    storeSales: (date) => storeSales(tables, date),
    async close() {
      closed = true
    },
  }
}

function booksOf(tables: Tables): Books {
  const batch = (terminalId: string, number: number) => tables.batches.get(terminalId)?.get(number)
  return {
    nextSequence: () => tables.ledger.length + 1,
    entry: (key) => tables.byKey.get(keyText(key)),
    account: (name) => tables.accounts.get(name),
    openBatch(terminalId) {
      const number = tables.open.get(terminalId)
      return number === undefined ? undefined : batch(terminalId, number)
    },
    batch,
    hasSales: (terminalId, number) => salesOf(tables, terminalId, number).length > 0,
    hasEntries: (terminalId, number) =>
      tables.ledger.some(({ key }) => key.terminalId === terminalId && key.batch === number),
    totals: (terminalId, number) =>
      salesOf(tables, terminalId, number)
        .filter((sale) => sale.effectFen < 0 && !isReversed(tables, sale))
        .reduce(added, NO_TOTALS),
    session: (terminalId) => tables.sessions.get(terminalId),
  }
}

function added(totals: Totals, sale: Entry): Totals {
  return { ...totals, debitFen: totals.debitFen - sale.effectFen, debitCount: totals.debitCount + 1 }
}

function salesOf(tables: Tables, terminalId: string, number: number): Entry[] {
  return tables.ledger.filter(
    ({ key }) => key.terminalId === terminalId && key.batch === number && key.kind === 'sale',
  )
}

function isReversed(tables: Tables, sale: Entry): boolean {
  return tables.byKey.has(keyText({ ...sale.key, kind: 'reversal' }))
}

/** Checks all before it changes anything: a posting is whole or not at all. */
function post(tables: Tables, { entry, pinTries, batch, conflict, session }: Posting): void {
  const account = entry?.account === undefined ? undefined : tables.accounts.get(entry.account)
  const balanceFen = (account?.balanceFen ?? 0) + (entry?.effectFen ?? 0)
  if (entry) {
    if (entry.sequence !== tables.ledger.length + 1) throw new Error('ledger: sequence out of order')
    if (tables.byKey.has(keyText(entry.key))) throw new Error('ledger: key taken')
    if (entry.effectFen !== 0 && (!account || !Number.isSafeInteger(balanceFen) || balanceFen < 0))
      throw new Error('ledger: an effect without an account that can bear it')
  }
  if (entry) {
    tables.ledger.push(entry)
    tables.byKey.set(keyText(entry.key), entry)
    if (account && entry.account !== undefined) tables.accounts.set(entry.account, { ...account, balanceFen })
  }
  if (pinTries) {
    const { account: name, wrongPins, wrongPinDate } = pinTries
    const known = tables.accounts.get(name)
    if (known) tables.accounts.set(name, { ...known, wrongPins, wrongPinDate })
  }
  if (batch) turnBatch(tables, batch)
  if (conflict) changeBatch(tables, conflict.terminalId, conflict.batch, { conflict: true })
  if (session) tables.sessions.set(session.terminalId, session.value)
}

function turnBatch(tables: Tables, { terminalId, end, open }: NonNullable<Posting['batch']>): void {
  if (end) changeBatch(tables, terminalId, end.number, { state: end.state, totals: end.totals })
  if (open === undefined) return
  const numbers = tables.batches.get(terminalId) ?? new Map<number, Batch>()
  numbers.set(open, { number: open, state: 'open', conflict: false, totals: NO_TOTALS })
  tables.batches.set(terminalId, numbers)
  tables.open.set(terminalId, open)
}

function changeBatch(tables: Tables, terminalId: string, number: number, change: Partial<Batch>): void {
  const numbers = tables.batches.get(terminalId)
  const known = numbers?.get(number)
  if (known) numbers?.set(number, { ...known, ...change })
}

function storeSales(tables: Tables, date: string): StoreSales[] {
  const rows = new Map<string, StoreSales>()
  for (const sale of tables.ledger) {
    if (sale.key.kind !== 'sale' || sale.effectFen >= 0 || sale.at.date !== date) continue
    const { merchantId, storeNumber = '-', amountFen } = sale
    const place = `${merchantId}/${storeNumber}`
    const row = rows.get(place)
    const back = isReversed(tables, sale) ? 1 : 0
    rows.set(place, {
      merchantId,
      storeNumber,
      storeName: tables.storeNames.get(place) ?? '',
      sales: (row?.sales ?? 0) + 1,
      salesFen: (row?.salesFen ?? 0) + amountFen,
      reversed: (row?.reversed ?? 0) + back,
      reversedFen: (row?.reversedFen ?? 0) + back * amountFen,
    })
  }
  return [...rows.values()]
}
