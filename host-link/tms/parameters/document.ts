import { hexOf } from '../../wire/bytes.ts'
import { type CborValue, encodeCbor } from '../../wire/cbor.ts'
import { type Signer, sealEnvelope } from '../../wire/tms/envelope.ts'
import {
  encodeParameterSet,
  PARAMETER_SET_BYTES_MAX,
  type ParameterSet,
} from '../../wire/tms/parameter-set.ts'
import type { Effective } from './effective.ts'

/** What of a set depends on the layers, and not on when or how often it was made. */
export interface SetContent {
  readonly serial: string
  readonly schema: number
  /** Unix seconds; 0: at once. */
  readonly effective: number
  /** What was changed at the terminal: stays or is written over. */
  readonly drift: 'keep' | 'overwrite'
  /** By number of the parameter, rising; flags are 0 and 1. */
  readonly values: ReadonlyMap<number, number | string>
}

/** Values as the terminal gets them: only what some layer gives, the rest has the table's default. */
export function setValues({ keys }: Effective): ReadonlyMap<number, number | string> {
  const rows = keys.map(({ number, value }): [number, number | string] => [
    number,
    typeof value === 'boolean' ? Number(value) : value,
  ])
  return new Map(rows.sort(([a], [b]) => a - b))
}

/**
 * The digest of a content, hex: a new document is made only when it changes. Its time is not in it: a set whose time has come
 * is the same as one that counts at once.
 */
export function contentDigest(content: SetContent, sha256: (bytes: Uint8Array) => Uint8Array): string {
  const { serial, schema, drift, values } = content
  const parts: readonly CborValue[] = [serial, schema, drift, values]
  return hexOf(sha256(encodeCbor(parts))).toLowerCase()
}

export interface DocumentHead {
  readonly tenant: string
  /** Rises with each document of this terminal. */
  readonly pseq: number
  readonly created: number
  readonly expires: number
  /** SHA-256 of the document before it; null: the first. */
  readonly base: Uint8Array | null
}

/** The signed document 参数集 of one terminal. Throws RangeError for one that is longer than terminals take. */
export function makeDocument(content: SetContent, head: DocumentHead, signer: Signer): Uint8Array {
  const { serial, schema, effective, values, drift } = content
  const { tenant, pseq, created, expires, base } = head
  const set: ParameterSet = {
    ...{ tenant, seq: pseq, created, expires, serial, schema, effective, values, base },
    needsProgram: null,
    drift: drift === 'overwrite' ? 1 : 0,
  }
  const envelope = sealEnvelope('parameters', encodeParameterSet(set), [signer])
  if (envelope.length > PARAMETER_SET_BYTES_MAX)
    throw new RangeError(`parameters of ${serial}: more than ${PARAMETER_SET_BYTES_MAX} bytes`)
  return envelope
}
