import { ciphers } from './ciphers.ts'
import { device } from './device.ts'
import { exchange } from './exchange.ts'
import { host } from './host.ts'
import { hostBooks } from './host-books.ts'
import { issuer } from './issuer.ts'
import { journal } from './journal.ts'
import { journalRing } from './journal-ring.ts'
import { keys } from './keys.ts'
import type { Mutant } from './mutant.ts'
import { reversal } from './reversal.ts'
import { shown } from './shown.ts'
import { terminal } from './terminal.ts'
import { wire } from './wire.ts'

/** Every rule of money, keys and bytes, broken once. `npm run mutants` shows that a test fails for each. */
export const mutants: readonly Mutant[] = [
  ...journal,
  ...journalRing,
  ...exchange,
  ...reversal,
  ...terminal,
  ...host,
  ...issuer,
  ...hostBooks,
  ...keys,
  ...ciphers,
  ...wire,
  ...shown,
  ...device,
]

/**
 * The list, begun somewhere else for each seed: consecutive seeds begin far apart (steps of the golden ratio), so
 * that runs which get through a part only come by everything soon.
 */
export function begunAt<T>(list: readonly T[], seed: number): readonly T[] {
  const start = Math.floor(((seed * 0.618_033_988_749_895) % 1) * list.length)
  return [...list.slice(start), ...list.slice(0, start)]
}
