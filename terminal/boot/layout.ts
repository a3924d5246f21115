import type { FlashGeometry } from '../device/flash.ts'

/** A part of the program chip: whole sectors. */
export interface Area {
  readonly address: number
  readonly bytes: number
}

/** The program chip, in this order from its first byte (docs/download.md). */
export interface Areas {
  /** The boot record: three sectors in turn. */
  readonly boot: Area
  /** The state of the download, two sectors. */
  readonly record: Area
  /** Manifest, index, parameter sets that wait, root documents. */
  readonly documents: Area
  /** A payload as it comes. */
  readonly staging: Area
  /** The two program slots, of one size. */
  readonly a: Area
  readonly b: Area
}

export const BOOT_SECTORS = 3
const RECORD_SECTORS = 2
const DOCUMENT_SECTORS = 8
/** Of what is left: staging has three parts in thirteen, each slot five. */
const STAGING_SHARE = 3
const SLOT_SHARE = 5
/** A boot sector holds three copies of its record. */
const SECTOR_BYTES_MIN = 2_048
/** Fewer sectors hold no program worth the name. */
const SECTORS_MIN = 32

/** The parts of a program chip; undefined where it is none or too small for two programs. */
export function areasOf({ sectorBytes, sectorCount }: FlashGeometry): Areas | undefined {
  if (sectorBytes < SECTOR_BYTES_MIN || sectorCount < SECTORS_MIN) return undefined
  const left = sectorCount - BOOT_SECTORS - RECORD_SECTORS - DOCUMENT_SECTORS
  const slot = Math.floor((left * SLOT_SHARE) / (STAGING_SHARE + 2 * SLOT_SHARE))
  let at = 0
  const area = (sectors: number): Area => {
    const address = at * sectorBytes
    at += sectors
    return { address, bytes: sectors * sectorBytes }
  }
  return {
    boot: area(BOOT_SECTORS),
    record: area(RECORD_SECTORS),
    documents: area(DOCUMENT_SECTORS),
    staging: area(left - 2 * slot),
    a: area(slot),
    b: area(slot),
  }
}
