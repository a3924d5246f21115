import { lastEnded } from '../clearing/business-day.ts'
import type { HostTime } from '../ledger.ts'
import { dashed } from './clearing.ts'
import type { ClearingDatabase } from './clearing-database.ts'
import { keptLate } from './clearing-late.ts'
import { causeOf } from './host-error.ts'

export interface ClearingTimerOptions {
  readonly database: ClearingDatabase
  readonly cutOver: string
  readonly now: () => HostTime
  /** Clears one date; rejects with a sentence. */
  readonly clear: (date: string) => Promise<unknown>
  /** How often it looks whether a day has ended. */
  readonly everyMs?: number
  readonly log: (line: string) => void
}

const EVERY_MS = 60_000
/** Looks after a failure again only then. */
const AGAIN_TURNS = 10

/**
 * Business dates up to the last that has ended which have entries and were not cleared, in order: of a host that slept
 * over some days all of them.
 */
export async function datesDue(
  database: ClearingDatabase,
  cutOver: string,
  now: HostTime,
): Promise<readonly string[]> {
  const last = lastEnded(now, cutOver)
  const done = await database.kept((own) => own.query('SELECT business_date FROM clearing_run'))
  const cleared = new Set((done ?? []).map(([date]) => String(date)))
  return database.reading(async (books) => {
    const due: string[] = []
    // One step of the index for each date: the ledger is not read through.
    let date = ''
    for (;;) {
      const [row] = await books.query(
        'SELECT min(business_date) FROM ledger WHERE business_date > ? AND business_date <= ?',
        [date, last],
      )
      if (row?.[0] === null || row === undefined) return due
      date = String(row[0])
      if (!cleared.has(date)) due.push(date)
    }
  })
}

/** ` with 2 late entries of 2026-11-21`, where it took some. */
async function lateText(database: ClearingDatabase, date: string): Promise<string> {
  const late = ((await database.kept(keptLate)) ?? []).filter(({ clearedOn }) => clearedOn === date)
  if (late.length === 0) return ''
  const dates = [...new Set(late.map(({ businessDate }) => dashed(businessDate)))].sort()
  return ` with ${late.length} late ${late.length === 1 ? 'entry' : 'entries'} of ${dates.join(', ')}`
}

/**
 * Clears every day soon after its cut-over, until it is stopped. A day that cannot be cleared is told, and tried again
 * later; the days after it are cleared all the same.
 */
export function startClearingTimer(options: ClearingTimerOptions): { stop(): Promise<void> } {
  const { database, cutOver, now, log, everyMs = EVERY_MS } = options
  let stopped = false
  let pause = 0
  let timer: NodeJS.Timeout | undefined
  const round = async (): Promise<void> => {
    if (pause > 0) {
      pause -= 1
      return
    }
    try {
      for (const date of await datesDue(database, cutOver, now())) {
        if (stopped) return
        await options.clear(date).then(
          async () => log(`cleared ${dashed(date)}${await lateText(database, date)}`),
          (error: unknown) => {
            pause = AGAIN_TURNS
            log(`clearing: ${causeOf(error)}`)
          },
        )
      }
    } catch (error) {
      pause = AGAIN_TURNS
      log(`clearing: ${causeOf(error)}`)
    }
  }
  let running = Promise.resolve()
  const turn = (): void => {
    running = round().then(() => {
      if (!stopped) timer = setTimeout(turn, everyMs)
    })
  }
  turn()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
