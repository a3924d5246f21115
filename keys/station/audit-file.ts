import type Database from 'libsql'
import { bytesOfHex, hexOf } from '../../host-link/wire/bytes.ts'
import { auditAgrees } from './audit-agrees.ts'
import { auditHeads, auditRows } from './audit-log.ts'
import { type AuditChain, type AuditVerdict, verifyAudit } from './audit-verify.ts'
import { readStationFile, StationError } from './database.ts'
import type { AuditRecord } from './station.ts'

/** Name of the format of an exported audit. */
export const AUDIT_FORMAT = 'shuaka-station-audit 1'

// biome-ignore format: the columns of the table, in order
const COLUMNS = [
  'number', 'time', 'people', 'event', 'result', 'person', 'serial', 'terminalId', 'slot', 'usage', 'algorithm',
  'keyVersion', 'checkValue', 'transaction', 'device', 'digest', 'count', 'detail', 'previous',
] as const satisfies readonly (keyof AuditRecord)[]

/** The audit as one JSON document that `verifyAuditJson` takes. */
export function auditJson({ publicKey, rows, heads }: AuditChain): string {
  const file = {
    format: AUDIT_FORMAT,
    publicKey: publicKey === undefined ? null : hexOf(publicKey),
    records: rows,
    signatures: heads.map(({ number, hash, signature }) => ({ number, hash, signature: hexOf(signature) })),
  }
  return `${JSON.stringify(file, undefined, 1)}\n`
}

/** One line a record, for a table; what proves it is in the JSON. A cell that a table program would compute begins with '. */
export function auditCsv(rows: AuditChain['rows']): string {
  const lines = rows.map(({ record, hash }) => {
    const values = JSON.parse(record) as AuditRecord
    return [...COLUMNS.map((name) => cell(values[name])), hash].join(',')
  })
  return `${[[...COLUMNS, 'hash'].join(','), ...lines].join('\r\n')}\r\n`
}

function cell(value: AuditRecord[keyof AuditRecord]): string {
  const text = Array.isArray(value) ? value.join('; ') : String(value ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Verifies an exported audit; by the key handed in, else by the one in the file. Throws StationError for another file. */
export function verifyAuditJson(text: string, publicKey?: Uint8Array): AuditVerdict {
  const file = objectIn(text)
  if (file?.format !== AUDIT_FORMAT || !Array.isArray(file.records) || !Array.isArray(file.signatures))
    throw new StationError('this is no exported audit of a station')
  const rows = file.records.map((row) => ({
    ...{ number: numberIn(row, 'number'), record: textIn(row, 'record'), hash: textIn(row, 'hash') },
  }))
  const heads = file.signatures.map((head) => ({
    ...{ number: numberIn(head, 'number'), hash: textIn(head, 'hash') },
    signature: hexIn(textIn(head, 'signature')),
  }))
  const key = publicKey ?? (typeof file.publicKey === 'string' ? hexIn(file.publicKey) : undefined)
  return verifyAudit({ publicKey: key, rows, heads })
}

/** Verifies the audit of a station's folder, and that its terminals are what the audit tells. Throws StationError. */
export function verifyAuditFolder(folder: string, publicKey?: Uint8Array): AuditVerdict {
  const database = readStationFile(folder)
  try {
    const chain = chainIn(database)
    const verdict = verifyAudit({ ...chain, publicKey: publicKey ?? chain.publicKey })
    if (verdict.kind === 'broken') return verdict
    const why = auditAgrees(database, chain.rows)
    return why === undefined ? verdict : { kind: 'broken', record: chain.rows.length + 1, why }
  } finally {
    database.close()
  }
}

/** The audit in a folder, also while its station runs. Throws StationError. */
export function readAudit(folder: string): AuditChain {
  const database = readStationFile(folder)
  try {
    return chainIn(database)
  } finally {
    database.close()
  }
}

export function chainIn(database: Database.Database): AuditChain {
  const row = database.prepare("SELECT value FROM meta WHERE name = 'audit-key'").get() as
    | { readonly value: string }
    | undefined
  const publicKey = row === undefined ? undefined : hexIn(row.value)
  return { publicKey, rows: auditRows(database), heads: auditHeads(database) }
}

function objectIn(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object'
      ? (value as { readonly [name: string]: unknown })
      : undefined
  } catch {
    return undefined
  }
}

function numberIn(row: unknown, name: string): number {
  const value: unknown = row !== null && typeof row === 'object' ? Reflect.get(row, name) : undefined
  return typeof value === 'number' ? value : Number.NaN
}

function textIn(row: unknown, name: string): string {
  const value: unknown = row !== null && typeof row === 'object' ? Reflect.get(row, name) : undefined
  return typeof value === 'string' ? value : ''
}

/** Bytes of hex digits; none for anything else, which no signature and no key is. */
function hexIn(text: string): Uint8Array {
  return /^([0-9A-Fa-f]{2})*$/.test(text) ? bytesOfHex(text) : new Uint8Array(0)
}
