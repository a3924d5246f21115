import type Database from 'libsql'
import { equalBytes } from '../equal-bytes.ts'
import { type Core, refused, timeOf } from './core.ts'
import { blobOf } from './database.ts'
import { type ExpectedRow, rowFaults } from './expected.ts'
import type {
  Done,
  Expected,
  ExpectResult,
  MasterAlgorithm,
  RowFault,
  TerminalRow,
  TerminalState,
} from './station.ts'
import { fitsUnder, versionText } from './zmk.ts'

const ROWS_MAX = 20_000

/** The key that a terminal had before the one that it is being given: it may be using it still. */
export interface KeptKey {
  readonly keyVersion: number
  readonly transaction: Uint8Array
  readonly checkValue: string
  readonly keyBlock: string
  readonly time: string
}

/** One row of the table, as it is stored. */
export interface StoredTerminal {
  readonly serial: string
  readonly slot: number
  readonly terminalId: string | undefined
  readonly algorithm: MasterAlgorithm
  readonly state: TerminalState
  readonly keyVersion: number
  readonly again: boolean
  readonly labelled: boolean
  readonly time: string
  readonly transaction: Uint8Array | undefined
  readonly checkValue: string | undefined
  readonly keyBlock: string | undefined
  readonly code: string | undefined
  /** The certificate's serial number of the device that was sent the key, hex. */
  readonly device: string | undefined
  readonly before: KeptKey | undefined
}

/** The table of terminals' keys. Writes are for inside a transaction. */
export interface Terminals {
  all(): readonly StoredTerminal[]
  ofSerial(serial: string): readonly StoredTerminal[]
  ofTransaction(serial: string, transaction: Uint8Array): StoredTerminal | undefined
  put(row: StoredTerminal): void
  counts(): { readonly [state in TerminalState]: number }

  expect(rows: readonly ExpectedRow[]): ExpectResult
  allowAgain(serial: string, slot: number): Done
  forget(serial: string, slot: number): Done
}

interface SqlRow {
  readonly serial: string
  readonly slot: number
  readonly terminal_id: string | null
  readonly algorithm: MasterAlgorithm
  readonly state: TerminalState
  readonly key_version: number
  readonly again: number
  readonly labelled: number
  readonly time: string
  readonly transaction_id: unknown
  readonly check_value: string | null
  readonly key_block: string | null
  readonly code: string | null
  readonly device: string | null
  readonly before_version: number | null
  readonly before_transaction: unknown
  readonly before_check: string | null
  readonly before_block: string | null
  readonly before_time: string | null
}

export function terminals(core: Core): Terminals {
  const { database } = core.file
  const bySerial = database.prepare('SELECT * FROM terminal WHERE serial = ? ORDER BY slot')
  const counted = database.prepare('SELECT state, count(*) AS count FROM terminal GROUP BY state')
  const insert = database.prepare(
    'INSERT OR REPLACE INTO terminal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const remove = database.prepare('DELETE FROM terminal WHERE serial = ? AND slot = ?')
  const ofSerial = (serial: string) => (bySerial.all(serial) as SqlRow[]).map(fromSql)
  const at = (serial: string, slot: number) => ofSerial(serial).find((row) => row.slot === slot)

  const put = (row: StoredTerminal) => {
    const { serial, slot, terminalId, algorithm, state, keyVersion, again, labelled, time, before } = row
    const transaction = row.transaction ? Buffer.from(row.transaction) : null
    const late = [
      ...[transaction, row.checkValue ?? null, row.keyBlock ?? null, row.code ?? null, row.device ?? null],
      ...[before?.keyVersion ?? null, before ? Buffer.from(before.transaction) : null],
      ...[before?.checkValue ?? null, before?.keyBlock ?? null, before?.time ?? null],
    ]
    insert.run(
      serial,
      slot,
      terminalId ?? null,
      algorithm,
      state,
      keyVersion,
      Number(again),
      Number(labelled),
      time,
      ...late,
    )
  }

  function expect(rows: readonly ExpectedRow[]): ExpectResult {
    const { opened } = core
    if (opened === undefined) return refused('closed')
    if (rows.length === 0) return refused('nothing')
    const stored = terminalsIn(database)
    if (rows.length + stored.length > ROWS_MAX) return refused('tooMany')
    const there = new Map(stored.map((row) => [`${row.serial}/${row.slot}`, row]))
    const owners = new Map(stored.map((row) => [row.terminalId, row.serial]))
    const faults: RowFault[] = [...rowFaults(rows)]
    const fresh: ExpectedRow[] = []
    for (const row of rows) {
      const old = there.get(`${row.serial}/${row.slot}`)
      const why = old ? conflict(old, row) : newFault(row, owners, opened.zmk?.algorithm)
      if (why !== undefined) faults.push({ line: row.line, why })
      else if (old === undefined) fresh.push(row)
    }
    if (faults.length > 0) return { kind: 'faults', faults: faults.sort((a, b) => a.line - b.line) }
    core.file.transact(() => {
      const people = core.people()
      const nowMs = core.nowMs()
      for (const { serial, terminalId, slot, algorithm } of fresh) {
        put({ ...blank, serial, terminalId, slot, algorithm, time: timeOf(nowMs) })
        core.log.append('expected', people, nowMs, {
          ...{ serial, slot, algorithm, usage: 'TMK' },
          ...(terminalId !== undefined && { terminalId }),
        })
      }
    })
    core.changed()
    return { kind: 'ok', added: fresh.length, known: rows.length - fresh.length }
  }

  return {
    all: () => terminalsIn(database),
    ofSerial,
    ofTransaction: (serial, transaction) =>
      ofSerial(serial).find(
        (row) => row.transaction !== undefined && equalBytes(row.transaction, transaction),
      ),
    put,
    counts() {
      const counts = { expected: 0, sent: 0, proven: 0, loaded: 0, failed: 0 }
      for (const { state, count } of counted.all() as {
        readonly state: TerminalState
        readonly count: number
      }[])
        counts[state] = count
      return counts
    },
    expect,
    allowAgain(serial, slot) {
      if (core.opened === undefined) return refused('closed')
      const row = at(serial, slot)
      if (row === undefined) return refused('unknownSerial')
      if (row.state !== 'loaded') return refused('notLoaded')
      core.record('again', { serial, slot }, () => put({ ...row, again: true })) // its time stays that of its loading
      return { kind: 'ok' }
    },
    forget(serial, slot) {
      if (core.opened === undefined) return refused('closed')
      const row = at(serial, slot)
      if (row === undefined) return refused('unknownSerial')
      if (row.keyVersion > 0) return refused('keyMade')
      core.record('forgotten', { serial, slot }, () => remove.run(serial, slot))
      return { kind: 'ok' }
    },
  }
}

/** All rows by serial number and slot. */
export function terminalsIn(database: Database.Database): StoredTerminal[] {
  return (database.prepare('SELECT * FROM terminal ORDER BY serial, slot').all() as SqlRow[]).map(fromSql)
}

/** A row as a page shows it. */
export function shownRow(row: StoredTerminal): TerminalRow {
  const { serial, terminalId, slot, algorithm, state, time, again, labelled, checkValue, code } = row
  return {
    ...{ serial, slot, algorithm, state, time, again, labelled, keyVersion: versionText(row.keyVersion) },
    ...(terminalId !== undefined && { terminalId }),
    ...(checkValue !== undefined && { checkValue }),
    ...(code !== undefined && { code }),
  }
}

/** Of a row that nothing was made for. */
const blank = {
  state: 'expected',
  keyVersion: 0,
  again: false,
  labelled: false,
  transaction: undefined,
  checkValue: undefined,
  keyBlock: undefined,
  code: undefined,
  device: undefined,
  before: undefined,
} as const

function conflict(old: StoredTerminal, row: Expected): string | undefined {
  if (old.algorithm !== row.algorithm)
    return `${row.serial}, slot ${row.slot} is expected with ${old.algorithm}`
  if (old.terminalId === row.terminalId) return undefined
  return `${row.serial}, slot ${row.slot} is expected as terminal ${old.terminalId ?? 'without a number'}`
}

function newFault(
  { serial, terminalId, algorithm }: Expected,
  owners: ReadonlyMap<string | undefined, string>,
  zmk: 'AES' | 'TDES' | undefined,
): string | undefined {
  const owner = terminalId === undefined ? undefined : owners.get(terminalId)
  if (owner !== undefined && owner !== serial) return `terminal number ${terminalId} is ${owner}'s too`
  if (zmk !== undefined && !fitsUnder(zmk, algorithm)) return 'an SM4 key cannot be kept under a ZMK of TDES'
  return undefined
}

function fromSql(row: SqlRow): StoredTerminal {
  const { serial, slot, algorithm, state, time } = row
  return {
    ...{ serial, slot, algorithm, state, time },
    terminalId: row.terminal_id ?? undefined,
    keyVersion: row.key_version,
    again: row.again === 1,
    labelled: row.labelled === 1,
    transaction: blobOf(row.transaction_id),
    checkValue: row.check_value ?? undefined,
    keyBlock: row.key_block ?? undefined,
    code: row.code ?? undefined,
    device: row.device ?? undefined,
    before: beforeIn(row),
  }
}

function beforeIn(row: SqlRow): KeptKey | undefined {
  const {
    before_version: keyVersion,
    before_check: checkValue,
    before_block: keyBlock,
    before_time: time,
  } = row
  const transaction = blobOf(row.before_transaction)
  if (keyVersion === null || checkValue === null || keyBlock === null || time === null) return undefined
  return transaction && { keyVersion, transaction, checkValue, keyBlock, time }
}
