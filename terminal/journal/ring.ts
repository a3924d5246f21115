import type { Mounted } from './mount.ts'
import { eraseIdle, Programmer } from './program.ts'
import { decode, encode, type Found, kinds, mark, putNumber } from './record.ts'
import {
  type Chip,
  encodeAgain,
  encodeHeader,
  HEADER_COPIES,
  headerOf,
  SECTOR_PAYLOAD_BYTES,
  type Sector,
  type Standing,
  walkSector,
} from './sector.ts'
import { SectorList } from './sector-list.ts'

/** What the log asks of the journal that lives in it. */
export interface Owner {
  /** For the header of a new sector. */
  standing(): Standing
  /** Appends, with `move`, a copy of every record of `oldest` that still counts. False when that failed. */
  carry(oldest: Sector): boolean
  /** The sector was erased and is about to be filled. */
  opened(sector: number): void
}

/** Sectors kept free: one to copy into, one for a sector that fails meanwhile. */
export const SPARE_SECTORS = 2

/**
 * The append-only log on raw flash: a ring of sectors. It knows how a record becomes durable and how sectors come
 * and go; what records mean is the journal's.
 */
export class Ring {
  readonly chip: Chip
  readonly #out: Programmer
  readonly #owner: Owner
  readonly #live: SectorList
  #tail: number
  #erases: number
  #sequence: number
  /** Where the next record goes. */
  #head: number
  #end: Mounted['end']
  #suspectTo: number
  /** Sectors whose headers must go before the log goes on: something of their own may yet show. */
  #dropped: readonly number[]
  #reclaiming = false
  /**
   * What looks blank in a sector not in use may be the work of an erase that the power cut short: a header says that
   * something is to be erased, so `scrub` has opened that sector and may have gone further.
   */
  #blankDoubted: boolean
  /** The flash failed on every spare sector too: nothing is written any more. */
  broken = false

  constructor(chip: Chip, mounted: Mounted, owner: Owner) {
    this.chip = chip
    this.#out = new Programmer(chip)
    this.#owner = owner
    this.#live = new SectorList(chip.sectorCount, mounted.live)
    this.#tail = mounted.tail
    this.#erases = mounted.erases
    this.#sequence = mounted.sequence
    this.#end = mounted.end
    this.#head = mounted.live.length > 0 ? mounted.end.from : this.#sectorEnd(this.#headSector())
    this.#suspectTo = mounted.end.to
    this.#dropped = mounted.dropped
    this.#blankDoubted = mounted.standing.unscrubbed
  }

  /** What looks blank in a sector not in use may be the work of an erase that was cut short, whatever the headers say. */
  doubtBlanks(): void {
    this.#blankDoubted = true
  }

  get programs(): number {
    return this.#out.programs
  }
  get retired(): readonly number[] {
    return this.#live.retired
  }

  /** Makes firm what recovery decided on, before anything acts on it. Writes nothing after a clean start. */
  settle(): void {
    const { last, unmarked, kind } = this.#end
    if (unmarked && this.#live.length > 0) {
      // the power was cut between the record and its mark: the record counts, so its bits must not decay
      const body = encodeAgain(this.chip, last)
      if (
        !this.#out.write(last.address, body) ||
        !this.#out.write(last.address + body.length, mark(this.chip.layout))
      )
        this.#retire()
    }
    if (kind === 'torn') this.wipeSuspect()
  }

  /**
   * Overwrites what an interrupted program may have touched with zeros: the cells are firm then, and no record
   * starts on them. Needed before the first record after a start, and before a reversal is sent.
   */
  wipeSuspect(): void {
    const headers = HEADER_COPIES * this.chip.layout.size(SECTOR_PAYLOAD_BYTES)
    for (const sector of this.#dropped)
      if (!this.#out.spoil(sector * this.chip.sectorBytes, headers)) this.#retire(sector)
    this.#dropped = []
    const to = this.#suspectTo
    this.#suspectTo = 0
    if (to <= this.#head) return
    if (!this.#out.spoil(this.#head, to - this.#head)) this.#retire()
    else this.#head = to
  }

  /**
   * Appends one record: programmed, read back and compared, then its commit mark likewise. Returns its place, or
   * undefined when the flash failed everywhere.
   */
  append(word: number, payload: Uint8Array): { address: number; sequence: number } | undefined {
    const size = this.chip.layout.size(payload.length)
    for (let tries = 0; !this.broken && tries < 2 * this.chip.sectorCount + 2; tries++) {
      this.wipeSuspect()
      // the room for a TAIL is kept free at every sector's end
      const room = word >> 12 === kinds.tail ? size : size + this.#tailBytes()
      if (this.#head + room > this.#sectorEnd(this.#headSector())) {
        if (!this.#openSector()) break
        continue
      }
      const place = this.#put(word, payload)
      if (place !== undefined) return place
      this.#retire()
    }
    this.broken = true
    return undefined
  }

  /**
   * Visits all records, oldest first, with the number of records that are missing before each, until false; of the
   * `wanted` sectors only, and then a number missing means nothing.
   */
  walk(visit: (found: Found, gap: number) => boolean, wanted?: (sector: number) => boolean): void {
    let expected = this.#tail
    let going = true
    for (let i = 0; going && i < this.#live.length; i++) {
      const at = this.#live.nth(i) as Sector
      if (wanted?.(at.sector) === false) continue
      const bound = this.#live.nth(i + 1)?.base ?? Infinity
      const end = i === this.#live.length - 1 ? this.#head : this.#sectorEnd(at.sector)
      let missing = Math.max(0, at.base - expected)
      expected = at.base + HEADER_COPIES // which of them are still there does not matter
      walkSector(this.chip, at, bound, end, (found) => {
        const gap = missing + Math.max(0, found.sequence - expected)
        missing = 0
        expected = Math.max(expected, found.sequence + 1)
        going = visit(found, gap)
        return going
      })
    }
  }

  sectorOf({ address }: { readonly address: number }): number {
    return Math.floor(address / this.chip.sectorBytes)
  }
  /** The sectors in use, oldest first. */
  sectors(): SectorList {
    return this.#live
  }

  /** Records missing behind the last one. */
  lostAtEnd(): number {
    return this.#end.kind === 'rotten' ? 1 : 0
  }
  isTorn(): boolean {
    return this.#end.kind === 'torn'
  }
  /** The sequence number of the next record. */
  next(): number {
    return this.#sequence
  }

  /** The payload of a record known to be at `address`; undefined when it no longer is (rot). */
  payloadAt(address: number, sequence: number): Uint8Array | undefined {
    const sectorEnd = (Math.floor(address / this.chip.sectorBytes) + 1) * this.chip.sectorBytes
    const bytes = this.chip.flash.read(address, Math.min(this.chip.recordBytesMax, sectorEnd - address))
    const found = decode(this.chip.layout, bytes, 0, address, sequence)
    return found?.sequence === sequence ? found.payload : undefined
  }

  #tailBytes(): number {
    return this.chip.layout.size(4)
  }
  #headSector(): number {
    return this.#live.last()?.sector ?? this.chip.sectorCount - 1
  }
  #sectorEnd(sector: number): number {
    return (sector + 1) * this.chip.sectorBytes
  }
  #put(word: number, payload: Uint8Array): { address: number; sequence: number } | undefined {
    const place = { address: this.#head, sequence: this.#sequence }
    const body = encode(this.chip.layout, place.address, place.sequence, word, payload)
    if (
      !this.#out.write(place.address, body) ||
      !this.#out.write(place.address + body.length, mark(this.chip.layout))
    ) {
      // It was not acknowledged and must not turn up later: spoil what there is of it.
      this.#out.spoil(place.address, body.length + this.chip.layout.markBytes)
      return undefined
    }
    this.#head += body.length + this.chip.layout.markBytes
    this.#sequence++
    return place
  }

  /** Closes the head sector for good. What it holds stays readable until it is reclaimed. */
  #retire(sector = this.#headSector()): void {
    this.#live.retire(sector)
    if (sector === this.#headSector()) this.#head = this.#sectorEnd(sector)
  }

  /**
   * Makes the next free sector of the ring the head. It is erased here, at the moment of use, so no sector is ever
   * trusted to be blank across a power cut. False when there is none that works.
   */
  #openSector(): boolean {
    const { sectorCount, sectorBytes } = this.chip
    const from = this.#headSector()
    for (let i = 1; i <= sectorCount; i++) {
      const sector = (from + i) % sectorCount
      if (!this.#live.isFree(sector)) continue
      const header = headerOf(this.chip, sector)
      if (header !== undefined) this.#erases = header.erases + 1 // else about what its neighbour has
      if (!this.#out.erase(sector)) {
        this.#retire(sector)
        continue
      }
      this.#owner.opened(sector)
      const base = this.#sequence
      this.#live.push({ sector, base })
      this.#head = sector * sectorBytes
      if (this.#putHeader(base) && this.#putHeader(base) && this.#putRetired()) return this.#reclaim()
      this.#retire()
      if (this.#sequence === base) this.#live.pop() // not even one header: the log never came here
    }
    return false
  }

  #putHeader(base: number): boolean {
    return this.#put(kinds.sector << 12, this.#header(base)) !== undefined
  }
  #restate(): boolean {
    return this.append(kinds.sector << 12, this.#header(this.#live.last()?.base ?? 0)) !== undefined
  }
  #header(base: number): Uint8Array {
    return encodeHeader({ ...this.#owner.standing(), base, tail: this.#tail, erases: this.#erases })
  }

  #putRetired(): boolean {
    const { unwritten } = this.#live
    while (unwritten.length > 0) {
      const payload = new Uint8Array(2)
      putNumber(payload, 0, 2, unwritten[0] as number)
      if (this.#put(kinds.retired << 12, payload) === undefined) return false
      unwritten.shift()
    }
    return true
  }

  /** Keeps `SPARE_SECTORS` free: copies what counts from the oldest sectors, then declares them dead. */
  #reclaim(): boolean {
    return this.#releaseWhile(() => this.#live.freeCount() < SPARE_SECTORS)
  }

  /** Releases the oldest sectors, the head never, as long as `needed` says so. False when the flash failed. */
  #releaseWhile(needed: () => boolean): boolean {
    if (this.#reclaiming) return true
    this.#reclaiming = true
    let done = true
    for (let laps = 0; done && laps < this.chip.sectorCount && this.#live.length > 1 && needed(); laps++) {
      const { lossy } = this.#owner.standing()
      done = this.#owner.carry(this.#live.nth(0) as Sector)
      // A loss seen only now must outlive the gap that shows it.
      if (done && this.#owner.standing().lossy !== lossy) done = this.#restate()
      if (done) done = this.#moveTail()
    }
    this.#reclaiming = false
    return done
  }

  /**
   * Takes all that was written up to record number `since` off the chip: what of it still counts moves to the head of
   * the log, then every sector not in use is erased. Cut by the power or done in part, it is simply done again.
   * False when something of it is left.
   */
  scrub(since: number): boolean {
    this.wipeSuspect()
    const old = () => (this.#live.nth(0)?.base ?? Infinity) <= since
    if ((this.#live.last()?.base ?? Infinity) <= since && !this.#openSector()) return false
    if (!this.#releaseWhile(old) || old()) return false
    const { clean, erased } = eraseIdle(this.chip, this.#out, this.#live, this.#blankDoubted)
    if (erased > 0) this.#erases++ // the headers that counted for each sector are gone
    this.#blankDoubted = false
    return clean
  }

  /**
   * The oldest sector may be erased only after this is durable: a half-erased sector must never be read. Until
   * then the copies are nobody's: a start drops them and begins again.
   */
  #moveTail(): boolean {
    const { base } = this.#live.nth(1) as Sector
    const payload = new Uint8Array(4)
    putNumber(payload, 0, 4, base)
    if (this.append(kinds.tail << 12, payload) === undefined) return false
    this.#tail = base
    this.#live.shift()
    return true
  }
}
