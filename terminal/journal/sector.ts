import type { Flash } from '../device/flash.ts'
import {
  decode,
  encode,
  type Found,
  HEADER_BYTES,
  kinds,
  type Layout,
  layoutFor,
  number,
  PAYLOAD_BYTES_MAX,
  putNumber,
} from './record.ts'

/** What a sector header restates, so that no older BATCH or TRACE record is ever needed again. */
export interface Standing {
  /** Format of the header, and of those that come after it. */
  readonly version: number
  readonly batch: number
  /** Sequence number of the BATCH record that opened it: older entries are history. */
  readonly since: number
  /** The trace number 流水号 used last, 0 at the very start. */
  readonly trace: number
  /** The last one used before the batch began; `LAPPED` once all numbers were used inside the batch. */
  readonly start: number
  /** Records of the open batch were lost to rot, here or in sectors reclaimed since. */
  readonly lossy: boolean
  /** 结算开始: no entry enters the open batch any more. */
  readonly frozen: boolean
  /** What closed batches left may still be on the chip. */
  readonly unscrubbed: boolean
}
export const LAPPED = 0xffffff

/** A sector of the log: `base` is the sequence number of its first record. */
export interface Sector {
  readonly sector: number
  readonly base: number
}
export interface SectorHeader extends Sector, Standing {
  /** Sectors whose base is below are dead. */
  readonly tail: number
  readonly erases: number
}

/** The formats that are read and written: what is newest, and the oldest that a journal can be brought to and from. */
export const FORMAT_VERSION = 2
export const FORMAT_OLDEST = 1
export const SECTOR_PAYLOAD_BYTES = 24
/** Its first records, with the numbers `base` and `base` + 1. */
export const HEADER_COPIES = 2
/** In the batch number of a SECTOR record; the last one in that of a BATCH record, too. */
const LOSSY = 0x800000
const FROZEN = 0x400000
export const UNSCRUBBED = 0x200000
/** A batch number without them. */
export const BATCH_BITS = 0x0fffff
/** One read of the chip while walking. Holds the longest record of any layout. */
const WINDOW_BYTES = 4096

/** A chip with the sizes that follow from its geometry. */
export interface Chip {
  readonly flash: Flash
  readonly layout: Layout
  readonly sectorBytes: number
  readonly sectorCount: number
  /** The longest record; also how far beyond the end of the log an interrupted program may have reached. */
  readonly recordBytesMax: number
}

export function chipOf(flash: Flash): Chip {
  const { sectorBytes, sectorCount, unitBytes } = flash.geometry()
  const layout = layoutFor(unitBytes)
  return { flash, layout, sectorBytes, sectorCount, recordBytesMax: layout.size(PAYLOAD_BYTES_MAX) }
}

export function encodeHeader(header: Omit<SectorHeader, 'sector'>): Uint8Array {
  const bytes = new Uint8Array(SECTOR_PAYLOAD_BYTES)
  bytes[0] = header.version
  putNumber(bytes, 1, 4, header.base)
  putNumber(bytes, 5, 3, header.base - header.tail)
  putNumber(bytes, 8, 4, header.since)
  const flags =
    (header.lossy ? LOSSY : 0) | (header.frozen ? FROZEN : 0) | (header.unscrubbed ? UNSCRUBBED : 0)
  putNumber(bytes, 12, 3, header.batch | flags)
  putNumber(bytes, 15, 3, header.trace)
  putNumber(bytes, 18, 3, header.start)
  putNumber(bytes, 21, 3, header.erases)
  return bytes
}

/** What a SECTOR record says, also one in the middle of a sector. */
export function isLossy(payload: Uint8Array): boolean {
  return (number(payload, 12, 3) & LOSSY) !== 0
}

/** The header of a sector from whichever of its two copies is good. */
export function headerOf(chip: Chip, sector: number): SectorHeader | undefined {
  const start = sector * chip.sectorBytes
  const size = chip.layout.size(SECTOR_PAYLOAD_BYTES)
  const bytes = chip.flash.read(start, HEADER_COPIES * size)
  for (let copy = 0; copy < HEADER_COPIES; copy++) {
    const base = number(bytes, copy * size + HEADER_BYTES + 1, 4)
    const found = decode(chip.layout, bytes, copy * size, start + copy * size, base + copy)
    const p = found?.payload
    if (found?.kind !== kinds.sector || found.sequence !== base + copy || p?.length !== SECTOR_PAYLOAD_BYTES)
      continue
    const batch = number(p, 12, 3)
    return {
      sector,
      base,
      version: p[0] as number,
      tail: base - number(p, 5, 3),
      since: number(p, 8, 4),
      batch: batch & BATCH_BITS,
      lossy: isLossy(p),
      frozen: (batch & FROZEN) !== 0,
      unscrubbed: (batch & UNSCRUBBED) !== 0,
      trace: number(p, 15, 3),
      start: number(p, 18, 3),
      erases: number(p, 21, 3),
    }
  }
  return undefined
}

/**
 * Visits the good records of one sector up to address `end`, with sequence numbers in [`base`, `bound`), until `visit` returns false.
 * Over what is not a good record (torn, rotten, overwritten) it steps unit by unit.
 */
export function walkSector(
  chip: Chip,
  at: Sector,
  bound: number,
  end: number,
  visit: (found: Found) => boolean,
): void {
  const smallest = chip.layout.size(0)
  let expected = at.base
  let address = at.sector * chip.sectorBytes
  let view = new Uint8Array(0)
  let viewed = address
  while (address + smallest <= end) {
    const viewEnd = viewed + view.length
    if (viewEnd < end && address + chip.recordBytesMax > viewEnd) {
      viewed = address
      view = chip.flash.read(address, Math.min(WINDOW_BYTES, end - address)) as Uint8Array<ArrayBuffer>
    }
    const found = decode(chip.layout, view, address - viewed, address, expected)
    if (found === undefined || found.sequence >= bound) {
      address += chip.layout.unit
      continue
    }
    if (!visit(found)) return
    expected = found.sequence + 1
    address += found.size
  }
}

/** The bytes of `found` once more, as they were programmed. */
export function encodeAgain(chip: Chip, found: Found): Uint8Array {
  return encode(chip.layout, found.address, found.sequence, (found.kind << 12) | found.flags, found.payload)
}

export function isAll(bytes: Uint8Array, value: number): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== value) return false
  return true
}
