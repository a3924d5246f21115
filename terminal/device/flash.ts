/**
 * 闪存: raw NOR flash. Erasing sets a whole sector to ones; programming only clears bits (`old & new`).
 *
 * A cut of the power during `program` or `erase` may leave any mixture inside the bytes of that call, which may
 * even read differently from time to time until written again; bytes outside it are untouched. All instant:
 * the call returns when the chip is done (about 1 ms a page, 45 ms a sector).
 */
export interface Flash {
  geometry(): FlashGeometry
  /** `length` bytes from `address`; both inside the chip. */
  read(address: number, length: number): Uint8Array
  /**
   * Programs `bytes` at `address`, both multiples of the program unit and inside one sector. A unit may be
   * programmed again to clear more bits. `failed` when the chip reports an error; what is there is then unknown.
   */
  program(address: number, bytes: Uint8Array): 'done' | 'failed'
  /** Erases sector `sector` (0 … sectorCount − 1). `failed` when the chip reports an error. */
  erase(sector: number): 'done' | 'failed'
}

export interface FlashGeometry {
  /** 1 KiB to 64 KiB, a power of two. */
  readonly sectorBytes: number
  readonly sectorCount: number
  /** Smallest unit to program: 1, 2, 4, 8, 16 or 32 bytes. */
  readonly unitBytes: number
}
