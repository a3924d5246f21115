import type { AcquirerProfile } from '../host-link/wire/profile.ts'
import type { BatchNumber, Trace } from '../host-link/wire/values.ts'
import type { Device } from './device/device.ts'
import type { Setup } from './device/info.ts'
import type { Journal } from './journal/journal.ts'
import type { Functions } from './parameter/functions.ts'
import type { Parameters } from './parameter/table.ts'
import type { Locale } from './screen/text.ts'
import type { UpdateMemory } from './update/memory.ts'
import type { Updater } from './update/updater.ts'

/** All that a flow receives: one plain object, made once at start (`main.ts`). */
export interface Pos {
  readonly device: Device
  readonly journal: Journal
  readonly setup: Setup
  readonly profile: AcquirerProfile
  readonly parameters: Parameters
  readonly functions: Functions
  readonly session: Session
  /**
   * 远程下载, from the end of the start on; undefined where the set-up names no service, or the device takes no programs or
   * has no inbox.
   */
  update: Updater | undefined
}

/** What the terminal knows until its power is cut. Nothing here is owed to anybody: that is in the journal. */
export interface Session {
  locale: Locale
  /** 柜员: 1–98 cashier, 0 supervisor 主管, 99 administrator; undefined: nobody is logged on. */
  operator: number | undefined
  /** The working keys are those of today's sign-on 签到. */
  signedOn: boolean
  /** 自动签到 of a new day is to be made from idle; attempts at it that failed in a row, and when it may be tried again. */
  signOnDue: boolean
  signOnFailures: number
  nextSignOnMs: number
  /** The flash failed while something had to be kept: nothing is sold until a start finds it well. */
  storageFault: boolean
  /** Attempts at owed reversals that failed in a row. */
  reversalFailures: number
  /** Something is in doubt, for the icon 待冲正. Not while the transaction of now is still being answered. */
  inDoubt: boolean
  /** The line was dead when idle looked last. */
  lineWasDown: boolean
  /** When idle may try an owed reversal again, in monotonic milliseconds. */
  nextReversalMs: number
  /** Attempts at an interrupted settlement 结算 that failed in a row, and when idle may try again. */
  settlementFailures: number
  nextSettlementMs: number
  /** The batch that the host says it has closed: nothing more goes into it, it is to be settled. */
  batchRefused: BatchNumber | undefined
  /** Why the answer of this trace was not trusted: becomes the reason of its reversal. */
  readonly doubts: Map<Trace, string>
  /** Advices that the host declined since somebody was told: the operator hears of them at idle. */
  readonly rejected: Trace[]
  /** 服务信息: number of the newest message that the host says it has for us; 0 once they were fetched. */
  messageWaiting: number
  /** Frames passed over since start: unreadable, or for another trace, terminal, amount, batch or card. */
  strangeFrames: number
  /** The last sale that ended without a trusted answer: the same card and amount again asks first. */
  lastUnknown: { readonly pan: string; readonly amount: number } | undefined
  /** The entry whose missing slip the operator chose not to print now. */
  slipDeclined: Trace | undefined
  /** That slip waits for paper. */
  waitsForPaper: boolean
  /** From the first key or card until idle is back: nothing is downloaded meanwhile. */
  busy: boolean
  /** Exchanges with the host since start, those without a trusted answer, and of them those of a card. */
  readonly exchanges: { all: number; unknown: number; ofCard: number }
  /** What is known of 远程下载 besides what is kept. */
  readonly download: UpdateMemory
}

/** A case that the types say cannot be: fails to compile when a new outcome is forgotten. */
export function unreachable(never: never): never {
  throw new Error(`unreachable: ${JSON.stringify(never)}`)
}
