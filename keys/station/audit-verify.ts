import { bytesOfHex } from '../../host-link/wire/bytes.ts'
import { ed25519Verify } from '../ed25519.ts'
import { canonical, FIRST_PREVIOUS, hashOf, headMessage } from './audit-record.ts'
import type { AuditRecord } from './station.ts'

/** One record as the table has it. */
export interface AuditRow {
  readonly number: number
  readonly record: string
  readonly hash: string
}
/** A signature over the audit up to a record. */
export interface AuditHead {
  readonly number: number
  readonly hash: string
  readonly signature: Uint8Array
}
export interface AuditChain {
  /** Ed25519, 32 bytes; absent before the vault was made. */
  readonly publicKey: Uint8Array | undefined
  readonly rows: readonly AuditRow[]
  readonly heads: readonly AuditHead[]
}
export type AuditVerdict =
  /** Records after `signedUpTo` are in the chain, but no session was closed since. */
  | { readonly kind: 'whole'; readonly records: number; readonly signedUpTo: number; readonly head: string }
  /** `record`: the first that is not what was written, or that is not there. */
  | { readonly kind: 'broken'; readonly record: number; readonly why: string }

/**
 * Whether an audit is what the station wrote. Finds gaps, edits, deletions, another order, records cut off behind a
 * signature, signatures taken away, and one of another key. What no copy of the audit alone can tell is whether
 * records after the last signature were cut off.
 */
export function verifyAudit({ publicKey, rows, heads }: AuditChain): AuditVerdict {
  const records: AuditRecord[] = []
  let previous = FIRST_PREVIOUS
  for (const [index, row] of rows.entries()) {
    const number = index + 1
    if (row.number !== number)
      return broken(number, row.number > number ? 'it is missing' : 'it is there twice')
    const record = recordOf(row.record)
    if (record === undefined || hashOf(row.record) !== row.hash) return broken(number, 'it was changed')
    if (record.number !== number) return broken(number, 'it is another record')
    if (record.previous !== previous) return broken(number, 'it does not follow the record before it')
    records.push(record)
    previous = row.hash
  }
  return (
    headFault(heads, rows, publicKey) ??
    signatureMissing(records, heads, publicKey) ?? {
      kind: 'whole',
      records: rows.length,
      signedUpTo: Math.max(0, ...heads.map(({ number }) => number)),
      head: previous,
    }
  )
}

function headFault(
  heads: readonly AuditHead[],
  rows: readonly AuditRow[],
  publicKey: Uint8Array | undefined,
): AuditVerdict | undefined {
  for (const { number, hash, signature } of heads) {
    const row = rows[number - 1]
    if (row === undefined) return broken(rows.length + 1, `it is missing: ${number} records were signed`)
    if (row.hash !== hash) return broken(number, 'it is not the record that was signed')
    if (publicKey === undefined || !ed25519Verify(publicKey, headMessage(number, hash), signature))
      return broken(number, 'its signature is not of this station')
  }
  return undefined
}

/** Every session that was closed is signed, and the key of the signatures is in the chain. */
function signatureMissing(
  records: readonly AuditRecord[],
  heads: readonly AuditHead[],
  publicKey: Uint8Array | undefined,
): AuditVerdict | undefined {
  const signed = new Set(heads.map(({ number }) => number))
  for (const record of records) {
    if (record.event === 'sessionClosed' && !signed.has(record.number))
      return broken(record.number, 'it closed a session and its signature is missing')
    if (record.event === 'auditKey' && (publicKey === undefined || !sameKey(record.detail, publicKey)))
      return broken(record.number, 'it names another key of the signatures')
  }
  return undefined
}

function sameKey(hex: string | undefined, key: Uint8Array): boolean {
  return (
    hex !== undefined && /^[0-9A-F]{64}$/.test(hex) && bytesOfHex(hex).every((byte, i) => byte === key[i])
  )
}

function broken(record: number, why: string): AuditVerdict {
  return { kind: 'broken', record, why }
}

/** Only the one text that a record has; anything else was not written by a station. */
function recordOf(text: string): AuditRecord | undefined {
  try {
    const record: unknown = JSON.parse(text)
    if (record === null || typeof record !== 'object' || Array.isArray(record)) return undefined
    return canonical(record as AuditRecord) === text ? (record as AuditRecord) : undefined
  } catch {
    return undefined
  }
}
