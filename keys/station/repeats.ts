const MINUTE_MS = 60_000
/** Of more than these the counts are written down at once. */
const KINDS_MAX = 1000

/** What a terminal can make happen as often as it likes, and what must not fill the audit. */
export interface Repeats {
  /**
   * Calls `write` the first time, and then once a minute for what was of the same kind since, with how many they were:
   * `undefined` for one.
   */
  record(kind: string, write: (count: number | undefined) => void): void
  /** Writes what was counted and has no record yet. */
  settle(): void
}

interface Held {
  readonly ms: number
  readonly write: (count: number | undefined) => void
  more: number
}

export function repeats(nowMs: () => number): Repeats {
  const kinds = new Map<string, Held>()

  function settle(): void {
    const held = [...kinds.values()]
    kinds.clear()
    for (const { more, write } of held) if (more > 0) write(more === 1 ? undefined : more)
  }

  return {
    settle,
    record(kind, write) {
      const now = nowMs()
      const before = kinds.get(kind)
      const age = before === undefined ? MINUTE_MS : now - before.ms
      if (before !== undefined && age >= 0 && age < MINUTE_MS) {
        before.more++
        return
      }
      if (kinds.size >= KINDS_MAX) settle()
      write(before === undefined || before.more === 0 ? undefined : before.more + 1)
      kinds.set(kind, { ms: now, write, more: 0 })
    },
  }
}
