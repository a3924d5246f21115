import type { Entry } from '../ledger.ts'
import type { Opening, Posting } from '../store.ts'
import { entryValues, LEDGER_COLUMNS, type SqlValue } from './book-rows.ts'
import { notesText } from './key-rows.ts'

/** One statement with its values; `?` in it is a value. */
export interface Write {
  readonly sql: string
  readonly values: readonly SqlValue[]
  /** It moves an account, which must be there. */
  readonly moves?: string
}

// biome-ignore format: one row a statement
const WRITES = {
  entry:      `INSERT INTO ledger (${LEDGER_COLUMNS.join(', ')}) VALUES (${LEDGER_COLUMNS.map(() => '?').join(',')})`,
  move:       'UPDATE account SET balance = balance + ?, points = points + ? WHERE name = ?',
  tries:      'UPDATE account SET wrong_pins = ?, wrong_pin_date = ? WHERE name = ?',
  active:     'UPDATE account SET active = ? WHERE name = ?',
  activated:  'UPDATE account SET activated_date = ? WHERE name = ?',
  pin:        'UPDATE account SET sealed_pin = ? WHERE name = ?',
  openPart:   'INSERT INTO plan VALUES (?, ?, ?, ?, ?, 1)',
  planStands: 'UPDATE plan SET stands = ? WHERE original = ?',
  endBatch: `INSERT INTO batch VALUES (?, ?, ?, 0, ?, ?, ?, ?) ON CONFLICT (terminal, number) DO UPDATE SET
    state = excluded.state, debit = excluded.debit, debit_count = excluded.debit_count,
    credit = excluded.credit, credit_count = excluded.credit_count`,
  openBatch: `INSERT INTO batch VALUES (?, ?, 'open', 0, 0, 0, 0, 0) ON CONFLICT (terminal, number) DO UPDATE SET
    state = 'open', conflict = 0, debit = 0, debit_count = 0, credit = 0, credit_count = 0`,
  conflict:   'UPDATE batch SET conflict = 1 WHERE terminal = ? AND number = ?',
  forget:     'DELETE FROM upload WHERE terminal = ? AND batch = ?',
  note: `INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (terminal, batch, trace) DO UPDATE SET
    kind = excluded.kind, amount = excluded.amount, account = excluded.account, pan = excluded.pan,
    store = excluded.store, reference = excluded.reference, authorisation = excluded.authorisation,
    original61 = excluded.original61`,
  difference: `INSERT INTO difference VALUES (?,?,?,?,?,?,?,?,?,?)
    ON CONFLICT (terminal, batch, trace, kind) DO UPDATE SET what = excluded.what, host_amount = excluded.host_amount,
    terminal_amount = excluded.terminal_amount, done = excluded.done, date = excluded.date,
    merchant = excluded.merchant`,
  report: `INSERT INTO report VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (terminal, kind, number) DO UPDATE SET
    date = excluded.date, time = excluded.time, text = excluded.text`,
  session: `INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (terminal) DO UPDATE SET
    sealed_keys = excluded.sealed_keys, master_check = excluded.master_check, operator = excluded.operator,
    signed_on = excluded.signed_on, date = excluded.date, time = excluded.time`,
  masters: `INSERT INTO terminal_key VALUES (?, ?, ?) ON CONFLICT (terminal) DO UPDATE SET
    sealed = excluded.sealed, notes = excluded.notes`,
  order: `INSERT INTO key_order VALUES (?, ?, ?, ?) ON CONFLICT (terminal) DO UPDATE SET
    person = excluded.person, date = excluded.date, time = excluded.time`,
  noOrder:    'DELETE FROM key_order WHERE terminal = ?',
  keyEvent: `INSERT INTO key_event (terminal, serial, event, date, time, person, check_value, transaction_id, why)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  openAccount: `INSERT INTO account VALUES (?, ?, ?, ?, ?, 0, '', ?, '', NULL) ON CONFLICT (name) DO NOTHING`,
  nameStore: `INSERT INTO store VALUES (?, ?, ?) ON CONFLICT (merchant, number) DO UPDATE SET name = excluded.name`,
} as const

/** What a posting is in SQL that both databases understand, in order. */
export function writesOf(posting: Posting): readonly Write[] {
  const { entries = [], plans = [], planStands = [], conflict, differences = [], report, session } = posting
  return [
    ...entries.flatMap(entryWrites),
    ...cardWrites(posting),
    ...plans.flatMap(({ original, parts }) =>
      parts.map((part) => write('openPart', original, part.number, part.due, part.amountFen, part.feeFen)),
    ),
    ...planStands.map(({ original, stands }) => write('planStands', stands ? 1 : 0, original)),
    ...batchWrites(posting),
    ...(conflict ? [write('conflict', conflict.terminalId, conflict.batch)] : []),
    ...uploadWrites(posting),
    ...differences.map(
      ({ terminalId, batch, trace, kind, what, hostFen, terminalFen, done, date, merchantId }) =>
        write(
          'difference',
          terminalId,
          batch,
          trace,
          kind,
          what,
          hostFen,
          terminalFen,
          done,
          date,
          merchantId,
        ),
    ),
    ...(report ? [reportWrite(report)] : []),
    ...(session ? [sessionWrite(session)] : []),
    ...keyWrites(posting),
  ]
}

function keyWrites({ masters = [], keyOrders = [], keyEvents = [] }: Posting): Write[] {
  return [
    ...masters.map(({ terminalId, value }) => write('masters', terminalId, value.sealed, notesText(value))),
    ...keyOrders.map(({ terminalId, value }) =>
      value
        ? write('order', terminalId, value.by, value.at.date, value.at.time)
        : write('noOrder', terminalId),
    ),
    ...keyEvents.map(({ terminalId, serial, event, at, by, checkValue, transaction, why }) =>
      write(
        'keyEvent',
        ...[terminalId, serial, event, at.date, at.time],
        ...[by ?? null, checkValue ?? null, transaction ?? null, why ?? null],
      ),
    ),
  ]
}

/** Opens an account that is not known yet. */
export function accountWrite({ name, balanceFen, points, active }: Opening): Write {
  return write('openAccount', name, balanceFen, balanceFen, points, points, active ? 1 : 0)
}

export function storeWrite(merchantId: string, number: string, name: string): Write {
  return write('nameStore', merchantId, number, name)
}

function write(name: keyof typeof WRITES, ...values: SqlValue[]): Write {
  return { sql: WRITES[name], values }
}

function entryWrites(entry: Entry): Write[] {
  const moved = (account: string | undefined, effectFen: number, points: number): Write[] =>
    effectFen === 0 && points === 0
      ? []
      : [{ ...write('move', effectFen, points, account ?? ''), moves: account ?? '' }]
  return [
    write('entry', ...entryValues(entry)),
    ...moved(entry.account, entry.effectFen, entry.points),
    ...moved(entry.account2, entry.effect2Fen, 0),
  ]
}

function cardWrites({ pinTries, cards = [] }: Posting): Write[] {
  const tries = pinTries ? [write('tries', pinTries.wrongPins, pinTries.wrongPinDate, pinTries.account)] : []
  const changed = cards.flatMap(({ account, active, activatedDate, sealedPin }) => [
    ...(active === undefined ? [] : [write('active', active ? 1 : 0, account)]),
    ...(activatedDate === undefined ? [] : [write('activated', activatedDate, account)]),
    ...(sealedPin === undefined ? [] : [write('pin', sealedPin, account)]),
  ])
  return [...tries, ...changed]
}

function batchWrites({ batch }: Posting): Write[] {
  if (!batch) return []
  const { terminalId, ends = [], open } = batch
  const ended = ends.map(({ number, state, totals }) => {
    const { debitFen, debitCount, creditFen, creditCount } = totals
    return write('endBatch', terminalId, number, state, debitFen, debitCount, creditFen, creditCount)
  })
  return [...ended, ...(open === undefined ? [] : [write('openBatch', terminalId, open)])]
}

function uploadWrites({ uploads }: Posting): Write[] {
  if (!uploads) return []
  const { terminalId, batch, records, afresh = false } = uploads
  const noted = records.map((record) =>
    write(
      'note',
      ...[terminalId, batch, record.trace, record.kind ?? null, record.amountFen],
      ...[record.account ?? null, record.maskedPan ?? null, record.storeNumber ?? null],
      ...[record.reference ?? null, record.authorisation ?? null, record.original61 ?? null],
    ),
  )
  return [...(afresh ? [write('forget', terminalId, batch)] : []), ...noted]
}

function reportWrite({ terminalId, kind, number, at, text }: NonNullable<Posting['report']>): Write {
  return write('report', terminalId, kind, number, at.date, at.time, text)
}

function sessionWrite({ terminalId, value }: NonNullable<Posting['session']>): Write {
  const { sealedKeys, masterCheck, operator, signedOn, at } = value
  return write('session', terminalId, sealedKeys, masterCheck, operator, signedOn ? 1 : 0, at.date, at.time)
}
