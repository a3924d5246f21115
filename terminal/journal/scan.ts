import { TRACE_MAX } from '../../host-link/wire/values.ts'
import { type Found, kinds, MOVED, number, SETTLED } from './record.ts'
import { rowsFor } from './recovery.ts'
import type { Ring } from './ring.ts'
import { isLossy, LAPPED, type Standing } from './sector.ts'

/** An entry whose outcome is not in the log. */
export interface OpenEntry {
  readonly trace: number
  readonly kind: number
  readonly doubtful: boolean
}

/** Where the latest value of a setting is. */
export interface Place {
  readonly address: number
  readonly sequence: number
}

/** What the journal keeps in memory: its size does not depend on the number of transactions. */
export interface State {
  batch: number
  since: number
  trace: number
  start: number
  lossy: boolean
  open: OpenEntry[]
  settings: Map<number, Place & { readonly size: number }>
  /** Entries of the open batch and the bytes of their INTENT, OUTCOME and REVERSED records. */
  entries: number
  entryBytes: number
  /** The longest record of these so far. */
  largest: number
}

export interface Recovered {
  readonly state: State
  readonly rows: Map<string, number>
  readonly lost: number
  /** Set when nothing may go on: the label of the row. */
  readonly halt?: string
}

/** What is known of one trace while the log is read; gone again as soon as it is complete. */
interface Partial {
  intent: boolean
  answered: boolean
  reversed: boolean
  lost: boolean
  kind: number
}

/** One number per thing that a record is about; the latest record with a key is the one that counts. */
export function keyOf(found: Found): number {
  const p = found.payload
  switch (found.kind) {
    case kinds.setting:
      return (kinds.setting << 24) | (p[0] as number)
    case kinds.retired:
      return (kinds.retired << 24) | number(p, 0, 2)
    case kinds.intent:
    case kinds.approved:
    case kinds.reversed:
    case kinds.printed:
      return (found.kind << 24) | number(p, 0, 3)
    case kinds.declined:
      return (kinds.approved << 24) | number(p, 0, 3) // one outcome, whichever it is
    default:
      return 0 // SECTOR, TAIL, BATCH, TRACE: restated by every sector header
  }
}

/** INTENT, APPROVED, DECLINED, REVERSED, PRINTED: records of an entry. */
export function isEntryRecord(kind: number): boolean {
  return kind >= kinds.intent
}

export function traceAfter(trace: number): number {
  return trace >= TRACE_MAX ? 1 : trace + 1
}

/** A trace number was used: once around inside one batch, every further number must be looked up first. */
export function useTrace(state: State, trace: number): void {
  state.trace = trace
  if (trace === state.start) state.start = LAPPED
}

export function beginBatch(state: State, batch: number, since: number): void {
  state.batch = batch
  state.since = since
  state.start = state.trace === 0 ? TRACE_MAX : state.trace
  state.lossy = false
  state.entries = 0
  state.entryBytes = 0
  state.largest = 0
}

/** Reads the whole log once (and once more where something does not add up) and decides by the recovery table. */
export function recover(ring: Ring, standing: Standing): Recovered {
  const state: State = {
    ...standing,
    open: [],
    settings: new Map(),
    entries: 0,
    entryBytes: 0,
    largest: 0,
  }
  const partial = new Map<number, Partial>()
  const rows = new Map<string, number>()
  let lost = 0

  const loseRecords = (count: number, before: number) => {
    lost += count
    if (before > state.since) state.lossy = true
    for (const p of partial.values()) p.lost = true
    if (state.trace > 0) state.trace = ((state.trace - 1 + count) % TRACE_MAX) + 1 // any of them may have used one
  }

  ring.walk((found, gap) => {
    if (gap > 0) loseRecords(gap, found.sequence)
    readRecord(ring, state, partial, rows, found)
    return true
  })
  if (ring.lostAtEnd() > 0) loseRecords(ring.lostAtEnd(), ring.next())
  if (partial.size > 0) completeFacts(ring, state, partial)

  const recovered = { state, rows, lost }
  for (const [trace, p] of partial) {
    const facts = {
      opened: p.intent,
      answered: p.answered,
      reversed: p.reversed,
      lost: p.intent ? p.lost : state.lossy,
    }
    const row = rowsFor(facts)[0]
    if (!p.intent) state.entries++
    if (row === undefined) continue // never: the table has a row for everything
    if (row.then === 'halt') return { ...recovered, halt: row.label }
    rows.set(row.label, (rows.get(row.label) ?? 0) + 1)
    if (row.then === 'reverse' || row.then === 'ask')
      state.open.push({ trace, kind: p.kind, doubtful: row.then === 'ask' })
  }
  if (ring.isTorn()) rows.set('torn', 1)
  state.open.sort((a, b) => ageOrder(state, a.trace) - ageOrder(state, b.trace))
  return recovered
}

/** 0 for the number that comes next, so the oldest first: numbers are used in a circle. */
export function ageOrder(state: State, trace: number): number {
  return (trace - state.trace - 1 + 2 * TRACE_MAX) % TRACE_MAX
}

function readRecord(
  ring: Ring,
  state: State,
  partial: Map<number, Partial>,
  rows: Map<string, number>,
  found: Found,
): void {
  const p = found.payload
  if (found.kind === kinds.sector) {
    state.trace = number(p, 15, 3)
    if (isLossy(p) && found.sequence > state.since) state.lossy = true
  } else if (found.kind === kinds.trace && found.sequence > state.since) useTrace(state, number(p, 0, 3))
  else if (found.kind === kinds.trace) state.trace = number(p, 0, 3)
  else if (found.kind === kinds.retired) ring.knowRetired(number(p, 0, 2))
  else if (found.kind === kinds.setting) state.settings.set(p[0] as number, placeOf(found))
  else if (found.kind === kinds.batch && found.sequence > state.since) {
    beginBatch(state, number(p, 0, 3), found.sequence)
    partial.clear() // a batch is closed only when nothing is owed or in doubt
    rows.clear()
  } else if (isEntryRecord(found.kind) && found.sequence > state.since)
    readEntryRecord(state, partial, rows, found)
}

function readEntryRecord(
  state: State,
  partial: Map<number, Partial>,
  rows: Map<string, number>,
  found: Found,
): void {
  const trace = number(found.payload, 0, 3)
  if (found.kind === kinds.intent && (found.flags & MOVED) === 0) useTrace(state, trace)
  if (found.kind === kinds.printed) return
  countBytes(state, found.size)
  const p = partial.get(trace) ?? { intent: false, answered: false, reversed: false, lost: false, kind: 0 }
  if (found.kind === kinds.intent) {
    state.entries++
    p.lost = (found.flags & SETTLED) !== 0
  }
  addFact(p, found)
  partial.set(trace, p)
  if (!p.intent || p.answered === p.reversed) return
  const label = p.answered ? 'answered' : 'undone'
  rows.set(label, (rows.get(label) ?? 0) + 1)
  partial.delete(trace)
}

function addFact(p: Partial, found: Found): void {
  if (found.kind === kinds.intent) p.intent = true
  else if (found.kind === kinds.reversed) p.reversed = true
  else if (found.kind !== kinds.printed) p.answered = true
  p.kind = found.payload[3] as number
}

/** What does not add up may have its other half elsewhere: copies are not in the order of the originals. */
function completeFacts(ring: Ring, state: State, partial: Map<number, Partial>): void {
  ring.walk((found) => {
    if (isEntryRecord(found.kind) && found.kind !== kinds.printed && found.sequence > state.since) {
      const p = partial.get(number(found.payload, 0, 3))
      if (p !== undefined) addFact(p, found)
    }
    return true
  })
}

export function placeOf(found: Found): Place & { readonly size: number } {
  return { address: found.address, sequence: found.sequence, size: found.size }
}

export function countBytes(state: State, size: number): void {
  state.entryBytes += size
  if (size > state.largest) state.largest = size
}
