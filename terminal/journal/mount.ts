import { type Found, kinds, mark, number } from './record.ts'
import {
  type Chip,
  FORMAT_VERSION,
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

/** `undefined`: written in another format version, or headers that contradict themselves. */
export function mount(chip: Chip, fresh: Standing): Mounted | undefined {
  const headers: SectorHeader[] = []
  for (let sector = 0; sector < chip.sectorCount; sector++) {
    const header = headerOf(chip, sector)
    if (header !== undefined) headers.push(header)
  }
  if (headers.some((h) => h.version !== FORMAT_VERSION)) return undefined
  headers.sort((a, b) => a.base - b.base || Number(isReal(chip, a)) - Number(isReal(chip, b)))
  const tail = newestTail(chip, headers)
  const newest = headers[headers.length - 1]
  const live = chooseLive(
    chip,
    headers.filter((h) => h.base >= tail),
  )
  while (newest !== undefined && live.length > 0) {
    const end = endOf(chip, live[live.length - 1] as Sector)
    if (end !== undefined) {
      const sequence = end.last.sequence + (end.kind === 'rotten' ? 2 : 1)
      return { live, tail, standing: newest, erases: newest.erases, end, sequence }
    }
    live.pop()
  }
  const last: Found = { address: 0, size: 0, sequence: 0, kind: 0, flags: 0, payload: new Uint8Array(0) }
  const end: LogEnd = { last, unmarked: false, kind: 'clean', from: 0, to: 0 }
  return { live, tail: 1, standing: fresh, erases: 1, end, sequence: 1 }
}

/** It holds a record besides its headers: it was the head of the log once, not only about to be. */
function isReal(chip: Chip, at: Sector): boolean {
  let real = false
  walkSector(chip, at, Infinity, (at.sector + 1) * chip.sectorBytes, (found) => {
    real = found.kind !== kinds.sector
    return !real
  })
  return real
}

/** Every header restates the tail; a TAIL record can only be newer in the two newest sectors. */
function newestTail(chip: Chip, headers: readonly SectorHeader[]): number {
  let tail = 1
  for (const h of headers) tail = Math.max(tail, h.tail)
  for (const h of headers.slice(-2))
    walkSector(chip, h, Infinity, (h.sector + 1) * chip.sectorBytes, (found) => {
      if (found.kind === kinds.tail) tail = Math.max(tail, number(found.payload, 0, 4))
      return true
    })
  return tail
}

/**
 * A sector that was about to become the head when the power went away may read well now, although the log went on
 * in the sector before: it holds nothing but its header, and its numbers were used there.
 */
function chooseLive(chip: Chip, headers: readonly Sector[]): Sector[] {
  const live: Sector[] = []
  for (const h of headers) {
    const before = live[live.length - 1]
    if (before !== undefined && !isReal(chip, h)) {
      let last = before.base
      walkSector(chip, before, Infinity, (before.sector + 1) * chip.sectorBytes, (found) => {
        last = found.sequence
        return true
      })
      if (h.base <= last) continue
    }
    live.push({ sector: h.sector, base: h.base })
  }
  return live
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
