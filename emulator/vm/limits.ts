/**
 * Stack that QuickJS may use, in bytes, per host. The engine's stack is laid upon the host's own, so a limit
 * above what the host carries would let an endless recursion of the guest end as a RangeError of the host, with
 * the instance in an unknown state. Measured for this build, in bytes that still held on Node's main thread:
 * calls 320 KiB, JSON.parse 128 KiB, JSON.stringify 80 KiB, the parser on nested source 32 KiB; a worker of a
 * browser carries about half. `test/emulator/vm/stack.test.ts` holds the constants.
 */
export const STACK_BYTES = {
  /** Main thread of Node or of a page, our own bundle only. */
  mainThread: 64 * 1024,
  /** The same with source that somebody else wrote: the parser recurses deepest. */
  mainThreadHostile: 32 * 1024,
  /** Worker of Node with `resourceLimits: { stackSizeMb: NODE_WORKER_STACK_MB }`; hostile source, too. */
  nodeWorker: 256 * 1024,
  /** Web Worker of a browser, our own bundle only. */
  webWorker: 32 * 1024,
} as const

/** What the engine can be told at all: less does not boot, more is more than its own stack. */
export const STACK_BYTES_MIN = 16 * 1024
export const STACK_BYTES_MAX = 1024 * 1024

/** `resourceLimits.stackSizeMb` that `STACK_BYTES.nodeWorker` rests on. */
export const NODE_WORKER_STACK_MB = 8

/** Heap of the application, in bytes: twice the 1 MiB of the device class it is meant for. */
export const MEMORY_BYTES = 2 * 1024 * 1024

/**
 * How far below the limit an allocation may already be refused, in bytes, besides its own size: the allocator asks
 * for whole pages of 4 KiB and keeps a page for itself. Above the limit nothing is ever given: the slack there is 0.
 */
export const MEMORY_SLACK_BYTES = 8 * 1024

/**
 * Calls of the engine's interrupt handler in one entry (an answer of the device and all jobs it sets off). The
 * engine calls it every 10,000 loop ends and function calls; 20 to 40 calls are a millisecond of a desktop
 * computer. Counted, not timed, so that a run ends at the same instruction on every machine.
 */
export const INTERRUPT_BUDGET = 20_000

/** What one argument or result may hold when it crosses between guest and host. */
export const CROSSING_MAX = { depth: 8, items: 20_000, bytes: 256 * 1024 } as const
