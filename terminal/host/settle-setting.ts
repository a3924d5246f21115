import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import type { Pos } from '../pos.ts'

/**
 * A setting that always has the same length on flash: a length byte, CBOR, zeros. Written once at the first start, it can be
 * written again in a journal that is full: nothing grows.
 */
export interface FixedSetting {
  readonly key: number
  readonly bytes: number
}

/** The values kept; undefined where there are none. */
export function fixedSetting(pos: Pos, { key, bytes }: FixedSetting): readonly CborValue[] | undefined {
  const kept = pos.journal.setting(key)
  const length = kept?.[0] ?? 0
  if (kept === undefined || length === 0) return undefined
  const value = decodeCbor(kept.slice(1, 1 + length), { bytes, depth: 2 })
  return Array.isArray(value) ? value : undefined
}

/** Keeps the values, or none. Throws a RangeError for more than fit: see `fits`. */
export function keepFixed(
  pos: Pos,
  { key, bytes }: FixedSetting,
  values?: readonly CborValue[],
): 'written' | 'full' | 'fault' {
  const body = values === undefined ? new Uint8Array(0) : encodeCbor(values)
  const padded = new Uint8Array(bytes)
  padded[0] = body.length
  padded.set(body, 1)
  return pos.journal.set(key, padded)
}

export function fits({ bytes }: FixedSetting, values: readonly CborValue[]): boolean {
  return encodeCbor(values).length < bytes
}

/** Takes the place of the settings that are not there yet. */
export function reserveSettings(pos: Pos, settings: readonly FixedSetting[]): void {
  for (const setting of settings) if (pos.journal.setting(setting.key) === undefined) keepFixed(pos, setting)
}
