import { WAITING } from '../../host-link/wire/tms/codes.ts'
import type { OrderPolicy } from '../../host-link/wire/tms/order.ts'
import type { ReleaseManifest } from '../../host-link/wire/tms/release.ts'

/** 安全点: what a moment looks like to whoever would replace the program. */
export interface Moment {
  /** Somebody is at it: a transaction, a menu, a question. */
  readonly busy: boolean
  /** Reversals, advices, confirmations and doubts that the host has not settled, or a settlement half done. */
  readonly owed: boolean
  /** A slip is still to come out. */
  readonly slipDue: boolean
  /** Entries of the open batch. */
  readonly entries: number
  /** The policy lets the batch stay open, and the new program reads and writes the journal as this one does. */
  readonly mayStayOpen: boolean
  /** Not before this: `earliest` of the order has not come. */
  readonly early: boolean
  /** No window is given, or the terminal's clock is in it. */
  readonly inWindow: boolean
  /** Straight after a settlement, or right after start: these need no window. */
  readonly opportune: boolean
  /** It may begin, and settle at the deadline, by itself: nobody has to agree. */
  readonly automatic: boolean
  /** What the merchant chose at the last prompt, while it counts; `asked`: nothing, and is not to be asked again yet. */
  readonly choice: 'now' | 'settled' | 'later' | 'asked' | undefined
  /** 截止时间 has passed: nobody is asked any more. */
  readonly overdue: boolean
}

/** What the activation waits for now, as bits of `WAITING`; 0: it may be now. `power` never: no device tells of a battery. */
export function waitingFor(moment: Moment): number {
  const { choice, overdue } = moment
  const free = overdue || moment.opportune || choice === 'now' || choice === 'settled'
  return (
    (moment.entries > 0 && !moment.mayStayOpen ? WAITING.batch : 0) |
    (moment.early || !(free || moment.inWindow) ? WAITING.window : 0) |
    (moment.busy ? WAITING.transaction : 0) |
    (moment.owed ? WAITING.owed : 0) |
    ((choice === 'later' && !overdue) || (choice === 'settled' && moment.entries > 0 && !overdue)
      ? WAITING.deferred
      : 0) |
    (moment.slipDue ? WAITING.paper : 0)
  )
}

/**
 * `wait`: nothing now. `offer`: the merchant is asked, and nothing happens by itself. `install`: it begins unless somebody
 * stops it. `settle`: the same, with the batch settled first. `go`: at once, the merchant has said so.
 */
export type Step = 'wait' | 'offer' | 'install' | 'settle' | 'go'

/** What is to be done about a program that is ready. A batch is never passed over: it is settled or waited for. */
export function stepAt(moment: Moment): Step {
  const waits = waitingFor(moment)
  if ((waits & ~WAITING.batch) !== 0) return 'wait'
  const asks = moment.choice === 'asked' ? 'wait' : 'offer'
  if (moment.overdue && waits === 0) return 'install'
  if (moment.overdue && moment.automatic) return 'settle'
  if (moment.choice === 'now') return waits === 0 ? 'go' : 'settle'
  if (waits === 0 && moment.choice === 'settled') return 'go'
  if (waits === 0 && moment.automatic) return 'install'
  return asks
}

/** Whether `minute` of the day is in the window; from = to is the whole day, and a window may pass midnight. */
export function inWindow(minute: number, from: number, to: number): boolean {
  if (from === to) return true
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

/** Of what order and release say the stricter: the later `earliest`, the earlier `deadline` (0: none). */
export function stricter(order: OrderPolicy, release: ReleaseManifest['policy'] | undefined): OrderPolicy {
  if (release === undefined) return order
  const deadlines = [order.deadline, release.deadline].filter((each) => each > 0)
  return {
    ...order,
    earliest: Math.max(order.earliest, release.earliest),
    deadline: deadlines.length > 0 ? Math.min(...deadlines) : 0,
  }
}
