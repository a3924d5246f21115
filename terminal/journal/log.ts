import { type BatchNumber, TRACE_MAX, type Trace } from '../../host-link/wire/values.ts'
import type { Flash } from '../device/flash.ts'
import { Entries } from './entries.ts'
import type { Entry, EntryState, Journal, OpenedJournal, RecoveryReport, Written } from './journal.ts'
import { mount } from './mount.ts'
import { kinds, putNumber } from './record.ts'
import { Ring } from './ring.ts'
import { ageOrder, beginBatch, type Place, recover, type State, traceAfter, useTrace } from './scan.ts'
import { chipOf, FORMAT_OLDEST, FORMAT_VERSION, LAPPED, type Sector, UNSCRUBBED } from './sector.ts'
import { INTENT_BYTES_MAX, OUTCOME_BYTES_MAX, SETTING_BYTES_MAX, Space } from './space.ts'

/** What an entry has become by the record that settles it. */
const STATE_AFTER: { readonly [kind: number]: EntryState } = {
  [kinds.approved]: 'approved',
  [kinds.declined]: 'declined',
  [kinds.reversed]: 'undone',
}
/** FREEZE and BATCH are written so often: should one of them rot, the batch must not come back to life. */
const MARK_COPIES = 2
/** The journal's own setting: the format that it is being brought to; empty when it has one format throughout. */
const SETTING_FORMAT = 255

/**
 * Opens the log on `flash`, recovering from whatever happened before; on a chip that holds none it starts one with
 * `firstBatch`. Reads the log little more than once; writes nothing after a clean stop with nothing owed.
 *
 * `halt` when what is there cannot come from writes and cuts (the label of the recovery row), was written in a format
 * that is not read here, or is an older one with a batch that the program of then must settle (`format`). Throws only
 * what `flash` throws.
 */
export function openJournal(flash: Flash, firstBatch: BatchNumber): OpenedJournal {
  const chip = chipOf(flash)
  const mounted = mount(chip, {
    ...{ batch: firstBatch, since: 0, trace: 0, start: TRACE_MAX },
    ...{ lossy: false, frozen: false, unscrubbed: false, version: FORMAT_VERSION },
  })
  if (mounted === undefined)
    return { kind: 'halt', label: 'format', why: 'the journal was written in another format' }
  const owner: { journal?: FlashJournal } = {}
  const ring = new Ring(chip, mounted, {
    standing: () => (owner.journal as FlashJournal).state,
    carry: (oldest) => (owner.journal as FlashJournal).carry(oldest),
    opened: (sector) => (owner.journal as FlashJournal).state.index.clear(sector),
  })
  ring.settle()
  const { state, rows, lost, halt } = recover(ring, mounted.standing)
  if (halt !== undefined)
    return {
      kind: 'halt',
      label: halt,
      why: 'the journal holds what no sequence of writes and cuts can leave',
    }
  if (state.version < FORMAT_VERSION && (state.entries > 0 || state.open.length > 0))
    return { kind: 'halt', label: 'format', why: 'the open batch was written in an older format' }
  // A torn outcome must not turn up by itself once its reversal is on the way.
  if (state.open.length > 0) ring.wipeSuspect()
  const report: RecoveryReport = {
    rows: [...rows].map(([label, count]) => ({ label, count })),
    lost,
    torn: ring.isTorn(),
    retired: ring.retired.length,
    programs: ring.programs,
  }
  owner.journal = new FlashJournal(ring, state, report)
  owner.journal.resumeFormat()
  return { kind: 'ready', journal: owner.journal }
}

class FlashJournal implements Journal {
  readonly state: State
  readonly #ring: Ring
  readonly #entries: Entries
  readonly #space: Space
  readonly #found: RecoveryReport
  /** The entry handled last, whole: a sale asks for its own again and again, and each look walks the log. */
  #recent: Entry | undefined
  /** The latest approved entry, whole; undefined until somebody asked. */
  #lastApproved: Entry | 'none' | undefined

  constructor(ring: Ring, state: State, report: RecoveryReport) {
    this.#ring = ring
    this.state = state
    this.#found = report
    this.#entries = new Entries(ring, state)
    this.#space = new Space(ring, state)
  }

  batch(): BatchNumber {
    return this.state.batch as BatchNumber
  }

  adoptBatch(batch: BatchNumber): Written {
    if (batch === this.state.batch) return 'written'
    return this.state.entries > 0 || this.state.frozen ? 'fault' : this.#beginBatch(batch, 0)
  }

  freeze(): Written {
    if (this.state.frozen) return 'written'
    if (this.state.version !== FORMAT_VERSION) return 'fault'
    const payload = new Uint8Array(3)
    putNumber(payload, 0, 3, this.state.batch)
    for (let copy = 0; copy < MARK_COPIES; copy++) {
      if (this.#ring.append(kinds.freeze << 12, payload) === undefined) return 'fault'
      this.state.frozen = true
    }
    return 'written'
  }
  frozen(): boolean {
    return this.state.frozen
  }

  closeBatch(next: BatchNumber): Written {
    if (this.state.version !== FORMAT_VERSION) return 'fault' // the older one has no bit for the scrub
    return this.state.open.length > 0 ? 'fault' : this.#beginBatch(next, UNSCRUBBED)
  }

  scrub(): Written {
    const { state } = this
    if (!state.unscrubbed) return 'written'
    if (this.#ring.broken || !this.#ring.scrub(state.since)) return 'fault'
    const payload = new Uint8Array(3)
    putNumber(payload, 0, 3, state.batch)
    if (this.#ring.append(kinds.scrubbed << 12, payload) === undefined) return 'fault'
    state.unscrubbed = false
    return 'written'
  }
  scrubPending(): boolean {
    return this.state.unscrubbed
  }

  format(): number {
    return this.state.version
  }
  formatPending(): boolean {
    return (this.setting(SETTING_FORMAT)?.length ?? 0) > 0
  }
  bringTo(format: number): Written | 'notNow' {
    const { state } = this
    if (format !== FORMAT_OLDEST && format !== FORMAT_VERSION)
      throw new RangeError(`journal: no format ${format}`)
    if (format === state.version && !this.formatPending()) return 'written'
    if (state.entries > 0 || state.frozen || state.unscrubbed || this.#ring.broken) return 'notNow'
    const begun = this.set(SETTING_FORMAT, new Uint8Array([format]))
    if (begun !== 'written') return begun
    state.version = format
    // Every header and every record that only the other format knows goes: also from sectors that are not in use.
    if (!this.#ring.scrub(this.#ring.next() - 1)) return 'fault'
    return this.set(SETTING_FORMAT, new Uint8Array(0))
  }
  /** After a start: a change of format that was cut short goes on in its direction. */
  resumeFormat(): void {
    const [format] = this.setting(SETTING_FORMAT) ?? []
    if (format === undefined) return
    this.state.version = format
    this.#ring.doubtBlanks()
  }

  count(): number {
    return this.state.entries
  }

  nextTrace(): Trace {
    const { state } = this
    let trace = traceAfter(state.trace)
    while (state.start === LAPPED && this.#entries.find(trace) !== undefined) trace = traceAfter(trace)
    return trace as Trace
  }

  burnTrace(): Written {
    const trace = this.nextTrace()
    const payload = new Uint8Array(3)
    putNumber(payload, 0, 3, trace)
    if (this.#ring.append(kinds.trace << 12, payload) === undefined) return 'fault'
    useTrace(this.state, trace)
    return 'written'
  }

  open(kind: number, body: Uint8Array): Written | 'frozen' {
    checkLength(body, INTENT_BYTES_MAX)
    if (this.state.frozen) return 'frozen'
    if (this.state.version !== FORMAT_VERSION) return 'frozen' // an entry is of the newest format
    if (this.#ring.broken) return 'fault'
    if (!this.#space.fitsIntent(4 + body.length)) return 'full'
    const trace = this.nextTrace()
    const place = this.#appendEntry(kinds.intent, trace, kind, body)
    if (place === undefined) return 'fault'
    useTrace(this.state, trace)
    this.state.entries++
    this.state.open.push({ trace, kind, doubtful: false, place, copies: 0 })
    this.#recent = { trace, batch: this.batch(), kind, state: 'owed', intent: body.slice(), printedCopies: 0 }
    return 'written'
  }

  close(trace: Trace, verdict: 'approved' | 'declined', body: Uint8Array): Written {
    return this.#settle(trace, verdict === 'approved' ? kinds.approved : kinds.declined, body)
  }

  undo(trace: Trace, body: Uint8Array): Written {
    return this.#settle(trace, kinds.reversed, body)
  }

  markPrinted(trace: Trace, copies: number): Written {
    const entry = this.find(trace)
    if (entry === undefined) throw new Error(`journal: no entry ${trace} to mark as printed`)
    const already = entry.printedCopies
    const all = already | (copies & 255) // the latest record says it all, so that older ones need not be kept
    if (all === already) return 'written'
    const payload = new Uint8Array(4)
    putNumber(payload, 0, 3, trace)
    payload[3] = all
    const place = this.#ring.append(kinds.printed << 12, payload)
    if (place === undefined) return 'fault'
    this.state.index.add(this.#ring.sectorOf(place), trace)
    const open = this.state.open.find((one) => one.trace === trace)
    if (open !== undefined) open.copies = all
    this.#remember({ ...entry, printedCopies: all })
    return 'written'
  }

  owed(): readonly Entry[] {
    return this.#entries.open(({ doubtful }) => !doubtful)
  }
  doubtful(): readonly Entry[] {
    return this.#entries.open(({ doubtful }) => doubtful)
  }
  last(): Entry | undefined {
    this.#lastApproved ??= this.#entries.lastApproved() ?? 'none'
    return this.#lastApproved === 'none' ? undefined : this.#lastApproved
  }
  find(trace: Trace): Entry | undefined {
    if (this.#recent?.trace === trace) return this.#recent
    const last = this.#lastApproved
    if (last !== undefined && last !== 'none' && last.trace === trace) return last
    return this.#entries.open((open) => open.trace === trace)[0] ?? this.#entries.find(trace)
  }
  each(visit: (entry: Entry) => boolean): void {
    this.#entries.each(visit)
  }

  setting(key: number): Uint8Array | undefined {
    const place = this.state.settings.get(key)
    return place === undefined ? undefined : this.#ring.payloadAt(place.address, place.sequence)?.slice(1)
  }

  set(key: number, value: Uint8Array): Written {
    checkLength(value, SETTING_BYTES_MAX)
    checkByte(key)
    const { settings } = this.state
    const size = this.#size(1 + value.length)
    if (this.#ring.broken) return 'fault'
    if (!this.#space.fitsSetting(size, settings.get(key)?.size ?? 0)) return 'full'
    const payload = new Uint8Array(1 + value.length)
    payload[0] = key
    payload.set(value, 1)
    const place = this.#ring.append(kinds.setting << 12, payload)
    if (place === undefined) return 'fault'
    settings.set(key, { ...place, size })
    return 'written'
  }

  room(intentBytes = INTENT_BYTES_MAX, outcomeBytes = OUTCOME_BYTES_MAX): number {
    return this.#ring.broken || this.state.frozen ? 0 : this.#space.room(intentBytes, outcomeBytes)
  }

  report(): RecoveryReport {
    return this.#found
  }

  /** The log reclaims its oldest sector: what still counts there goes to the head of the log. */
  carry(oldest: Sector): boolean {
    return this.#entries.carry(oldest)
  }

  #beginBatch(batch: BatchNumber, flag: number): Written {
    const payload = new Uint8Array(3)
    putNumber(payload, 0, 3, batch | flag)
    for (let copy = 0; copy < MARK_COPIES; copy++) {
      const place = this.#ring.append(kinds.batch << 12, payload)
      if (place === undefined) return 'fault'
      if (flag === UNSCRUBBED) this.state.unscrubbed = true
      beginBatch(this.state, batch, place.sequence)
    }
    this.#recent = undefined
    this.#lastApproved = 'none'
    return 'written'
  }

  #settle(trace: Trace, kind: number, body: Uint8Array): Written {
    checkLength(body, OUTCOME_BYTES_MAX)
    const { open } = this.state
    const at = open.findIndex((entry) => entry.trace === trace)
    const entry = open[at]
    if (entry === undefined) throw new Error(`journal: nothing is open under trace ${trace}`)
    const before = this.find(trace)
    if (this.#appendEntry(kind, trace, entry.kind, body) === undefined) return 'fault'
    open.splice(at, 1)
    if (before !== undefined)
      this.#remember({ ...before, state: STATE_AFTER[kind] ?? before.state, outcome: body.slice() })
    return 'written'
  }

  /** An entry whose latest record is durable. */
  #remember(entry: Entry): void {
    this.#recent = entry
    if (entry.state === 'approved' && this.#isLatest(entry.trace)) this.#lastApproved = entry
  }

  /** No approved entry of the batch is younger: traces run on, and only a wrap makes the order less than plain. */
  #isLatest(trace: Trace): boolean {
    const last = this.last()
    return last === undefined || ageOrder(this.state, trace) >= ageOrder(this.state, last.trace)
  }

  #appendEntry(record: number, trace: number, kind: number, body: Uint8Array): Place | undefined {
    checkByte(kind)
    const payload = new Uint8Array(4 + body.length)
    putNumber(payload, 0, 3, trace)
    payload[3] = kind
    payload.set(body, 4)
    const place = this.#ring.append(record << 12, payload)
    if (place === undefined) return undefined
    this.state.index.add(this.#ring.sectorOf(place), trace)
    this.state.entrySizes.add(this.#size(payload.length))
    return place
  }

  #size(payloadBytes: number): number {
    return this.#ring.chip.layout.size(payloadBytes)
  }
}

function checkLength(bytes: Uint8Array, lengthMax: number): void {
  if (bytes.length > lengthMax)
    throw new RangeError(`journal: at most ${lengthMax} bytes, got ${bytes.length}`)
}
function checkByte(value: number): void {
  if (!(value >= 0 && value <= 255)) throw new RangeError('journal: kind and key are 0 to 255')
}
