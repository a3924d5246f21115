import { FLASH_DEFAULT, type FlashChip, makeFlashChip } from '../../device/flash.ts'

/** Records of the vault that belong to the flash chip. */
const SECTOR = /^flash\/(\d+)$/
const WEAR = 'wear'

/** The chip as the records of the vault have it; sectors without a record are erased. */
export function chipOf(records: ReadonlyMap<string, Uint8Array>, written: () => void): FlashChip {
  const { sectorBytes, sectorCount } = FLASH_DEFAULT
  const chip = makeFlashChip({ persist: written })
  const { bytes, weak } = chip.snapshot()
  for (const [key, cells] of records) {
    const sector = Number(SECTOR.exec(key)?.[1] ?? -1)
    if (sector >= 0 && sector < sectorCount) bytes.set(cells.subarray(0, sectorBytes), sector * sectorBytes)
  }
  chip.restore({ bytes, weak, erases: wearOf(records.get(WEAR), sectorCount), boots: 0 })
  return chip
}

/** What has changed since the last call, as records. */
export function changedRecords(chip: FlashChip): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>()
  for (const { sector, bytes } of chip.takeDirty()) records.set(`flash/${sector}`, bytes)
  if (records.size > 0) records.set(WEAR, new Uint8Array(Uint32Array.from(chip.erases()).buffer))
  return records
}

function wearOf(record: Uint8Array | undefined, sectorCount: number): readonly number[] {
  const counts = record === undefined ? [] : new Uint32Array(record.slice().buffer)
  return Array.from({ length: sectorCount }, (_, sector) => counts[sector] ?? 0)
}
