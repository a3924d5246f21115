import type { ClearingDatabase } from './clearing-database.ts'
import { isPostgresAddress } from './postgres-address.ts'

/** Clearing's view of `--db`. The driver of the other database is not loaded. Throws `HostError`, one sentence. */
export async function openClearing(db: string): Promise<ClearingDatabase> {
  if (isPostgresAddress(db)) return (await import('./clearing-postgres.ts')).postgresClearing(db)
  return (await import('./clearing-sqlite.ts')).sqliteClearing(db)
}
