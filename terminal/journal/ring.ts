import type { Mounted } from './mount.ts'
import { decode, encode, type Found, kinds, mark, putNumber } from './record.ts'
import {
  type Chip,
  encodeAgain,
  encodeHeader,
  headerOf,
  isAll,
  SECTOR_PAYLOAD_BYTES,
  type Sector,
  type Standing,
  walkSector,
} from './sector.ts'

/** What the log asks of the journal that lives in it. */
export interface Owner {
  /** For the header of a new sector. */
  standing(): Standing
  /** Appends, with `move`, a copy of every record of `oldest` that still counts. False when that failed. */
  carry(oldest: Sector): boolean
}

/** Sectors kept free: one to copy into, one for a sector that fails meanwhile. */
export const SPARE_SECTORS = 2

/**
 * The append-only log on raw flash: a ring of sectors. It knows how a record becomes durable and how sectors come
 * and go; what records mean is the journal's.
 */
export class Ring {
  readonly chip: Chip
  private readonly owner: Owner
  private live: Sector[]
  private tail: number
  private erases: number
  private sequence: number
  /** Where the next record goes. */
  private head: number
  private end: Mounted['end']
  private suspectTo: number
  /** Sectors that are never opened again, and those of them whose RETIRED record is still to be written. */
  readonly retired: number[] = []
  private unwritten: number[] = []
  private reclaiming = false
  /** The flash failed on every spare sector too: nothing is written any more. */
  broken = false
  programs = 0

  constructor(chip: Chip, mounted: Mounted, owner: Owner) {
    this.chip = chip
    this.owner = owner
    this.live = mounted.live.slice()
    this.tail = mounted.tail
    this.erases = mounted.erases
    this.sequence = mounted.sequence
    this.end = mounted.end
    this.head = mounted.live.length > 0 ? mounted.end.from : this.sectorEnd(this.headSector())
    this.suspectTo = mounted.end.to
  }

  /** Makes firm what recovery decided on, before anything acts on it. Writes nothing after a clean start. */
  settle(): void {
    const { last, unmarked, kind } = this.end
    if (unmarked && this.live.length > 0) {
      // the power was cut between the record and its mark: the record counts, so its bits must not decay
      const body = encodeAgain(this.chip, last)
      if (!this.write(last.address, body) || !this.write(last.address + body.length, mark(this.chip.layout)))
        this.retire()
    }
    if (kind === 'torn') this.wipeSuspect()
  }

  /**
   * Overwrites what an interrupted program may have touched with zeros: the cells are firm then, and no record
   * starts on them. Needed before the first record after a start, and before a reversal is sent.
   */
  wipeSuspect(): void {
    const to = this.suspectTo
    this.suspectTo = 0
    if (to <= this.head) return
    if (!this.write(this.head, new Uint8Array(to - this.head))) this.retire()
    else this.head = to
  }

  /**
   * Appends one record: programmed, read back and compared, then its commit mark likewise. Returns its place, or
   * undefined when the flash failed everywhere.
   */
  append(word: number, payload: Uint8Array): { address: number; sequence: number } | undefined {
    const size = this.chip.layout.size(payload.length)
    for (let tries = 0; !this.broken && tries < 2 * this.chip.sectorCount + 2; tries++) {
      this.wipeSuspect()
      if (this.head + size + this.tailBytes() > this.sectorEnd(this.headSector())) {
        if (!this.openSector()) break
        continue
      }
      const place = this.put(word, payload)
      if (place !== undefined) return place
      this.retire()
    }
    this.broken = true
    return undefined
  }

  /** Visits all records, oldest first, with the number of records that are missing before each, until false. */
  walk(visit: (found: Found, gap: number) => boolean, from = 0): void {
    let expected = from === 0 ? this.tail : 0
    let going = true
    for (let i = from; going && i < this.live.length; i++) {
      const at = this.live[i] as Sector
      const bound = this.live[i + 1]?.base ?? Infinity
      const end = i === this.live.length - 1 ? this.head : this.sectorEnd(at.sector)
      walkSector(this.chip, at, bound, end, (found) => {
        const gap = found.sequence - (expected || found.sequence)
        expected = found.sequence + 1
        going = visit(found, gap)
        return going
      })
    }
  }

  /** A RETIRED record was read. */
  knowRetired(sector: number): void {
    if (!this.retired.includes(sector)) this.retired.push(sector)
  }

  /** Records missing behind the last one. */
  lostAtEnd(): number {
    return this.end.kind === 'rotten' ? 1 : 0
  }
  isTorn(): boolean {
    return this.end.kind === 'torn'
  }
  oldest(): Sector | undefined {
    return this.live[0]
  }
  /** The sequence number of the next record. */
  next(): number {
    return this.sequence
  }

  /** The payload of a record known to be at `address`; undefined when it no longer is (rot). */
  payloadAt(address: number, sequence: number): Uint8Array | undefined {
    const sectorEnd = (Math.floor(address / this.chip.sectorBytes) + 1) * this.chip.sectorBytes
    const bytes = this.chip.flash.read(address, Math.min(this.chip.recordBytesMax, sectorEnd - address))
    const found = decode(this.chip.layout, bytes, 0, address, sequence)
    return found?.sequence === sequence ? found.payload : undefined
  }

  /** Bytes of live records that fit for certain, whatever their order, when none is longer than `largest`. */
  capacity(largest: number): number {
    const { layout, sectorBytes, sectorCount } = this.chip
    // A sector is left when the next record does not fit: that leaves less than one record unused.
    const usable =
      sectorBytes - 2 * layout.size(SECTOR_PAYLOAD_BYTES) - this.tailBytes() - (largest - layout.unit)
    return Math.max(0, sectorCount - this.retired.length - SPARE_SECTORS) * Math.max(0, usable)
  }

  private tailBytes(): number {
    return this.chip.layout.size(4)
  }
  private headSector(): number {
    return this.live[this.live.length - 1]?.sector ?? this.chip.sectorCount - 1
  }
  private sectorEnd(sector: number): number {
    return (sector + 1) * this.chip.sectorBytes
  }
  private isFree(sector: number): boolean {
    return !this.retired.includes(sector) && !this.live.some((l) => l.sector === sector)
  }
  private freeCount(): number {
    let free = 0
    for (let sector = 0; sector < this.chip.sectorCount; sector++) if (this.isFree(sector)) free++
    return free
  }

  /** Programs and reads back. */
  private write(address: number, bytes: Uint8Array): boolean {
    this.programs++
    if (this.chip.flash.program(address, bytes) !== 'done') return false
    const read = this.chip.flash.read(address, bytes.length)
    for (let i = 0; i < bytes.length; i++) if (read[i] !== bytes[i]) return false
    return true
  }

  private put(word: number, payload: Uint8Array): { address: number; sequence: number } | undefined {
    const place = { address: this.head, sequence: this.sequence }
    const body = encode(this.chip.layout, place.address, place.sequence, word, payload)
    if (
      !this.write(place.address, body) ||
      !this.write(place.address + body.length, mark(this.chip.layout))
    ) {
      // It was not acknowledged and must not turn up later: spoil what there is of it.
      this.write(place.address, new Uint8Array(body.length + this.chip.layout.markBytes))
      return undefined
    }
    this.head += body.length + this.chip.layout.markBytes
    this.sequence++
    return place
  }

  /** Closes the head sector for good. What it holds stays readable until it is reclaimed. */
  private retire(sector = this.headSector()): void {
    if (!this.retired.includes(sector)) {
      this.retired.push(sector)
      this.unwritten.push(sector)
    }
    if (sector === this.headSector()) this.head = this.sectorEnd(sector)
  }

  /**
   * Makes the next free sector of the ring the head. It is erased here, at the moment of use, so no sector is ever
   * trusted to be blank across a power cut. False when there is none that works.
   */
  private openSector(): boolean {
    const { sectorCount, flash, sectorBytes } = this.chip
    const from = this.headSector()
    for (let i = 1; i <= sectorCount; i++) {
      const sector = (from + i) % sectorCount
      if (!this.isFree(sector)) continue
      const header = headerOf(this.chip, sector)
      if (header !== undefined) this.erases = header.erases + 1 // else about what its neighbour has
      if (flash.erase(sector) !== 'done' || !isAll(flash.read(sector * sectorBytes, sectorBytes), 0xff)) {
        this.retire(sector)
        continue
      }
      const base = this.sequence
      this.live.push({ sector, base })
      this.head = sector * sectorBytes
      this.suspectTo = 0
      if (this.putHeader(base) && this.putHeader(base) && this.putRetired()) return this.reclaim()
      this.retire()
      if (this.sequence === base) this.live.pop() // not even one header: the log never came here
    }
    return false
  }

  private putHeader(base: number): boolean {
    const header = { ...this.owner.standing(), base, tail: this.tail, erases: this.erases }
    return this.put(kinds.sector << 12, encodeHeader(header)) !== undefined
  }

  private putRetired(): boolean {
    while (this.unwritten.length > 0) {
      const payload = new Uint8Array(2)
      putNumber(payload, 0, 2, this.unwritten[0] as number)
      if (this.put(kinds.retired << 12, payload) === undefined) return false
      this.unwritten.shift()
    }
    return true
  }

  /** Keeps `SPARE_SECTORS` free: copies what counts from the oldest sectors, then declares them dead. */
  private reclaim(): boolean {
    if (this.reclaiming) return true
    this.reclaiming = true
    for (let laps = 0; laps < this.chip.sectorCount && this.live.length > 1; laps++) {
      if (this.freeCount() >= SPARE_SECTORS) break
      if (!this.owner.carry(this.live[0] as Sector) || !this.moveTail()) return false
    }
    this.reclaiming = false
    return true
  }

  /** The oldest sector may be erased only after this is durable: a half-erased sector must never be read. */
  private moveTail(): boolean {
    this.tail = (this.live[1] as Sector).base
    const payload = new Uint8Array(4)
    putNumber(payload, 0, 4, this.tail)
    const fits = this.head + this.tailBytes() <= this.sectorEnd(this.headSector())
    if (!fits || this.put(kinds.tail << 12, payload) === undefined) {
      if (fits) this.retire()
      if (!this.openSector()) return false // its header says the same
    }
    this.live.shift()
    return true
  }
}
