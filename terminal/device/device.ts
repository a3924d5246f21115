import type { Charset } from './charset.ts'
import type { Clock } from './clock.ts'
import type { Display } from './display.ts'
import type { Flash } from './flash.ts'
import type { Inbox } from './inbox.ts'
import type { Info } from './info.ts'
import type { Keypad } from './keypad.ts'
import type { Link } from './link.ts'
import type { Printer } from './printer.ts'
import type { Reader } from './reader.ts'
import type { Secure } from './secure.ts'
import type { Slots } from './slots.ts'

/**
 * What a port gives the application, and all that the application knows of the world (docs/device.md).
 *
 * Rules for every peripheral:
 * - Instant things return their value; things that wait return a promise.
 * - What the world does (no card, no paper, no line) is a result with a `kind`. A rejected promise or a thrown
 *   error is a bug of the port, except that every call may throw once the power is gone.
 * - One waiter a peripheral: a second waiting call while one is pending resolves at once to `busy`.
 * - `cancel()` of a peripheral resolves its pending wait to `cancelled`; with nothing pending it does nothing.
 *   After a wait has resolved it never reports again.
 * - Time-outs are milliseconds of `clock.monotonicMs`, 0 to 600,000; 0 asks for what is there now.
 * - Bytes are `Uint8Array`s that the receiver may keep: neither side changes them after the call.
 */
export interface Device {
  readonly display: Display
  readonly keypad: Keypad
  readonly reader: Reader
  readonly secure: Secure
  readonly printer: Printer
  readonly flash: Flash
  readonly slots: Slots
  readonly link: Link
  readonly inbox: Inbox
  readonly clock: Clock
  readonly charset: Charset
  readonly info: Info
}

/** The longest time-out that a waiting call takes, in milliseconds. */
export const TIMEOUT_MS_MAX = 600_000
