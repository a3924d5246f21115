import type { Flash, FlashGeometry } from '../../terminal/device/flash.ts'
import { Cells, type WeakByte, type Wish } from './flash-cells.ts'
import { type Cut, type Failure, makeRandom, PowerCut } from './flash-faults.ts'

export { type Cut, type Failure, PowerCut, type Tear } from './flash-faults.ts'

/** 256 KiB in 64 sectors: a small serial NOR flash. */
export const FLASH_DEFAULT: FlashGeometry = { sectorBytes: 4096, sectorCount: 64, unitBytes: 4 }

export interface FlashOptions {
  readonly geometry?: FlashGeometry
  /** What is on the chip; erased where nothing is given. */
  readonly image?: Uint8Array
  /** Called after every operation that changed cells, before the call returns or throws. */
  readonly persist?: (dirty: readonly DirtySector[]) => void
  /** A sector that was erased this often refuses the next erase. */
  readonly eraseLimit?: number
  /** Seed of everything that happens by chance. */
  readonly seed?: number
}

export interface DirtySector {
  readonly sector: number
  readonly bytes: Uint8Array
}

/** The whole state of a chip: cells, bits that decay, wear. */
export interface FlashSnapshot {
  readonly bytes: Uint8Array
  readonly weak: ReadonlyMap<number, WeakByte>
  readonly erases: readonly number[]
  readonly boots: number
}
/** The chip as the world holds it: everything the terminal cannot see or do. */
export interface FlashChip extends Flash {
  /** The cells as they are, without flicker. */
  image(): Uint8Array
  snapshot(): FlashSnapshot
  /** Puts the chip into that state, with the power on and nothing planned. */
  restore(snapshot: FlashSnapshot): void
  /** Sectors changed since the last call, for an owner that mirrors the chip. */
  takeDirty(): readonly DirtySector[]
  /** Erases of each sector so far. */
  erases(): readonly number[]
  /** Programs and erases so far, whatever became of them. */
  operations(): number
  programs(): number
  bytesProgrammed(): number
  /** Plans the next cut of the power; undefined: none. */
  cut(plan: Cut | undefined): void
  failures(plan: readonly Failure[]): void
  powered(): boolean
  powerOff(): void
  /** Power comes back: a new start of the terminal. */
  repower(): void
  /** Bit rot: turns the bits of `mask` in one byte over. */
  flip(address: number, mask: number): void
}

/**
 * 闪存: an emulated NOR flash chip. A program of a bit from 0 to 1 is silently not done (`old & new`).
 *
 * Throws `RangeError` for a call outside the contract (not aligned, over a sector's end): that is a bug of the
 * caller. Throws `PowerCut` when planned, and from then on until `repower()`.
 */
export function makeFlashChip(options: FlashOptions = {}): FlashChip {
  const geometry = options.geometry ?? FLASH_DEFAULT
  const { sectorBytes, sectorCount, unitBytes } = checked(geometry)
  const cells = new Cells(sectorBytes * sectorCount, makeRandom(options.seed ?? 1))
  cells.bytes.set((options.image ?? new Uint8Array(0)).subarray(0, cells.bytes.length))
  const dirty = new Set<number>()
  let erases: number[] = new Array(sectorCount).fill(0)
  let powered = true
  let operations = 0
  let programs = 0
  let bytesProgrammed = 0
  let cut: Cut | undefined
  let failures: readonly Failure[] = []

  function requirePower(): void {
    if (!powered) throw new PowerCut()
  }
  function powerOff(): never {
    powered = false
    cut = undefined
    throw new PowerCut()
  }
  function markDirty(sector: number): void {
    dirty.add(sector)
    options.persist?.([
      { sector, bytes: cells.bytes.slice(sector * sectorBytes, sector * sectorBytes + sectorBytes) },
    ])
  }
  /** One program or erase with everything that may befall it. */
  function operate(of: 'program' | 'erase', sector: number, wish: Wish): 'done' | 'failed' {
    requirePower()
    const operation = operations++
    const planned = cut?.operation === operation ? cut : undefined
    if (planned?.when === 'before') powerOff()
    if (of === 'erase') erases[sector] = (erases[sector] ?? 0) + 1
    if (planned?.when === 'inside') {
      cells.tear(planned.tear, wish)
      markDirty(sector)
      powerOff()
    }
    const worn = of === 'erase' && (erases[sector] ?? 0) > (options.eraseLimit ?? Infinity)
    const failure = failures.find(
      (f) =>
        f.of === of && operation >= f.from && operation < f.from + f.count && (f.sector ?? sector) === sector,
    )
    const effect = worn ? 'someBits' : failure === undefined ? 'all' : (failure.effect ?? 'someBits')
    if (effect === 'someBits') cells.tear({ kind: 'someBits' }, wish)
    else if (effect === 'all') cells.carryOut(wish)
    markDirty(sector)
    if (planned?.when === 'after') powerOff()
    return worn || (failure !== undefined && failure.silent !== true) ? 'failed' : 'done'
  }

  return {
    geometry: () => geometry,
    read(address, length) {
      requirePower()
      inside(address, length, cells.bytes.length)
      return cells.read(address, length)
    },
    program(address, bytes) {
      requirePower()
      inside(address, bytes.length, cells.bytes.length)
      const sector = Math.floor(address / sectorBytes)
      if (address % unitBytes !== 0 || bytes.length % unitBytes !== 0 || bytes.length === 0)
        throw new RangeError(
          `program of ${bytes.length} bytes at ${address}: not whole units of ${unitBytes}`,
        )
      if (address + bytes.length > (sector + 1) * sectorBytes)
        throw new RangeError(`program of ${bytes.length} bytes at ${address}: over the end of the sector`)
      programs++
      bytesProgrammed += bytes.length
      const data = bytes.slice()
      const mask = (i: number) => ~(data[i] ?? 0xff) & 0xff
      return operate('program', sector, { from: address, length: data.length, mask, target: 0 })
    },
    erase(sector) {
      requirePower()
      inside(sector, 1, sectorCount)
      const from = sector * sectorBytes
      return operate('erase', sector, { from, length: sectorBytes, mask: () => 0xff, target: 0xff })
    },
    image: () => cells.bytes.slice(),
    snapshot: () => ({
      bytes: cells.bytes.slice(),
      weak: new Map(cells.weak),
      erases: erases.slice(),
      boots: cells.boots,
    }),
    restore(snapshot) {
      cells.bytes.set(snapshot.bytes)
      cells.weak = new Map(snapshot.weak)
      erases = snapshot.erases.slice()
      cells.boots = snapshot.boots
      powered = true
      cut = undefined
      failures = []
    },
    takeDirty() {
      const sectors = [...dirty].map((sector) => ({
        sector,
        bytes: cells.bytes.slice(sector * sectorBytes, sector * sectorBytes + sectorBytes),
      }))
      dirty.clear()
      return sectors
    },
    erases: () => erases,
    operations: () => operations,
    programs: () => programs,
    bytesProgrammed: () => bytesProgrammed,
    cut(plan) {
      cut = plan
    },
    failures(plan) {
      failures = plan
    },
    powered: () => powered,
    powerOff() {
      powered = false
    },
    repower() {
      powered = true
      cells.boots++
    },
    flip(address, mask) {
      inside(address, 1, cells.bytes.length)
      cells.bytes[address] = (cells.bytes[address] ?? 0) ^ mask
      dirty.add(Math.floor(address / sectorBytes))
    },
  }
}

function inside(from: number, length: number, end: number): void {
  if (!Number.isInteger(from) || !Number.isInteger(length) || from < 0 || length < 0 || from + length > end)
    throw new RangeError(`${length} from ${from}: outside the chip`)
}

function checked(geometry: FlashGeometry): FlashGeometry {
  const { sectorBytes, sectorCount, unitBytes } = geometry
  if (![1, 2, 4, 8, 16, 32].includes(unitBytes))
    throw new RangeError('program unit: 1, 2, 4, 8, 16 or 32 bytes')
  if (sectorBytes < 1024 || sectorBytes > 65536 || (sectorBytes & (sectorBytes - 1)) !== 0)
    throw new RangeError('sector: 1 KiB to 64 KiB, a power of two')
  if (!Number.isInteger(sectorCount) || sectorCount < 1) throw new RangeError('sector count: at least 1')
  return geometry
}
