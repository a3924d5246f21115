/**
 * Three fields of the engine's `JSRuntime` that this build gives no function for, at their places in
 * quickjs-emscripten 0.32.0 release-sync (QuickJS 2025-09-13, wasm32). The package version is pinned; a runtime that
 * does not look like it is refused.
 */
const MALLOC_SIZE_AT = 20
const MALLOC_LIMIT_AT = 24
const GC_THRESHOLD_AT = 108
const STRIP_FLAGS_AT = 228
const GC_THRESHOLD_INITIAL = 262_144
const NO_LIMIT = 0xffff_ffff
const STRIP_SOURCE = 1

/** Allocations that may be added before the cycle collector looks again. */
const ALLOCATIONS_BETWEEN_COLLECTIONS = 2_000
/** What the engine counts for one allocation in this build, whatever its size. */
const COUNTED_BYTES = 8

export class RuntimeWords {
  readonly #words: Uint32Array
  readonly #runtime: number

  constructor(memory: ArrayBuffer, runtime: number) {
    this.#words = new Uint32Array(memory)
    this.#runtime = runtime
    const known =
      this.#at(MALLOC_LIMIT_AT) === NO_LIMIT &&
      this.#at(GC_THRESHOLD_AT) === GC_THRESHOLD_INITIAL &&
      this.#at(STRIP_FLAGS_AT) === 0
    if (!known) throw new Error('this is not the QuickJS of quickjs-emscripten 0.32.0 release-sync')
  }

  /** `JS_SetStripInfo(rt, JS_STRIP_SOURCE)`: functions keep no copy of their source, as on a device. */
  stripSource(): void {
    this.#words[(this.#runtime + STRIP_FLAGS_AT) >> 2] = STRIP_SOURCE
  }

  /**
   * `JS_SetGCThreshold`, in allocations: the engine starts at 256 KiB, which in this build means 32,768 live
   * allocations, several megabytes of cycles that nobody would collect before the heap is full.
   */
  collectSoon(): void {
    const at = (this.#runtime + GC_THRESHOLD_AT) >> 2
    const soon = this.#at(MALLOC_SIZE_AT) + ALLOCATIONS_BETWEEN_COLLECTIONS * COUNTED_BYTES
    if (this.#at(GC_THRESHOLD_AT) > soon) this.#words[at] = soon
  }

  /**
   * The binding's `getOwnPropertyNames` allocates its list outside the engine's count and frees it inside: each call
   * takes one allocation off the count, which would pass zero after some thousand calls, and the collector would then
   * run at every allocation. This puts it back.
   */
  creditNameList(): void {
    const at = (this.#runtime + MALLOC_SIZE_AT) >> 2
    this.#words[at] = this.#at(MALLOC_SIZE_AT) + COUNTED_BYTES
  }

  #at(offset: number): number {
    return this.#words[(this.#runtime + offset) >> 2] ?? 0
  }
}
