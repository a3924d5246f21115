import Database from 'libsql'
import { LEDGER_COLUMNS } from '../../host-link/host/node/book-rows.ts'
import { SCHEMA } from '../../host-link/host/node/schema.ts'

/** How fast SQLite alone takes what the host wrote. */
export interface BareWrites {
  readonly perSecond: number
}

type Column = string | number | null | ArrayBuffer
type Row = { readonly [column: string]: Column }

/**
 * Writes the ledger of `books` once more into the new file `file`: the same tables, the same statements (ledger entry, and
 * the balance where it moves), `perCommit` entries to a durable commit, and nothing else.
 */
export function bareWrites(books: string, file: string, perCommit: number): BareWrites {
  const source = new Database(books)
  const entries = source.prepare('SELECT * FROM ledger ORDER BY sequence').all() as Row[]
  const accounts = source.prepare('SELECT * FROM account').all() as Row[]
  source.close()

  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec(SCHEMA)
  const open = database.prepare(`INSERT INTO account VALUES (?, ?, ?, 0, 0, 0, '', 1, '', NULL)`)
  for (const { name, opening } of accounts) open.run(name, opening, opening)
  const insert = database.prepare(
    `INSERT INTO ledger (${LEDGER_COLUMNS.join(', ')}) VALUES (${LEDGER_COLUMNS.map(() => '?').join(',')})`,
  )
  const move = database.prepare('UPDATE account SET balance = balance + ? WHERE name = ?')

  const before = performance.now()
  for (let at = 0; at < entries.length; at += perCommit) {
    database.exec('BEGIN IMMEDIATE')
    for (const entry of entries.slice(at, at + perCommit)) {
      insert.run(...LEDGER_COLUMNS.map((column) => bound(entry[column])))
      if (entry.effect !== 0) move.run(entry.effect, entry.account)
    }
    database.exec('COMMIT')
  }
  const perSecond = (1000 * entries.length) / (performance.now() - before)
  database.close()
  return { perSecond }
}

/** The package gives a blob as an ArrayBuffer and takes it as bytes. */
function bound(value: Column | undefined): string | number | null | Uint8Array {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : (value ?? null)
}
