import { isCounter, TDES_COUNTER } from './dukpt-counter.ts'
import { tdes } from './tdes.ts'
import { wipe } from './wipe.ts'

// ANSI X9.24-1:2009, annex A. Keys are 16 bytes, a key serial number (KSN) 10: set and device, then 21 bits of counter.

export const TDES_KSN_BYTES = 10
const KEY_BYTES = 16
/** High bits of byte 7 belong to the device, the low five to the counter. */
const DEVICE_BITS = 0xe0
const MASK: readonly number[] = [0xc0, 0xc0, 0xc0, 0xc0, 0, 0, 0, 0]

export type TdesDukptUsage = 'pin' | 'macRequest' | 'macResponse' | 'dataRequest' | 'dataResponse'

// biome-ignore format: one row a usage; X9.24-1 table A-1, for both halves of the key
const variants: { readonly [U in TdesDukptUsage]: readonly number[] } = {
  pin:          [0, 0, 0,    0,    0, 0,    0,    0xff],
  macRequest:   [0, 0, 0,    0,    0, 0,    0xff, 0   ],
  macResponse:  [0, 0, 0,    0,    0xff, 0, 0,    0   ],
  dataRequest:  [0, 0, 0,    0,    0, 0xff, 0,    0   ],
  dataResponse: [0, 0, 0,    0xff, 0, 0,    0,    0   ],
}

/** Counter of a KSN. Throws RangeError unless it has 10 bytes. */
export function tdesKsnCounter(ksn: Uint8Array): number {
  checkKsn(ksn)
  return (((ksn[7] ?? 0) & ~DEVICE_BITS) << 16) | ((ksn[8] ?? 0) << 8) | (ksn[9] ?? 0)
}

/** The KSN of the same device with another counter, a fresh array. Throws RangeError unless 10 bytes and 0 to 2^21 − 1. */
export function tdesKsnWith(ksn: Uint8Array, counter: number): Uint8Array {
  checkKsn(ksn)
  if (!Number.isInteger(counter) || counter < 0 || counter > TDES_COUNTER.counterMax)
    throw new RangeError('DUKPT counter: not one of 21 bits')
  const out = ksn.slice()
  out[7] = ((ksn[7] ?? 0) & DEVICE_BITS) | (counter >>> 16)
  out[8] = (counter >>> 8) & 0xff
  out[9] = counter & 0xff
  return out
}

/** The initial key of a device. Its KSN's counter is ignored. Throws RangeError unless 16 and 10 bytes. */
export function tdesInitialKey(bdk: Uint8Array, ksn: Uint8Array): Uint8Array {
  checkKey(bdk)
  const device = tdesKsnWith(ksn, 0).subarray(0, 8)
  const masked = xor(bdk, [...MASK, ...MASK])
  const out = new Uint8Array(KEY_BYTES)
  out.set(tdes(bdk).encrypt(device))
  out.set(tdes(masked).encrypt(device), 8)
  wipe(masked)
  return out
}

/**
 * The transaction key of the KSN's counter, for a host. Undefined where no device can be at this counter (0, or more
 * than ten one-bits). Throws RangeError unless 16 and 10 bytes. Wipe it.
 */
export function tdesTransactionKey(initialKey: Uint8Array, ksn: Uint8Array): Uint8Array | undefined {
  checkKey(initialKey)
  const counter = tdesKsnCounter(ksn)
  if (!isCounter(TDES_COUNTER, counter)) return undefined
  let key: Uint8Array = initialKey.slice()
  let walked = 0
  for (let bit = 0x10_0000; bit > 0; bit >>>= 1) {
    if ((counter & bit) === 0) continue
    walked |= bit
    const next = tdesNextKey(key, tdesKsnWith(ksn, walked))
    wipe(key)
    key = next
  }
  return key
}

/** One step that cannot be undone, A.4: the key of a counter from the key of that counter less its lowest one-bit. */
export function tdesNextKey(key: Uint8Array, ksn: Uint8Array): Uint8Array {
  checkKey(key)
  checkKsn(ksn)
  const masked = xor(key, [...MASK, ...MASK])
  const out = new Uint8Array(KEY_BYTES)
  out.set(half(masked, ksn.subarray(2)))
  out.set(half(key, ksn.subarray(2)), 8)
  wipe(masked)
  return out
}

/** The working key of a usage. Data keys are encrypted by themselves once more. Throws RangeError unless 16 bytes. */
export function tdesWorkingKey(transactionKey: Uint8Array, usage: TdesDukptUsage): Uint8Array {
  checkKey(transactionKey)
  const variant = variants[usage]
  const key = xor(transactionKey, [...variant, ...variant])
  if (usage !== 'dataRequest' && usage !== 'dataResponse') return key
  const cipher = tdes(key)
  const out = new Uint8Array(KEY_BYTES)
  out.set(cipher.encrypt(key.subarray(0, 8)))
  out.set(cipher.encrypt(key.subarray(8)), 8)
  wipe(key)
  return out
}

function half(key: Uint8Array, register: Uint8Array): Uint8Array {
  const right = key.subarray(8)
  return xor(tdes(key.subarray(0, 8)).encrypt(xor(register, right)), right)
}

function xor(bytes: Uint8Array, other: ArrayLike<number>): Uint8Array {
  return bytes.map((byte, at) => byte ^ (other[at] ?? 0))
}

function checkKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`DUKPT key: wants ${KEY_BYTES} bytes, got ${key.length}`)
}

function checkKsn(ksn: Uint8Array): void {
  if (ksn.length !== TDES_KSN_BYTES)
    throw new RangeError(`KSN: wants ${TDES_KSN_BYTES} bytes, got ${ksn.length}`)
}
