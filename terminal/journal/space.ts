import { PAYLOAD_BYTES_MAX } from './record.ts'
import { type Ring, SPARE_SECTORS } from './ring.ts'
import type { State } from './scan.ts'
import { HEADER_COPIES, SECTOR_PAYLOAD_BYTES } from './sector.ts'
import { Sizes } from './sizes.ts'

export const INTENT_BYTES_MAX = 400
export const OUTCOME_BYTES_MAX = 300
export const SETTING_BYTES_MAX = 200
/** 结算: settings that a settlement may add to a journal that is full, and their length. */
const SETTLEMENT_SETTINGS = 2
const SETTLEMENT_SETTING_BYTES = 60
/**
 * A part of the space, one in so many, is no transaction's: settings that are written again and again during a settlement go
 * there first, and reclaiming never copies more than that many bytes to gain one.
 */
const SLACK = 32

/** Says what fits, so that whatever was promised at INTENT can be kept (S28). */
export class Space {
  readonly #ring: Ring
  readonly #state: State

  constructor(ring: Ring, state: State) {
    this.#ring = ring
    this.#state = state
  }

  /** An INTENT of `payloadBytes`, its OUTCOME of any length, the slip, and the settlement after it. */
  fitsIntent(payloadBytes: number): boolean {
    const all = this.#opening()
    all.add(this.#size(payloadBytes))
    return this.#fits(all, true)
  }

  /** A setting that has `size` bytes as a record where one of `before` was. What a settlement may need stays free. */
  fitsSetting(size: number, before: number): boolean {
    if (size <= before) return true
    const all = this.#needed(0)
    all.add(size)
    if (!this.#state.frozen) this.#addSettlement(all)
    return this.#fits(all, false)
  }

  /** Transactions one after the other, each settled before the next is opened. */
  room(intentBytes: number, outcomeBytes: number): number {
    const intent = this.#size(4 + intentBytes)
    const settled = this.#size(4 + outcomeBytes)
    const printed = this.#size(4)
    const opening = this.#opening()
    const fits = (count: number) => {
      const all = new Sizes()
      all.addAll(opening)
      all.add(intent, count)
      all.add(settled, count - 1)
      all.add(printed, count - 1)
      return this.#fits(all, true)
    }
    let most = 0
    let tooMany = Math.ceil((this.#sectors() * this.#usable()) / (intent + printed)) + 1
    while (tooMany - most > 1) {
      const middle = Math.floor((most + tooMany) / 2)
      if (fits(middle)) most = middle
      else tooMany = middle
    }
    return most
  }

  /** All that must fit when one more transaction is open, without its INTENT. */
  #opening(): Sizes {
    const all = this.#needed(1)
    this.#addSettlement(all)
    return all
  }

  /**
   * What counts now, and whatever may come of it: OUTCOME or REVERSED for each open entry and for `more`, one
   * PRINTED for every entry, two records of the greatest length.
   */
  #needed(more: number): Sizes {
    const { entrySizes, entries, open, settings } = this.#state
    const all = new Sizes()
    all.addAll(entrySizes)
    all.add(this.#size(4), entries + more)
    all.add(this.#size(4 + OUTCOME_BYTES_MAX), open.length + more)
    for (const place of settings.values()) all.add(place.size)
    all.add(this.#size(2), this.#ring.retired.length)
    all.add(this.#size(PAYLOAD_BYTES_MAX), 2)
    return all
  }

  #addSettlement(all: Sizes): void {
    all.add(this.#size(1 + SETTLEMENT_SETTING_BYTES), SETTLEMENT_SETTINGS)
  }

  #fits(all: Sizes, withSlack: boolean): boolean {
    const sectors = this.#sectors()
    const bytes = sectors * this.#usable()
    const slack = withSlack ? Math.floor(bytes / SLACK) : 0
    return all.inSectors(sectors, this.#ring.chip.layout.unit) + slack <= bytes
  }

  #sectors(): number {
    return Math.max(0, this.#ring.chip.sectorCount - this.#ring.retired.length - SPARE_SECTORS)
  }
  /** Bytes of a sector for records. */
  #usable(): number {
    return (
      this.#ring.chip.sectorBytes - HEADER_COPIES * this.#size(SECTOR_PAYLOAD_BYTES) - this.#size(4) // TAIL
    )
  }
  #size(payloadBytes: number): number {
    return this.#ring.chip.layout.size(payloadBytes)
  }
}
