import { join } from 'node:path'
import { isPostgresAddress } from '../host-link/host/node/postgres-address.ts'
import { CommandError } from './command-error.ts'

/** What stands in the folder of a service. */
// biome-ignore format: one row a file
export const tmsFiles = {
  database: 'tms.db',
  keys:     'online.keys',
  root:     'root.bin',
} as const

/** Folder of the service where none is named. */
export const DEFAULT_TMS = '.shuaka/tms'

/** Address of the database: as given, else the file in the folder. Throws CommandError for one with its password in it. */
export function databaseOf(folder: string, db: string | undefined): string {
  if (db !== undefined && isPostgresAddress(db) && URL.canParse(db) && new URL(db).password !== '')
    throw new CommandError(
      'tms: --db: everybody on this machine sees a password in an argument; PGPASSWORD or the file .pgpass gives it.',
      2,
    )
  return db ?? join(folder, tmsFiles.database)
}

/** An address for people, without its password. */
export function shownDatabase(address: string): string {
  if (!isPostgresAddress(address) || !URL.canParse(address)) return address
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}
