import { type MacAlgorithm, macKeyFits } from '../mac.ts'
import type { WorkingKeys } from '../working-keys.ts'
import { BLOCKS_MAX, DIGEST_BYTES, RETIRED_MAX } from './digest.ts'
import { rulesOf } from './key-rules.ts'
import { isSlotNumber } from './key-slot.ts'
import { RecordReader, RecordWriter } from './record.ts'
import { MASTER_KEY_BYTES, type MasterAlgorithm, type MasterKey, TRANSACTION_BYTES } from './slot-report.ts'

/** A master slot with all that hangs on it. Clear keys: only the store and its record see this. */
export interface StoredSlot {
  readonly number: number
  readonly master: StoredMaster | undefined
  readonly staged: StagedMaster | undefined
  /** Digests of the sign-on key blocks that were loaded, the last one last (K05). */
  readonly blocks: readonly Uint8Array[]
  /** Digests of the master keys that were here before. */
  readonly retired: readonly Uint8Array[]
}

/** The key in force: 16 bytes, under TDES with odd parity. */
export interface StoredMaster extends MasterKey {
  /** Of the loading that brought it. */
  readonly transaction: Uint8Array | undefined
  readonly working: StoredWorkingKeys | undefined
}

/** A new key beside it. */
export interface StagedMaster extends MasterKey {
  readonly transaction: Uint8Array
  readonly remote: boolean
}

export interface StoredWorkingKeys {
  /** Counts loads under this master, from 1. */
  readonly version: number
  readonly keys: WorkingKeys
  /** The MAC that the MAK is for, where its sign-on was proved by one; undefined: any that fits its size. */
  readonly makFor: MacAlgorithm | undefined
  /** Rule P13: the MAK of `version - 1`, until the first MAC under the new one is verified. */
  readonly previousMak: StoredMak | undefined
}

export interface StoredMak {
  readonly key: Uint8Array
  readonly for: MacAlgorithm | undefined
}

export interface StoredSlots {
  readonly tampered: boolean
  readonly slots: readonly StoredSlot[]
}

// The last character is the version of this layout.
const MAGIC = 'SKS2'
const MAGIC_1 = 'SKS1'

// What a slot has, as bits.
const HAS_MASTER = 1
const HAS_WORKING = 2
const HAS_STAGED = 4

// biome-ignore format: by the number that stands for each
const algorithms: readonly (MasterAlgorithm | undefined)[] = [undefined, 'TDES', 'SM4']
// biome-ignore format: by the number that stands for each; 0: any
const macs: readonly (MacAlgorithm | undefined)[] = [undefined, 'cup-ecb', 'x9.9', 'x9.19', 'cbc-mac', 'cmac']

/**
 * The record of a store: tampered (1 byte), count of slots (1), then each slot by rising number:
 *
 *     number (1)  has (1: 1 master, 2 working keys, 4 staged)
 *     master:     algorithm (1: 1 TDES, 2 SM4)  key  key version (2)  transaction
 *     working:    version (4)  PIK  MAK  MAC (1, 0 = any)  TDK  previous MAK  its MAC (1)
 *     staged:     algorithm (1)  key  key version (2)  transaction  remote (1)
 *     blocks:     count (1)  digests (8 each)
 *     retired:    count (1)  digests (8 each)
 *
 * A key or transaction is its length (1 byte, 0 = none) and its bytes; keys are in clear.
 */
export function writeSlots({ tampered, slots }: StoredSlots): Uint8Array {
  const record = new RecordWriter(MAGIC)
  record.number(tampered ? 1 : 0, 1)
  record.number(slots.length, 1)
  for (const slot of slots) {
    const { number, master, staged } = slot
    const working = master?.working
    record.number(number, 1)
    record.number((master ? HAS_MASTER : 0) + (working ? HAS_WORKING : 0) + (staged ? HAS_STAGED : 0), 1)
    if (master) writeKey(record, master, master.transaction)
    if (working) writeWorkingKeys(record, working)
    if (staged) {
      writeKey(record, staged, staged.transaction)
      record.number(staged.remote ? 1 : 0, 1)
    }
    for (const digests of [slot.blocks, slot.retired]) {
      record.number(digests.length, 1)
      for (const digest of digests) record.bytes(digest)
    }
  }
  return record.end()
}

/** Reads both layouts. Throws WireError for anything but a whole, undamaged record. */
export function readSlots(bytes: Uint8Array): StoredSlots {
  const version1 = bytes[3] === MAGIC_1.charCodeAt(3)
  const record = new RecordReader(version1 ? MAGIC_1 : MAGIC, bytes)
  const tampered = !version1 && readFlag(record)
  const count = record.number(1)
  const slots: StoredSlot[] = []
  for (let index = 0; index < count; index++) {
    const number = record.number(1)
    if (!isSlotNumber(number) || number <= (slots[index - 1]?.number ?? -1)) throw record.fault('slot number')
    slots.push(version1 ? readSlot1(record, number) : readSlot(record, number))
  }
  record.end()
  return { tampered, slots }
}

function writeKey(record: RecordWriter, key: MasterKey, transaction: Uint8Array | undefined): void {
  record.number(algorithms.indexOf(key.algorithm), 1)
  record.key(key.bytes)
  record.bytes(Uint8Array.from(key.keyVersion, (letter) => letter.charCodeAt(0)))
  record.key(transaction)
}

function writeWorkingKeys(record: RecordWriter, working: StoredWorkingKeys): void {
  record.number(working.version, 4)
  record.key(working.keys.pik)
  record.key(working.keys.mak)
  record.number(macs.indexOf(working.makFor), 1)
  record.key(working.keys.tdk)
  record.key(working.previousMak?.key)
  record.number(macs.indexOf(working.previousMak?.for), 1)
}

function readSlot(record: RecordReader, number: number): StoredSlot {
  const has = record.number(1)
  if (has > 7 || (has & (HAS_MASTER | HAS_WORKING)) === HAS_WORKING) throw record.fault('parts of a slot')
  const key = has & HAS_MASTER ? readKey(record) : undefined
  const working = key && has & HAS_WORKING ? readWorkingKeys(record, key.algorithm) : undefined
  const staged = has & HAS_STAGED ? readStaged(record) : undefined
  const blocks = readDigests(record, BLOCKS_MAX)
  return {
    number,
    master: key && { ...key, working },
    staged,
    blocks,
    retired: readDigests(record, RETIRED_MAX),
  }
}

function readKey(record: RecordReader) {
  const algorithm = algorithms[record.number(1)]
  if (algorithm === undefined) throw record.fault('algorithm')
  const bytes = wanted(record, [MASTER_KEY_BYTES])
  const keyVersion = String.fromCharCode(record.number(1), record.number(1))
  return { algorithm, bytes, keyVersion, transaction: record.key([0, TRANSACTION_BYTES]) }
}

function readStaged(record: RecordReader): StagedMaster {
  const { transaction, ...key } = readKey(record)
  if (transaction === undefined) throw record.fault('transaction missing')
  return { ...key, transaction, remote: readFlag(record) }
}

function readWorkingKeys(record: RecordReader, algorithm: MasterAlgorithm): StoredWorkingKeys {
  const { pikBytes, makBytes, tdkBytes } = rulesOf(algorithm)
  const version = record.number(4)
  if (version === 0) throw record.fault('version')
  const pik = wanted(record, pikBytes)
  const mak = wanted(record, makBytes)
  const makFor = readMac(record, mak, algorithm)
  const tdk = record.key([0, ...tdkBytes])
  const previous = record.key([0, ...makBytes])
  const previousFor = readMac(record, previous, algorithm)
  return {
    version,
    keys: { pik, mak, tdk },
    makFor,
    previousMak: previous && { key: previous, for: previousFor },
  }
}

function readMac(record: RecordReader, key: Uint8Array | undefined, cipher: MasterAlgorithm) {
  const number = record.number(1)
  const mac = macs[number]
  const known =
    number === 0 || (mac !== undefined && key !== undefined && macKeyFits(mac, key.length, cipher))
  if (!known) throw record.fault('MAC')
  return mac
}

function readDigests(record: RecordReader, max: number): readonly Uint8Array[] {
  const count = record.number(1)
  if (count > max) throw record.fault('too many digests')
  return Array.from({ length: count }, () => record.bytes(DIGEST_BYTES))
}

function readFlag(record: RecordReader): boolean {
  const flag = record.number(1)
  if (flag > 1) throw record.fault('neither yes nor no')
  return flag === 1
}

/** Layout 1: number (1), TMK, version (4, 0 = no working keys) and, with working keys, PIK, MAK, TDK, previous MAK. */
function readSlot1(record: RecordReader, number: number): StoredSlot {
  const bytes = wanted(record, [MASTER_KEY_BYTES])
  const version = record.number(4)
  const master = { algorithm: 'TDES', bytes, keyVersion: '00', transaction: undefined } as const
  const working = version === 0 ? undefined : readWorkingKeys1(record, version)
  return { number, master: { ...master, working }, staged: undefined, blocks: [], retired: [] }
}

function readWorkingKeys1(record: RecordReader, version: number): StoredWorkingKeys {
  const { pikBytes, makBytes, tdkBytes } = rulesOf('TDES')
  const keys = {
    pik: wanted(record, pikBytes),
    mak: wanted(record, makBytes),
    tdk: record.key([0, ...tdkBytes]),
  }
  const previous = record.key([0, ...makBytes])
  return { version, keys, makFor: undefined, previousMak: previous && { key: previous, for: undefined } }
}

function wanted(record: RecordReader, sizes: readonly number[]): Uint8Array {
  const key = record.key(sizes)
  if (key === undefined) throw record.fault('key missing')
  return key
}
