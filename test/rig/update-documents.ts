import { deflateRawSync } from 'node:zlib'
import { type Component, encodePayload, indexOf, programOf } from '../../host-link/tms/payload.ts'
import { sealEnvelope } from '../../host-link/wire/tms/envelope.ts'
import { encodeOrder, type Order } from '../../host-link/wire/tms/order.ts'
import { encodeParameterSet, type ParameterSet } from '../../host-link/wire/tms/parameter-set.ts'
import { encodeRelease, type Payload, type ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import { encodeRoot } from '../../host-link/wire/tms/root.ts'
import {
  DAY,
  hexOf,
  NOW,
  orderOf,
  person,
  releaseOf,
  rootOf,
  setOf,
  sha256,
} from '../host-link/wire/tms/samples.ts'

/** Whoever signs for the rig's service: root 2 of 3, program 2 of 3, parameters 1 of 2, director 1 of 2. */
export const crew = {
  root: [1, 2, 3].map(person),
  program: [11, 12, 13].map(person),
  parameters: [21, 22].map(person),
  director: [31, 32].map(person),
}
const THRESHOLDS = [2, 2, 1, 1] as const

/** Root document 1, as the factory trusts it. */
export const FACTORY_ROOT = sealEnvelope('root', encodeRoot(rootOf(crew, THRESHOLDS)), crew.root.slice(0, 2))

/** The root after it: the director has new keys. */
export const NEXT_DIRECTOR = [41, 42].map(person)
export const NEXT_ROOT = sealEnvelope(
  'root',
  encodeRoot(rootOf({ ...crew, director: NEXT_DIRECTOR }, THRESHOLDS, { seq: 2 })),
  crew.root.slice(0, 2),
)

export type Objects = Map<string, Uint8Array>

/** A release with its objects by lower-case hex of their SHA-256. */
export interface MadeRelease {
  readonly manifest: ReleaseManifest
  readonly envelope: Uint8Array
  readonly hash: Uint8Array
  readonly program: Uint8Array
  readonly payloads: readonly {
    readonly row: Payload
    readonly bytes: Uint8Array
    readonly hash: Uint8Array
  }[]
  readonly objects: Objects
}

export interface ReleaseOptions {
  /** Length of the program; what it says depends on `mark`. */
  readonly bytes?: number
  /** The program, in the place of such a one. */
  readonly text?: Uint8Array
  readonly mark?: string
  /** Programs that deltas start from. */
  readonly bases?: readonly Uint8Array[]
  readonly over?: Partial<ReleaseManifest>
  /** Spoils a payload before it is indexed: its index and hash are right, what is in it is not. */
  readonly spoil?: (payload: Uint8Array, base: Uint8Array | undefined) => Uint8Array
}

const deflate = (bytes: Uint8Array, dictionary?: Uint8Array): Uint8Array =>
  deflateRawSync(bytes, dictionary === undefined ? { level: 9 } : { level: 9, dictionary })

/** Words like those of a program that do not deflate well: about half. */
export function programText(bytes: number, mark: string): Uint8Array {
  const text = new Uint8Array(bytes)
  let state = [...mark].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7)
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text[i] = 0x20 + ((state >>> 24) % 90)
  }
  text.set(Buffer.from(`/* ${mark} */`.slice(0, bytes)))
  return text
}

const cut = (program: Uint8Array): Component[] => {
  const components: Component[] = []
  for (let at = 0; at < program.length; at += 6_000)
    components.push({ name: `module-${components.length}.ts`, bytes: program.subarray(at, at + 6_000) })
  return components
}

export function makeRelease({
  bytes = 9_000,
  mark = 'next',
  text = programText(bytes, mark),
  bases = [],
  over,
  spoil,
}: ReleaseOptions = {}): MadeRelease {
  const components = cut(text)
  const program = programOf(components)
  const objects: Objects = new Map()
  const payloads = [...bases, undefined].map((base) => {
    const right = encodePayload(components, base && cut(base), deflate)
    const payload = spoil?.(right, base) ?? right
    const index = indexOf(payload, sha256)
    objects.set(hexOf(sha256(payload)), payload).set(hexOf(sha256(index)), index)
    const row = { base: base === undefined ? null : sha256(base), size: payload.length, index: sha256(index) }
    return { row, bytes: payload, hash: sha256(payload) }
  })
  const manifest = releaseOf({
    components: components.map((each) => ({
      name: each.name,
      length: each.bytes.length,
      hash: sha256(each.bytes),
    })),
    program: { length: program.length, hash: sha256(program) },
    payloads: payloads.map(({ row }) => row),
    ...{ flash: program.length, required: [], runtime: { min: 1, max: 1 }, counter: 1 },
    ...over,
  })
  const envelope = sealEnvelope('program', encodeRelease(manifest), crew.program.slice(0, 2))
  objects.set(hexOf(sha256(envelope)), envelope)
  return { manifest, envelope, hash: sha256(envelope), program, payloads, objects }
}

export function makeSet(over: Partial<ParameterSet> = {}): {
  readonly set: ParameterSet
  readonly envelope: Uint8Array
} {
  const set = setOf({ needsProgram: null, effective: 0, values: new Map([[8, 500_000]]), ...over })
  return { set, envelope: sealEnvelope('parameters', encodeParameterSet(set), crew.parameters.slice(0, 1)) }
}

/** An order of the rig's director. */
export function sealOrder(over: Partial<Order>, director = crew.director): Uint8Array {
  const order = orderOf({ program: null, parameterSets: [], commands: [], expires: NOW + 10 * DAY, ...over })
  return sealEnvelope('director', encodeOrder(order), director.slice(0, 1))
}
