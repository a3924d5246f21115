import { TIMEOUT_MS_MAX } from '../../terminal/device/device.ts'
import type { Observer, Scheduler } from './ports.ts'

/** Thrown by every call to a device whose power is gone. */
export class PowerLost extends Error {
  override readonly name = 'PowerLost'
  constructor() {
    super('the power is gone')
  }
}

/** What the peripherals of one device share, from power on to power lost. */
export interface Bus {
  readonly observer: Observer
  readonly scheduler: Scheduler
  readonly alive: boolean
  /** As the scheduler's, but nothing fires once the power is gone. */
  after(ms: number, then: () => void): () => void
  /** Brings a changed picture to the screen; every waiting call begins with it. */
  show(): void
}

/**
 * The one wait that a peripheral may have pending. Whoever gets to it first (the event, the deadline, a cancel)
 * resolves it; the others then find nothing.
 */
export interface Wait<T> {
  readonly pending: boolean
  /** Starts to wait; `late` is the result at the deadline, at once for 0 ms. Throws RangeError beyond 600,000 ms. */
  begin(timeoutMs: number, late: T): Promise<T>
  /** Resolves the pending wait; false when there is none. */
  settle(result: T): boolean
}

/** `ended` runs in the event that ends a wait, whichever it is, before the result is given. */
export function makeWait<T>(bus: Bus, ended?: () => void): Wait<T> {
  let waiter: { resolve(result: T): void; disarm(): void } | undefined

  function settle(result: T): boolean {
    const found = waiter
    if (found === undefined) return false
    waiter = undefined
    found.disarm()
    ended?.()
    found.resolve(result)
    return true
  }

  return {
    get pending() {
      return waiter !== undefined
    },
    begin(timeoutMs, late) {
      checkTimeout(timeoutMs)
      if (timeoutMs === 0) return Promise.resolve(late)
      return new Promise((resolve) => {
        waiter = { resolve, disarm: bus.after(timeoutMs, () => settle(late)) }
      })
    },
    settle,
  }
}

/** Throws RangeError unless 0 to 600,000: what the contract allows no application to ask. */
export function checkTimeout(timeoutMs: unknown): void {
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0 && timeoutMs <= TIMEOUT_MS_MAX)) {
    throw new RangeError(`time-out: 0 to ${TIMEOUT_MS_MAX} ms, got ${timeoutMs}`)
  }
}

/** Throws RangeError unless a whole number from `min` to `max`. */
export function checkLength(what: string, length: number, min: number, max: number): void {
  if (!Number.isInteger(length) || length < min || length > max) {
    throw new RangeError(`${what}: ${min} to ${max}, got ${length}`)
  }
}
