import { asBatchNumber, type BatchNumber, TRACE_MAX, type Trace } from '../../host-link/wire/values.ts'
import type { Entry, EntryState } from './journal.ts'
import { type Found, kinds, MOVED, number, SETTLED } from './record.ts'
import type { Ring } from './ring.ts'
import {
  ageOrder,
  isEntryRecord,
  keyOf,
  type OpenEntry,
  type Place,
  placeOf,
  type State,
  traceAfter,
} from './scan.ts'
import type { Sector } from './sector.ts'

/** Trace numbers looked for in one go: bounds the memory of a visit to all entries. */
const WINDOW_ENTRIES = 64

/** Where the records of one entry are. */
interface Parts {
  readonly trace: number
  kind: number
  intent?: Place
  outcome?: Place
  verdict?: 'approved' | 'declined' | 'undone'
  copies: number
}

/** Finds entries by walking those sectors of the log that may hold them; nothing else is kept in memory about them. */
export class Entries {
  readonly #ring: Ring
  readonly #state: State

  constructor(ring: Ring, state: State) {
    this.#ring = ring
    this.#state = state
  }

  find(trace: number): Entry | undefined {
    const at = this.#state.index.offset(trace)
    const parts = this.#collect(at, at + 1).parts[0]
    return parts === undefined ? undefined : this.#entryOf(parts)
  }

  lastApproved(): Entry | undefined {
    const state = this.#state
    if (state.approved !== undefined) return state.approved === 0 ? undefined : this.find(state.approved)
    let newest = -1
    let trace = 0
    this.#walkEntries(
      (found) => {
        const age = ageOrder(state, number(found.payload, 0, 3))
        if (found.kind !== kinds.approved || age <= newest) return
        newest = age
        trace = number(found.payload, 0, 3)
      },
      () => true,
    )
    return newest < 0 ? undefined : this.find(trace)
  }

  /** Owed and doubtful ones, read from where their INTENT is. */
  open(wanted: (entry: OpenEntry) => boolean): readonly Entry[] {
    const entries: Entry[] = []
    for (const { trace, kind, doubtful, place, copies } of this.#state.open.filter(wanted)) {
      const intent = this.#ring.payloadAt(place.address, place.sequence)?.slice(4)
      if (intent === undefined) continue // rot, since the start
      const state: EntryState = doubtful ? 'doubtful' : 'owed'
      const batch = asBatchNumber(this.#state.batch)
      entries.push({ trace: trace as Trace, batch, kind, state, intent, printedCopies: copies })
    }
    return entries
  }

  each(visit: (entry: Entry) => boolean): void {
    // numbers go around: what comes next is the oldest that can be there
    const oldest = this.#state.index.offset(traceAfter(this.#state.trace))
    for (const [from, to] of [
      [oldest, TRACE_MAX],
      [0, oldest],
    ] as const)
      if (!this.#eachBetween(from, to, visit)) return
  }

  #eachBetween(from: number, to: number, visit: (entry: Entry) => boolean): boolean {
    for (let at = from; at < to; ) {
      const { parts, next } = this.#collect(at, Math.min(at + WINDOW_ENTRIES, to))
      for (const p of parts) {
        const entry = this.#entryOf(p)
        if (entry !== undefined && !visit(entry)) return false
      }
      at = next
    }
    return true
  }

  /** Copies what of `oldest` no later record replaces. Done again after a cut, it goes on where it was. */
  carry(oldest: Sector): boolean {
    const pending = this.#countingIn(oldest)
    for (const [key, newer] of this.#laterThan(oldest, pending)) {
      this.#moved(pending.get(key) as Found, newer)
      pending.delete(key)
    }
    for (const found of pending.values()) if (!this.#copy(found)) return false
    return true
  }

  /** Records of `oldest` that still count, as far as the sector itself can tell. A gap up to the next sector is noted. */
  #countingIn(oldest: Sector): Map<number, Found> {
    const state = this.#state
    const pending = new Map<number, Found>()
    this.#ring.walk((found, gap) => {
      if (gap > 0 && found.sequence > state.since) state.lossy = true
      if (this.#ring.sectorOf(found) !== oldest.sector) return false
      const key = keyOf(found)
      if (found.kind === kinds.setting) {
        if (state.settings.get(found.payload[0] as number)?.sequence === found.sequence)
          pending.set(key, found)
      } else if (key !== 0 && (!isEntryRecord(found.kind) || found.sequence > state.since))
        pending.set(key, found)
      return true
    })
    return pending
  }

  /** Records in younger sectors about the same things. */
  #laterThan(
    oldest: Sector,
    pending: ReadonlyMap<number, Found>,
  ): Map<number, Place & { readonly size: number }> {
    const { index, since } = this.#state
    const later = new Map<number, Place & { readonly size: number }>()
    const about = [...pending.values()].filter(({ kind }) => kind !== kinds.setting)
    const traces = about.filter(({ kind }) => isEntryRecord(kind)).map(({ payload }) => number(payload, 0, 3))
    const anywhere = traces.length < about.length // RETIRED
    const mayTell = (sector: number) =>
      sector !== oldest.sector && (anywhere || traces.some((trace) => index.mayHoldTrace(sector, trace)))
    if (about.length > 0)
      this.#ring.walk((found) => {
        const key = keyOf(found)
        if (pending.has(key) && (!isEntryRecord(found.kind) || found.sequence > since))
          later.set(key, placeOf(found))
        return true
      }, mayTell)
    return later
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
    if (isEntryRecord(found.kind)) state.index.add(ring.sectorOf(place), number(found.payload, 0, 3))
    this.#moved(found, { ...place, size: found.size })
    return true
  }

  #moved(from: Found, to: Place & { readonly size: number }): void {
    const { settings, open } = this.#state
    const key = from.payload[0] as number
    if (from.kind === kinds.setting && settings.get(key)?.sequence === from.sequence) settings.set(key, to)
    if (from.kind !== kinds.intent) return
    const entry = open.find(({ trace }) => trace === number(from.payload, 0, 3))
    if (entry !== undefined) entry.place = to
  }

  #walkEntries(visit: (found: Found) => void, wanted: (sector: number) => boolean): void {
    this.#ring.walk((found) => {
      if (isEntryRecord(found.kind) && found.sequence > this.#state.since) visit(found)
      return true
    }, wanted)
  }

  /** Entries with offsets in [from, to), oldest first, and where the next younger one may be. */
  #collect(from: number, to: number): { readonly parts: readonly Parts[]; readonly next: number } {
    const { index } = this.#state
    const byAge = new Map<number, Parts>()
    let next = Infinity
    const visit = (found: Found) => {
      const trace = number(found.payload, 0, 3)
      const age = index.offset(trace)
      if (age >= to) next = Math.min(next, age)
      if (age < from || age >= to) return
      const parts = byAge.get(age) ?? { trace, kind: 0, copies: 0 }
      byAge.set(age, parts)
      addPart(parts, found)
    }
    this.#walkEntries(visit, (sector) => {
      if (index.mayHold(sector, from, to)) return true
      next = Math.min(next, index.least(sector, to))
      return false
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

function addPart(parts: Parts, found: Found): void {
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
}
