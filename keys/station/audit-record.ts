import { createHash } from 'node:crypto'
import { bytesOfHex, bytesOfText, hexOf } from '../../host-link/wire/bytes.ts'
import type { AuditRecord } from './station.ts'

/** What stands before the first record. */
export const FIRST_PREVIOUS = '0'.repeat(64)

/** What happened, as a record says it; what people see of it is the matter of whoever shows it. */
export type AuditEvent =
  | 'created'
  | 'started'
  | 'enrolled'
  | 'dismissed'
  | 'passphraseChanged'
  | 'loggedIn'
  | 'logInRefused'
  | 'passphraseRefused'
  | 'loggedOut'
  | 'sessionOpened'
  | 'sessionClosed'
  | 'sessionLost'
  | 'auditKey'
  | 'identity'
  | 'keyBegun'
  | 'component'
  | 'componentConfirmed'
  | 'componentRejected'
  | 'keyMade'
  | 'keyCancelled'
  | 'expected'
  | 'forgotten'
  | 'again'
  | 'keySent'
  | 'keyProven'
  | 'keyLoaded'
  | 'keyFailed'
  | 'injectionRefused'
  | 'handshakeRefused'
  | 'exported'
  | 'labelled'
  | 'line'

/** What an event tells beside its name; `result` is `ok` where it is not given. */
export type AuditFields = Partial<Omit<AuditRecord, 'number' | 'time' | 'people' | 'event' | 'previous'>>

/** One text for one record: JSON without blanks, names in alphabetical order, nothing undefined. */
export function canonical(record: AuditRecord): string {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(entries))
}

/** SHA-256 of the text in UTF-8, 64 upper-case hex digits. */
export function hashOf(text: string): string {
  return hexOf(createHash('sha256').update(text, 'utf8').digest())
}

/** What the Ed25519 signature of a closing session is over: domain, number of the last record (8 bytes), its hash (32). */
export function headMessage(number: number, hash: string): Uint8Array {
  const domain = bytesOfText('shuaka station audit 1\0')
  const message = new Uint8Array(domain.length + 8 + 32)
  message.set(domain)
  new DataView(message.buffer).setBigUint64(domain.length, BigInt(number))
  message.set(bytesOfHex(hash), domain.length + 8)
  return message
}
