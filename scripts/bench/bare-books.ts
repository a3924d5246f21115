import Database from 'libsql'
import { SCHEMA } from '../../host-link/host/node/schema.ts'

/** How fast SQLite alone takes what the host wrote. */
export interface BareWrites {
  readonly perSecond: number
}

type Column = string | number | null | ArrayBuffer
type Row = { readonly [column: string]: Column }

const COLUMNS = [
  ...['sequence', 'terminal', 'batch', 'trace', 'kind', 'fingerprint', 'date', 'time', 'merchant'],
  ...['store', 'account', 'pan', 'code', 'amount', 'effect', 'original', 'answer'],
] as const

/**
 * Writes the sales of `books` once more into the new file `file`: the same tables, the same two statements a sale
 * (ledger entry, balance), `perCommit` sales to a durable commit, and nothing else.
 */
export function bareWrites(books: string, file: string, perCommit: number): BareWrites {
  const source = new Database(books)
  const sales = source.prepare(`SELECT * FROM ledger WHERE kind = 'sale'`).all() as Row[]
  const accounts = source.prepare('SELECT * FROM account').all() as Row[]
  source.close()

  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec(SCHEMA)
  const open = database.prepare('INSERT INTO account VALUES (?, ?, ?, 0, ?)')
  for (const { name, opening } of accounts) open.run(name, opening, opening, '')
  const insert = database.prepare(
    `INSERT INTO ledger (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(',')})`,
  )
  const move = database.prepare('UPDATE account SET balance = balance + ? WHERE name = ?')

  const before = performance.now()
  for (let at = 0; at < sales.length; at += perCommit) {
    database.exec('BEGIN IMMEDIATE')
    for (const sale of sales.slice(at, at + perCommit)) {
      insert.run(...COLUMNS.map((column) => bound(sale[column])))
      move.run(sale.effect, sale.account)
    }
    database.exec('COMMIT')
  }
  const perSecond = (1000 * sales.length) / (performance.now() - before)
  database.close()
  return { perSecond }
}

/** The package gives a blob as an ArrayBuffer and takes it as bytes. */
function bound(value: Column | undefined): string | number | null | Uint8Array {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : (value ?? null)
}
