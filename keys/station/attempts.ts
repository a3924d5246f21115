import type { Core } from './core.ts'

export const FAILURES_MAX = 5
const LOCK_MS = 15 * 60_000

/** Wrong passphrases of each person since the last right one or the end of a lock. */
export interface Attempts {
  /** Milliseconds since 1970; 0: never locked. */
  lockedUntil(name: string): number
  failures(name: string): number
  /** One more try; gives how many there are. */
  count(name: string): number
  lock(name: string): void
  clear(name: string): void
}

/** Wrong passphrases of each person, on disk: to start the station again clears nothing. */
export function attemptsIn(core: Core): Attempts {
  const { database } = core.file
  const get = database.prepare('SELECT failures, locked_until FROM attempt WHERE name = ?')
  const put = database.prepare('INSERT OR REPLACE INTO attempt VALUES (?, ?, ?)')
  const row = (name: string) =>
    (get.get(name) as { readonly failures: number; readonly locked_until: number } | undefined) ?? {
      failures: 0,
      locked_until: 0,
    }
  return {
    lockedUntil: (name: string) => row(name).locked_until,
    failures: (name: string) => row(name).failures,
    count(name) {
      const { failures, locked_until } = row(name)
      const next = (locked_until > 0 && failures >= FAILURES_MAX ? 0 : failures) + 1
      put.run(name, next, 0)
      return next
    },
    lock: (name: string) => void put.run(name, FAILURES_MAX, core.nowMs() + LOCK_MS),
    clear: (name: string) => void put.run(name, 0, 0),
  }
}
