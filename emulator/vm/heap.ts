/**
 * The heap of one QuickJS instance, in real bytes.
 *
 * The engine's own limit (`JS_SetMemoryLimit`) does not hold in WebAssembly: `malloc_usable_size` is absent there,
 * so the engine counts 8 bytes for every allocation whatever its size (justjake/quickjs-emscripten issues 255 and
 * 271; `test/emulator/vm/memory.test.ts` shows it). Therefore the limit is laid upon the allocator: the linear
 * memory has a fixed size, and one block that is never used (the ballast) takes all of it but the limit. When the
 * rest is used up, the allocator asks the host for more, and the host ends the guest.
 */

/** Part of the module that the heap needs. */
export interface Allocator {
  _malloc(bytes: number): number
}

export interface HeapUse {
  /** Bytes of all blocks in use now, with the allocator's headers. */
  readonly used: number
  /** The most that the allocator ever took, in steps of 4 KiB: blocks in use and the holes between them. */
  readonly peak: number
}

const PAGE_BYTES = 65_536
/** The build imports a memory of at least 16 MiB, of which 5.1 MiB are C stack and tables. */
const PAGES_MIN = 256
const BELOW_HEAP_PAGES = 84
const LIMIT_BYTES_MAX = 256 * 1024 * 1024

// dlmalloc 2.8: a chunk is { size of the one before, own size | flags }, data from byte 8; the last header of the
// heap has the size 40 and no flag, which no other chunk can have.
const HEADER_BYTES = 8
const IN_USE = 2
const FLAGS = 7
const LAST_HEADER = 40

/** Pages of linear memory for a heap of `limitBytes`. RangeError when the limit is not 128 KiB to 256 MiB. */
export function pagesFor(limitBytes: number): number {
  if (!Number.isInteger(limitBytes) || limitBytes < 2 * PAGE_BYTES || limitBytes > LIMIT_BYTES_MAX) {
    throw new RangeError(`memory limit of ${limitBytes} bytes: wants 131072 to ${LIMIT_BYTES_MAX}`)
  }
  return Math.max(PAGES_MIN, BELOW_HEAP_PAGES + Math.ceil(limitBytes / PAGE_BYTES))
}

export class Heap {
  readonly #words: Uint32Array
  readonly #start: number

  /** Takes the ballast. Nothing may have been allocated before. */
  constructor(allocator: Allocator, memory: ArrayBuffer, limitBytes: number) {
    this.#words = new Uint32Array(memory)
    const first = allocator._malloc(1)
    const ballast = allocator._malloc(memory.byteLength - limitBytes - first - HEADER_BYTES)
    this.#start = ballast - HEADER_BYTES + this.#sizeAt(ballast - HEADER_BYTES)
  }

  use(): HeapUse {
    let used = 0
    let chunk = this.#start
    for (;;) {
      const head = this.#head(chunk)
      if (head === LAST_HEADER) return { used, peak: chunk + LAST_HEADER - this.#start }
      const size = head & ~FLAGS
      if (size === 0) throw new Error(`no chunk at ${chunk}: not the allocator of this build`)
      if ((head & IN_USE) !== 0) used += size
      chunk += size
    }
  }

  #sizeAt(chunk: number): number {
    return this.#head(chunk) & ~FLAGS
  }

  #head(chunk: number): number {
    return this.#words[(chunk + 4) >> 2] ?? 0
  }
}
