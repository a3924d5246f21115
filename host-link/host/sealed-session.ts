import { HostKeys } from '../../keys/host-keys.ts'
import { wipe } from '../../keys/wipe.ts'
import type { Seal } from './seal.ts'

/** What a session's sealed bytes hold: its keys, and the sign-on that made them while nobody has used them. */
export interface Held {
  readonly keys: HostKeys
  /** Under the master key before, until a message comes under `keys`. */
  readonly before: HostKeys | undefined
  readonly signOn: SignOn | undefined
}

export interface SignOn {
  /** Keyed hash of the request. */
  readonly fingerprint: string
  /** As `storedAnswer` writes it. */
  readonly answer: Uint8Array
}

const FINGERPRINT_DIGITS = 64
/** In the first length: a second record follows. */
const WITH_BEFORE = 0x8000

/**
 * Sealed: length of the keys (2 bytes, the highest bit where keys of a master key before follow), the keys, those of
 * before with their length, then nothing, or fingerprint (64 hex digits) and answer of a sign-on.
 */
export function sealSession(seal: Seal, { keys, before, signOn }: Held): Uint8Array {
  const records = [keys, ...(before ? [before] : [])].map((one) => one.serialize())
  const { fingerprint, answer } = signOn ?? { fingerprint: '', answer: new Uint8Array() }
  const clear = new Uint8Array(
    records.reduce((sum, record) => sum + 2 + record.length, 0) + fingerprint.length + answer.length,
  )
  let end = 0
  for (const record of records) {
    const mark = record.length | (before && end === 0 ? WITH_BEFORE : 0)
    clear.set([mark >> 8, mark & 255], end)
    clear.set(record, end + 2)
    end += 2 + record.length
  }
  for (let at = 0; at < fingerprint.length; at++) clear[end + at] = fingerprint.charCodeAt(at)
  clear.set(answer, end + fingerprint.length)
  const closed = seal.close(clear)
  wipe(...records, clear)
  return closed
}

/** Nothing where the bytes were not sealed here, or hold no keys. */
export function openSession(seal: Seal, bytes: Uint8Array): Held | undefined {
  const clear = seal.open(bytes)
  if (!clear) return undefined
  const lengthAt = (at: number) => (clear[at] ?? 0) * 256 + (clear[at + 1] ?? 0)
  const first = lengthAt(0)
  const end = 2 + (first & ~WITH_BEFORE)
  const last = first & WITH_BEFORE ? end + 2 + lengthAt(end) : end
  const restored = HostKeys.restore(clear.subarray(2, end))
  const before = last > end ? HostKeys.restore(clear.subarray(end + 2, last)) : undefined
  const answer = clear.slice(last + FINGERPRINT_DIGITS)
  const fingerprint = String.fromCharCode(...clear.subarray(last, last + FINGERPRINT_DIGITS))
  wipe(clear)
  if (restored.kind !== 'ok' || before?.kind === 'damaged') return undefined
  return {
    keys: restored.keys,
    before: before?.keys,
    signOn: answer.length > 0 ? { fingerprint, answer } : undefined,
  }
}
