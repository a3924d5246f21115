import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import type { Journal, Written } from '../journal/journal.ts'
import { parameterFault, parameterNumbered, parameterRow } from './table.ts'

/** Setting: which of the two banks of values counts, 0 or 1; absent: nothing was ever changed. */
const SETTING_BANK = 10
/** Settings of the two banks. */
const BANKS = [16, 24] as const
const CHUNKS = 8
const CHUNK_BYTES_MAX = 200

export type Values = { readonly [name: string]: string | number | boolean }

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
    for (const [number, value] of chunkOf(journal.setting(first + chunk))) {
      const name = typeof number === 'number' ? parameterNumbered(number) : undefined
      if (name === undefined || !isValue(value)) continue
      const given =
        parameterRow(name)?.kind.type === 'flag' && (value === 0 || value === 1) ? value === 1 : value
      if (parameterFault(name, given) === undefined) values[name] = given
    }
  }
  return values
}

/**
 * Replaces all stored values, at once: the bank that does not count is written, then the one byte that says which counts.
 * `full` also where the values are more than a bank holds. Durable.
 */
export function storeParameters(journal: Journal, values: Values): Written {
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
  return journal.set(SETTING_BANK, new Uint8Array([next]))
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

function isValue(value: CborValue): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
