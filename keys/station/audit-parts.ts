import { createHash } from 'node:crypto'
import type Database from 'libsql'
import { hexOf } from '../../host-link/wire/bytes.ts'
import type { AuditEvent } from './audit-record.ts'
import { blobOf } from './database.ts'

/** What the station keeps beside its terminals, each with the rows that it is made of. */
// biome-ignore format: one row a part
const rowsOf = {
  vault:    'SELECT record AS bytes FROM vault',
  seed:     "SELECT bytes FROM sealed WHERE name = 'audit-seed'",
  identity: "SELECT bytes FROM sealed WHERE name IN ('identity', 'identity-secret') ORDER BY name",
  ZMK:      "SELECT bytes FROM sealed WHERE name IN ('zmk', 'zmk-secret') ORDER BY name",
} as const
export type Part = keyof typeof rowsOf
export const PARTS = Object.keys(rowsOf) as readonly Part[]

/** The events that change a part: their records tell its digest after it. */
export const changedBy: { readonly [E in AuditEvent]?: Part } = {
  enrolled: 'vault',
  dismissed: 'vault',
  passphraseChanged: 'vault',
  auditKey: 'seed',
  identity: 'identity',
  keyMade: 'ZMK',
}

/** SHA-256 of a part as it is stored, which is encrypted: 64 hex digits; nothing where there is none. */
export function digestOfPart(database: Database.Database, part: Part): string | undefined {
  const rows = database.prepare(rowsOf[part]).all() as { readonly bytes: unknown }[]
  if (rows.length === 0) return undefined
  const hash = createHash('sha256')
  for (const row of rows) {
    const bytes = blobOf(row.bytes) ?? new Uint8Array(0)
    hash.update(`${bytes.length}\0`).update(bytes)
  }
  return hexOf(hash.digest())
}
