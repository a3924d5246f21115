import type { ClearingDatabase } from './clearing-database.ts'
import { noteDelivery, type Taken, takeDue } from './clearing-notice.ts'
import { causeOf } from './host-error.ts'

export interface DeliveryOptions {
  readonly database: ClearingDatabase
  /** Where notices go, by POST. */
  readonly url: string
  /** How long the other side may take for one. */
  readonly timeoutMs?: number
  /** The first pause after a failure; it doubles up to `pauseMaxMs`. */
  readonly pauseMs?: number
  readonly pauseMaxMs?: number
  /** How often the outbox is looked at. */
  readonly everyMs?: number
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number
  readonly warn?: (line: string) => void
}

const AT_ONCE = 8
const TIMEOUT_MS = 10_000
const PAUSE_MS = 5_000
const PAUSE_MAX_MS = 3_600_000
const EVERY_MS = 5_000

/**
 * Delivers what is due, each at least once 至少一次: a notice leaves the outbox only when the other side has answered 2xx
 * and that is durable. Between the two anything may die, so the other side can see one twice, with the same
 * `Idempotency-Key`. Never gives one up: after a failure it waits longer each time. Resolves to how many were tried.
 */
export async function deliverDue(options: DeliveryOptions): Promise<number> {
  const { database, timeoutMs = TIMEOUT_MS, nowMs = Date.now } = options
  const now = nowMs()
  const taken = await database.writing((own) => takeDue(own, now, now + 2 * timeoutMs, AT_ONCE))
  await Promise.all(
    taken.map(async (notice) => {
      const fault = await post(options.url, notice, timeoutMs)
      const outcome =
        fault === undefined
          ? { deliveredAtMs: nowMs() }
          : { nextAtMs: nowMs() + pauseMs(notice.attempts, options), fault }
      await database.writing((own) => noteDelivery(own, notice, outcome))
    }),
  )
  return taken.length
}

/** Pause after the so-manieth failure, from 0. */
export function pauseMs(
  attempts: number,
  { pauseMs = PAUSE_MS, pauseMaxMs = PAUSE_MAX_MS }: Pick<DeliveryOptions, 'pauseMs' | 'pauseMaxMs'>,
): number {
  return Math.min(pauseMaxMs, pauseMs * 2 ** Math.min(attempts, 30))
}

/** Undefined when the other side has taken it, else why not. */
async function post(url: string, { id, body }: Taken, timeoutMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Idempotency-Key': id },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await answer.body?.cancel()
    return answer.ok ? undefined : `answered ${answer.status}`
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
    return causeOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
  }
}

export interface Delivery {
  /** Waits for what is under way. */
  stop(): Promise<void>
}

/** Looks at the outbox again and again until it is stopped. A fault is told once, until it goes well again. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { everyMs = EVERY_MS, warn = () => {} } = options
  let stopped = false
  let told = false
  let timer: NodeJS.Timeout | undefined
  const round = async (): Promise<void> => {
    try {
      while (!stopped && (await deliverDue(options)) > 0);
      told = false
    } catch (error) {
      if (!told) warn(`notices: ${causeOf(error)}`)
      told = true
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
