import type Database from 'libsql'
import type { KeyEvent, TerminalKeys } from '../key-book.ts'
import { type Difference, NO_TOTALS, type Report, type StoreSales } from '../ledger.ts'
import type { Books, Opening, Posting, TerminalOrder } from '../store.ts'
import {
  accountOf,
  batchOf,
  differenceOf,
  entryOf,
  partOf,
  READS,
  type Row,
  reportOf,
  type SqlValue,
  salesOf,
  sessionOf,
  totalsIn,
  uploadedOf,
} from './book-rows.ts'
import { accountWrite, storeWrite, type Write, writesOf } from './book-writes.ts'
import { keyEventOf, keyOrderOf, mastersOf, terminalKeysOf, terminalOrderOf } from './key-rows.ts'

/** The books in SQLite tables: reads, and the writes of one posting. Transactions are the store's. */
export interface SqliteBooks extends Books {
  post(posting: Posting): void
  openAccount(opening: Opening): void
  nameStore(merchantId: string, number: string, name: string): void
  storeSales(date: string): StoreSales[]
  differences(date: string): Difference[]
  reports(kind: Report['kind']): Report[]
  masterKeys(): TerminalKeys[]
  keyOrders(): TerminalOrder[]
  keyEvents(terminalId: string): KeyEvent[]
}

export function sqliteBooks(database: Database.Database): SqliteBooks {
  const get = (sql: string) => {
    const statement = database.prepare(sql)
    return (...values: SqlValue[]) => statement.get(...values) as Row | undefined
  }
  const all = (sql: string) => {
    const statement = database.prepare(sql)
    return (...values: SqlValue[]) => statement.all(...values) as Row[]
  }
  const one = {
    last: get(READS.lastSequence),
    entry: get(READS.entry),
    entryAt: get(READS.entryAt),
    account: get(READS.account),
    openBatch: get(READS.openBatch),
    batch: get(READS.batch),
    anySale: get(READS.hasSales),
    anyEntry: get(READS.hasEntries),
    totals: get(READS.totals),
    session: get(READS.session),
    masters: get(READS.masters),
    keyOrder: get(READS.keyOrder),
  }
  const many = {
    underTrace: all(READS.underTrace),
    referring: all(READS.referring),
    ofBill: all(READS.ofBill),
    standing: all(READS.standing),
    plan: all(READS.plan),
    uploads: all(READS.uploads),
    storeSales: all(READS.storeSales),
    differences: all(READS.differences),
    reports: all(READS.reports),
    masters: all(READS.allMasters),
    orders: all(READS.allOrders),
    keyEvents: all(READS.keyEvents),
  }
  return {
    nextSequence: (nth = 0) => Number(one.last()?.n ?? 0) + 1 + nth,
    entry: (key) => mapped(one.entry(key.terminalId, key.batch, key.trace, key.kind), entryOf),
    underTrace: (terminalId, batch, trace) => many.underTrace(terminalId, batch, trace).map(entryOf),
    entryAt: (sequence) => mapped(one.entryAt(sequence), entryOf),
    referring: (original) => many.referring(original).map(entryOf),
    ofBill: ({ biller, customer, bill }) => many.ofBill(biller, customer, bill).map(entryOf),
    account: (name) => mapped(one.account(name), accountOf),
    openBatch: (terminalId) => mapped(one.openBatch(terminalId), batchOf),
    batch: (terminalId, number) => mapped(one.batch(terminalId, number), batchOf),
    hasSales: (terminalId, number) => one.anySale(terminalId, number) !== undefined,
    hasEntries: (terminalId, number) => one.anyEntry(terminalId, number) !== undefined,
    totals: (terminalId, number) => mapped(one.totals(terminalId, number), totalsIn) ?? NO_TOTALS,
    standing: (terminalId, number) => many.standing(terminalId, number).map(entryOf),
    plan: (original) => many.plan(original).map(partOf),
    uploads: (terminalId, number) => many.uploads(terminalId, number).map(uploadedOf),
    session: (terminalId) => mapped(one.session(terminalId), sessionOf),
    masters: (terminalId) => mapped(one.masters(terminalId), mastersOf),
    keyOrder: (terminalId) => mapped(one.keyOrder(terminalId), keyOrderOf),
    storeSales: (date) => many.storeSales(date).map(salesOf),
    differences: (date) => many.differences(date).map(differenceOf),
    reports: (kind) => many.reports(kind).map(reportOf),
    masterKeys: () => many.masters().map(terminalKeysOf),
    keyOrders: () => many.orders().map(terminalOrderOf),
    keyEvents: (terminalId) => many.keyEvents(terminalId).map(keyEventOf),
    ...writes(database),
  }
}

function writes(database: Database.Database): Pick<SqliteBooks, 'post' | 'openAccount' | 'nameStore'> {
  const prepared = new Map<string, Database.Statement>()
  const run = ({ sql, values, moves }: Write) => {
    const statement = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, statement)
    const { changes } = statement.run(...values)
    if (moves !== undefined && changes !== 1) throw new Error('ledger: an effect without an account')
  }
  return {
    post(posting) {
      for (const write of writesOf(posting)) run(write)
    },
    openAccount: (opening) => run(accountWrite(opening)),
    nameStore: (merchantId, number, name) => run(storeWrite(merchantId, number, name)),
  }
}

function mapped<Value>(row: Row | undefined, of: (row: Row) => Value): Value | undefined {
  return row && of(row)
}
