import type { KeyEvent, KeyEventName, KeyNote, KeyOrder, MasterKeys, TerminalKeys } from '../key-book.ts'
import type { TerminalOrder } from '../store.ts'
import { bytesOf, type Row } from './book-rows.ts'

/** What is not secret of a terminal's master keys: JSON in one column, for nobody searches in it. */
type Notes = Omit<MasterKeys, 'sealed'>

export function notesText({ provisioned, current, previous, pending }: MasterKeys): string {
  return JSON.stringify({ provisioned, current, previous, pending })
}

function notesOf(row: Row): Notes {
  const { provisioned, current, previous, pending } = JSON.parse(String(row.notes)) as {
    readonly provisioned: string
    readonly current: KeyNote
    readonly previous?: KeyNote
    readonly pending?: KeyNote
  }
  return { provisioned, current, previous, pending }
}

export function mastersOf(row: Row): MasterKeys {
  return { ...notesOf(row), sealed: bytesOf(row.sealed) }
}

export function terminalKeysOf(row: Row): TerminalKeys {
  return { ...notesOf(row), terminalId: String(row.terminal) }
}

export function keyOrderOf(row: Row): KeyOrder {
  return { by: String(row.person), at: { date: String(row.date), time: String(row.time) } }
}

export function terminalOrderOf(row: Row): TerminalOrder {
  return { ...keyOrderOf(row), terminalId: String(row.terminal) }
}

export function keyEventOf(row: Row): KeyEvent {
  const text = (column: string) => (row[column] === null ? undefined : String(row[column]))
  return {
    terminalId: String(row.terminal),
    serial: String(row.serial),
    event: String(row.event) as KeyEventName,
    at: { date: String(row.date), time: String(row.time) },
    by: text('person'),
    checkValue: text('check_value'),
    transaction: text('transaction_id'),
    why: text('why'),
  }
}
