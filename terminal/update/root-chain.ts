import { WireError } from '../../host-link/wire/message.ts'
import { CODE, type Code } from '../../host-link/wire/tms/codes.ts'
import { type Envelope, readEnvelope, signersOf } from '../../host-link/wire/tms/envelope.ts'
import {
  decodeRoot,
  KID_BYTES,
  ROLE,
  ROOT_BYTES_MAX,
  type RootDocument,
  type RootRole,
  same,
} from '../../host-link/wire/tms/root.ts'
import { ROOT_STEPS_BYTES_MAX, ROOT_STEPS_MAX } from '../../host-link/wire/tms/talk.ts'
import { FLOOR } from '../boot/floor.ts'
import type { Setup } from '../device/info.ts'
import type { Secure } from '../device/secure.ts'

export interface TrustParts {
  readonly secure: Pick<Secure, 'hash' | 'verify' | 'deviceTag' | 'floor' | 'raiseFloor'>
  readonly update: NonNullable<Setup['update']>
  readonly serial: string
  readonly model: string
  /** What `keep` got last, or what is left of it: bytes that are not quite those count for nothing. */
  readonly stored: Uint8Array | undefined
  /** Keeps up to `TRUST_BYTES_MAX` bytes over a loss of power; false where it could not. May be cut anywhere. */
  keep(bytes: Uint8Array): boolean
}

const TAG_BYTES = 16
/** Tag, length of the first root in two bytes, two roots. */
export const TRUST_BYTES_MAX = TAG_BYTES + 2 + 2 * ROOT_BYTES_MAX
const DOMAIN = Uint8Array.from('shuaka trust 1', (character) => character.charCodeAt(0))

export type SigningRole = keyof typeof ROLE
interface Kept {
  readonly bytes: Uint8Array
  readonly envelope: Envelope
  readonly document: RootDocument
}

/** 信任根: the newest root, and the floors that go with it. */
export interface RootChain {
  root(): RootDocument
  /**
   * Takes the roots that follow its own, one after the other; those before the first bad one stay. Those up to its own are
   * passed over: the service may not know yet how far it is.
   */
  take(roots: readonly Uint8Array[]): Code
  isSigned(envelope: Envelope, role: SigningRole): boolean
  /** Of the floors of a role: 4 bytes of the SHA-256 of its key ids. */
  scope(role: SigningRole): Uint8Array
  /** `seqLow`: a newer root was here once, and must come again first. `flashFault`: floors could not be saved. */
  state(): Code
}

/** Undefined where the factory's root is none: then nothing can be trusted. */
export function rootChain(parts: TrustParts): RootChain | undefined {
  const { secure, update, model } = parts
  const factory = guarded(() => opened(update.root))
  if (typeof factory === 'number' || !isWhole(factory)) return undefined
  const factoryHash = secure.hash(update.root)
  const scope = factoryHash.subarray(0, 4)
  const stored = storedRoots()
  let now = stored?.now ?? factory
  /** The root whose scopes the floors still have, until `settle` has brought them over to those of `now`. */
  let before = stored?.before ?? factory
  let settled = settle()

  function take(roots: readonly Uint8Array[]): Code {
    const bytes = roots.reduce((sum, { length }) => sum + length, 0)
    if (roots.length > ROOT_STEPS_MAX || bytes > ROOT_STEPS_BYTES_MAX) return CODE.malformed
    let next = now
    const own = roots.findIndex((root) => same(root, now.bytes))
    let code: Code = own < 0 ? CODE.ok : CODE.seqLow
    for (const root of roots.slice(own + 1)) {
      const step = following(next.document, root)
      if (typeof step === 'number') {
        code = step
        break
      }
      ;[next, code] = [step, CODE.ok]
    }
    if (next !== now) {
      if (!parts.keep(packed(before.bytes, next.bytes))) return CODE.flashFault
      now = next
    }
    settled = settle()
    return settled ? code : CODE.flashFault
  }

  /** The next root, right by the keys of the one before and by its own; or why it is none. */
  function following(from: RootDocument, bytes: Uint8Array): Kept | Code {
    return guarded(() => {
      // By the keys that are known, before anything in it is believed.
      if (!signedBy(from, readEnvelope(bytes, ROOT_BYTES_MAX), 'root')) return CODE.signature
      const next = opened(bytes)
      const { tenant, seq, counterFloor } = next.document
      if (tenant !== update.tenant) return CODE.wrongTenant
      if (seq <= from.seq) return CODE.seqLow
      if (seq > from.seq + 1) return CODE.requiredVersion
      if (counterFloor < from.counterFloor) return CODE.counterLow
      return isWhole(next) ? next : CODE.signature
    })
  }

  function opened(bytes: Uint8Array): Kept {
    const envelope = readEnvelope(bytes, ROOT_BYTES_MAX)
    return { bytes, envelope, document: decodeRoot(envelope.payload) }
  }

  /** Its key ids are those of its keys, and it has signed itself. */
  function isWhole({ envelope, document }: Kept): boolean {
    return (
      document.tenant === update.tenant &&
      document.keys.every(({ kid, key }) => same(secure.hash(key).subarray(0, KID_BYTES), kid)) &&
      signedBy(document, envelope, 'root')
    )
  }

  /** Entries of a role that count at this model. */
  function entriesOf(document: RootDocument, role: SigningRole): readonly RootRole[] {
    return document.roles.filter(
      (entry) =>
        entry.role === ROLE[role] &&
        (entry.prefixes.length === 0 || entry.prefixes.some((prefix) => model.startsWith(prefix))),
    )
  }

  function signedBy(document: RootDocument, envelope: Envelope, role: SigningRole): boolean {
    const entries = entriesOf(document, role)
    const kids = kidsOf(document, role)
    const keys = document.keys.filter(({ kid }) => includes(kids, kid))
    const signers = signersOf(envelope, role, keys, (key, message, signature) =>
      secure.verify(key, message, signature),
    )
    return entries.some(
      ({ kids, threshold }) => signers.filter(({ kid }) => includes(kids, kid)).length >= threshold,
    )
  }

  function kidsOf(document: RootDocument, role: SigningRole): readonly Uint8Array[] {
    const entries = entriesOf(document, role)
    return document.keys
      .map(({ kid }) => kid)
      .filter((kid) => entries.some(({ kids }) => includes(kids, kid)))
  }

  function scopeOf(document: RootDocument, role: SigningRole): Uint8Array {
    return secure.hash(joined(kidsOf(document, role))).subarray(0, 4)
  }

  /**
   * Brings the floors over to a root whose roles have other keys, unless so many of a role's keys are new that no document
   * of before can be right any more: then numbers begin anew, which is what undoes a number that somebody drove too high.
   */
  function settle(): boolean {
    const { seq } = now.document
    if (secure.floor(FLOOR.root, scope) < seq && !raised(FLOOR.root, seq, scope)) return false
    const roles: readonly (readonly [SigningRole, number])[] = [
      ['program', FLOOR.program],
      ['parameters', FLOOR.parameters],
      ['director', FLOOR.order],
      ['director', FLOOR.time],
    ]
    for (const [role, floor] of roles) {
      const from = kidsOf(before.document, role)
      const to = scopeOf(now.document, role)
      const value = secure.floor(floor, scopeOf(before.document, role))
      const stays = entriesOf(now.document, role).some(
        ({ kids, threshold }) => kids.filter((kid) => includes(from, kid)).length >= threshold,
      )
      if (stays && value > secure.floor(floor, to) && !raised(floor, value, to)) return false
    }
    before = now
    return true
  }

  function raised(index: number, value: number, under: Uint8Array): boolean {
    return secure.raiseFloor(index, value, under) === 'raised'
  }

  /** Only this device can have made the tag, for this factory root. */
  function tagOf(body: Uint8Array): Uint8Array {
    return secure.deviceTag(joined([DOMAIN, factoryHash, secure.hash(body)]))
  }

  function packed(first: Uint8Array, second: Uint8Array): Uint8Array {
    const body = joined([Uint8Array.of(first.length >> 8, first.length & 255), first, second])
    return joined([tagOf(body), body])
  }

  function storedRoots(): { readonly before: Kept; readonly now: Kept } | undefined {
    const bytes = parts.stored
    if (bytes === undefined || bytes.length < TAG_BYTES + 2) return undefined
    const body = bytes.subarray(TAG_BYTES)
    if (!same(tagOf(body), bytes.subarray(0, TAG_BYTES))) return undefined
    const length = ((body[0] ?? 0) << 8) | (body[1] ?? 0)
    // An earlier program may have kept what this one does not read.
    const roots = guarded(() => ({
      before: opened(body.slice(2, 2 + length)),
      now: opened(body.slice(2 + length)),
    }))
    return typeof roots === 'number' ? undefined : roots
  }

  return {
    root: () => now.document,
    take,
    isSigned: (envelope, role) => signedBy(now.document, envelope, role),
    scope: (role) => scopeOf(now.document, role),
    state: () =>
      !settled ? CODE.flashFault : secure.floor(FLOOR.root, scope) > now.document.seq ? CODE.seqLow : CODE.ok,
  }
}

/** What `run` gives; `malformed` for bad bytes. */
export function guarded<T>(run: () => T | Code): T | Code {
  try {
    return run()
  } catch (error) {
    if (error instanceof WireError) return CODE.malformed
    throw error
  }
}

const includes = (list: readonly Uint8Array[], one: Uint8Array): boolean =>
  list.some((other) => same(other, one))

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
