import { HostError } from './host-error.ts'

/** Whether `--db` names a PostgreSQL server and not a file. */
export function isPostgresAddress(db: string): boolean {
  return /^postgres(ql)?:\/\//.test(db)
}

/** An address without user, password and settings. Throws `HostError` for one that is none. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address))
    throw new HostError('--db: an address like postgres://user@server:5432/database is wanted')
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}
