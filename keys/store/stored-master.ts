import type { WorkingKeys } from '../working-keys.ts'
import { isSlotNumber } from './key-slot.ts'
import { RecordReader, RecordWriter } from './record.ts'

/** A master slot with what hangs on it. Clear keys: only the store and its record see this. */
export interface StoredMaster {
  readonly number: number
  /** 16 bytes, odd parity. */
  readonly key: Uint8Array
  readonly working: StoredWorkingKeys | undefined
}

export interface StoredWorkingKeys {
  /** Counts loads under this master, from 1. */
  readonly version: number
  readonly keys: WorkingKeys
  /** Rule P13: the MAK of `version - 1`, until the first MAC under the new one is verified. */
  readonly previousMak: Uint8Array | undefined
}

const MAGIC = 'SKS1' // the last character is the version of this layout
const EITHER = [8, 16]

/**
 * The record of a store: count of masters (1 byte), then for each, by rising number: number (1), TMK, version (4,
 * 0 = no working keys) and, with working keys, PIK, MAK, TDK, previous MAK. A key is its length (1 byte, 0 = none)
 * and its bytes, in clear.
 */
export function writeMasters(masters: readonly StoredMaster[]): Uint8Array {
  const record = new RecordWriter(MAGIC)
  record.number(masters.length, 1)
  for (const { number, key, working } of masters) {
    record.number(number, 1)
    record.key(key)
    record.number(working?.version ?? 0, 4)
    if (working === undefined) continue
    record.key(working.keys.pik)
    record.key(working.keys.mak)
    record.key(working.keys.tdk)
    record.key(working.previousMak)
  }
  return record.end()
}

/** Throws WireError for anything but a whole, undamaged record. */
export function readMasters(bytes: Uint8Array): readonly StoredMaster[] {
  const record = new RecordReader(MAGIC, bytes)
  const count = record.number(1)
  const masters: StoredMaster[] = []
  for (let index = 0; index < count; index++) {
    const number = record.number(1)
    if (!isSlotNumber(number) || number <= (masters[index - 1]?.number ?? -1))
      throw record.fault('slot number')
    const key = wanted(record, [16])
    masters.push({ number, key, working: readWorkingKeys(record) })
  }
  record.end()
  return masters
}

function readWorkingKeys(record: RecordReader): StoredWorkingKeys | undefined {
  const version = record.number(4)
  if (version === 0) return undefined
  const keys = { pik: wanted(record, EITHER), mak: wanted(record, EITHER), tdk: record.key([0, 16]) }
  return { version, keys, previousMak: record.key([0, ...EITHER]) }
}

function wanted(record: RecordReader, sizes: readonly number[]): Uint8Array {
  const key = record.key(sizes)
  if (key === undefined) throw record.fault('key missing')
  return key
}
