import { setTimeout } from 'node:timers/promises'
import { at, atMost, type BrokerName, type Run, type RunOptions, startRun, until } from './run.ts'

/** What a scenario is given. */
export interface Measuring {
  readonly terminals: number
  readonly broker: BrokerName
  /** How long `hold` holds. */
  readonly holdSeconds: number
  /** How often `download` measures each of its three. */
  readonly rounds: number
  /** Terminals that begin in a second in `far`; 0: all at once. */
  readonly perSecond: number
  /** Largest block, of service and terminals alike. */
  readonly blockBytes: number
}

/** One figure; `limit` is what the issue wants. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly limit?: string
}

export const WINDOW_BYTES = 65_536
/** What is not complete by then is counted as it stands. */
export const DOWNLOAD_MS = 1_800_000

export const figure = (name: string, value: number, unit: string, limit?: string): Figure => ({
  name,
  value,
  unit,
  ...(limit === undefined ? {} : { limit }),
})

/** Starts it, works with it, and ends all its processes. */
export async function running<Result>(
  options: RunOptions,
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const open = await startRun(options)
  try {
    return await work(open)
  } finally {
    await open.close()
  }
}

/** Until hellos are answered: what is measured begins in quiet. */
export async function settled(run: Run): Promise<void> {
  await until('all are known', 120_000, async () => {
    const { rows } = await run.store.terminals({ filter: 'online = no', limit: 1 })
    return rows.length === 0
  })
  await setTimeout(2_000)
}

/** Seconds in which the broker alone moves these bytes to each terminal, as fast as it goes. */
export function bareSeconds({ broker, terminals, blockBytes }: Measuring, bytes: number): Promise<number> {
  const generator = { mode: 'counts' as const, bytes }
  return running({ broker, terminals, generator, bare: { bytes, blockBytes } }, async (run) => {
    const startMs = Date.now()
    run.wake()
    await atMost(DOWNLOAD_MS, async () => (await run.state()).doneMs.length >= terminals)
    const { doneMs } = await run.state()
    return doneMs.length < terminals ? Number.NaN : (at(doneMs, 1) - startMs) / 1000
  })
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return at(
    [...values].sort((a, b) => a - b),
    0.5,
  )
}
