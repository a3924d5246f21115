/** Somebody's wish that a program ends. */
export interface Interruption {
  /** Resolves at the first Ctrl-C or wish to end; the second one ends the process at once. */
  readonly asked: Promise<void>
  /** No longer waits for it, and no longer keeps the process alive. */
  release(): void
}

const DAY_MS = 86_400_000

/** Waits for the wish to end. Until then, or until it is released, the process lives, also without anything else to do. */
export function interruption(): Interruption {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const alive = setInterval(() => undefined, DAY_MS) // a listener for a signal keeps no process alive
  let release = (): void => undefined
  const asked = new Promise<void>((resolve) => {
    for (const signal of signals) process.once(signal, resolve)
    release = () => {
      clearInterval(alive)
      for (const signal of signals) process.off(signal, resolve)
    }
  })
  return { asked, release: () => release() }
}

/** Resolves at the first Ctrl-C or wish to end. */
export async function interrupted(): Promise<void> {
  const { asked, release } = interruption()
  await asked
  release()
}
