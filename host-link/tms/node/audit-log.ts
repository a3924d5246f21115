import { createHash } from 'node:crypto'
import type { AuditVerdictView, AuditView } from '../api-people.ts'
import type { Page } from '../api-terminals.ts'
import {
  type AuditEvent,
  type AuditRecord,
  type AuditRow,
  auditEvents,
  CHAIN_START,
  type ChainEnd,
  canonicalRecord,
  FIRST_PREVIOUS,
  recordOf,
  verifyRows,
} from '../audit.ts'
import type { Query, TmsDatabase, Value } from './database.ts'

/** What a record tells; number, time and chain are added. */
export type AuditEntry = Omit<AuditRecord, 'number' | 'time' | 'previous'>

/** One writes the chain at a time, of all processes; it ends with the transaction. SQLite has one writer anyway. */
const ALONE = `SELECT pg_advisory_xact_lock(hashtextextended('shuaka tms audit', 0))`

/** SHA-256 of a text in UTF-8, lower-case hex. */
export function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** Adds one record to the chain, inside the transaction of what it tells. `now`: Unix seconds. */
export async function appendAudit(
  kind: TmsDatabase['kind'],
  { query, run }: Query,
  entry: AuditEntry,
  now: number,
): Promise<void> {
  if (kind === 'postgres') await query(ALONE)
  const [last] = await query('SELECT number, hash FROM tms_audit ORDER BY number DESC LIMIT 1')
  const number = Number(last?.[0] ?? 0) + 1
  const record = canonicalRecord({
    ...entry,
    number,
    time: now,
    previous: String(last?.[1] ?? FIRST_PREVIOUS),
  })
  await run(
    'INSERT INTO tms_audit (number, at, who, event, subject, record, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [number, now, entry.who, entry.event, entry.subject, record, hashText(record)],
  )
}

const LOT = 2_000

/** Reads the whole chain and says whether it is what the service wrote, and whether the columns beside it agree. */
export async function verifyAudit({ query }: Pick<Query, 'query'>): Promise<AuditVerdictView> {
  let end: ChainEnd = CHAIN_START
  for (;;) {
    const found = await query(
      'SELECT number, record, hash, at, who, event, subject FROM tms_audit WHERE number > ? ORDER BY number LIMIT ?',
      [end.number, LOT],
    )
    const rows = found.map(
      ([number, record, hash]): AuditRow => ({
        number: Number(number),
        record: String(record),
        hash: String(hash),
      }),
    )
    const verdict = verifyRows(end, rows, hashText)
    if (verdict.kind === 'broken') return verdict
    const odd = found.find((row) => !columnsAgree(row))
    if (odd !== undefined)
      return { kind: 'broken', record: Number(odd[0]), why: 'its columns are not those of its record' }
    end = verdict.end
    if (rows.length < LOT) return { kind: 'whole', records: end.number, head: end.hash }
  }
}

function columnsAgree([, text, , at, who, event, subject]: readonly Value[]): boolean {
  const record = recordOf(String(text))
  return (
    record !== undefined &&
    record.time === at &&
    record.who === who &&
    record.event === event &&
    record.subject === subject
  )
}

export interface AuditQuery {
  readonly who?: string
  readonly event?: string
  readonly subject?: string
  /** Records before this number; 0: from the newest. */
  readonly before: number
  readonly limit: number
}

/** Newest first. */
export async function listAudit(
  { query }: Pick<Query, 'query'>,
  asked: AuditQuery,
): Promise<Page<AuditView>> {
  const { who, event, subject, before, limit } = asked
  const tests: [string, Value | undefined][] = [
    ['who = ?', who],
    ['event = ?', event],
    ['subject = ?', subject],
  ]
  const given = tests.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]))
  const all = ['1 = 1', ...given.map(({ sql }) => sql)].join(' AND ')
  const values = given.map(({ value }) => value)
  const from = before === 0 ? '' : ' AND number < ?'
  const found = await query(
    `SELECT record, hash FROM tms_audit WHERE ${all}${from} ORDER BY number DESC LIMIT ?`,
    [...values, ...(before === 0 ? [] : [before]), limit + 1],
  )
  const [count] = await query(`SELECT count(*) FROM tms_audit WHERE ${all}`, values)
  const rows = found.slice(0, limit).flatMap(([record, hash]) => {
    const view = viewOf(String(record), String(hash))
    return view === undefined ? [] : [view]
  })
  const last = rows.at(-1)
  const more = found.length > limit && last !== undefined
  return { rows, total: Number(count?.[0] ?? 0), ...(more && { next: String(last.number) }) }
}

function viewOf(text: string, hash: string): AuditView | undefined {
  const record = recordOf(text)
  if (record === undefined) return undefined
  const { number, time, who, token, event, subject, detail } = record
  const { zh, en } = auditEvents[event]
  return { number, time, who, ...(token !== undefined && { token }), event, subject, zh, en, detail, hash }
}

/** Whether a word is the name of an event. */
export function isAuditEvent(word: string): word is AuditEvent {
  return Object.hasOwn(auditEvents, word)
}
