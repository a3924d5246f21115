import { ed25519Sign, ed25519Verify } from '../../keys/ed25519.ts'
import { equalBytes } from '../../keys/equal-bytes.ts'
import { x25519PublicKey } from '../../keys/x25519.ts'
import { bytesOfText, textOfBytes } from '../wire/bytes.ts'
import type { Credential, Purpose, Role } from './channel-end.ts'
import { ID_CHARACTERS_MAX, isId } from './hello.ts'
import { joined } from './noise-cipher.ts'

/** What the trust root says of a static key (docs/channel.md draws its bytes). */
export interface Certificate {
  readonly role: Role
  readonly purposes: readonly Purpose[]
  /** 1–20 printable ASCII characters. */
  readonly id: string
  /** X25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** YYYYMMDD, the last day that it is good for. */
  readonly notAfter: number
  /** 8 bytes; no two certificates of one root have the same. */
  readonly serial: Uint8Array
}

const VERSION = 1
const ROLES: readonly Role[] = ['terminal', 'station', 'host'] // bytes 1, 2, 3
const PURPOSE_BITS: Readonly<Record<Purpose, number>> = { host: 1, inject: 2, rkl: 4 }
/** Of everything but the id. */
const FIXED_BYTES = 4 + 32 + 4 + 8 + 64
const SIGNATURE_BYTES = 64
/** So that a signature of the root over anything else is never one over a certificate. */
const DOMAIN = bytesOfText('shuaka certificate 1\0')

/** Signed by the root, whose Ed25519 secret key has 64 bytes. Throws RangeError for what it cannot hold. */
export function issueCertificate(certificate: Certificate, rootSecret: Uint8Array): Uint8Array {
  const { role, purposes, id, publicKey, notAfter, serial } = certificate
  if (!isId(id)) throw new RangeError('certificate: an id is 1 to 20 printable ASCII characters')
  if (publicKey.length !== 32 || serial.length !== 8)
    throw new RangeError('certificate: 32 bytes of key and 8 of serial number')
  if (purposes.length === 0) throw new RangeError('certificate: good for nothing')
  if (!Number.isInteger(notAfter) || notAfter < 20_000_101 || notAfter > 99_991_231)
    throw new RangeError('certificate: a date is YYYYMMDD')
  const date = new Uint8Array(4)
  new DataView(date.buffer).setUint32(0, notAfter)
  const bits = purposes.reduce((all, purpose) => all | PURPOSE_BITS[purpose], 0)
  const fields = joined(
    Uint8Array.of(VERSION, ROLES.indexOf(role) + 1, bits, id.length),
    bytesOfText(id),
    publicKey,
    date,
    serial,
  )
  return joined(fields, ed25519Sign(rootSecret, joined(DOMAIN, fields)))
}

/** What it says, whoever signed it; `undefined`: no certificate. */
export function readCertificate(bytes: Uint8Array): Certificate | undefined {
  const [version, roleCode = 0, bits = 0, length = 0] = bytes
  const role = ROLES[roleCode - 1]
  if (version !== VERSION || role === undefined || bits < 1 || bits > 7) return undefined
  if (length < 1 || length > ID_CHARACTERS_MAX || bytes.length !== FIXED_BYTES + length) return undefined
  const id = textOfBytes(bytes.slice(4, 4 + length))
  if (!isId(id)) return undefined
  const at = 4 + length
  return {
    role,
    purposes: (['host', 'inject', 'rkl'] as const).filter((purpose) => (bits & PURPOSE_BITS[purpose]) !== 0),
    id,
    publicKey: bytes.slice(at, at + 32),
    notAfter: new DataView(bytes.buffer, bytes.byteOffset + at + 32, 4).getUint32(0),
    serial: bytes.slice(at + 36, at + 44),
  }
}

/** What it says, where the root signed it; `undefined` for anything else. */
export function openCertificate(bytes: Uint8Array, root: Uint8Array): Certificate | undefined {
  const certificate = readCertificate(bytes)
  if (certificate === undefined) return undefined
  const end = bytes.length - SIGNATURE_BYTES
  const signed = joined(DOMAIN, bytes.slice(0, end))
  return ed25519Verify(root, signed, bytes.slice(end)) ? certificate : undefined
}

export interface Wanted {
  readonly role: Role
  readonly purpose: Purpose
  readonly id: string
  /** The static key that the handshake proved. */
  readonly publicKey: Uint8Array
  /** YYYYMMDD. */
  readonly today: number
}

/** The certificate, where it is the root's and of exactly this peer; `undefined` for every fault. */
export function peerCertificate(
  bytes: Uint8Array,
  root: Uint8Array,
  wanted: Wanted,
): Certificate | undefined {
  const certificate = openCertificate(bytes, root)
  const right =
    certificate !== undefined &&
    equalBytes(certificate.publicKey, wanted.publicKey) &&
    certificate.role === wanted.role &&
    certificate.purposes.includes(wanted.purpose) &&
    certificate.id === wanted.id &&
    certificate.notAfter >= wanted.today
  return right ? certificate : undefined
}

/** Why one's own credential is no good, for whoever set it up; `undefined`: it is good today (YYYYMMDD). */
export function credentialFault(credential: Credential, today: number): string | undefined {
  const certificate = openCertificate(credential.certificate, credential.root)
  if (certificate === undefined) return 'the certificate is not signed by the root that stands with it'
  if (
    credential.secret.length !== 32 ||
    !equalBytes(x25519PublicKey(credential.secret), certificate.publicKey)
  )
    return 'the certificate is of another key'
  if (certificate.notAfter < today)
    return `the certificate of ${certificate.id} ended on ${certificate.notAfter}`
  return undefined
}
