import type { Session } from '../../host-link/channel/channel-end.ts'
import type { CipherName } from '../block-cipher.ts'
import type { Why } from './why.ts'

export type Role = 'custodian' | 'operator'
/** What a master key of a terminal is for: a cipher that its secure element has working keys of. */
export type MasterAlgorithm = 'TDES' | 'SM4'
/** What the key-encrypting key of the station can be. `AES` is of 32 bytes, `TDES` of 16 or 24. */
export type ZmkAlgorithm = Extract<CipherName, 'AES' | 'TDES'>

/**
 * Who is behind an order, and their passphrase at this moment, UTF-8: that somebody is logged in does not say who types.
 * Each is counted as an attempt, as at the log-in, and overwritten.
 */
export interface Proof {
  readonly name: string
  readonly passphrase: Uint8Array
}

/** What came of an order. `detail` is one sentence for a person and never tells a secret. */
export type Done<Result = object> = ({ readonly kind: 'ok' } & Result) | Refused
export interface Refused {
  readonly kind: 'refused'
  readonly why: Why
  readonly detail?: string
}

/** `new`: fewer than two people are enrolled. `closed`: fewer than two are logged in. `open`: two or more are. */
export type StationState = 'new' | 'closed' | 'open'

export interface PersonView {
  readonly name: string
  readonly role: Role
  readonly loggedIn: boolean
  /** Wrong passphrases since the last right one. */
  readonly failures: number
  /** Milliseconds since 1970; absent: not locked. */
  readonly lockedUntilMs?: number
}

/** One component of a key being made: whose, and how far it is. */
export interface ComponentView {
  readonly name: string
  readonly state: 'typed' | 'confirmed'
  /** Hex digits. */
  readonly checkValue: string
}

/** A key ceremony under way. */
export interface CeremonyView {
  readonly label: string
  readonly algorithm: ZmkAlgorithm
  /** Bytes of the key, and of each component. */
  readonly bytes: number
  readonly wanted: 2 | 3
  readonly components: readonly ComponentView[]
}

/** ZMK 区域主密钥: what the terminals' keys are kept and handed to the host under. */
export interface ZmkView {
  readonly label: string
  readonly algorithm: ZmkAlgorithm
  readonly bytes: number
  /** Hex: 5 bytes of CMAC for AES, 3 bytes of a zero encryption for TDES. */
  readonly checkValue: string
  readonly place: 'vault' | 'token'
  /** Of one in the token: its CKA_ID, hex, by which a host with the same token finds it. */
  readonly tokenKey?: string
  /** ISO 8601, UTC. */
  readonly made: string
}

export interface IdentityView {
  /** As the certificate says; what terminals know the station by. */
  readonly id: string
  /** YYYYMMDD. */
  readonly notAfter: number
  /** Of the certificate, 16 hex digits. */
  readonly serial: string
  /** First 8 bytes of SHA-256 of the root's public key, hex. */
  readonly root: string
  /** Its root was made here and is known to nobody else: for demonstrations only. */
  readonly development: boolean
  /** Days that the certificate is still good, 0 on its last one; below 0 it has expired, and terminals refuse the station. */
  readonly daysLeft: number
}
/** So many days before its end a person is told to have the certificate renewed. */
export const RENEW_DAYS = 30

export type TerminalState = 'expected' | 'sent' | 'proven' | 'loaded' | 'failed'

/** One key of one terminal. */
export interface TerminalRow {
  readonly serial: string
  readonly terminalId?: string
  readonly slot: number
  readonly algorithm: MasterAlgorithm
  readonly state: TerminalState
  /** `00` to `99`: counts the keys of this terminal and slot. */
  readonly keyVersion: string
  /** Hex, 3 bytes; absent before a key was made. */
  readonly checkValue?: string
  /** ISO 8601, UTC; of the latest step. */
  readonly time: string
  /** Of `failed`: what the terminal said. */
  readonly code?: string
  /** Whether a person has allowed one more injection of a loaded one. */
  readonly again: boolean
  /** Whether a label of this key was printed. */
  readonly labelled: boolean
}

/** One way for terminals to come in. */
export interface LineView {
  readonly kind: 'tcp' | 'websocket' | 'serial'
  /** `host:port`, or the path of the serial port. */
  readonly address: string
  /** `busy`: at least one terminal is being served. */
  readonly state: 'waiting' | 'busy' | 'closed' | 'failed'
  /** Serial numbers that are being served now. */
  readonly serials: readonly string[]
  /** The latest that ended. */
  readonly latest?: {
    readonly serial: string
    readonly over: 'confirmed' | 'failed' | 'refused' | 'ended'
    readonly time: string
  }
  /** Why it failed, one sentence; gone when a terminal was loaded after it. */
  readonly why?: string
  /** A connection was turned away because too many were there, and none has ended since. */
  readonly full?: true
  /** Of a serial line. */
  readonly baudRate?: number
}

export interface AuditView {
  readonly records: number
  /** SHA-256 of the last record, 64 hex digits; zeros before the first. */
  readonly head: string
  /** Number of the last record that is under a signature; 0: none. */
  readonly signedUpTo: number
  /** Ed25519 public key of the signatures, 64 hex digits: to be written down when the station is made. */
  readonly publicKey?: string
  /**
   * `whole`: checked by the key in the vault when two people logged in. `unchecked`: nobody could, the station is closed;
   * nothing wrong was seen when it was started. `broken`: found at the start or at the log-in; no key is given.
   */
  readonly state: 'whole' | 'broken' | 'unchecked'
  /** Of `broken`: what is wrong, one sentence. */
  readonly broken?: string
}

/** Everything a page may show: no secret. */
export interface StationView {
  readonly state: StationState
  readonly people: readonly PersonView[]
  /** Of an open station, milliseconds since 1970. */
  readonly session?: { readonly openedMs: number; readonly idleEndsMs: number; readonly totalEndsMs: number }
  readonly identity?: IdentityView
  readonly zmk?: ZmkView
  readonly token?: { readonly label: string; readonly module: string }
  readonly ceremony?: CeremonyView
  readonly counts: { readonly [state in TerminalState]: number }
  readonly lines: readonly LineView[]
  readonly audit: AuditView
  /** What keeps an open station from giving keys; empty when it is ready. */
  readonly missing: readonly ('people' | 'identity' | 'zmk' | 'audit')[]
}

export interface Expected {
  readonly serial: string
  readonly terminalId?: string | undefined
  readonly slot: number
  readonly algorithm: MasterAlgorithm
}
/** One fault of a list; `line` counts from 1, of a file with its header. */
export interface RowFault {
  readonly line: number
  readonly why: string
}
/** All rows are taken or none. `known` were there already, exactly so. */
export type ExpectResult =
  | { readonly kind: 'ok'; readonly added: number; readonly known: number }
  | { readonly kind: 'faults'; readonly faults: readonly RowFault[] }
  | Refused

export interface KeyOrder {
  /** 1 to 32 characters, for people. */
  readonly label: string
  readonly algorithm: ZmkAlgorithm
  /** 32 for AES and 16 for TDES where it is not given. */
  readonly bytes?: 16 | 24 | 32
  readonly components: 2 | 3
  /** From the form, hex digits; the combined key must have it. */
  readonly expectedCheckValue?: string
}

/** Serves the messages of one terminal's session, whatever line it came on. */
export interface StationGiver {
  receive(message: Uint8Array): Promise<{
    readonly send?: Uint8Array
    readonly over?: 'confirmed' | 'failed' | 'refused' | 'ended'
  }>
}

/** One record of the audit, as it is in the chain. */
export interface AuditRecord {
  readonly number: number
  /** ISO 8601, UTC. */
  readonly time: string
  /** Who was logged in. */
  readonly people: readonly string[]
  readonly event: string
  readonly result: string
  readonly person?: string
  readonly serial?: string
  readonly terminalId?: string
  readonly slot?: number
  readonly usage?: string
  readonly algorithm?: string
  readonly checkValue?: string
  readonly keyVersion?: string
  /** 16 hex digits. */
  readonly transaction?: string
  /** Which device had the key or a refusal: the serial number of its certificate, 16 hex digits. */
  readonly device?: string
  /** Of an event that changes the vault, the audit's key, the identity or the ZMK: SHA-256 of what is stored after it. */
  readonly digest?: string
  /** How many of the kind this record stands for; absent: one. */
  readonly count?: number
  readonly detail?: string
  /** SHA-256 of the record before, 64 hex digits. */
  readonly previous: string
}

/**
 * 密钥注入站: the key injection station, as `openStation` of `open.ts` gives it. Orders that need two people are refused with `closed` while fewer are logged in;
 * every order counts as activity. Passphrases and component digits are overwritten before a call returns or its promise
 * resolves. Only the book-keeping of an injection under way goes on when the session ends.
 */
export interface Station {
  /** Of the identity; empty before there is one. */
  readonly id: string
  view(): StationView
  /** Called after every change, once a turn; the result ends it. */
  watch(listener: () => void): () => void

  /**
   * The first freely, the second while the first is logged in, later ones by the proof of two who are logged in.
   * Passphrase: UTF-8, 8 characters or more, 4 of them different. Whether others have the same one is never told.
   */
  enrol(name: string, role: Role, passphrase: Uint8Array, by?: readonly Proof[]): Promise<Done>
  logIn(name: string, passphrase: Uint8Array): Promise<Done<{ readonly state: StationState }>>
  /** A component of the person's, of a key that is being made, goes too. */
  logOut(name: string): Done
  /** By the proof of two; the vault opens no more with that person's passphrase. Two must remain. A component of theirs goes too. */
  dismiss(name: string, by: readonly Proof[]): Promise<Done>
  /** The person's own, who must be logged in, while the station is open. */
  changePassphrase(name: string, old: Uint8Array, fresh: Uint8Array): Promise<Done>
  /** Ends a session whose limit has passed; also done by every other call and by a timer of the station. */
  tick(): void

  /** An identity file of `shuaka keys identity issue --role station`, as its bytes. */
  importIdentity(file: Uint8Array): Done<{ readonly id: string; readonly notAfter: number }>
  /** Makes a root of its own and certifies itself: for demonstrations. Gives the root's secret once, 32 bytes, to issue terminals with. */
  developmentIdentity(id: string): Done<{ readonly rootSecret: Uint8Array }>

  /** Whether a key can be ordered so: asked before two people type their passphrases for it. */
  checkKey(order: KeyOrder): Done
  /** Begins the ceremony of the ZMK, by the proof of two. It lives in memory: the end of the session ends it. */
  beginKey(order: KeyOrder, by: readonly Proof[]): Promise<Done>
  /** A custodian's own component as ASCII hex digits, with their proof. Shown back: its check value, to be compared with the paper. */
  component(by: Proof, hex: Uint8Array): Promise<Done<{ readonly checkValue: string }>>
  /** The custodian found the check value right, with their proof; the last one makes the key and gives its check value. */
  confirmComponent(by: Proof): Promise<Done<{ readonly checkValue?: string }>>
  /** The person found it wrong: the component is forgotten and can be typed again. */
  rejectComponent(name: string): Done
  cancelKey(): Done
  /** A ZMK of 32 bytes (AES) that is made inside the token and never leaves it; needs the token, and the proof of two. */
  generateKey(label: string, by: readonly Proof[]): Promise<Done<{ readonly checkValue: string }>>

  expect(rows: readonly Expected[]): ExpectResult
  /** The same from a CSV file: columns serial, terminalId, slot, algorithm. */
  expectCsv(text: string): ExpectResult
  /** Every key of every terminal, by serial number and slot. */
  progress(): readonly TerminalRow[]
  /** One more injection of a terminal that is loaded, under a fresh key. */
  allowAgain(serial: string, slot: number): Done
  /** A terminal that is not to come any more, before a key was made for it. */
  forget(serial: string, slot: number): Done

  /** For a session of purpose `inject`; `undefined` while the station is closed or not ready. */
  giver(session: Session): StationGiver | undefined
  /** What the host imports: every key under the ZMK. JSON. */
  exportKeys(): Done<{ readonly json: string; readonly keys: number }>
  /** Labels of loaded terminals, of one serial or all that were not printed yet; these `rows`, and they alone, count as printed then. */
  labels(serial?: string): Done<Labels>

  /** Opens a line, or one that has failed anew; it waits for terminals while the station is open and turns them away otherwise. */
  openLine(order: LineOrder): Promise<Done<{ readonly address: string }>>
  closeLine(address: string): Promise<Done>

  /** All records in order. */
  audit(): Iterable<AuditRecord>
  auditFile(format: 'csv' | 'json'): string

  /** Ends the session: signs the audit's head, wipes every key, logs all out. The station stays usable. */
  closeSession(): Done
  /** Ends the session and lines, and lets go of the folder. */
  close(): Promise<void>
}

export interface Labels {
  readonly text: string
  readonly count: number
  readonly rows: readonly TerminalRow[]
}

export type LineOrder =
  | { readonly kind: 'tcp' | 'websocket'; readonly host: string; readonly port: number }
  | { readonly kind: 'serial'; readonly path: string; readonly baudRate: number }

/** A token behind PKCS#11; `slot` by number or the token's `label`. `pin` is copied, the caller wipes its own. */
export interface Pkcs11Options {
  /** Path of the module, as `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string
  readonly slot?: number | undefined
  readonly label?: string | undefined
  readonly pin: Uint8Array
}

export interface StationOptions {
  /** Milliseconds since 1970. */
  readonly clock: { nowMs(): number }
  readonly random: (bytes: number) => Uint8Array
  /** N of scrypt for passphrases set from now on: a power of two; 2^17 where it is not given. */
  readonly scryptCost?: number
  /** A session without an order or an injection for so long ends; 10 minutes where it is not given. */
  readonly idleMs?: number
  /** So long after the latest order of a person injections keep the session open no more; 30 minutes where it is not given. */
  readonly unattendedMs?: number
  /** The longest session; 4 hours where it is not given. */
  readonly totalMs?: number
  /** A connection that is no terminal's after so long is ended; 5 seconds where it is not given. */
  readonly handshakeMs?: number
  readonly token?: Pkcs11Options
}
