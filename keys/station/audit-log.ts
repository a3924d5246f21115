import type Database from 'libsql'
import { ed25519Sign } from '../ed25519.ts'
import { changedBy, digestOfPart } from './audit-parts.ts'
import {
  type AuditEvent,
  type AuditFields,
  canonical,
  FIRST_PREVIOUS,
  hashOf,
  headMessage,
} from './audit-record.ts'
import type { AuditHead, AuditRow } from './audit-verify.ts'
import { blobOf } from './database.ts'
import type { AuditRecord } from './station.ts'

/** The audit in its table: rows are added and never changed. Call `append` and `sign` inside a transaction. */
export interface AuditLog {
  /** After the change that it tells: the record of one that touches a part has the part's digest. */
  append(event: AuditEvent, people: readonly string[], timeMs: number, fields?: AuditFields): void
  /** Signs the last record; twice the same is one signature. */
  sign(secretKey: Uint8Array): void
  last(): { readonly number: number; readonly hash: string }
  signedUpTo(): number
  rows(): readonly AuditRow[]
  heads(): readonly AuditHead[]
  /** The last record of either event. */
  lastOf(first: AuditEvent, second: AuditEvent): AuditRecord | undefined
}

export function auditLog(database: Database.Database): AuditLog {
  const insert = database.prepare('INSERT INTO audit VALUES (?, ?, ?)')
  const insertHead = database.prepare('INSERT OR IGNORE INTO audit_head VALUES (?, ?, ?)')
  const lastRow = database.prepare('SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1')
  const lastHead = database.prepare('SELECT max(number) AS number FROM audit_head')
  const latest = database.prepare(
    "SELECT record FROM audit WHERE json_extract(record, '$.event') IN (?, ?) ORDER BY number DESC LIMIT 1",
  )
  const last = () => {
    const row = lastRow.get() as { readonly number: number; readonly hash: string } | undefined
    return row ? { number: row.number, hash: row.hash } : { number: 0, hash: FIRST_PREVIOUS }
  }
  return {
    append(event, people, timeMs, fields = {}) {
      const { number, hash } = last()
      const time = new Date(timeMs).toISOString()
      const part = changedBy[event]
      const digest = part && digestOfPart(database, part)
      const record = canonical({
        result: 'ok',
        ...fields,
        ...(digest !== undefined && { digest }),
        number: number + 1,
        time,
        people,
        event,
        previous: hash,
      })
      insert.run(number + 1, record, hashOf(record))
    },
    sign(secretKey) {
      const { number, hash } = last()
      insertHead.run(number, hash, Buffer.from(ed25519Sign(secretKey, headMessage(number, hash))))
    },
    last,
    signedUpTo: () => (lastHead.get() as { readonly number: number | null }).number ?? 0,
    rows: () => auditRows(database),
    heads: () => auditHeads(database),
    lastOf(first, second) {
      const row = latest.get(first, second) as { readonly record: string } | undefined
      return row && (JSON.parse(row.record) as AuditRecord)
    },
  }
}

/** All rows in the order of their numbers. */
export function auditRows(database: Database.Database): AuditRow[] {
  const rows = database.prepare('SELECT number, record, hash FROM audit ORDER BY number').all() as AuditRow[]
  return rows.map(({ number, record, hash }) => ({ number, record, hash }))
}

export function auditHeads(database: Database.Database): AuditHead[] {
  const heads = database.prepare('SELECT number, hash, signature FROM audit_head ORDER BY number').all() as {
    readonly number: number
    readonly hash: string
    readonly signature: unknown
  }[]
  return heads.map(({ number, hash, signature }) => ({
    number,
    hash,
    signature: blobOf(signature) ?? new Uint8Array(0),
  }))
}
