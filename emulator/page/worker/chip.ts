import type { FlashGeometry } from '../../../terminal/device/flash.ts'
import { FLASH_DEFAULT, type FlashChip, makeFlashChip } from '../../device/flash.ts'
import { PROGRAM_CHIP } from '../../device/slots.ts'

/** The two chips of a terminal: that of the journal, and that of downloaded programs. */
export type ChipName = 'flash' | 'program'

const geometries: { readonly [name in ChipName]: FlashGeometry } = {
  flash: FLASH_DEFAULT,
  program: PROGRAM_CHIP,
}
/** Records of the vault: `flash/12`, a sector; how often each was erased. */
const wear = { flash: 'wear', program: 'program/wear' } as const

/** The chip as the records of the vault have it; sectors without a record are erased. */
export function chipOf(
  records: ReadonlyMap<string, Uint8Array>,
  written: () => void,
  name: ChipName = 'flash',
): FlashChip {
  const geometry = geometries[name]
  const { sectorBytes, sectorCount } = geometry
  const chip = makeFlashChip({ geometry, persist: written })
  const { bytes, weak } = chip.snapshot()
  for (let sector = 0; sector < sectorCount; sector++) {
    const cells = records.get(`${name}/${sector}`)
    if (cells !== undefined) bytes.set(cells.subarray(0, sectorBytes), sector * sectorBytes)
  }
  chip.restore({ bytes, weak, erases: wearOf(records.get(wear[name]), sectorCount), boots: 0 })
  return chip
}

/** What has changed since the last call, as records. */
export function changedRecords(chip: FlashChip, name: ChipName = 'flash'): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>()
  for (const { sector, bytes } of chip.takeDirty()) records.set(`${name}/${sector}`, bytes)
  if (records.size > 0) records.set(wear[name], new Uint8Array(Uint32Array.from(chip.erases()).buffer))
  return records
}

function wearOf(record: Uint8Array | undefined, sectorCount: number): readonly number[] {
  const counts = record === undefined ? [] : new Uint32Array(record.slice().buffer)
  return Array.from({ length: sectorCount }, (_, sector) => counts[sector] ?? 0)
}
