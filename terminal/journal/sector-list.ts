import type { Sector } from './sector.ts'

/** The sectors of the log, oldest first, in memory that is taken once: a full log needs no more heap than an empty one. */
export class SectorList {
  readonly #sectors: Uint32Array
  readonly #bases: Uint32Array
  #count = 0
  /** Sectors that are never opened again, and those of them whose RETIRED record is still to be written. */
  readonly retired: number[] = []
  readonly unwritten: number[] = []

  constructor(countMax: number, sectors: readonly Sector[]) {
    this.#sectors = new Uint32Array(countMax)
    this.#bases = new Uint32Array(countMax)
    for (const sector of sectors) this.push(sector)
  }

  get length(): number {
    return this.#count
  }
  nth(index: number): Sector | undefined {
    if (index < 0 || index >= this.#count) return undefined
    return { sector: this.#sectors[index] as number, base: this.#bases[index] as number }
  }
  last(): Sector | undefined {
    return this.nth(this.#count - 1)
  }
  has(sector: number): boolean {
    const at = this.#sectors.indexOf(sector)
    return at >= 0 && at < this.#count
  }
  push({ sector, base }: Sector): void {
    this.#sectors[this.#count] = sector
    this.#bases[this.#count] = base
    this.#count++
  }
  pop(): void {
    this.#count--
  }
  shift(): void {
    this.#sectors.copyWithin(0, 1, this.#count)
    this.#bases.copyWithin(0, 1, this.#count)
    this.#count--
  }

  /** It failed. What it holds stays readable as long as it is part of the log. */
  retire(sector: number): void {
    if (this.retired.includes(sector)) return
    this.retired.push(sector)
    this.unwritten.push(sector)
  }
  /** A RETIRED record says so. */
  knowRetired(sector: number): void {
    if (!this.retired.includes(sector)) this.retired.push(sector)
  }
  isFree(sector: number): boolean {
    return !this.retired.includes(sector) && !this.has(sector)
  }
  freeCount(): number {
    const idle = this.retired.filter((sector) => !this.has(sector))
    return this.#sectors.length - this.#count - idle.length
  }
}
