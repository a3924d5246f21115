import { TRACE_MAX } from '../../host-link/wire/values.ts'

/** Trace numbers that share one bit, and bits a sector: a batch of 8,192 numbers has every bit to itself. */
const BLOCK = 32
const BLOCKS = 256
const WORDS = BLOCKS / 32
const EMPTY = 0xffffffff

/**
 * Which trace numbers of the open batch each sector may hold records of, so that a look for some of them reads a few
 * sectors and not the log. 40 bytes a sector, taken once. Numbers are counted from the one before the batch began
 * (`offset`): they ascend, and go around at `TRACE_MAX`.
 */
export class TraceIndex {
  readonly #low: Uint32Array
  readonly #high: Uint32Array
  readonly #blocks: Uint32Array
  #origin = 0

  constructor(sectorCount: number) {
    this.#low = new Uint32Array(sectorCount).fill(EMPTY)
    this.#high = new Uint32Array(sectorCount)
    this.#blocks = new Uint32Array(sectorCount * WORDS)
  }

  /** A batch begins after trace number `origin`; nothing is held. */
  begin(origin: number): void {
    this.#origin = origin
    this.#low.fill(EMPTY)
    this.#high.fill(0)
    this.#blocks.fill(0)
  }

  /** 0 for the first number of the batch, up to `TRACE_MAX` − 1. */
  offset(trace: number): number {
    return (trace - this.#origin - 1 + 2 * TRACE_MAX) % TRACE_MAX
  }

  /** The sector was erased. */
  clear(sector: number): void {
    this.#low[sector] = EMPTY
    this.#high[sector] = 0
    this.#blocks.fill(0, sector * WORDS, (sector + 1) * WORDS)
  }

  /** The sector holds a record about `trace`. */
  add(sector: number, trace: number): void {
    const at = this.offset(trace)
    if (at < (this.#low[sector] as number)) this.#low[sector] = at
    if (at > (this.#high[sector] as number)) this.#high[sector] = at
    const block = Math.floor(at / BLOCK) % BLOCKS
    const word = sector * WORDS + (block >> 5)
    this.#blocks[word] = (this.#blocks[word] as number) | (1 << (block & 31))
  }

  /** False only when the sector holds nothing about offsets [from, to). */
  mayHold(sector: number, from: number, to: number): boolean {
    if ((this.#low[sector] as number) >= to || (this.#high[sector] as number) < from) return false
    const last = Math.floor((to - 1) / BLOCK)
    for (let at = Math.floor(from / BLOCK); at <= last; at++) {
      const block = at % BLOCKS
      if (((this.#blocks[sector * WORDS + (block >> 5)] as number) >>> (block & 31)) & 1) return true
    }
    return false
  }

  /** The same for one trace number. */
  mayHoldTrace(sector: number, trace: number): boolean {
    const at = this.offset(trace)
    return this.mayHold(sector, at, at + 1)
  }

  /** No offset from `from` on that the sector holds is lower than this; `Infinity` when it holds none. */
  least(sector: number, from: number): number {
    const low = this.#low[sector] as number
    if (low >= from) return low === EMPTY ? Infinity : low
    return (this.#high[sector] as number) >= from ? from : Infinity
  }
}
