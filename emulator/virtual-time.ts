import type { Scheduler } from './device/ports.ts'

/** Time that stands still until somebody lets it pass: the same run gives the same events in the same order. */
export interface VirtualTime extends Scheduler {
  /** Lets `ms` pass: fires what falls due, in order of (time, order asked), and settles after each. */
  advance(ms: number): Promise<void>
  /** Lets time pass from event to event until `done` holds, at most `limitMs`; says whether it holds. */
  runUntil(done: () => boolean, limitMs: number): Promise<boolean>
  /** Lets time pass until nothing is due any more, at most `limitMs`; says whether it got there. */
  runUntilIdle(limitMs: number): Promise<boolean>
  /** Moves the wall clock alone, as a person or a time server would. */
  setWall(ms: number): void
  /** Events that are due some time. */
  readonly due: number
}

export interface VirtualTimeOptions {
  /** Local wall clock at the start, in milliseconds since 1970. */
  readonly wallMs: number
  /**
   * Resolves when all promise reactions that are ready have run: a macrotask of the host environment
   * (`setImmediate`, a message channel). Plain ECMAScript cannot know when that is.
   */
  settle(): Promise<void>
}

interface Event {
  readonly atMs: number
  readonly order: number
  fire: (() => void) | undefined
}

export function makeVirtualTime({ wallMs: wallStart, settle }: VirtualTimeOptions): VirtualTime {
  const heap: Event[] = []
  let nowMs = 0
  let wallOffset = wallStart
  let asked = 0
  let due = 0

  /** Fires the next event if it is due by `byMs`; false when there is none. */
  function fireNext(byMs: number): boolean {
    while (heap[0] !== undefined && heap[0].fire === undefined) pop(heap) // cancelled
    const next = heap[0]
    if (next === undefined || next.atMs > byMs) return false
    pop(heap)
    nowMs = Math.max(nowMs, next.atMs)
    const { fire } = next
    next.fire = undefined
    due--
    fire?.()
    return true
  }

  async function run(done: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = nowMs + limitMs
    await settle()
    while (!done()) {
      if (!fireNext(endMs)) {
        nowMs = Math.max(nowMs, endMs)
        return done()
      }
      await settle()
    }
    return true
  }

  return {
    monotonicMs: () => nowMs,
    wallMs: () => wallOffset + nowMs,
    after(ms, then) {
      if (!(ms >= 0)) throw new RangeError(`time: ${ms} ms from now`)
      const event: Event = { atMs: nowMs + ms, order: asked++, fire: then }
      push(heap, event)
      due++
      return () => {
        if (event.fire === undefined) return
        event.fire = undefined
        due--
      }
    },
    async advance(ms) {
      await run(() => false, ms)
    },
    runUntil: run,
    async runUntilIdle(limitMs) {
      return run(() => due === 0, limitMs)
    },
    setWall(ms) {
      wallOffset = ms - nowMs
    },
    get due() {
      return due
    },
  }
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function push(heap: Event[], event: Event): void {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || before(parent, event)) break
    heap[at] = parent
    at = above
  }
  heap[at] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    const right = heap[2 * at + 2]
    if (left === undefined) break
    const rightFirst = right !== undefined && before(right, left)
    const child = rightFirst ? right : left
    if (!before(child, last)) break
    heap[at] = child
    at = 2 * at + (rightFirst ? 2 : 1)
  }
  heap[at] = last
}
