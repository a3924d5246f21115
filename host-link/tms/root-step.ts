import { WireError } from '../wire/message.ts'
import { countSigners, type Envelope, readEnvelope, type Verify } from '../wire/tms/envelope.ts'
import { decodeRoot, KID_BYTES, ROLE, ROOT_BYTES_MAX, type RootDocument, same } from '../wire/tms/root.ts'

/** A root document that follows another, or why it does not: a sentence without its full stop. */
export type RootStep =
  | { readonly kind: 'root'; readonly root: RootDocument }
  | { readonly kind: 'wrong'; readonly why: string }

export interface RootChecks {
  readonly verify: Verify
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** Unix seconds. */
  readonly now: number
}

/**
 * Whether terminals that have the root `before` take these bytes as the next one (轮换): signed by the threshold of `before`
 * and by its own, the next number, the same tenant, a counter floor that does not fall.
 */
export function rootStep(
  before: RootDocument,
  bytes: Uint8Array,
  { verify, sha256, now }: RootChecks,
): RootStep {
  const wrong = (why: string): RootStep => ({ kind: 'wrong', why })
  const read = readRoot(bytes)
  if (read === undefined) return wrong('it is no root document as shuaka release root export writes it')
  const { envelope, root } = read
  if (root.tenant !== before.tenant) return wrong(`it is for the tenant ${root.tenant}, not ${before.tenant}`)
  if (root.seq !== before.seq + 1) return wrong(`it is number ${root.seq}; the next one is ${before.seq + 1}`)
  if (!isSigned(envelope, before, verify))
    return wrong(`it is not signed as the root document ${before.seq} wants it`)
  if (!isSigned(envelope, root, verify)) return wrong('it is not signed by enough of its own root keys')
  if (!root.keys.every(({ kid, key }) => same(sha256(key).subarray(0, KID_BYTES), kid)))
    return wrong('one of its key ids is not that of its key')
  if (root.counterFloor < before.counterFloor)
    return wrong(`its counter floor ${root.counterFloor} is below ${before.counterFloor}`)
  return root.expires <= now ? wrong('it has expired') : { kind: 'root', root }
}

function readRoot(
  bytes: Uint8Array,
): { readonly envelope: Envelope; readonly root: RootDocument } | undefined {
  try {
    const envelope = readEnvelope(bytes, ROOT_BYTES_MAX)
    return { envelope, root: decodeRoot(envelope.payload) }
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** By the root keys of `root`: where models have keys of their own, by each of those groups. */
function isSigned(envelope: Envelope, root: RootDocument, verify: Verify): boolean {
  const entries = root.roles.filter(({ role }) => role === ROLE.root)
  return (
    entries.length > 0 &&
    entries.every(({ kids, threshold }) => {
      const keys = root.keys.filter(({ kid }) => kids.some((one) => same(one, kid)))
      return countSigners(envelope, 'root', keys, verify) >= threshold
    })
  )
}
