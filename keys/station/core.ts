import type { Credential } from '../../host-link/channel/channel-end.ts'
import type { Kbpk } from '../key-block/protection-key.ts'
import { type AuditLog, auditLog } from './audit-log.ts'
import type { AuditEvent, AuditFields } from './audit-record.ts'
import { openStationFile, type StationFile } from './database.ts'
import { SCRYPT_COST } from './passphrase.ts'
import type { IdentityView, Refused, StationOptions, ZmkView } from './station.ts'
import type { Token } from './token.ts'
import type { Why } from './why.ts'

/** What only an open station has; wiped when the session ends. */
export interface Opened {
  /** Seals the rows of `sealed`. */
  readonly sealKey: Uint8Array
  /** Of the digests of given keys. */
  readonly digestKey: Uint8Array
  readonly dataKey: Uint8Array
  /** Ed25519, 64 bytes. */
  readonly auditKey: Uint8Array
  readonly openedMs: number
  /** What is wrong with the audit. */
  readonly auditFault: string | undefined
  identity: Identity | undefined
  zmk: Zmk | undefined
}
export interface Identity extends Credential {
  readonly view: Omit<IdentityView, 'daysLeft'>
}
export interface Zmk extends ZmkView {
  readonly kbpk: Kbpk
  wipe(): void
  /** Another has taken its place: out of the token too. */
  remove(): void
}

/** What the parts of a station share. */
export interface Core {
  readonly file: StationFile
  readonly log: AuditLog
  readonly token: Token | undefined
  readonly limits: {
    readonly scryptCost: number
    readonly idleMs: number
    readonly unattendedMs: number
    readonly totalMs: number
    readonly handshakeMs: number
  }
  /** Shares of those who are logged in, by name. */
  readonly shares: Map<string, Uint8Array>
  opened: Opened | undefined
  /** What is wrong with the audit, found at the start or at the latest log-in. */
  auditFault: string | undefined
  /** When the latest order of a person was. */
  activeMs: number
  /** When the latest terminal was loaded. */
  injectedMs: number
  nowMs(): number
  random(bytes: number): Uint8Array
  /** Names of those who are logged in, in order. */
  people(): readonly string[]
  /** Makes a change and writes its record, both or neither, at the time that the change is told; durable when it returns. */
  record<Result>(
    event: AuditEvent,
    fields?: AuditFields,
    change?: (timeMs: number) => Result,
  ): Result | undefined
  /** Somebody who watches is told, once a turn. */
  changed(): void
  readonly watchers: Set<() => void>
}

const IDLE_MS = 10 * 60_000
/** 200 terminals in a row need somebody who is there. */
const UNATTENDED_MS = 30 * 60_000
const TOTAL_MS = 4 * 3_600_000

/** Events after which the audit is signed at once: what a killed session leaves is under a signature up to its last key. */
const SIGNED: ReadonlySet<AuditEvent> = new Set(['sessionOpened', 'keyLoaded', 'keyFailed'])
/** A handshake takes a fraction of a second: who is silent for so long is no terminal. */
const HANDSHAKE_MS = 5_000

/** The parts of a station in `folder`. Throws StationError. */
export function openCore(folder: string, options: StationOptions, token: Token | undefined): Core {
  const { clock, random, scryptCost = SCRYPT_COST, handshakeMs = HANDSHAKE_MS } = options
  const { idleMs = IDLE_MS, unattendedMs = UNATTENDED_MS, totalMs = TOTAL_MS } = options
  const file = openStationFile(folder)
  const shares = new Map<string, Uint8Array>()
  const watchers = new Set<() => void>()
  let telling = false
  const core: Core = {
    file,
    log: auditLog(file.database),
    token,
    limits: { scryptCost, idleMs, unattendedMs, totalMs, handshakeMs },
    shares,
    watchers,
    opened: undefined,
    auditFault: undefined,
    activeMs: 0,
    injectedMs: 0,
    nowMs: () => clock.nowMs(),
    random: (bytes) => checkedRandom(random, bytes),
    people: () => [...shares.keys()].sort(),
    record(event, fields, change) {
      const people = core.people()
      const timeMs = clock.nowMs()
      const result = file.transact(() => {
        const changed = change?.(timeMs)
        core.log.append(event, people, timeMs, fields)
        const { opened } = core
        if (opened && opened.auditFault === undefined && SIGNED.has(event)) core.log.sign(opened.auditKey)
        return changed
      })
      core.changed()
      return result
    },
    changed() {
      if (telling) return
      telling = true
      setImmediate(() => {
        telling = false
        for (const watcher of watchers) watcher()
      })
    },
  }
  return core
}

export function refused(why: Why, detail?: string): Refused {
  return { kind: 'refused', why, ...(detail !== undefined && { detail }) }
}

/** A random source that gives too little or one byte over and over is none: nothing is made of it. */
export class RandomError extends Error {
  override readonly name = 'RandomError'
}

function checkedRandom(random: (bytes: number) => Uint8Array, bytes: number): Uint8Array {
  const given = random(bytes)
  if (given.length !== bytes || (bytes > 1 && given.every((byte) => byte === given[0])))
    throw new RandomError('the random source has failed')
  return given
}

/** ISO 8601, UTC. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** The day of the clock, UTC, as YYYYMMDD. */
export function dayOf(ms: number): number {
  return Number(timeOf(ms).slice(0, 10).replaceAll('-', ''))
}
