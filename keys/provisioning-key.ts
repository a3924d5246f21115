import { checkValue } from './check-value.ts'
import { cipherOf } from './cipher.ts'
import { equalBytes } from './equal-bytes.ts'
import { fromHex } from './hex.ts'
import { rulesOf } from './store/key-rules.ts'
import type { MasterAlgorithm } from './store/slot-report.ts'
import { wipe } from './wipe.ts'

/** One of `keys` in a provisioning file, which exists for development only: its key is a string and stays one. */
export interface ProvisioningKey {
  /** 0 to 9. */
  readonly slot: number
  readonly usage: 'TMK'
  readonly algorithm: MasterAlgorithm
  /** 16 bytes; wiped by the store that loads it. */
  readonly key: Uint8Array
  /** 3 or 4 bytes, already found right. */
  readonly kcv: Uint8Array
}

export type ParsedKey =
  | { readonly kind: 'key'; readonly key: ProvisioningKey }
  /** `why` is what follows "key 1: " in a sentence; it never repeats the key. */
  | { readonly kind: 'refused'; readonly why: string }

const names: readonly string[] = ['slot', 'usage', 'algorithm', 'key', 'kcv']

/** Reads `{ slot, usage: "TMK", algorithm: "TDES" or "SM4", key: 32 hex, kcv: 6 or 8 hex }`, as JSON gave it. */
export function parseProvisioningKey(entry: unknown): ParsedKey {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return refused('is not an object')
  const value: { readonly [name: string]: unknown } = { ...entry }
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) return refused(`"${unknown.slice(0, 32)}" is not a property of a key`)

  const { slot, usage, algorithm, key, kcv } = value
  if (typeof slot !== 'number' || !Number.isInteger(slot) || slot < 0 || slot > 9) {
    return refused('"slot" must be a whole number from 0 to 9')
  }
  if (usage !== 'TMK') return refused('"usage" must be "TMK"')
  if (algorithm !== 'TDES' && algorithm !== 'SM4') return refused('"algorithm" must be "TDES" or "SM4"')
  if (typeof key !== 'string' || !/^[0-9A-Fa-f]{32}$/.test(key)) return refused('"key" must be 32 hex digits')
  if (typeof kcv !== 'string' || !/^([0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$/.test(kcv)) {
    return refused('"kcv" must be 6 or 8 hex digits')
  }
  const bytes = fromHex(key)
  const wanted = fromHex(kcv)
  const found = checkValue(cipherOf(algorithm, bytes), 4).slice(0, wanted.length)
  const fault = !equalBytes(found, wanted)
    ? 'the check value "kcv" does not belong to "key"'
    : rulesOf(algorithm).isWeak(bytes)
      ? `"key" is a weak ${algorithm === 'TDES' ? 'DES' : algorithm} key`
      : undefined
  if (fault === undefined) return { kind: 'key', key: { slot, usage, algorithm, key: bytes, kcv: wanted } }
  wipe(bytes)
  return refused(fault)
}

function refused(why: string): ParsedKey {
  return { kind: 'refused', why }
}
