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

/** An address with settings of ours after its own, which they override. Throws `HostError` for one that is none. */
export function withSettings(address: string, settings: readonly string[]): string {
  shownAddress(address)
  const url = new URL(address)
  const own = url.searchParams.get('options') ?? ''
  url.searchParams.set('options', [own, ...settings.map((setting) => `-c ${setting}`)].join(' ').trim())
  return url.href
}
