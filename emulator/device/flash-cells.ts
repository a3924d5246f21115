import type { Tear } from './flash-faults.ts'

/** Bits of one byte that are not firm: from start number `wakes` on they read by chance, or as in `becomes`. */
export interface WeakByte {
  readonly mask: number
  readonly wakes: number
  readonly becomes?: number
}

/** What an operation wants of byte `i` of its range: the bits of `mask` to become those of `target`. */
export interface Wish {
  readonly from: number
  readonly length: number
  mask(i: number): number
  readonly target: number
}

/** The memory cells of a flash chip, with those that an interrupted operation left between 0 and 1. */
export class Cells {
  readonly bytes: Uint8Array
  weak = new Map<number, WeakByte>()
  /** Starts of the terminal so far. */
  boots = 0
  readonly #random: () => number

  constructor(length: number, random: () => number) {
    this.bytes = new Uint8Array(length).fill(0xff)
    this.#random = random
  }

  read(address: number, length: number): Uint8Array {
    const bytes = this.bytes.slice(address, address + length)
    if (this.weak.size === 0) return bytes
    for (let i = 0; i < length; i++) {
      const w = this.weak.get(address + i)
      if (w === undefined || this.boots < w.wakes) continue
      bytes[i] = ((bytes[i] ?? 0) & ~w.mask) | ((w.becomes ?? this.#random()) & w.mask)
    }
    return bytes
  }

  carryOut(wish: Wish): void {
    for (let i = 0; i < wish.length; i++) this.#set(wish.from + i, wish.mask(i), wish.target)
  }

  /** Carries a wish out as far as the power lasted. */
  tear(how: Tear, wish: Wish): void {
    for (let i = 0; i < wish.length; i++) {
      const address = wish.from + i
      const all = wish.mask(i)
      const moving = all & ((this.bytes[address] ?? 0) ^ wish.target)
      const later = this.boots + 2 // the next start still sees it quiet, the one after that no longer
      switch (how.kind) {
        case 'prefix':
          if (i < how.bytes) this.#set(address, all, wish.target)
          break
        case 'allButLast':
          if (i < wish.length - 1) this.#set(address, all, wish.target)
          break
        case 'someBits':
          this.#set(address, moving & this.#random(), wish.target)
          break
        case 'flicker':
          this.#weaken(address, { mask: moving, wakes: this.boots })
          break
        case 'looksUndone':
          this.#weaken(address, { mask: moving, wakes: later })
          break
        case 'looksDone':
          this.#set(address, moving, wish.target)
          this.#weaken(address, { mask: moving, wakes: later })
          break
        case 'appearsLater':
          this.#weaken(address, { mask: moving, wakes: later, becomes: wish.target })
          break
        case 'restAppearsLater':
          if (i < wish.length / 2) this.#set(address, all, wish.target)
          else this.#weaken(address, { mask: moving, wakes: later, becomes: wish.target })
          break
      }
    }
  }

  /** The bits of `mask` are as in `target` afterwards, and firm. */
  #set(address: number, mask: number, target: number): void {
    this.bytes[address] = ((this.bytes[address] ?? 0) & ~mask) | (target & mask)
    const old = this.weak.get(address)
    if (old === undefined) return
    const left = old.mask & ~mask
    if (left === 0) this.weak.delete(address)
    else this.weak.set(address, { ...old, mask: left })
  }

  #weaken(address: number, weak: WeakByte): void {
    const old = this.weak.get(address)
    if (weak.mask === 0) return
    if (old === undefined) this.weak.set(address, weak)
    else this.weak.set(address, { mask: weak.mask | old.mask, wakes: Math.min(weak.wakes, old.wakes) })
  }
}
