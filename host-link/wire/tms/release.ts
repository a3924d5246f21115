import { DOCUMENT_TYPE, document, HASH_BYTES, type Head } from './head.ts'
import {
  ascii,
  binary,
  flag,
  list,
  orNull,
  readShape,
  record,
  row,
  type Shape,
  text,
  where,
  whole,
  writeShape,
} from './shape.ts'

/** 程序版本: what a program is and who may run it. `seq` is the release number of the tenant. */
export interface ReleaseManifest extends Head {
  /** As people say it: ASCII, 1 to 16 characters. */
  readonly version: string
  /** Security counter: rises only where going back would open a hole. */
  readonly counter: number
  readonly models: readonly string[]
  readonly runtime: Range
  readonly parameterSchema: Range
  readonly journal: JournalLayouts
  /** In the order of the program's bytes, which they make up. */
  readonly components: readonly Component[]
  /** The program as it stands in a slot. */
  readonly program: Sized
  /** Ways to get there: at least the one from nothing. */
  readonly payloads: readonly Payload[]
  /** Bytes that a slot must have. */
  readonly flash: number
  readonly policy: ReleasePolicy
  /** What the merchant reads, up to 60 characters each. */
  readonly notice: { readonly zh: string; readonly en: string }
  /** Versions of which one must run for this to be taken; empty: any. */
  readonly required: readonly string[]
}
export interface Range {
  readonly min: number
  readonly max: number
}
/** Layouts of the journal's records: from which it takes over, which it writes, and whether the program before can take over again. */
export interface JournalLayouts {
  readonly readsMin: number
  readonly readsMax: number
  readonly writes: number
  readonly reversible: boolean
}
export interface Component {
  readonly name: string
  readonly length: number
  readonly hash: Uint8Array
}
export interface Sized {
  readonly length: number
  readonly hash: Uint8Array
}
export interface Payload {
  /** SHA-256 of the program that it starts from; null: from nothing. */
  readonly base: Uint8Array | null
  readonly size: number
  /** SHA-256 of the index: 16 bytes for each 1,024 of the payload. */
  readonly index: Uint8Array
}
export interface ReleasePolicy {
  /** 0 normal, 1 urgent, 2 regulatory. */
  readonly class: number
  /** Unix seconds before which it is not activated; 0: at once. */
  readonly earliest: number
  /** Unix seconds from which the merchant cannot defer; 0: none. */
  readonly deadline: number
  readonly needsSettlement: boolean
  readonly allowOpenBatch: boolean
}

/** Longest manifest with its envelope. */
export const MANIFEST_BYTES_MAX = 32_768
export const MODEL_CHARACTERS_MAX = 16
export const VERSION_CHARACTERS_MAX = 16
const LENGTH_MAX = 0xffff_ffff

const hash = binary(HASH_BYTES)
const ordered = (shape: Shape<Range>): Shape<Range> =>
  where(shape, ({ min, max }) => min <= max, 'min to max')
const range = ordered(row<Range>({ min: [0, whole(LENGTH_MAX)], max: [1, whole(LENGTH_MAX)] }))
const layout = whole(255, 1)
const version = ascii(VERSION_CHARACTERS_MAX)
const words = text(60)

const manifestShape: Shape<ReleaseManifest> = document<ReleaseManifest>(DOCUMENT_TYPE.program, {
  version: [6, version],
  counter: [7, whole()],
  models: [8, list(ascii(MODEL_CHARACTERS_MAX), 32, 1)],
  runtime: [9, range],
  parameterSchema: [10, range],
  journal: [
    11,
    row<JournalLayouts>({
      readsMin: [0, layout],
      readsMax: [1, layout],
      writes: [2, layout],
      reversible: [3, flag],
    }),
  ],
  components: [
    12,
    list(row<Component>({ name: [0, ascii(80)], length: [1, whole(LENGTH_MAX)], hash: [2, hash] }), 200),
  ],
  program: [13, row<Sized>({ length: [0, whole(LENGTH_MAX, 1)], hash: [1, hash] })],
  payloads: [
    14,
    list(row<Payload>({ base: [0, orNull(hash)], size: [1, whole(LENGTH_MAX, 1)], index: [2, hash] }), 32, 1),
  ],
  flash: [15, whole(LENGTH_MAX)],
  policy: [
    16,
    record<ReleasePolicy>({
      class: [0, whole(2)],
      earliest: [1, whole()],
      deadline: [2, whole()],
      needsSettlement: [3, flag],
      allowOpenBatch: [4, flag],
    }),
  ],
  notice: [17, row<ReleaseManifest['notice']>({ zh: [0, words], en: [1, words] })],
  required: [18, list(version, 16)],
})

/** Throws a WireError. */
export const decodeRelease = (payload: Uint8Array): ReleaseManifest =>
  readShape(manifestShape, 'release', payload, MANIFEST_BYTES_MAX)
/** Throws a WireError for a manifest that would not be read. */
export const encodeRelease = (manifest: ReleaseManifest): Uint8Array =>
  writeShape(manifestShape, 'release', manifest, MANIFEST_BYTES_MAX)
