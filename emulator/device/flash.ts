import type { Flash, FlashGeometry } from '../../terminal/device/flash.ts'
import { type Cut, type Failure, makeRandom, PowerCut, type Tear } from './flash-faults.ts'

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
interface WeakByte {
  readonly mask: number
  /** From this start on the bits of `mask` read by chance. */
  readonly wakes: number
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
  const cells = new Uint8Array(sectorBytes * sectorCount).fill(0xff)
  cells.set((options.image ?? new Uint8Array(0)).subarray(0, cells.length))
  const random = makeRandom(options.seed ?? 1)
  const dirty = new Set<number>()
  let weak = new Map<number, WeakByte>()
  let erases: number[] = new Array(sectorCount).fill(0)
  let boots = 0
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
      { sector, bytes: cells.slice(sector * sectorBytes, sector * sectorBytes + sectorBytes) },
    ])
  }
  /** Turns the bits of `mask` to what `target` says; they are firm afterwards. */
  function setBits(address: number, mask: number, target: number): void {
    cells[address] = ((cells[address] ?? 0) & ~mask) | (target & mask)
    const old = weak.get(address)
    if (old === undefined) return
    const left = old.mask & ~mask
    if (left === 0) weak.delete(address)
    else weak.set(address, { mask: left, wakes: old.wakes })
  }
  function weaken(address: number, mask: number, wakes: number): void {
    const old = weak.get(address)
    if (mask !== 0)
      weak.set(address, { mask: mask | (old?.mask ?? 0), wakes: Math.min(wakes, old?.wakes ?? wakes) })
  }
  /** Carries `target` out on `mask(i)` of each byte, as far as the power lasted. */
  function tear(
    how: Tear,
    from: number,
    length: number,
    mask: (i: number) => number,
    target: (i: number) => number,
  ): void {
    for (let i = 0; i < length; i++) {
      const address = from + i
      const bits = mask(i)
      const moving = bits & ((cells[address] ?? 0) ^ target(i))
      const after = boots + 2 // the next start still sees it quiet, the one after that no longer
      if (how.kind === 'prefix' || how.kind === 'allButLast') {
        if (i < (how.kind === 'prefix' ? how.bytes : length - 1)) setBits(address, bits, target(i))
      } else if (how.kind === 'someBits') {
        setBits(address, moving & random(), target(i))
      } else {
        if (how.kind === 'looksDone') setBits(address, moving, target(i))
        weaken(address, moving, how.kind === 'flicker' ? boots : after)
      }
    }
  }

  /** One program or erase with everything that may befall it. */
  function operate(
    of: 'program' | 'erase',
    sector: number,
    from: number,
    length: number,
    mask: (i: number) => number,
    target: (i: number) => number,
  ): 'done' | 'failed' {
    requirePower()
    const operation = operations++
    const planned = cut?.operation === operation ? cut : undefined
    if (planned?.when === 'before') powerOff()
    if (of === 'erase') erases[sector] = (erases[sector] ?? 0) + 1
    if (planned?.when === 'inside') {
      tear(planned.tear, from, length, mask, target)
      markDirty(sector)
      powerOff()
    }
    const worn = of === 'erase' && (erases[sector] ?? 0) > (options.eraseLimit ?? Infinity)
    const failure = failures.find(
      (f) =>
        f.of === of && operation >= f.from && operation < f.from + f.count && (f.sector ?? sector) === sector,
    )
    const effect = worn ? 'someBits' : failure === undefined ? 'all' : (failure.effect ?? 'someBits')
    if (effect === 'someBits') tear({ kind: 'someBits' }, from, length, mask, target)
    else if (effect === 'all') for (let i = 0; i < length; i++) setBits(from + i, mask(i), target(i))
    markDirty(sector)
    if (planned?.when === 'after') powerOff()
    return worn || (failure !== undefined && failure.silent !== true) ? 'failed' : 'done'
  }

  return {
    geometry: () => geometry,
    read(address, length) {
      requirePower()
      inside(address, length, cells.length)
      const bytes = cells.slice(address, address + length)
      for (let i = 0; weak.size > 0 && i < length; i++) {
        const w = weak.get(address + i)
        if (w !== undefined && boots >= w.wakes) bytes[i] = ((bytes[i] ?? 0) & ~w.mask) | (random() & w.mask)
      }
      return bytes
    },
    program(address, bytes) {
      requirePower()
      inside(address, bytes.length, cells.length)
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
      return operate(
        'program',
        sector,
        address,
        data.length,
        (i) => ~(data[i] ?? 0xff) & 0xff,
        () => 0,
      )
    },
    erase(sector) {
      requirePower()
      inside(sector, 1, sectorCount)
      return operate(
        'erase',
        sector,
        sector * sectorBytes,
        sectorBytes,
        () => 0xff,
        () => 0xff,
      )
    },
    image: () => cells.slice(),
    snapshot: () => ({ bytes: cells.slice(), weak: new Map(weak), erases: erases.slice(), boots }),
    restore(snapshot) {
      cells.set(snapshot.bytes)
      weak = new Map(snapshot.weak)
      erases = snapshot.erases.slice()
      boots = snapshot.boots
      powered = true
      cut = undefined
      failures = []
    },
    takeDirty() {
      const sectors = [...dirty].map((sector) => ({
        sector,
        bytes: cells.slice(sector * sectorBytes, sector * sectorBytes + sectorBytes),
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
      boots++
    },
    flip(address, mask) {
      inside(address, 1, cells.length)
      cells[address] = (cells[address] ?? 0) ^ mask
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
