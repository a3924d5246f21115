import { CODE, type Code } from '../../host-link/wire/tms/codes.ts'
import { readEnvelope } from '../../host-link/wire/tms/envelope.ts'
import type { Head } from '../../host-link/wire/tms/head.ts'
import { decodeOrder, ORDER_BYTES_MAX, type Order } from '../../host-link/wire/tms/order.ts'
import {
  decodeParameterSet,
  PARAMETER_SET_BYTES_MAX,
  type ParameterSet,
} from '../../host-link/wire/tms/parameter-set.ts'
import { decodeRelease, MANIFEST_BYTES_MAX, type ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import { same } from '../../host-link/wire/tms/root.ts'
import { COUNTER_FLOOR, FLOOR, NO_SCOPE } from '../boot/floor.ts'
import { guarded, rootChain, type SigningRole, type TrustParts } from './root-chain.ts'

/** 信任: whose documents this terminal takes. Each is checked over the bytes that came, and read after that. */
export interface Trust {
  /** `seq` of the newest root, for hello. */
  rootVersion(): number
  /** `seqLow`: a newer root has gone, and nothing is taken until it has come again; else 0. */
  state(): Code
  /** Takes the roots that follow its own, one after the other; those before the first bad one stay. */
  acceptRoots(roots: readonly Uint8Array[]): Code
  /** The order, or why not. `nonce`: of the last hello of this start. */
  acceptOrder(bytes: Uint8Array, nonce: Uint8Array, monotonicMs: number): Order | Code
  /** The manifest whose bytes have the SHA-256 `wanted`, or why not, at the time of the last order. */
  acceptRelease(bytes: Uint8Array, wanted: Uint8Array): ReleaseManifest | Code
  /** The set for this terminal whose bytes have the SHA-256 `wanted`, or why not, at the time of the last order. */
  acceptParameters(bytes: Uint8Array, wanted: Uint8Array): ParameterSet | Code
  /** From now on nothing before this release is taken: its seq and its security counter. False: not saved, try again. */
  confirmRelease(manifest: Pick<ReleaseManifest, 'seq' | 'counter'>): boolean
  /** From now on no set before this one is taken. False: not saved, try again. */
  confirmParameters(seq: number): boolean
  /** Unix seconds by the newest order and the monotonic clock; undefined before the first order of this start. */
  time(monotonicMs: number): number | undefined
}

/** The floor of the time rises in steps, to spare the secure element's memory. */
const TIME_STEP_SECONDS = 3_600

/** Undefined where the factory's root is none: then nothing can be trusted, and there is no download. */
export function makeTrust(parts: TrustParts): Trust | undefined {
  const { secure, update, serial, model } = parts
  const roots = rootChain(parts)
  if (roots === undefined) return undefined
  const chain = roots
  let newest: { readonly created: number; readonly monotonicMs: number } | undefined

  const floorOf = (role: SigningRole, index: number): number => secure.floor(index, chain.scope(role))
  const raise = (role: SigningRole, index: number, value: number): boolean =>
    secure.raiseFloor(index, value, chain.scope(role)) === 'raised'

  /** A document of `role` whose signatures are right and whose number has not gone back; or why not. */
  function opened<T extends Head>(
    role: SigningRole,
    floor: number,
    bytes: Uint8Array,
    bytesMax: number,
    decode: (payload: Uint8Array) => T,
  ): T | Code {
    const state = chain.state()
    if (state !== CODE.ok) return state
    return guarded(() => {
      const envelope = readEnvelope(bytes, bytesMax)
      if (!chain.isSigned(envelope, role)) return CODE.signature
      const document = decode(envelope.payload)
      if (document.tenant !== update.tenant) return CODE.wrongTenant
      return document.seq < floorOf(role, floor) ? CODE.seqLow : document
    })
  }

  function acceptOrder(bytes: Uint8Array, nonce: Uint8Array, monotonicMs: number): Order | Code {
    const order = opened('director', FLOOR.order, bytes, ORDER_BYTES_MAX, decodeOrder)
    if (typeof order === 'number') return order
    if (order.serial !== serial) return CODE.notForMe
    const { created, seq, expires } = order
    const stored = floorOf('director', FLOOR.time)
    if (
      !same(order.nonce, nonce) || // an answer to another hello
      created < Math.max(stored, newest?.created ?? 0) ||
      expires <= Math.max(created, time(monotonicMs) ?? 0) ||
      chain.root().expires <= created
    )
      return CODE.expired
    if (seq > floorOf('director', FLOOR.order) && !raise('director', FLOOR.order, seq)) return CODE.flashFault
    if (created >= stored + TIME_STEP_SECONDS && !raise('director', FLOOR.time, created))
      return CODE.flashFault
    newest = { created, monotonicMs }
    return order
  }

  const time = (monotonicMs: number): number | undefined =>
    newest && newest.created + Math.floor((monotonicMs - newest.monotonicMs) / 1_000)

  /** Whether it is over at the one time of this cycle: the newest order's, else the last that was kept. */
  const isOver = ({ expires }: Head): boolean =>
    expires <= (newest?.created ?? floorOf('director', FLOOR.time))

  function acceptRelease(bytes: Uint8Array, wanted: Uint8Array): ReleaseManifest | Code {
    if (bytes.length > MANIFEST_BYTES_MAX) return CODE.malformed
    if (!same(secure.hash(bytes), wanted)) return CODE.blockWrong
    const manifest = opened('program', FLOOR.program, bytes, MANIFEST_BYTES_MAX, decodeRelease)
    if (typeof manifest === 'number') return manifest
    if (isOver(manifest)) return CODE.expired
    if (!manifest.models.includes(model)) return CODE.wrongModel
    const least = Math.max(secure.floor(COUNTER_FLOOR, NO_SCOPE), chain.root().counterFloor)
    return manifest.counter < least ? CODE.counterLow : manifest
  }

  function acceptParameters(bytes: Uint8Array, wanted: Uint8Array): ParameterSet | Code {
    if (bytes.length > PARAMETER_SET_BYTES_MAX) return CODE.malformed
    if (!same(secure.hash(bytes), wanted)) return CODE.blockWrong
    const set = opened('parameters', FLOOR.parameters, bytes, PARAMETER_SET_BYTES_MAX, decodeParameterSet)
    if (typeof set === 'number') return set
    if (set.serial !== serial) return CODE.notForMe
    return isOver(set) ? CODE.expired : set
  }

  return {
    rootVersion: () => chain.root().seq,
    state: () => chain.state(),
    acceptRoots: (list) => chain.take(list),
    acceptOrder,
    acceptRelease,
    acceptParameters,
    // The counter first: a cut between the two leaves what is undone at the next start by confirming again.
    confirmRelease: ({ counter, seq }) =>
      secure.raiseFloor(COUNTER_FLOOR, counter, NO_SCOPE) === 'raised' &&
      raise('program', FLOOR.program, seq),
    confirmParameters: (seq) => raise('parameters', FLOOR.parameters, seq),
    time,
  }
}
