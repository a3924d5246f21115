import type { MasterAlgorithm } from '../../keys/store/slot-report.ts'
import type { HostTime } from './ledger.ts'

/** What may be told of one master key 主密钥: no secret. */
export interface KeyNote {
  readonly algorithm: MasterAlgorithm
  /** Three bytes of its zero encryption, as six hex digits. */
  readonly checkValue: string
  /** Where it came from: the provisioning file, an injection station's export, remote loading. */
  readonly source: 'provisioning' | 'station' | 'remote'
  /** Host time at which the books took it; of an injected key, the station's time of its loading as the host's. */
  readonly at: HostTime
  /** 16 hex digits of the loading that brought it. */
  readonly transaction?: string
  /** Who ordered or imported it. */
  readonly by?: string
}

/**
 * The master keys of one terminal. `current` is the one that the next sign-on 签到 uses. `previous` is kept until the
 * terminal has shown that it uses `current`. `pending` was sent to it, and nothing is known of it yet.
 */
export interface MasterKeys {
  /** The keys themselves, sealed (`master-keys.ts`). */
  readonly sealed: Uint8Array
  /** Check value of the provisioning file's key when these came: a file that was changed since is the newer truth. */
  readonly provisioned: string
  readonly current: KeyNote
  readonly previous: KeyNote | undefined
  readonly pending: KeyNote | undefined
}

/** That a terminal is to get a new master key over the line. */
export interface KeyOrder {
  readonly by: string
  readonly at: HostTime
}

// biome-ignore format: one row an event
export const KEY_EVENTS = [
  'ordered',    // somebody ordered a loading
  'withdrawn',  // and took the order back
  'sent',       // a fresh key is on its way
  'proven',     // the terminal has it: it is the current one
  'confirmed',  // the terminal uses it: the one before is gone
  'failed',     // the terminal did not take it, or proved another one
  'lost',       // the terminal no longer has what it proved: back to the key before
  'imported',   // from an injection station's export
] as const
export type KeyEventName = (typeof KEY_EVENTS)[number]

/** One line of the record of key loadings; never changed, never deleted. */
export interface KeyEvent {
  readonly terminalId: string
  readonly serial: string
  readonly event: KeyEventName
  readonly at: HostTime
  readonly by: string | undefined
  readonly checkValue: string | undefined
  readonly transaction: string | undefined
  /** Why it failed; of an imported key, `proven` where its terminal has not confirmed it. */
  readonly why: string | undefined
}

/** All master keys of a store, for a list. */
export interface TerminalKeys extends Omit<MasterKeys, 'sealed'> {
  readonly terminalId: string
}
