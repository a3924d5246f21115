import { type Chip, isAll } from './sector.ts'
import type { SectorList } from './sector-list.ts'

/** Programs and erases, each read back and compared before it counts as done. */
export class Programmer {
  readonly #chip: Chip
  programs = 0

  constructor(chip: Chip) {
    this.#chip = chip
  }

  write(address: number, bytes: Uint8Array): boolean {
    this.programs++
    if (this.#chip.flash.program(address, bytes) !== 'done') return false
    const read = this.#chip.flash.read(address, bytes.length)
    for (let i = 0; i < bytes.length; i++) if (read[i] !== bytes[i]) return false
    return true
  }

  /** Zeros over what must never be read as a record again. */
  spoil(address: number, length: number): boolean {
    return this.write(address, new Uint8Array(length))
  }

  erase(sector: number): boolean {
    return this.#chip.flash.erase(sector) === 'done' && this.shows(sector, 0xff)
  }

  /** Every byte of the sector reads as `value`. */
  shows(sector: number, value: number): boolean {
    const { flash, sectorBytes } = this.#chip
    return isAll(flash.read(sector * sectorBytes, sectorBytes), value)
  }
}

/**
 * Erases every sector that is not in use. One that refuses is retired and gets zeros instead; `clean` is false when
 * it took neither. What looks blank is left as it is, unless blank cells are `doubted`: an erase that the power cut
 * short may look finished, and its cells turn back later.
 */
export function eraseIdle(
  chip: Chip,
  out: Programmer,
  sectors: SectorList,
  doubted: boolean,
): { readonly clean: boolean; readonly erased: number } {
  let clean = true
  let erased = 0
  for (let sector = 0; sector < chip.sectorCount; sector++) {
    if (sectors.has(sector)) continue
    const zeroed = () => sectors.retired.includes(sector) && out.shows(sector, 0)
    if (!doubted && (out.shows(sector, 0xff) || zeroed())) continue
    erased++
    if (out.erase(sector)) continue
    sectors.retire(sector)
    if (!out.spoil(sector * chip.sectorBytes, chip.sectorBytes)) clean = false
  }
  return { clean, erased }
}
