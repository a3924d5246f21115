import type Database from 'libsql'
import type { Account, Batch, Entry, Kind, Session, StoreSales, Totals, TransactionKey } from '../ledger.ts'
import type { Books, Posting } from '../store.ts'

type Row = { readonly [column: string]: unknown }

/** The books in SQLite tables: reads, and the writes of one posting. Transactions are the store's. */
export interface SqliteBooks extends Books {
  post(posting: Posting): void
  openAccount(name: string, balanceFen: number): void
  nameStore(merchantId: string, number: string, name: string): void
  storeSales(date: string): StoreSales[]
}

const INSERT_ENTRY = `INSERT INTO ledger (sequence, terminal, batch, trace, kind, fingerprint, date, time, merchant,
  store, account, pan, code, amount, effect, original, answer) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

/** A sale stands when it was approved and no reversal has its key. */
const STANDS = `s.kind = 'sale' AND s.effect < 0 AND NOT EXISTS (SELECT 1 FROM ledger r WHERE r.terminal = s.terminal
  AND r.batch = s.batch AND r.trace = s.trace AND r.kind = 'reversal')`

const STORE_SALES = `SELECT s.merchant, coalesce(s.store, '-') AS number, coalesce(n.name, '') AS name,
    count(*) AS sales, sum(s.amount) AS sum, count(r.sequence) AS reversed,
    coalesce(sum(CASE WHEN r.sequence IS NOT NULL THEN s.amount END), 0) AS reversed_sum
  FROM ledger s
  LEFT JOIN ledger r ON r.terminal = s.terminal AND r.batch = s.batch AND r.trace = s.trace AND r.kind = 'reversal'
  LEFT JOIN store n ON n.merchant = s.merchant AND n.number = s.store
  WHERE s.date = ? AND s.kind = 'sale' AND s.effect < 0
  GROUP BY s.merchant, s.store`

export function sqliteBooks(database: Database.Database): SqliteBooks {
  const get = (sql: string) => {
    const statement = database.prepare(sql)
    return (...values: (string | number)[]) => statement.get(...values) as Row | undefined
  }
  const last = get('SELECT max(sequence) AS n FROM ledger')
  const entry = get('SELECT * FROM ledger WHERE terminal = ? AND batch = ? AND trace = ? AND kind = ?')
  const account = get('SELECT * FROM account WHERE name = ?')
  const openBatch = get(`SELECT * FROM batch WHERE terminal = ? AND state = 'open'`)
  const batch = get('SELECT * FROM batch WHERE terminal = ? AND number = ?')
  const anySale = get(`SELECT 1 AS n FROM ledger WHERE terminal = ? AND batch = ? AND kind = 'sale' LIMIT 1`)
  const anyEntry = get('SELECT 1 AS n FROM ledger WHERE terminal = ? AND batch = ? LIMIT 1')
  const totals = get(`SELECT count(*) AS n, coalesce(-sum(s.effect), 0) AS sum FROM ledger s
    WHERE s.terminal = ? AND s.batch = ? AND ${STANDS}`)
  const session = get('SELECT * FROM session WHERE terminal = ?')
  const sales = database.prepare(STORE_SALES)

  return {
    nextSequence: () => Number(last()?.n ?? 0) + 1,
    entry: (key) => mapped(entry(key.terminalId, key.batch, key.trace, key.kind), entryOf),
    account: (name) => mapped(account(name), accountOf),
    openBatch: (terminalId) => mapped(openBatch(terminalId), batchOf),
    batch: (terminalId, number) => mapped(batch(terminalId, number), batchOf),
    hasSales: (terminalId, number) => anySale(terminalId, number) !== undefined,
    hasEntries: (terminalId, number) => anyEntry(terminalId, number) !== undefined,
    totals(terminalId, number): Totals {
      const row = totals(terminalId, number)
      return { debitFen: Number(row?.sum), debitCount: Number(row?.n), creditFen: 0, creditCount: 0 }
    },
    session: (terminalId) => mapped(session(terminalId), sessionOf),
    storeSales: (date) => (sales.all(date) as Row[]).map(salesOf),
    ...writes(database),
  }
}

function writes(database: Database.Database): Pick<SqliteBooks, 'post' | 'openAccount' | 'nameStore'> {
  const run = (sql: string) => {
    const statement = database.prepare(sql)
    return (...values: (string | number | null | Uint8Array)[]) => statement.run(...values).changes
  }
  const insertEntry = run(INSERT_ENTRY)
  const move = run('UPDATE account SET balance = balance + ? WHERE name = ?')
  const tries = run('UPDATE account SET wrong_pins = ?, wrong_pin_date = ? WHERE name = ?')
  const endBatch = run(`UPDATE batch SET state = ?, debit = ?, debit_count = ?, credit = ?, credit_count = ?
    WHERE terminal = ? AND number = ?`)
  const openBatch = run(`INSERT OR REPLACE INTO batch VALUES (?, ?, 'open', 0, 0, 0, 0, 0)`)
  const conflict = run('UPDATE batch SET conflict = 1 WHERE terminal = ? AND number = ?')
  const session = run('INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?)')
  const openAccount = run('INSERT OR IGNORE INTO account VALUES (?, ?, ?, 0, ?)')
  const nameStore = run('INSERT OR REPLACE INTO store VALUES (?, ?, ?)')

  const postEntry = (entry: Entry) => {
    const { key, at, account, effectFen } = entry
    insertEntry(
      entry.sequence,
      ...[
        key.terminalId,
        key.batch,
        key.trace,
        key.kind,
        entry.fingerprint,
        at.date,
        at.time,
        entry.merchantId,
      ],
      ...[entry.storeNumber ?? null, account ?? null, entry.maskedPan ?? null, entry.code, entry.amountFen],
      ...[effectFen, entry.original ?? null, entry.answer],
    )
    if (effectFen !== 0 && move(effectFen, account ?? '') !== 1)
      throw new Error('ledger: an effect without an account')
  }
  const postBatch = ({ terminalId, end, open }: NonNullable<Posting['batch']>) => {
    if (end) {
      const { debitFen, debitCount, creditFen, creditCount } = end.totals
      endBatch(end.state, debitFen, debitCount, creditFen, creditCount, terminalId, end.number)
    }
    if (open !== undefined) openBatch(terminalId, open)
  }
  return {
    post(posting) {
      if (posting.entry) postEntry(posting.entry)
      if (posting.pinTries)
        tries(posting.pinTries.wrongPins, posting.pinTries.wrongPinDate, posting.pinTries.account)
      if (posting.batch) postBatch(posting.batch)
      if (posting.conflict) conflict(posting.conflict.terminalId, posting.conflict.batch)
      if (posting.session) {
        const { terminalId, value } = posting.session
        const { sealedKeys, masterCheck, operator, signedOn, at } = value
        session(terminalId, sealedKeys, masterCheck, operator, signedOn ? 1 : 0, at.date, at.time)
      }
    },
    openAccount: (name, balanceFen) => void openAccount(name, balanceFen, balanceFen, ''),
    nameStore: (merchantId, number, name) => void nameStore(merchantId, number, name),
  }
}

function mapped<Value>(row: Row | undefined, of: (row: Row) => Value): Value | undefined {
  return row && of(row)
}

function entryOf(row: Row): Entry {
  const text = (column: string) => (row[column] === null ? undefined : String(row[column]))
  const key: TransactionKey = {
    terminalId: String(row.terminal),
    batch: Number(row.batch),
    trace: Number(row.trace),
    kind: row.kind as Kind,
  }
  return {
    sequence: Number(row.sequence),
    key,
    fingerprint: String(row.fingerprint),
    at: { date: String(row.date), time: String(row.time) },
    merchantId: String(row.merchant),
    storeNumber: text('store'),
    account: text('account'),
    maskedPan: text('pan'),
    code: String(row.code),
    amountFen: Number(row.amount),
    effectFen: Number(row.effect),
    original: row.original === null ? undefined : Number(row.original),
    answer: Uint8Array.from(row.answer as Uint8Array),
  }
}

function accountOf(row: Row): Account {
  return {
    balanceFen: Number(row.balance),
    wrongPins: Number(row.wrong_pins),
    wrongPinDate: String(row.wrong_pin_date),
  }
}

function batchOf(row: Row): Batch {
  return {
    number: Number(row.number),
    state: row.state as Batch['state'],
    conflict: row.conflict === 1,
    totals: {
      debitFen: Number(row.debit),
      debitCount: Number(row.debit_count),
      creditFen: Number(row.credit),
      creditCount: Number(row.credit_count),
    },
  }
}

function sessionOf(row: Row): Session {
  return {
    sealedKeys: Uint8Array.from(row.sealed_keys as Uint8Array),
    masterCheck: String(row.master_check),
    operator: String(row.operator),
    signedOn: row.signed_on === 1,
    at: { date: String(row.date), time: String(row.time) },
  }
}

function salesOf(row: Row): StoreSales {
  return {
    merchantId: String(row.merchant),
    storeNumber: String(row.number),
    storeName: String(row.name),
    sales: Number(row.sales),
    salesFen: Number(row.sum),
    reversed: Number(row.reversed),
    reversedFen: Number(row.reversed_sum),
  }
}
