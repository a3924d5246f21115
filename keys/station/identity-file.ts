import type { Credential } from '../../host-link/channel/channel-end.ts'
import { bytesOfHex } from '../../host-link/wire/bytes.ts'
import { IDENTITY_KIND } from '../../scripts/identity/identity-file.ts'
import { bytesOfTypedHex } from '../component.ts'
import { wipe } from '../wipe.ts'

const FIELD = /"secret"\s*:\s*"/
const SECRET_DIGITS = 64
const FILE_BYTES_MAX = 4096
const ZERO = 0x30

/**
 * The credential in an identity file that is handed in as its bytes, which are overwritten; the secret's digits never
 * become a string. Nothing for any other file.
 */
export function credentialIn(file: Uint8Array): Credential | undefined {
  const taken = file.length <= FILE_BYTES_MAX ? secretIn(file) : undefined
  const values = taken && objectIn(Buffer.from(file).toString('utf8')) // the digits are zeros by now
  wipe(file)
  const certificate = hexIn(values?.certificate)
  const root = hexIn(values?.root)
  if (taken !== undefined && values?.kind === IDENTITY_KIND && certificate && root?.length === 32)
    return { secret: taken, certificate, root }
  wipe(taken)
  return undefined
}

/** The 32 bytes of the property `secret`; its digits in the file are made zeros. */
function secretIn(file: Uint8Array): Uint8Array | undefined {
  const at = placeOf(file)
  if (at === undefined) return undefined
  const digits = file.slice(at, at + SECRET_DIGITS)
  file.fill(ZERO, at, at + SECRET_DIGITS)
  const secret = bytesOfTypedHex(digits)
  if (secret?.length === 32) return secret
  wipe(secret)
  return undefined
}

/** Where the digits begin. Bytes before them are no secret; they are searched piece by piece up to the field's name. */
function placeOf(file: Uint8Array): number | undefined {
  const name = Buffer.from('"secret"')
  const start = Buffer.from(file.buffer, file.byteOffset, file.length).indexOf(name)
  if (start < 0) return undefined
  const head = Buffer.from(file.subarray(start, start + name.length + 8)).toString('latin1')
  const field = FIELD.exec(head.slice(0, head.indexOf('"', name.length) + 1))
  const at = field === null ? -1 : start + field[0].length
  return at < 0 || file[at + SECRET_DIGITS] !== 0x22 ? undefined : at
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

function hexIn(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' && /^([0-9A-Fa-f]{2})+$/.test(value) ? bytesOfHex(value) : undefined
}
