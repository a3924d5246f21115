import { type BatchNumber, TRACE_MAX, type Trace } from '../../host-link/wire/values.ts'
import type { Entry, EntryState } from './journal.ts'
import { type Found, kinds, MOVED, number, SETTLED } from './record.ts'
import type { Ring } from './ring.ts'
import { ageOrder, isEntryRecord, keyOf, type Place, placeOf, type State } from './scan.ts'
import type { Sector } from './sector.ts'

/** Trace numbers looked for in one walk over the log: bounds the memory of a visit to all entries. */
const WINDOW_ENTRIES = 128

/** Where the records of one entry are. */
interface Parts {
  readonly trace: number
  kind: number
  intent?: Place
  outcome?: Place
  verdict?: 'approved' | 'declined' | 'undone'
  copies: number
}

/** Finds entries by walking the log; nothing about them is kept in memory. */
export class Entries {
  readonly #ring: Ring
  readonly #state: State

  constructor(ring: Ring, state: State) {
    this.#ring = ring
    this.#state = state
  }

  find(trace: number): Entry | undefined {
    const parts = this.#collect(ageOrder(this.#state, trace), 1).parts[0]
    return parts === undefined ? undefined : this.#entryOf(parts)
  }

  lastApproved(): Entry | undefined {
    let newest = -1
    let trace = 0
    this.#walkEntries((found) => {
      const age = ageOrder(this.#state, number(found.payload, 0, 3))
      if (found.kind !== kinds.approved || age <= newest) return
      newest = age
      trace = number(found.payload, 0, 3)
    })
    return newest < 0 ? undefined : this.find(trace)
  }

  each(visit: (entry: Entry) => boolean): void {
    for (let from = 0; from < TRACE_MAX; ) {
      const { parts, next } = this.#collect(from, WINDOW_ENTRIES)
      for (const p of parts) {
        const entry = this.#entryOf(p)
        if (entry !== undefined && !visit(entry)) return
      }
      from = next
    }
  }

  /** Copies what of `oldest` no later record replaces. Done again after a cut, it goes on where it was. */
  carry(oldest: Sector): boolean {
    const state = this.#state
    const ring = this.#ring
    const pending = new Map<number, Found>()
    const later = new Map<number, Place & { readonly size: number }>()
    ring.walk((found, gap) => {
      if (gap > 0 && found.sequence > state.since) state.lossy = true
      const key = keyOf(found)
      const counts = key !== 0 && (!isEntryRecord(found.kind) || found.sequence > state.since)
      if (Math.floor(found.address / ring.chip.sectorBytes) === oldest.sector) {
        if (counts) pending.set(key, found)
        return true
      }
      if (counts && pending.has(key)) later.set(key, placeOf(found))
      return pending.size > 0 // mostly the oldest sector is history, and nothing further need be read
    })
    for (const [key, found] of pending) {
      const newer = later.get(key)
      if (newer !== undefined) this.#moved(found, newer)
      else if (!this.#copy(found)) return false
    }
    return true
  }

  #copy(found: Found): boolean {
    const state = this.#state
    const ring = this.#ring
    let word = (found.kind << 12) | MOVED
    if (found.kind === kinds.intent) {
      // The copy may stand behind its own outcome: only what is owed now is owed by the copy.
      const trace = number(found.payload, 0, 3)
      if (!state.open.some((entry) => entry.trace === trace && !entry.doubtful)) word |= SETTLED
    }
    const place = ring.append(word, found.payload)
    if (place === undefined) return false
    this.#moved(found, { ...place, size: found.size })
    return true
  }

  #moved(from: Found, to: Place & { readonly size: number }): void {
    const { settings } = this.#state
    const key = from.payload[0] as number
    if (from.kind === kinds.setting && settings.get(key)?.sequence === from.sequence) settings.set(key, to)
  }

  #walkEntries(visit: (found: Found) => void): void {
    this.#ring.walk((found) => {
      if (isEntryRecord(found.kind) && found.sequence > this.#state.since) visit(found)
      return true
    })
  }

  /** Entries with ages in [from, from + count), oldest first, and where the next younger one is. */
  #collect(from: number, count: number): { readonly parts: readonly Parts[]; readonly next: number } {
    const byAge = new Map<number, Parts>()
    let next = TRACE_MAX
    this.#walkEntries((found) => {
      const trace = number(found.payload, 0, 3)
      const age = ageOrder(this.#state, trace)
      if (age >= from + count) next = Math.min(next, age)
      if (age < from || age >= from + count) return
      const parts = byAge.get(age) ?? { trace, kind: 0, copies: 0 }
      byAge.set(age, parts)
      if (found.kind === kinds.printed) {
        parts.copies |= found.payload[3] as number
        return
      }
      parts.kind = found.payload[3] as number
      if (found.kind === kinds.intent) parts.intent = placeOf(found)
      else {
        parts.outcome = placeOf(found)
        parts.verdict =
          found.kind === kinds.reversed ? 'undone' : found.kind === kinds.approved ? 'approved' : 'declined'
      }
    })
    const parts = [...byAge].sort(([a], [b]) => a - b).map(([, p]) => p)
    return { parts, next }
  }

  #entryOf(parts: Parts): Entry | undefined {
    const { trace, kind, intent, outcome, verdict, copies } = parts
    if (intent === undefined && outcome === undefined) return undefined // only a PRINTED is left
    const open = this.#state.open.find((entry) => entry.trace === trace)
    const state: EntryState = verdict ?? (open?.doubtful === false ? 'owed' : 'doubtful')
    const body = (place: Place | undefined) =>
      (place && this.#ring.payloadAt(place.address, place.sequence)?.slice(4)) ?? new Uint8Array(0)
    const entry = {
      trace: trace as Trace,
      batch: this.#state.batch as BatchNumber,
      kind,
      state,
      intent: body(intent),
      printedCopies: copies,
    }
    return outcome === undefined ? entry : { ...entry, outcome: body(outcome) }
  }
}
