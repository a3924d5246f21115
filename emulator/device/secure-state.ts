import type { Credential } from '../../host-link/channel/channel-end.ts'
import { crc32 } from '../../keys/store/crc32.ts'
import { KeyStore } from '../../keys/store/key-store.ts'
import { wipe } from '../../keys/wipe.ts'
import { FLOOR_SCOPE_BYTES, FLOORS, type Floor, type Floors } from './floors.ts'
import { type InjectionPasswords, PASSWORD_TAG_BYTES } from './injection-lock.ts'
import { REPORT_SEED_BYTES } from './report-key.ts'

/**
 * What the secure element keeps over a power cut, saved whole:
 *
 *     device's part  key store …  device's part once more  length of that part (2)
 *
 *     device's part:  SKSE 4  length of the part (2)  device secret (16)  credit (4)
 *                     has (1: 1 passwords, 2 credential, 4 damaged, 8 opened, 16 report key, 32 floors)
 *                     failures (1)  locked (4)
 *                     passwords:   tag (16)  tag (16)
 *                     credential:  secret (32)  root (32)  length (2)  certificate
 *                     report key:  seed (32)
 *                     floors:      eight times scope (4)  value (6), all zeros: none
 *                     CRC (4)
 *
 * credit: milliseconds of PIN credit; failures and locked: wrong pairs of injection passwords in a row, and milliseconds
 * until one is taken again; opened: the case was, as the key store also says, which has a CRC of its own. CRC: CRC-32 over
 * all of the part before it. Numbers are big endian. Damage to the keys so costs the keys alone, and one damaged part
 * nothing: without the device secret nobody's password is right any more.
 *
 * Layout 3 is read, which has neither report key nor floors. Layouts 1 and 2 are read: SKSE, 1 or 2, device's part from the secret on (of 1: secret and credit alone), key store, one
 * CRC over all.
 */
export interface SecureState {
  readonly secret: Uint8Array
  readonly creditMs: number
  readonly passwords: InjectionPasswords
  /** Who this device is in a channel, given to it where it was made. */
  readonly credential?: Credential
  /** Of the report key, where the device has no credential; absent: not made yet. */
  readonly reportSeed?: Uint8Array
  /** Absent: none was ever raised. */
  readonly floors?: Floors
  /** What was kept could not be read: this secret is a new one, and only its maker can help. */
  readonly damaged?: true
  readonly store: KeyStore
}

/** What could be read of a saved state. */
export interface ReadState {
  readonly state: SecureState
  /** False: something of it was damaged, which the next save mends. */
  readonly whole: boolean
}

/** Nobody has made injection passwords yet. */
export const NO_PASSWORDS: InjectionPasswords = { tags: undefined, failures: 0, lockedMs: 0 }

export const SECRET_BYTES = 16
const MAGIC = [0x53, 0x4b, 0x53, 0x45] as const
const VERSION = 4
/** As the one that is written, with less in it. */
const VERSION_BEFORE = 3
const HEAD_BYTES = MAGIC.length + 3
const CREDENTIAL_KEY_BYTES = 32
const CERTIFICATE_BYTES_MAX = 1024
const HAS_PASSWORDS = 1
const HAS_CREDENTIAL = 2
const HAS_DAMAGE = 4
const HAS_OPENED = 8
const HAS_REPORT_SEED = 16
const HAS_FLOORS = 32
const HAS_ALL = 63
const HAS_ALL_BEFORE = 15
const FLOOR_VALUE_BYTES = 6
const NO_FLOOR: Floor = { scope: new Uint8Array(FLOOR_SCOPE_BYTES), value: 0 }
const CRC_BYTES = 4
const HAS_AT = HEAD_BYTES + SECRET_BYTES + 4
const LENGTH_BYTES = 2

/** The state as bytes, keys in clear: for the secure element's own storage and nothing else. */
export function writeSecureState(state: SecureState): Uint8Array {
  const part = devicePart(state)
  const record = state.store.serialize()
  const bytes = joined([part, record, part, number(part.length, LENGTH_BYTES)])
  wipe(part, record)
  return bytes
}

function devicePart(state: SecureState): Uint8Array {
  const { secret, creditMs, passwords, credential, damaged, store, reportSeed, floors } = state
  const { tags, failures, lockedMs } = passwords
  const hasFloors = floors?.some((floor) => floor !== undefined)
  const has =
    (tags ? HAS_PASSWORDS : 0) +
    (credential ? HAS_CREDENTIAL : 0) +
    (damaged ? HAS_DAMAGE : 0) +
    (store.tampered ? HAS_OPENED : 0) +
    (reportSeed ? HAS_REPORT_SEED : 0) +
    (hasFloors ? HAS_FLOORS : 0)
  const fields = [
    secret,
    number(creditMs, 4),
    number(has, 1),
    number(failures, 1),
    number(lockedMs, 4),
    ...(tags ?? []),
    ...(credential ? credentialParts(credential) : []),
    ...(reportSeed ? [reportSeed] : []),
    ...(hasFloors ? floorParts(floors ?? []) : []),
  ]
  const length = HEAD_BYTES + fields.reduce((sum, field) => sum + field.length, 0) + CRC_BYTES
  const head = Uint8Array.of(...MAGIC, VERSION, ...number(length, LENGTH_BYTES))
  const part = joined([head, ...fields, new Uint8Array(CRC_BYTES)])
  part.set(number(crc32(part.subarray(0, -CRC_BYTES)), CRC_BYTES), length - CRC_BYTES)
  return part
}

function credentialParts({ secret, root, certificate }: Credential): readonly Uint8Array[] {
  const fits =
    secret.length === CREDENTIAL_KEY_BYTES &&
    root.length === CREDENTIAL_KEY_BYTES &&
    certificate.length <= CERTIFICATE_BYTES_MAX
  if (!fits) throw new RangeError('credential: two keys of 32 bytes and a certificate of at most 1024')
  return [secret, root, number(certificate.length, 2), certificate]
}

function floorParts(floors: Floors): readonly Uint8Array[] {
  return Array.from({ length: FLOORS }, (_, at) => {
    const { scope, value } = floors[at] ?? NO_FLOOR
    return joined([scope, number(value, FLOOR_VALUE_BYTES)])
  })
}

/**
 * Undefined where both copies of the device's part are damaged. Where the key store is, there is no key at all: never
 * some of them, never changed ones.
 */
export function readSecureState(bytes: Uint8Array): ReadState | undefined {
  const version = bytes[MAGIC.length]
  if (version !== VERSION && version !== VERSION_BEFORE && hasCrc(bytes)) {
    const state = readOneCrc(new Reader(bytes.subarray(MAGIC.length + 1, -CRC_BYTES)), version)
    return state && { state, whole: true }
  }
  const last = bytes.length - LENGTH_BYTES
  const lastLength = (bytes[last] ?? 0) * 256 + (bytes[last + 1] ?? 0)
  const first = readPart(bytes)
  const second = lastLength > last ? undefined : readPart(bytes.subarray(last - lastLength, last))
  const part = first ?? second
  if (part === undefined) return undefined
  const { length, opened, ...kept } = part
  const store = storeOf(bytes.slice(length, Math.max(length, last - length)))
  const whole = first !== undefined && second !== undefined && lastLength === length && store !== undefined
  return { state: { ...kept, store: store ?? emptyStore(opened) }, whole }
}

type DevicePart = Omit<SecureState, 'store'>

/** A device's part that these bytes begin with, and how long it is. */
function readPart(
  bytes: Uint8Array,
): (DevicePart & { readonly length: number; readonly opened: boolean }) | undefined {
  const length = (bytes[HEAD_BYTES - 2] ?? 0) * 256 + (bytes[HEAD_BYTES - 1] ?? 0)
  const part = bytes.subarray(0, length)
  const version = part[MAGIC.length]
  if (part.length < length || !hasCrc(part)) return undefined
  if (version !== VERSION && version !== VERSION_BEFORE) return undefined
  const reader = new Reader(part.subarray(HEAD_BYTES, -CRC_BYTES))
  const own = readOwn(reader, version === VERSION ? HAS_ALL : HAS_ALL_BEFORE)
  const opened = ((part[HAS_AT] ?? 0) & HAS_OPENED) !== 0
  return own && reader.rest()?.length === 0 ? { ...own, length, opened } : undefined
}

/** In the place of a damaged one. */
function emptyStore(opened: boolean): KeyStore {
  const store = new KeyStore()
  if (opened) store.tamper()
  return store
}

/** Layouts 1 and 2. */
function readOneCrc(reader: Reader, version: number | undefined): SecureState | undefined {
  const own = version === 2 ? readOwn(reader, HAS_ALL_BEFORE) : version === 1 ? readFirst(reader) : undefined
  const record = reader.rest()
  const store = record && storeOf(record)
  return own && store && { ...own, store }
}

function readFirst(reader: Reader): DevicePart {
  return { secret: reader.bytes(SECRET_BYTES), creditMs: reader.number(4), passwords: NO_PASSWORDS }
}

/** `hasAll`: the flags that its layout knows. */
function readOwn(reader: Reader, hasAll: number): DevicePart | undefined {
  const { secret, creditMs } = readFirst(reader)
  const has = reader.number(1)
  const [failures, lockedMs] = [reader.number(1), reader.number(4)]
  const tag = () => reader.bytes(PASSWORD_TAG_BYTES)
  const tags = has & HAS_PASSWORDS ? ([tag(), tag()] as const) : undefined
  const damaged = has & HAS_DAMAGE ? ({ damaged: true } as const) : {}
  const own = { secret, creditMs, passwords: { tags, failures, lockedMs }, ...damaged }
  if (has > hasAll) return undefined
  const credential = has & HAS_CREDENTIAL ? readCredential(reader) : undefined
  if (has & HAS_CREDENTIAL && credential === undefined) return undefined
  return {
    ...own,
    ...(credential && { credential }),
    ...(has & HAS_REPORT_SEED ? { reportSeed: reader.bytes(REPORT_SEED_BYTES) } : {}),
    ...(has & HAS_FLOORS ? { floors: Array.from({ length: FLOORS }, () => readFloor(reader)) } : {}),
  }
}

function readCredential(reader: Reader): Credential | undefined {
  const [secret, root] = [reader.bytes(CREDENTIAL_KEY_BYTES), reader.bytes(CREDENTIAL_KEY_BYTES)]
  const length = reader.number(2)
  return length > CERTIFICATE_BYTES_MAX ? undefined : { secret, root, certificate: reader.bytes(length) }
}

function readFloor(reader: Reader): Floor | undefined {
  const [scope, value] = [reader.bytes(FLOOR_SCOPE_BYTES), reader.number(FLOOR_VALUE_BYTES)]
  return value === 0 && scope.every((byte) => byte === 0) ? undefined : { scope, value }
}

/** The record is wiped. */
function storeOf(record: Uint8Array): KeyStore | undefined {
  const restored = KeyStore.restore(record)
  wipe(record)
  return restored.kind === 'ok' ? restored.store : undefined
}

/** Ours by its first bytes, and as it was written by its last four. */
function hasCrc(bytes: Uint8Array): boolean {
  const end = bytes.length - CRC_BYTES
  if (end <= MAGIC.length || MAGIC.some((byte, at) => bytes[at] !== byte)) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view.getUint32(end) === crc32(bytes.subarray(0, end))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Copies what it reads; what was not there shows in `rest`. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  bytes(length: number): Uint8Array {
    this.#at += length
    return this.#bytes.slice(this.#at - length, this.#at)
  }

  number(length: 1 | 2 | 4 | 6): number {
    return this.bytes(length).reduce((value, byte) => value * 256 + byte, 0)
  }

  /** All that is left; undefined where more was read than there is. */
  rest(): Uint8Array | undefined {
    return this.#at > this.#bytes.length ? undefined : this.#bytes.slice(this.#at)
  }
}

function number(value: number, length: 1 | 2 | 4 | 6): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Math.floor(value / 256 ** (length - 1 - at)) % 256)
}
