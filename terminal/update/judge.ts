import { same } from '../../host-link/wire/bytes.ts'
import { CODE, type Code } from '../../host-link/wire/tms/codes.ts'
import type { Payload, ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import { INDEX } from './unpack.ts'

/** What this terminal is and has room for. */
export interface Terms {
  readonly tenant: string
  readonly model: string
  readonly version: string
  readonly runtime: number
  readonly parameterSchema: number
  /** Layouts in which the journal can be handed over: an empty one is brought to an older layout first. */
  readonly journal: { readonly min: number; readonly max: number }
  /** Security counter that must not be undercut. */
  readonly counter: number
  /** Unix seconds of the order. */
  readonly now: number
  /** Bytes of a slot, of the staging area, and of the longest index. */
  readonly slotBytes: number
  readonly stagingBytes: number
  readonly indexBytes: number
  /** SHA-256 of programs that a delta may start from. */
  readonly bases: readonly Uint8Array[]
  /** This release failed under this order before. */
  readonly failedBefore: boolean
}

/** Bytes of the index of a payload. */
export function indexBytes(payload: Payload): number {
  return INDEX.name + Math.ceil(payload.size / INDEX.leaf) * INDEX.hash
}

/**
 * Whether a genuine release is for this terminal now: 0, or the first reason why not (downloads are refused before the
 * first block of a payload). All that can be known from the manifest alone is asked here.
 */
export function judge(manifest: ReleaseManifest, terms: Terms): Code {
  const { runtime, parameterSchema, journal, required, program } = manifest
  const within = (value: number, { min, max }: { readonly min: number; readonly max: number }): boolean =>
    value >= min && value <= max
  // biome-ignore format: one row a reason
  const reasons: readonly (readonly [boolean, Code])[] = [
    [manifest.tenant === terms.tenant,                                        CODE.wrongTenant],
    [manifest.models.includes(terms.model),                                   CODE.wrongModel],
    [manifest.expires > terms.now,                                            CODE.expired],
    [manifest.counter >= terms.counter,                                       CODE.counterLow],
    [within(terms.runtime, runtime),                                          CODE.runtime],
    [within(terms.parameterSchema, parameterSchema),                          CODE.parameterSchema],
    [journal.readsMin <= terms.journal.max && terms.journal.min <= journal.readsMax, CODE.journalLayout],
    [required.length === 0 || required.includes(terms.version),               CODE.requiredVersion],
    [!terms.failedBefore,                                                     CODE.tries],
    [program.length <= terms.slotBytes && manifest.flash <= terms.slotBytes,  CODE.noSpace],
  ]
  const refusal = reasons.find(([kept]) => !kept)
  if (refusal !== undefined) return refusal[1]
  if (payloadFor(manifest, terms, false) >= 0) return CODE.ok
  return manifest.payloads.some((payload) => startsHere(payload, terms.bases))
    ? CODE.noSpace
    : CODE.baseMissing
}

/** Number of the payload to fetch: a delta from a program that is there, unless `whole`, else the one from nothing; -1: none. */
export function payloadFor(manifest: ReleaseManifest, terms: Terms, whole: boolean): number {
  const fits = (payload: Payload): boolean =>
    startsHere(payload, terms.bases) &&
    payload.size <= terms.stagingBytes &&
    indexBytes(payload) <= terms.indexBytes
  const delta = manifest.payloads.findIndex((payload) => payload.base !== null && fits(payload))
  if (delta >= 0 && !whole) return delta
  return manifest.payloads.findIndex((payload) => payload.base === null && fits(payload))
}

function startsHere({ base }: Payload, bases: readonly Uint8Array[]): boolean {
  return base === null || bases.some((each) => same(each, base))
}
