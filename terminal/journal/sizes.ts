/** Record sizes up to which the loss at a sector's end is reckoned; the last is above every record. */
const LIMITS: readonly number[] = [16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 256, 320, 512]

/**
 * Sizes of records, summed up so that one can say how much they take in whatever order they come to stand: a sector is
 * left when the next record does not fit, which loses less than that record. Over all sectors no more is lost than `limit` in each,
 * and what single records have above it, for any limit.
 */
export class Sizes {
  bytes = 0
  /** For each limit, what records have above it. */
  readonly #above: number[] = LIMITS.map(() => 0)

  add(size: number, count = 1): void {
    this.bytes += size * count
    // limits ascend: above the first one that is long enough there is nothing to add
    for (let i = 0; i < LIMITS.length && size > (LIMITS[i] as number); i++)
      this.#above[i] = (this.#above[i] as number) + (size - (LIMITS[i] as number)) * count
  }

  addAll(other: Sizes): void {
    this.bytes += other.bytes
    for (let i = 0; i < LIMITS.length; i++)
      this.#above[i] = (this.#above[i] as number) + (other.#above[i] as number)
  }

  clear(): void {
    this.bytes = 0
    this.#above.fill(0)
  }

  /** Bytes that these records take at most in `sectors` sectors. */
  inSectors(sectors: number, unit: number): number {
    let lost = Infinity
    for (let i = 0; i < LIMITS.length; i++) {
      const below = sectors * Math.max(0, (LIMITS[i] as number) - unit)
      lost = Math.min(lost, below + (this.#above[i] as number))
    }
    return this.bytes + lost
  }
}
