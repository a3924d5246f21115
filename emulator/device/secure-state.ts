import { crc32 } from '../../keys/store/crc32.ts'
import { KeyStore } from '../../keys/store/key-store.ts'
import { wipe } from '../../keys/wipe.ts'

/**
 * What the secure element keeps over a power cut, in one piece that is saved whole:
 *
 *     0       4   5               21         25               n−4     n
 *     | SKSE  | 1 | device secret | credit   | key store …     | CRC  |
 *
 * credit: milliseconds of PIN credit, CRC: CRC-32 over all before it; both big endian.
 */
export interface SecureState {
  readonly secret: Uint8Array
  readonly creditMs: number
  readonly store: KeyStore
}

export const SECRET_BYTES = 16
const MAGIC = [0x53, 0x4b, 0x53, 0x45, 1] as const
const SECRET_AT = MAGIC.length
const CREDIT_AT = SECRET_AT + SECRET_BYTES
const STORE_AT = CREDIT_AT + 4
const CRC_BYTES = 4

/** The state as bytes, keys in clear: for the secure element's own storage and nothing else. */
export function writeSecureState({ secret, creditMs, store }: SecureState): Uint8Array {
  const record = store.serialize()
  const bytes = new Uint8Array(STORE_AT + record.length + CRC_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  bytes.set(secret, SECRET_AT)
  view.setUint32(CREDIT_AT, creditMs)
  bytes.set(record, STORE_AT)
  view.setUint32(bytes.length - CRC_BYTES, crc32(bytes.subarray(0, bytes.length - CRC_BYTES)))
  wipe(record)
  return bytes
}

/** Undefined when anything in it is damaged: never some of the keys. */
export function readSecureState(bytes: Uint8Array): SecureState | undefined {
  const end = bytes.length - CRC_BYTES
  if (end < STORE_AT || MAGIC.some((byte, at) => bytes[at] !== byte)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(end) !== crc32(bytes.subarray(0, end))) return undefined
  const restored = KeyStore.restore(bytes.slice(STORE_AT, end))
  if (restored.kind === 'damaged') return undefined
  return {
    secret: bytes.slice(SECRET_AT, CREDIT_AT),
    creditMs: view.getUint32(CREDIT_AT),
    store: restored.store,
  }
}
