import {
  type Account,
  type Batch,
  type BillKey,
  type Difference,
  type Entry,
  type Grant,
  type Kind,
  type Payer,
  type PlanPart,
  RETURNED_KINDS,
  type Report,
  type Session,
  SOLD_KINDS,
  type StoreSales,
  TRADE_KINDS,
  type Uploaded,
} from '../ledger.ts'

/** SQL of the books that both databases understand, and what their rows mean. `?` is a parameter. */

export type Row = { readonly [column: string]: unknown }
export type SqlValue = string | number | null | Uint8Array

/** Not a reversal, not reversed, and something counts for the merchant. */
const STANDING = `FROM ledger s WHERE s.terminal = ? AND s.batch = ? AND s.settle <> 0 AND s.kind <> 'reversal'
  AND NOT EXISTS (SELECT 1 FROM ledger r WHERE r.original = s.sequence AND r.kind = 'reversal')`

const listed = (kinds: readonly Kind[]) => kinds.map((kind) => `'${kind}'`).join(', ')
const TRADES = listed(TRADE_KINDS)
const SOLD = listed(SOLD_KINDS)
const RETURNED = listed(RETURNED_KINDS)

export const READS = {
  lastSequence: 'SELECT max(sequence) AS n FROM ledger',
  entry: 'SELECT * FROM ledger WHERE terminal = ? AND batch = ? AND trace = ? AND kind = ?',
  underTrace: 'SELECT * FROM ledger WHERE terminal = ? AND batch = ? AND trace = ? ORDER BY sequence',
  entryAt: 'SELECT * FROM ledger WHERE sequence = ?',
  referring: 'SELECT * FROM ledger WHERE original = ? ORDER BY sequence',
  ofBill: 'SELECT * FROM ledger WHERE biller = ? AND customer = ? AND bill = ? ORDER BY sequence',
  account: 'SELECT * FROM account WHERE name = ?',
  openBatch: `SELECT * FROM batch WHERE terminal = ? AND state = 'open'`,
  batch: 'SELECT * FROM batch WHERE terminal = ? AND number = ?',
  hasSales: `SELECT 1 AS n FROM ledger WHERE terminal = ? AND batch = ? AND kind IN (${TRADES}) LIMIT 1`,
  hasEntries: 'SELECT 1 AS n FROM ledger WHERE terminal = ? AND batch = ? LIMIT 1',
  totals: `SELECT coalesce(sum(CASE WHEN s.settle > 0 THEN s.settle END), 0) AS debit,
    coalesce(sum(CASE WHEN s.settle > 0 THEN 1 END), 0) AS debit_count,
    coalesce(sum(CASE WHEN s.settle < 0 THEN -s.settle END), 0) AS credit,
    coalesce(sum(CASE WHEN s.settle < 0 THEN 1 END), 0) AS credit_count ${STANDING}`,
  standing: `SELECT s.* ${STANDING} ORDER BY s.sequence`,
  plan: 'SELECT * FROM plan WHERE original = ? AND stands = 1 ORDER BY number',
  uploads: 'SELECT * FROM upload WHERE terminal = ? AND batch = ? ORDER BY trace',
  session: 'SELECT * FROM session WHERE terminal = ?',
  masters: 'SELECT * FROM terminal_key WHERE terminal = ?',
  keyOrder: 'SELECT * FROM key_order WHERE terminal = ?',
  allMasters: 'SELECT terminal, notes FROM terminal_key ORDER BY terminal',
  allOrders: 'SELECT * FROM key_order ORDER BY terminal',
  keyEvents: 'SELECT * FROM key_event WHERE terminal = ? ORDER BY number',
  differences: 'SELECT * FROM difference WHERE date = ? ORDER BY terminal, batch, trace',
  reports: 'SELECT * FROM report WHERE kind = ? ORDER BY date DESC, time DESC, terminal, number DESC',
  storeSales: `SELECT merchant, number, name, sum(sales) AS sales, sum(sum) AS sum, sum(reversed) AS reversed,
      sum(reversed_sum) AS reversed_sum, sum(returned) AS returned, sum(returned_sum) AS returned_sum
    FROM (SELECT s.merchant AS merchant, coalesce(s.store, '-') AS number, coalesce(n.name, '') AS name,
        CASE WHEN s.kind IN (${SOLD}) THEN 1 ELSE 0 END AS sales,
        CASE WHEN s.kind IN (${SOLD}) THEN s.settle ELSE 0 END AS sum,
        CASE WHEN s.kind IN (${SOLD}) AND r.sequence IS NOT NULL THEN 1 ELSE 0 END AS reversed,
        CASE WHEN s.kind IN (${SOLD}) AND r.sequence IS NOT NULL THEN s.settle ELSE 0 END AS reversed_sum,
        CASE WHEN s.kind IN (${RETURNED}) AND r.sequence IS NULL THEN 1 ELSE 0 END AS returned,
        CASE WHEN s.kind IN (${RETURNED}) AND r.sequence IS NULL THEN -s.settle ELSE 0 END AS returned_sum
      FROM ledger s
      LEFT JOIN ledger r ON r.original = s.sequence AND r.kind = 'reversal'
      LEFT JOIN store n ON n.merchant = s.merchant AND n.number = s.store
      WHERE s.date = ? AND s.settle <> 0 AND s.kind IN (${SOLD}, ${RETURNED})) AS one
    GROUP BY merchant, number, name`,
} as const

/** Columns of the ledger, in the order of `entryValues`. */
export const LEDGER_COLUMNS = [
  ...['sequence', 'terminal', 'batch', 'trace', 'kind', 'fingerprint', 'date', 'time', 'business_date'],
  ...[
    'merchant',
    'store',
    'account',
    'account2',
    'pan',
    'card_kind',
    'operator',
    'approver',
    'code',
    'amount',
  ],
  ...['discount', 'discount_payer', 'offer', 'cash_back', 'cash_back_payer', 'points', 'settle', 'effect'],
  ...['effect2', 'original', 'biller', 'customer', 'bill', 'origin', 'answer'],
] as const

export function entryValues(entry: Entry): SqlValue[] {
  const { key, at, discount, cashBack, bill } = entry
  return [
    ...[entry.sequence, key.terminalId, key.batch, key.trace, key.kind, entry.fingerprint],
    ...[at.date, at.time, entry.businessDate, entry.merchantId, entry.storeNumber ?? null],
    ...[entry.account ?? null, entry.account2 ?? null, entry.maskedPan ?? null, entry.cardKind ?? null],
    ...[entry.operator ?? null, entry.approver ?? null, entry.code, entry.amountFen],
    ...[discount?.fen ?? 0, discount?.payer ?? null, entry.offer ?? null],
    ...[cashBack?.fen ?? 0, cashBack?.payer ?? null, entry.points, entry.settleFen],
    ...[entry.effectFen, entry.effect2Fen, entry.original ?? null],
    ...[bill?.biller ?? null, bill?.customer ?? null, bill?.bill ?? null, entry.origin, entry.answer],
  ]
}

export function entryOf(row: Row): Entry {
  return {
    sequence: Number(row.sequence),
    key: {
      terminalId: String(row.terminal),
      batch: Number(row.batch),
      trace: Number(row.trace),
      kind: row.kind as Kind,
    },
    fingerprint: String(row.fingerprint),
    at: { date: String(row.date), time: String(row.time) },
    businessDate: String(row.business_date),
    merchantId: String(row.merchant),
    storeNumber: textIn(row, 'store'),
    account: textIn(row, 'account'),
    account2: textIn(row, 'account2'),
    maskedPan: textIn(row, 'pan'),
    cardKind: textIn(row, 'card_kind') as Entry['cardKind'],
    operator: textIn(row, 'operator'),
    approver: textIn(row, 'approver'),
    code: String(row.code),
    amountFen: Number(row.amount),
    discount: grantOf(row.discount, row.discount_payer),
    cashBack: grantOf(row.cash_back, row.cash_back_payer),
    offer: textIn(row, 'offer'),
    points: Number(row.points),
    settleFen: Number(row.settle),
    effectFen: Number(row.effect),
    effect2Fen: Number(row.effect2),
    original: row.original === null ? undefined : Number(row.original),
    bill: billOf(row),
    origin: row.origin as Entry['origin'],
    answer: bytesOf(row.answer),
  }
}

function textIn(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : String(row[column])
}

function grantOf(fen: unknown, payer: unknown): Grant | undefined {
  return payer === null ? undefined : { fen: Number(fen), payer: payer as Payer }
}

function billOf(row: Row): BillKey | undefined {
  const biller = textIn(row, 'biller')
  if (biller === undefined) return undefined
  return { biller, customer: String(row.customer), bill: String(row.bill) }
}

/** libsql gives a blob as a Buffer from `get`, but as an ArrayBuffer from `all`. */
export function bytesOf(value: unknown): Uint8Array {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : Uint8Array.from(value as Uint8Array)
}

export function accountOf(row: Row): Account {
  return {
    balanceFen: Number(row.balance),
    points: Number(row.points),
    wrongPins: Number(row.wrong_pins),
    wrongPinDate: String(row.wrong_pin_date),
    active: Number(row.active) === 1,
    activatedDate: String(row.activated_date),
    sealedPin: row.sealed_pin === null ? undefined : bytesOf(row.sealed_pin),
  }
}

export function batchOf(row: Row): Batch {
  return {
    number: Number(row.number),
    state: row.state as Batch['state'],
    conflict: Number(row.conflict) === 1,
    totals: totalsIn(row),
  }
}

export function totalsIn(row: Row): Batch['totals'] {
  return {
    debitFen: Number(row.debit),
    debitCount: Number(row.debit_count),
    creditFen: Number(row.credit),
    creditCount: Number(row.credit_count),
  }
}

export function partOf(row: Row): PlanPart {
  return {
    number: Number(row.number),
    due: String(row.due),
    amountFen: Number(row.amount),
    feeFen: Number(row.fee),
  }
}

export function uploadedOf(row: Row): Uploaded {
  return {
    trace: Number(row.trace),
    kind: textIn(row, 'kind') as Kind | undefined,
    amountFen: Number(row.amount),
    account: textIn(row, 'account'),
    maskedPan: textIn(row, 'pan'),
    storeNumber: textIn(row, 'store'),
    reference: textIn(row, 'reference'),
    authorisation: textIn(row, 'authorisation'),
    original61: textIn(row, 'original61'),
  }
}

export function differenceOf(row: Row): Difference {
  return {
    terminalId: String(row.terminal),
    batch: Number(row.batch),
    trace: Number(row.trace),
    kind: row.kind as Kind,
    what: row.what as Difference['what'],
    hostFen: Number(row.host_amount),
    terminalFen: Number(row.terminal_amount),
    done: row.done as Difference['done'],
    date: String(row.date),
    merchantId: String(row.merchant),
  }
}

export function reportOf(row: Row): Report {
  return {
    terminalId: String(row.terminal),
    kind: row.kind as Report['kind'],
    number: Number(row.number),
    at: { date: String(row.date), time: String(row.time) },
    text: String(row.text),
  }
}

export function sessionOf(row: Row): Session {
  return {
    sealedKeys: bytesOf(row.sealed_keys),
    masterCheck: String(row.master_check),
    operator: String(row.operator),
    signedOn: Number(row.signed_on) === 1,
    at: { date: String(row.date), time: String(row.time) },
  }
}

export function salesOf(row: Row): StoreSales {
  return {
    merchantId: String(row.merchant),
    storeNumber: String(row.number),
    storeName: String(row.name),
    sales: Number(row.sales),
    salesFen: Number(row.sum),
    reversed: Number(row.reversed),
    reversedFen: Number(row.reversed_sum),
    returned: Number(row.returned),
    returnedFen: Number(row.returned_sum),
  }
}
