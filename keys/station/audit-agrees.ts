import type Database from 'libsql'
import { hexOf } from '../../host-link/wire/bytes.ts'
import { changedBy, digestOfPart, PARTS, type Part } from './audit-parts.ts'
import type { AuditEvent } from './audit-record.ts'
import type { AuditRow } from './audit-verify.ts'
import type { AuditRecord } from './station.ts'
import { type KeptKey, type StoredTerminal, terminalsIn } from './terminals.ts'
import { versionText } from './zmk.ts'

/** One key of one terminal as the audit tells it, and as a row of the table says it. */
interface Told {
  readonly state: string
  readonly terminalId: string | undefined
  readonly algorithm: string | undefined
  readonly time: string
  readonly again: boolean
  readonly code: string | undefined
  readonly device: string | undefined
  readonly key: ToldKey
  /** The key before this one, and the time of its loading, until this one is confirmed. */
  readonly before: (ToldKey & { readonly time: string }) | undefined
}
interface ToldKey {
  readonly keyVersion: string
  readonly checkValue: string | undefined
  readonly transaction: string | undefined
}

const NO_KEY: ToldKey = { keyVersion: '00', checkValue: undefined, transaction: undefined }

// biome-ignore format: one row an event
const steps: { readonly [event: string]: (told: Told, record: AuditRecord) => Told } = {
  keySent:   sent,
  keyProven: (told, { time }) => ({ ...told, state: 'proven', time }),
  keyLoaded: (told, { time }) => ({ ...told, state: 'loaded', time, before: undefined }),
  // one that was proved may be in force: it stays
  keyFailed: (told, { time, result: code }) => ({ ...told, state: told.state === 'sent' ? 'failed' : told.state, time, code }),
  again:     (told) => ({ ...told, again: true }),
}

function sent(told: Told, record: AuditRecord): Told {
  const { time, keyVersion = '00', checkValue, transaction, device } = record
  const next = { ...told, state: 'sent', time, device, key: { keyVersion, checkValue, transaction } }
  if (record.result === 'again') return next
  const before = told.state === 'loaded' ? { ...told.key, time: told.time } : told.before
  return { ...next, before, again: false, code: undefined }
}

/**
 * Whether terminals, people, identity and ZMK are what the audit tells: what was changed behind the station's back, or put
 * back as it once was, a record that is missing at the end, are found. Nothing where they agree, else what does not, one
 * sentence. What secrets tell of each other, `keyBlockFault` asks.
 */
export function auditAgrees(database: Database.Database, rows: readonly AuditRow[]): string | undefined {
  const told = new Map<string, Told>()
  const digests = new Map<Part, string | undefined>()
  for (const { record: text } of rows) {
    const record = JSON.parse(text) as AuditRecord
    const part = changedBy[record.event as AuditEvent]
    if (part !== undefined) digests.set(part, record.digest)
    const key = `${record.serial}/${record.slot}`
    if (record.event === 'expected') told.set(key, expectedOf(record))
    else if (record.event === 'forgotten') told.delete(key)
    else {
      const of = told.get(key)
      const step = steps[record.event]
      if (of && step) told.set(key, step(of, record))
    }
  }
  const part = PARTS.find((name) => digestOfPart(database, name) !== digests.get(name))
  if (part !== undefined) return `${part}: the audit does not tell it so`
  return terminalsAgree(terminalsIn(database), told)
}

function terminalsAgree(rows: readonly StoredTerminal[], told: Map<string, Told>): string | undefined {
  for (const row of rows) {
    const key = `${row.serial}/${row.slot}`
    const of = told.get(key)
    if (of === undefined || textOf(of) !== textOf(storedOf(row)))
      return `terminal ${row.serial}, slot ${row.slot}: the audit does not tell it so`
    told.delete(key)
  }
  const [lost] = told.keys()
  return lost === undefined
    ? undefined
    : `terminal ${lost.replace('/', ', slot ')}: it is told by the audit and missing`
}

function expectedOf({ terminalId, algorithm, time }: AuditRecord): Told {
  return {
    ...{ state: 'expected', terminalId, algorithm, time, again: false },
    ...{ code: undefined, device: undefined, key: NO_KEY, before: undefined },
  }
}

function storedOf(row: StoredTerminal): Told {
  const { state, terminalId, algorithm, time, again, code, device, before } = row
  return {
    ...{ state, terminalId, algorithm, time, again, code, device, key: keyOf(row) },
    before: before && { ...keyOf(before), time: before.time },
  }
}

function keyOf({
  keyVersion,
  checkValue,
  transaction,
}: Pick<StoredTerminal | KeptKey, 'keyVersion' | 'checkValue' | 'transaction'>) {
  return { keyVersion: versionText(keyVersion), checkValue, transaction: transaction && hexOf(transaction) }
}

/** One text for one telling. */
function textOf({ state, terminalId, algorithm, time, again, code, device, key, before }: Told): string {
  const keys = [key, before].map((one) => one && [one.keyVersion, one.checkValue, one.transaction])
  return JSON.stringify([state, terminalId, algorithm, time, again, code, device, keys, before?.time])
}
