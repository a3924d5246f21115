import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import type { Journal, Written } from '../journal/journal.ts'
import { number, putNumber } from '../journal/record.ts'
import { parameterFault, parameterNumbered, parameterRow } from './table.ts'

/**
 * Setting: which of the two banks of values counts, in one write with all that is said of it (docs/download.md): the bank 0 or
 * 1, `tries`, then of that bank and of the one before 36 bytes each of which set it is (pseq, lowest byte first, and hash), and 32 of what is `local` in it. Absent:
 * nothing was ever changed. One byte alone, of an older program: the bank, all of it local.
 */
const SETTING_BANK = 10
const HEAD_BYTES = 68
/** Settings of the two banks. */
const BANKS = [16, 24] as const
const CHUNKS = 8
const CHUNK_BYTES_MAX = 200

export type Values = { readonly [name: string]: string | number | boolean }

/** The parameter set 参数集 that stands, and what was changed since by other ways: at the terminal, or by 8583. */
export interface StandingSet {
  /** 0: none ever came. */
  readonly pseq: number
  /** SHA-256 of its document; zeros where none came. */
  readonly hash: Uint8Array
  /** Names of the parameters that do not come from it. */
  readonly local: readonly string[]
  /** Starts since it was put in force and before one went well; 0: it has been confirmed. */
  readonly tries: number
}

/**
 * What was downloaded or changed at this terminal and goes over its set-up. What a newer program no longer knows, or takes in
 * another range, is left out: the set-up's value stands then.
 */
export function storedParameters(journal: Journal): Values {
  const values: { [name: string]: string | number | boolean } = {}
  const [bank] = journal.setting(SETTING_BANK) ?? []
  const first = bank === undefined ? undefined : BANKS[bank]
  if (first === undefined) return values
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    for (const [key, value] of chunkOf(journal.setting(first + chunk))) {
      const name = typeof key === 'number' ? parameterNumbered(key) : undefined
      if (name === undefined || !isValue(value)) continue
      const given = flagOr(name, value)
      if (parameterFault(name, given) === undefined) values[name] = given
    }
  }
  return values
}

/**
 * Replaces all stored values, at once: the bank that does not count is written, then what says which counts. Values that
 * change are local from then on. `full` also where the values are more than a bank holds. Durable.
 */
export function storeParameters(journal: Journal, values: Values): Written {
  const stored = storedParameters(journal)
  const { pseq, hash, local } = standingSet(journal)
  const changed = Object.keys({ ...stored, ...values }).filter((name) => stored[name] !== values[name])
  return putInForce(journal, values, { pseq, hash, local: [...local, ...changed], tries: 0 })
}

/** Puts values in force as this set, as `storeParameters` does. What stood before is kept for `revertSet`. Durable. */
export function putInForce(journal: Journal, values: Values, set: StandingSet): Written {
  const [current] = journal.setting(SETTING_BANK) ?? []
  const next = current === 0 ? 1 : 0
  const chunks = chunksOf(values)
  if (chunks === undefined || chunks.length > CHUNKS) return 'full'
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const bytes = chunks[chunk] ?? new Uint8Array(0)
    const key = BANKS[next] + chunk
    if (bytes.length === 0 && (journal.setting(key)?.length ?? 0) === 0) continue
    const written = journal.set(key, bytes)
    if (written !== 'written') return written
  }
  return putHeads(journal, next, set.tries, headOf(set), headOf(standingSet(journal)))
}

/** Of which set the values are that count. */
export function standingSet(journal: Journal): StandingSet {
  const setting = journal.setting(SETTING_BANK)
  const local: string[] = []
  if (setting === undefined || setting.length < 2 + HEAD_BYTES) {
    if (setting !== undefined) local.push(...Object.keys(storedParameters(journal)))
    return { pseq: 0, hash: new Uint8Array(32), local, tries: 0 }
  }
  for (let row = 0; row < 256; row++) {
    const bits = setting[2 + 36 + (row >> 3)] ?? 0
    const name = (bits >> (row & 7)) & 1 ? parameterNumbered(row) : undefined
    if (name !== undefined) local.push(name)
  }
  return { pseq: number(setting, 2, 4), hash: setting.slice(6, 38), local, tries: setting[1] ?? 0 }
}

/** Says how often the set was tried; 0 confirms it. Durable. */
export function markTries(journal: Journal, tries: number): Written {
  const setting = journal.setting(SETTING_BANK)
  if (setting === undefined || setting.length < 2 || setting[1] === tries) return 'written'
  setting[1] = tries
  return journal.set(SETTING_BANK, setting)
}

/** Back to the values that counted before the set of now: only while it is not confirmed. Durable. */
export function revertSet(journal: Journal): Written {
  const setting = journal.setting(SETTING_BANK)
  if (setting === undefined || (setting[1] ?? 0) === 0) return 'written'
  const [bank] = setting
  const before = setting.slice(2 + HEAD_BYTES)
  return putHeads(journal, bank === 0 ? 1 : 0, 0, before, before)
}

function putHeads(
  journal: Journal,
  bank: number,
  tries: number,
  head: Uint8Array,
  before: Uint8Array,
): Written {
  return journal.set(SETTING_BANK, Uint8Array.from([bank, tries, ...head, ...before]))
}

function headOf({ pseq, hash, local }: StandingSet): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES)
  putNumber(head, 0, 4, pseq)
  head.set(hash.subarray(0, 32), 4)
  for (const name of local) {
    const number = parameterRow(name)?.number ?? 0
    head[36 + (number >> 3)] = (head[36 + (number >> 3)] ?? 0) | (1 << (number & 7))
  }
  return head
}

/** Undefined where one value alone is longer than a setting. */
function chunksOf(values: Values): Uint8Array[] | undefined {
  const chunks: Uint8Array[] = []
  let map = new Map<number, CborValue>()
  for (const name of Object.keys(values)) {
    const number = parameterRow(name)?.number
    const value = values[name]
    if (number === undefined || value === undefined) continue
    const kept: CborValue = typeof value === 'boolean' ? (value ? 1 : 0) : value
    if (encodeCbor(new Map([[number, kept]])).length > CHUNK_BYTES_MAX) return undefined
    const more = new Map([...map, [number, kept] as const])
    if (encodeCbor(more).length > CHUNK_BYTES_MAX) {
      chunks.push(encodeCbor(map))
      map = new Map([[number, kept]])
    } else map = more
  }
  if (map.size > 0) chunks.push(encodeCbor(map))
  return chunks
}

function chunkOf(bytes: Uint8Array | undefined): ReadonlyMap<number | string, CborValue> {
  if (bytes === undefined || bytes.length === 0) return new Map()
  try {
    const map = decodeCbor(bytes, { bytes: CHUNK_BYTES_MAX, depth: 2 })
    return map instanceof Map ? map : new Map()
  } catch (error) {
    if (error instanceof WireError) return new Map()
    throw error
  }
}

/** A value as the table has it: what is kept and sent of a flag is 0 or 1. */
export function flagOr(name: string, value: string | number): string | number | boolean {
  return parameterRow(name)?.kind.type === 'flag' && (value === 0 || value === 1) ? value === 1 : value
}

function isValue(value: CborValue): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
