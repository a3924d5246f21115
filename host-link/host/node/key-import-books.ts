import type { KeyEvent, KeyNote, MasterKeys } from '../key-book.ts'
import type { HostTime } from '../ledger.ts'
import { heldMasters, keyEvent, type Master, provisionedCheck, sealMasters } from '../master-keys.ts'
import type { Seal } from '../seal.ts'
import type { Books, Posting } from '../store.ts'
import type { ExportedKey, ImportedKey } from './key-import.ts'

/**
 * What becomes of one key of an export, which has old keys too. `confirmed`: it is in use here, and the station has heard
 * since that its terminal uses it. `before`: it is in use here. `older`: the terminal has been given another one since.
 * `waits`: its terminal has not confirmed it, and may be using the key that this host has of it.
 */
export type Verdict = 'imported' | 'confirmed' | 'before' | 'older' | 'waits'

export interface Importing {
  /** Record of this terminal's loadings. */
  readonly record: readonly KeyEvent[]
  readonly by: string
  readonly at: HostTime
}

/**
 * What the books take of one opened key. An imported one becomes its terminal's current key at once, and nothing is kept
 * before it: the terminal has confirmed it and wiped that, or has proved it and this host has none. An order of a loading
 * stands.
 */
export function importKey(
  seal: Seal,
  { terminal, row, bytes }: ImportedKey,
  books: Books,
  { record, by, at }: Importing,
): { readonly verdict: Verdict; readonly posting?: Pick<Posting, 'masters' | 'keyEvents'> } {
  const held = heldMasters(books, terminal, provisionedCheck)
  const hasKey = held !== undefined || terminal.masterKey !== undefined
  const verdict = verdictOf(row, held, hasKey, record)
  if (verdict === 'before' || verdict === 'older' || verdict === 'waits') return { verdict }
  const isProven = row.state === 'proven'
  const note: KeyNote = {
    ...({ algorithm: row.algorithm, checkValue: row.checkValue, source: 'station' } as const),
    ...{ at: row.at, transaction: row.transaction, by },
  }
  const current: Master = { note, bytes }
  const value = sealMasters(seal, terminal, { current, previous: undefined, pending: undefined })
  const event = verdict === 'confirmed' ? 'confirmed' : 'imported'
  return {
    verdict,
    posting: {
      masters: [{ terminalId: terminal.terminalId, value }],
      keyEvents: [keyEvent(terminal, event, at, note, isProven ? 'proven' : undefined)],
    },
  }
}

/**
 * A key is known by its check value, which the block has borne out; transaction and time only stand in the file. A key
 * that its terminal is known to have used and has no more does not come back, whatever any clock says. Clocks decide on
 * keys that the host has never had: one of a second station, or whose injection ended after the host had loaded another.
 */
function verdictOf(
  row: ExportedKey,
  held: MasterKeys | undefined,
  hasKey: boolean,
  record: readonly KeyEvent[],
): Verdict {
  const { checkValue, state } = row
  const current = held?.current
  const own = record.filter((line) => line.checkValue === checkValue)
  if (current?.checkValue === checkValue) {
    const last = own.filter(({ event }) => event === 'imported' || event === 'confirmed').at(-1)
    return state === 'loaded' && last?.why !== undefined ? 'confirmed' : 'before'
  }
  const wasUsed = own.some(({ event, why }) => event === 'confirmed' || (event === 'imported' && !why))
  const wasImported = own.some(({ event }) => event === 'imported')
  if (wasUsed || (wasImported && state === 'proven')) return 'older'
  // A provisioning file's key has no time of its own.
  const hasTime = current !== undefined && current.source !== 'provisioning'
  if (hasTime && isBefore(row.at, current.at)) return 'older'
  // Until its terminal has confirmed it, nobody here can tell which of the two keys it signs on with.
  return state === 'proven' && hasKey ? 'waits' : 'imported'
}

function isBefore(a: HostTime, b: HostTime): boolean {
  return a.date + a.time < b.date + b.time
}
