import { aes } from './aes.ts'
import { AES_COUNTER, isCounter } from './dukpt-counter.ts'
import { wipe } from './wipe.ts'

// ANSI X9.24-3:2017, 6.3. A KSN is 12 bytes: BDK id (4), derivation id (4), which are the initial key's id, counter (4).

export const AES_KSN_BYTES = 12
const KEY_ID_BYTES = 8
const BLOCK_BYTES = 16

export type AesDukptUsage =
  | 'pin'
  | 'macGenerate'
  | 'macVerify'
  | 'macBoth'
  | 'dataEncrypt'
  | 'dataDecrypt'
  | 'dataBoth'
  | 'keyEncrypt'

export type DukptKeyType = 'TDES-2' | 'TDES-3' | 'AES-128' | 'AES-192' | 'AES-256'

// biome-ignore format: one row a usage; X9.24-3 table 3
const usages: { readonly [U in AesDukptUsage]: number } = {
  keyEncrypt:  0x0002,
  pin:         0x1000,
  macGenerate: 0x2000, macVerify:   0x2001, macBoth:  0x2002,
  dataEncrypt: 0x3000, dataDecrypt: 0x3001, dataBoth: 0x3002,
}
const KEY_DERIVATION = 0x8000
const INITIAL_KEY = 0x8001

/** `strength`: bits of it, by which a key may not be stronger than the one it comes from (6.1.3). */
interface KeyType {
  readonly code: number
  readonly bits: number
  readonly strength: number
}

// biome-ignore format: one row a type; X9.24-3 table 2
const keyTypes: { readonly [T in DukptKeyType]: KeyType } = {
  'TDES-2':  { code: 0, bits: 128, strength: 80  },
  'TDES-3':  { code: 1, bits: 192, strength: 112 },
  'AES-128': { code: 2, bits: 128, strength: 128 },
  'AES-192': { code: 3, bits: 192, strength: 192 },
  'AES-256': { code: 4, bits: 256, strength: 256 },
}

/** Counter of a KSN. Throws RangeError unless it has 12 bytes. */
export function aesKsnCounter(ksn: Uint8Array): number {
  checkKsn(ksn)
  return new DataView(ksn.buffer, ksn.byteOffset).getUint32(KEY_ID_BYTES)
}

/** The initial key, of the BDK's size, for a device with this initial key id (8 bytes). Throws RangeError for other sizes. */
export function aesInitialKey(bdk: Uint8Array, initialKeyId: Uint8Array): Uint8Array {
  checkKeyId(initialKeyId)
  return derived(bdk, typeOf(bdk), INITIAL_KEY, initialKeyId)
}

/**
 * The transaction key of the KSN's counter, of the initial key's size, for a host. Undefined where no device can be at
 * this counter (0, or more than sixteen one-bits). Throws RangeError for other sizes. Wipe it.
 */
export function aesTransactionKey(initialKey: Uint8Array, ksn: Uint8Array): Uint8Array | undefined {
  const counter = aesKsnCounter(ksn)
  return isCounter(AES_COUNTER, counter) ? keyAt(initialKey, ksn, counter) : undefined
}

/**
 * A working key of the KSN's counter. Throws RangeError for wrong sizes and for a key that is stronger than the
 * transaction key (6.1.3). Wipe it.
 */
export function aesWorkingKey(
  transactionKey: Uint8Array,
  usage: AesDukptUsage,
  type: DukptKeyType,
  ksn: Uint8Array,
): Uint8Array {
  if (keyTypes[type].strength > keyTypes[typeOf(transactionKey)].strength)
    throw new RangeError(`DUKPT: an ${type} key is stronger than its transaction key`)
  return derived(transactionKey, type, usages[usage], identity(ksn, aesKsnCounter(ksn)))
}

/** The key under which a new initial key travels (6.3.5): all 32 counter bits walked, usage key encryption. */
export function aesUpdateKey(initialKey: Uint8Array, initialKeyId: Uint8Array): Uint8Array {
  checkKeyId(initialKeyId)
  const ksn = new Uint8Array(AES_KSN_BYTES).fill(0xff)
  ksn.set(initialKeyId)
  const key = keyAt(initialKey, ksn, AES_COUNTER.counterMax)
  const update = aesWorkingKey(key, 'keyEncrypt', typeOf(initialKey), ksn)
  wipe(key)
  return update
}

function keyAt(initialKey: Uint8Array, ksn: Uint8Array, counter: number): Uint8Array {
  const type = typeOf(initialKey)
  let key: Uint8Array = initialKey.slice()
  let walked = 0
  for (let bit = 0x8000_0000; bit > 0; bit >>>= 1) {
    if ((counter & bit) === 0) continue
    walked = (walked | bit) >>> 0
    const next = derived(key, type, KEY_DERIVATION, identity(ksn, walked))
    wipe(key)
    key = next
  }
  return key
}

/** Right half of the initial key id, then a counter: what tells one derivation from another after the initial key. */
function identity(ksn: Uint8Array, counter: number): Uint8Array {
  checkKsn(ksn)
  const out = new Uint8Array(8)
  out.set(ksn.subarray(4, KEY_ID_BYTES))
  new DataView(out.buffer).setUint32(4, counter)
  return out
}

/** 6.3.2: AES-ECB over version, block counter, usage, algorithm, bits and identity, as often as the key needs blocks. */
function derived(key: Uint8Array, type: DukptKeyType, usage: number, id: Uint8Array): Uint8Array {
  const { code, bits } = keyTypes[type]
  const cipher = aes(key)
  const blocks = Math.ceil(bits / 8 / BLOCK_BYTES)
  const out = new Uint8Array(blocks * BLOCK_BYTES)
  for (let block = 0; block < blocks; block++) {
    const data = new Uint8Array(BLOCK_BYTES)
    const view = new DataView(data.buffer)
    data.set([1, block + 1])
    view.setUint16(2, usage)
    view.setUint16(4, code)
    view.setUint16(6, bits)
    data.set(id, 8)
    out.set(cipher.encrypt(data), block * BLOCK_BYTES)
  }
  const result = out.slice(0, bits / 8)
  wipe(out)
  return result
}

function typeOf(key: Uint8Array): 'AES-128' | 'AES-192' | 'AES-256' {
  if (key.length === 16) return 'AES-128'
  if (key.length === 24) return 'AES-192'
  if (key.length === 32) return 'AES-256'
  throw new RangeError(`AES DUKPT key: wants 16, 24 or 32 bytes, got ${key.length}`)
}

function checkKeyId(id: Uint8Array): void {
  if (id.length !== KEY_ID_BYTES)
    throw new RangeError(`initial key id: wants ${KEY_ID_BYTES} bytes, got ${id.length}`)
}

function checkKsn(ksn: Uint8Array): void {
  if (ksn.length !== AES_KSN_BYTES)
    throw new RangeError(`KSN: wants ${AES_KSN_BYTES} bytes, got ${ksn.length}`)
}
