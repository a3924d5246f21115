import type { AuditRecord, RowFault, StationView, TerminalRow } from '../station.ts'
import type { Why } from '../why.ts'

/**
 * What the page asks the station's server for, below `api/`. Questions are GET; everything that changes something is
 * POST from the same origin with the session's cookie. What is secret (a passphrase, a component, an identity file) is
 * never JSON: it is sealed to a key of the server that opens one secret (`seal.ts`). Times are milliseconds since 1970.
 */

/** `state`. */
export interface StateAnswer {
  readonly nowMs: number
  readonly view: StationView
  /** Terminals that were loaded in the last minute. */
  readonly perMinute: number
  /** Changes with every change of the station. */
  readonly revision: number
}

/** `terminals`: every key of every terminal. */
export interface TerminalsAnswer {
  readonly terminals: readonly TerminalRow[]
}

/** `audit`: the newest records first, at most `AUDIT_SHOWN_MAX`. */
export interface AuditAnswer {
  readonly total: number
  readonly records: readonly AuditRecord[]
}
export const AUDIT_SHOWN_MAX = 500

/** `seal`: a public key for one secret, in hexadecimal digits. */
export interface SealAnswer {
  readonly key: string
}

/** Every success of a POST. */
export interface DoneAnswer {
  /** Of a component, or of the key that its last component made. */
  readonly checkValue?: string
  /** Terminals of a list that are new, and that were there already. */
  readonly added?: number
  readonly known?: number
  /** The file for the host, and how many keys are in it. */
  readonly json?: string
  readonly keys?: number
  /** What counts as printed now: these labels are to be printed, and no others. */
  readonly labels?: readonly TerminalRow[]
}

/** Every answer that is no success. */
export interface Refusal {
  /** One sentence for a person. */
  readonly error: string
  /** Of the station: the page has its own words to it. */
  readonly why?: Why
  readonly detail?: string
  /** Of a list that is refused, the first ones. */
  readonly faults?: readonly RowFault[]
}
export const FAULTS_SHOWN_MAX = 20
