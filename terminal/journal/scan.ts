import { TRACE_MAX } from '../../host-link/wire/values.ts'
import { type Found, kinds, MOVED, number, SETTLED } from './record.ts'
import { rowsFor } from './recovery.ts'
import type { Ring } from './ring.ts'
import { BATCH_BITS, isLossy, LAPPED, type Standing, UNSCRUBBED } from './sector.ts'
import { Sizes } from './sizes.ts'
import { TraceIndex } from './trace-index.ts'

/** An entry whose outcome is not in the log. */
export interface OpenEntry {
  readonly trace: number
  readonly kind: number
  readonly doubtful: boolean
  /** Its INTENT. */
  place: Place
  copies: number
}

/** Where the latest value of a setting is. */
export interface Place {
  readonly address: number
  readonly sequence: number
}

/** What the journal keeps in memory: its size does not depend on the number of transactions. */
export interface State {
  /** Format of the sector headers to come. */
  version: number
  batch: number
  since: number
  trace: number
  start: number
  lossy: boolean
  frozen: boolean
  unscrubbed: boolean
  readonly index: TraceIndex
  open: OpenEntry[]
  settings: Map<number, Place & { readonly size: number }>
  /** Entries of the open batch and the sizes of their INTENT, OUTCOME and REVERSED records. */
  entries: number
  readonly entrySizes: Sizes
  /** Trace number of the latest approved entry, 0 for none; undefined when that is not known. */
  approved: number | undefined
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
  intent: Place | undefined
  answered: boolean
  reversed: boolean
  lost: boolean
  kind: number
  copies: number
}

/** A start under way. */
interface Scan {
  readonly ring: Ring
  readonly state: State
  readonly partial: Map<number, Partial>
  readonly rows: Map<string, number>
  /** What the oldest sector tells of entries, read when it is first asked for. */
  oldest: Set<number> | undefined
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
      return 0 // SECTOR, TAIL, BATCH, TRACE, FREEZE, SCRUBBED: restated by every sector header
  }
}

/** INTENT, APPROVED, DECLINED, REVERSED, PRINTED: records of an entry. */
export function isEntryRecord(kind: number): boolean {
  return kind >= kinds.intent && kind <= kinds.printed
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
  state.index.begin(state.start)
  state.lossy = false
  state.frozen = false
  state.entries = 0
  state.entrySizes.clear()
  state.approved = 0
}

/** Reads the whole log once (and some of it once more where something does not add up) and decides by the recovery table. */
export function recover(ring: Ring, standing: Standing): Recovered {
  const state: State = {
    ...standing,
    index: new TraceIndex(ring.chip.sectorCount),
    open: [],
    settings: new Map(),
    entries: 0,
    entrySizes: new Sizes(),
    approved: 0,
  }
  if (state.start !== LAPPED) state.index.begin(state.start)
  const scan: Scan = { ring, state, partial: new Map(), rows: new Map(), oldest: undefined }
  const { partial, rows } = scan
  let lost = 0

  const loseRecords = (count: number, before: number) => {
    lost += count
    if (before > state.since) state.lossy = true
    for (const p of partial.values()) p.lost = true
    if (state.trace > 0) state.trace = ((state.trace - 1 + count) % TRACE_MAX) + 1 // any of them may have used one
  }

  ring.walk((found, gap) => {
    if (gap > 0) loseRecords(gap, found.sequence)
    readRecord(scan, found)
    return true
  })
  if (ring.lostAtEnd() > 0) loseRecords(ring.lostAtEnd(), ring.next())
  if (partial.size > 0) completeFacts(scan)
  if (state.start === LAPPED) state.approved = undefined

  const recovered = { state, rows, lost }
  for (const [trace, p] of partial) {
    const { intent, kind, copies } = p
    const row = rowsFor({
      opened: intent !== undefined,
      answered: p.answered,
      reversed: p.reversed,
      lost: intent === undefined ? state.lossy : p.lost,
    })[0]
    if (intent === undefined) state.entries++
    if (row === undefined) continue // never: the table has a row for everything
    if (row.then === 'halt') return { ...recovered, halt: row.label }
    rows.set(row.label, (rows.get(row.label) ?? 0) + 1)
    if (intent !== undefined && (row.then === 'reverse' || row.then === 'ask'))
      state.open.push({ trace, kind, doubtful: row.then === 'ask', place: intent, copies })
  }
  if (ring.isTorn()) rows.set('torn', 1)
  state.open.sort((a, b) => ageOrder(state, a.trace) - ageOrder(state, b.trace))
  return recovered
}

/** 0 for the number that comes next, so the oldest first: numbers are used in a circle. */
export function ageOrder(state: State, trace: number): number {
  return (trace - state.trace - 1 + 2 * TRACE_MAX) % TRACE_MAX
}

function readRecord(scan: Scan, found: Found): void {
  const { ring, state } = scan
  const p = found.payload
  if (found.kind === kinds.sector) {
    state.trace = number(p, 15, 3)
    if (isLossy(p) && found.sequence > state.since) state.lossy = true
  } else if (found.kind === kinds.trace && found.sequence > state.since) useTrace(state, number(p, 0, 3))
  else if (found.kind === kinds.trace) state.trace = number(p, 0, 3)
  else if (found.kind === kinds.retired) ring.sectors().knowRetired(number(p, 0, 2))
  else if (found.kind === kinds.setting) state.settings.set(p[0] as number, placeOf(found))
  else if (found.sequence <= state.since) return
  else if (found.kind === kinds.batch) {
    const batch = number(p, 0, 3)
    if (batch & UNSCRUBBED) state.unscrubbed = true
    beginBatch(state, batch & BATCH_BITS, found.sequence)
    scan.partial.clear() // a batch is closed only when nothing is owed or in doubt
    scan.rows.clear()
    scan.oldest = undefined
  } else if (found.kind === kinds.freeze) state.frozen = true
  else if (found.kind === kinds.scrubbed) state.unscrubbed = false
  else if (isEntryRecord(found.kind)) {
    state.index.add(ring.sectorOf(found), number(p, 0, 3))
    if (!isSecondCopy(scan, found)) readEntryRecord(scan, found)
  }
}

/**
 * A copy whose original is still there: reclaiming was cut between them. That can only be an original in the oldest
 * sector, and tells nothing new.
 */
function isSecondCopy(scan: Scan, found: Found): boolean {
  const { ring, state } = scan
  const oldest = ring.sectors().nth(0)?.sector
  if ((found.flags & MOVED) === 0 || oldest === undefined || oldest === ring.sectorOf(found)) return false
  if (!state.index.mayHoldTrace(oldest, number(found.payload, 0, 3))) return false
  if (scan.oldest === undefined) {
    const keys = new Set<number>()
    const visit = (one: Found) => {
      if (isEntryRecord(one.kind) && one.sequence > state.since) keys.add(keyOf(one))
      return true
    }
    ring.walk(visit, (sector) => sector === oldest)
    scan.oldest = keys
  }
  return scan.oldest.has(keyOf(found))
}

function readEntryRecord({ state, partial, rows }: Scan, found: Found): void {
  const trace = number(found.payload, 0, 3)
  if (found.kind === kinds.intent && (found.flags & MOVED) === 0) useTrace(state, trace)
  if (found.kind === kinds.printed) return
  state.entrySizes.add(found.size)
  const p = partial.get(trace) ?? {
    intent: undefined,
    answered: false,
    reversed: false,
    lost: false,
    kind: 0,
    copies: 0,
  }
  if (found.kind === kinds.intent) {
    state.entries++
    p.lost = (found.flags & SETTLED) !== 0
  }
  if (found.kind === kinds.approved) noteApproved(state, trace)
  addFact(p, found)
  partial.set(trace, p)
  if (p.intent === undefined || p.answered === p.reversed) return
  const label = p.answered ? 'answered' : 'undone'
  rows.set(label, (rows.get(label) ?? 0) + 1)
  partial.delete(trace)
}

function noteApproved(state: State, trace: number): void {
  const { approved, index } = state
  if (approved === undefined) return
  if (approved === 0 || index.offset(trace) > index.offset(approved)) state.approved = trace
}

function addFact(p: Partial, found: Found): void {
  if (found.kind === kinds.printed) {
    p.copies |= found.payload[3] as number
    return
  }
  if (found.kind === kinds.intent) p.intent = placeOf(found)
  else if (found.kind === kinds.reversed) p.reversed = true
  else p.answered = true
  p.kind = found.payload[3] as number
}

/** What does not add up may have its other half elsewhere: copies are not in the order of the originals. */
function completeFacts({ ring, state, partial }: Scan): void {
  const traces = [...partial.keys()]
  ring.walk(
    (found) => {
      if (isEntryRecord(found.kind) && found.sequence > state.since) {
        const p = partial.get(number(found.payload, 0, 3))
        if (p !== undefined) addFact(p, found)
      }
      return true
    },
    (sector) => traces.some((trace) => state.index.mayHoldTrace(sector, trace)),
  )
}

export function placeOf(found: Found): Place & { readonly size: number } {
  return { address: found.address, sequence: found.sequence, size: found.size }
}
