import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { fromHex, toHex } from '../keys/hex.ts'
import {
  auditCsv,
  auditJson,
  readAudit,
  verifyAuditFolder,
  verifyAuditJson,
} from '../keys/station/audit-file.ts'
import { CommandError } from './command-error.ts'
import { writeSecretly } from './keys-station-file.ts'

export interface VerifyCommand {
  readonly publicKey?: string
  readonly json?: boolean
}

/**
 * `shuaka keys audit verify`: of a station's folder or an exported file. Writes what it found; throws CommandError that
 * names the first broken record.
 */
export function verifyAuditCommand(
  path: string,
  { publicKey, json }: VerifyCommand,
  write: (text: string) => void,
): void {
  const key = publicKey === undefined ? undefined : publicKeyOf(publicKey)
  const file = statSync(path).isDirectory() ? undefined : readFileSync(path, 'utf8')
  const verdict = file === undefined ? verifyAuditFolder(path, key) : verifyAuditJson(file, key)
  const beside = key === undefined ? besideOf(path, file) : undefined
  if (json === true)
    write(`${JSON.stringify({ ...verdict, keyFrom: key === undefined ? 'records' : 'option', ...beside })}\n`)
  if (verdict.kind === 'broken')
    throw new CommandError(`${path}: record ${verdict.record} is broken: ${verdict.why}`)
  if (json === true) return
  const { records, signedUpTo, head } = verdict
  const signed =
    signedUpTo === records
      ? 'all of them signed'
      : `signed up to record ${signedUpTo}; ${records - signedUpTo} since then are not signed yet`
  write(`whole: ${records} records, ${signed}\nhead: ${head}\n`)
  if (key !== undefined) return
  // Whoever rewrote everything put a key of their own there too.
  const words = beside === undefined ? '' : ` ${beside.publicKey} (fingerprint ${beside.fingerprint})`
  write(
    `trusted: the key beside the records${words}; compare it with the one written down, or give --public-key\n`,
  )
}

/** The key that the records came with, and the first 8 bytes of its SHA-256, hex; nothing where they have none. */
function besideOf(path: string, file: string | undefined) {
  const publicKey = file === undefined ? readAudit(path).publicKey : publicKeyIn(file)
  if (publicKey === undefined) return undefined
  const fingerprint = createHash('sha256').update(publicKey).digest('hex').slice(0, 16).toUpperCase()
  return { publicKey: toHex(publicKey), fingerprint }
}

function publicKeyIn(file: string): Uint8Array | undefined {
  const { publicKey } = JSON.parse(file) as { readonly publicKey?: unknown }
  return typeof publicKey === 'string' && /^[0-9A-Fa-f]{64}$/.test(publicKey) ? fromHex(publicKey) : undefined
}

function publicKeyOf(hex: string): Uint8Array {
  if (!/^[0-9A-Fa-f]{64}$/.test(hex))
    throw new CommandError('keys audit: --public-key wants the 64 hex digits that were written down', 2)
  return fromHex(hex)
}

export interface ExportAuditCommand {
  readonly csv?: boolean
  readonly json?: boolean
  readonly out?: string
}

/** `shuaka keys audit export`: all records, also while the station runs. */
export function exportAudit(folder: string, { csv, json, out }: ExportAuditCommand): string {
  if ((csv === true) === (json === true))
    throw new CommandError('keys audit: --csv or --json, one of the two', 2)
  const chain = readAudit(folder)
  const text = csv === true ? auditCsv(chain.rows) : auditJson(chain)
  if (out === undefined) return text
  writeSecretly(out, text)
  return `${chain.rows.length} records\n`
}
