import { type Found, kinds, MOVED, mark, number } from './record.ts'
import {
  type Chip,
  FORMAT_OLDEST,
  FORMAT_VERSION,
  HEADER_COPIES,
  headerOf,
  isAll,
  type Sector,
  type SectorHeader,
  type Standing,
  walkSector,
} from './sector.ts'

/** The log as found on the chip, by reading only. */
export interface Mounted {
  /** Its sectors, oldest first; none on a chip that holds no log yet. */
  readonly live: readonly Sector[]
  readonly tail: number
  /** Sectors behind its end that hold nothing of their own. */
  readonly dropped: readonly number[]
  /** As the newest header restates it. */
  readonly standing: Standing
  readonly erases: number
  readonly end: LogEnd
  /** The sequence number for the next record. */
  readonly sequence: number
}

/** What stands behind the last good record. */
export interface LogEnd {
  readonly last: Found
  /** The body of the last record may not be firm: its commit mark was never started. */
  readonly unmarked: boolean
  /** `clean`: blank. `torn`: a program was cut. `rotten`: a record that was complete once. */
  readonly kind: 'clean' | 'torn' | 'rotten'
  /** [from, to): what an interrupted program may have touched. */
  readonly from: number
  readonly to: number
}

/** `undefined`: written in a format that is not read here, or headers that contradict themselves. */
export function mount(chip: Chip, fresh: Standing): Mounted | undefined {
  const headers: SectorHeader[] = []
  for (let sector = 0; sector < chip.sectorCount; sector++) {
    const header = headerOf(chip, sector)
    if (header !== undefined) headers.push(header)
  }
  if (headers.some((h) => h.version < FORMAT_OLDEST || h.version > FORMAT_VERSION)) return undefined
  headers.sort((a, b) => a.base - b.base || Number(isReal(chip, a)) - Number(isReal(chip, b)))
  const dropped: number[] = []
  let newest = headers[headers.length - 1]
  while (newest !== undefined && !isReal(chip, newest)) {
    dropped.push(newest.sector)
    headers.pop()
    newest = headers[headers.length - 1]
  }
  if (newest !== undefined) {
    const tail = newestTail(chip, headers, newest)
    const live = headers.filter((h) => h.base >= tail).map(({ sector, base }) => ({ sector, base }))
    const end = endOf(chip, newest)
    if (end !== undefined) {
      const next = end.last.sequence + 1
      // what rotted must be missed for ever: its number is left out, and it is none of the headers'
      const sequence = end.kind === 'rotten' ? Math.max(next, newest.base + HEADER_COPIES) + 1 : next
      return { live, tail, dropped, standing: newest, erases: newest.erases, end, sequence }
    }
  }
  const last: Found = { address: 0, size: 0, sequence: 0, kind: 0, flags: 0, payload: new Uint8Array(0) }
  const end: LogEnd = { last, unmarked: false, kind: 'clean', from: 0, to: 0 }
  return { live: [], tail: 1, dropped, standing: fresh, erases: 1, end, sequence: 1 }
}

/**
 * It holds something of its own: a record that is neither a header nor a copy, or the remains of one. As long as the
 * newest sector holds nothing of its own the log ends before it: reclaiming was cut short, and begins again.
 */
function isReal(chip: Chip, at: Sector): boolean {
  let real = false
  let expected = at.base + HEADER_COPIES
  walkSector(chip, at, Infinity, (at.sector + 1) * chip.sectorBytes, (found) => {
    const own = found.kind !== kinds.sector && found.kind !== kinds.retired && (found.flags & MOVED) === 0
    real = own || found.sequence > expected
    expected = Math.max(expected, found.sequence + 1)
    return !real
  })
  return real || endOf(chip, at)?.kind === 'rotten'
}

/** Every header restates the tail; only a TAIL record in the newest sector can say more. */
function newestTail(chip: Chip, headers: readonly SectorHeader[], newest: Sector): number {
  let tail = 1
  for (const h of headers) tail = Math.max(tail, h.tail)
  walkSector(chip, newest, Infinity, (newest.sector + 1) * chip.sectorBytes, (found) => {
    if (found.kind === kinds.tail) tail = Math.max(tail, number(found.payload, 0, 4))
    return true
  })
  return Math.min(tail, newest.base)
}

/** Undefined when the sector no longer shows a good record (its only one flickers). */
function endOf(chip: Chip, at: Sector): LogEnd | undefined {
  const { flash, layout, sectorBytes } = chip
  const sectorEnd = (at.sector + 1) * sectorBytes
  const seen: { last?: Found } = {}
  walkSector(chip, at, Infinity, sectorEnd, (found) => {
    seen.last = found
    return true
  })
  const last = seen.last
  if (last === undefined) return undefined
  const unmarked = isAll(flash.read(last.address + last.size - layout.markBytes, layout.markBytes), 0xff)
  const good = last.address + last.size
  const rest = flash.read(good, sectorEnd - good)
  let used = 0 // behind the last byte that is not blank
  for (let i = rest.length; i > 0 && used === 0; i--) if (rest[i - 1] !== 0xff) used = i
  // A commit mark is programmed only after its record was read back: where one stands, a record was complete.
  const pattern = mark(layout)
  let marked = 0
  for (let i = 0; i + layout.markBytes <= used; i += layout.unit)
    if (pattern.every((byte, k) => rest[i + k] === byte)) marked = i + layout.markBytes
  used = Math.ceil(used / layout.unit) * layout.unit
  return {
    last,
    unmarked,
    kind: marked > 0 ? 'rotten' : used > 0 ? 'torn' : 'clean',
    from: good + marked,
    to: Math.min(good + used + chip.recordBytesMax, sectorEnd),
  }
}
