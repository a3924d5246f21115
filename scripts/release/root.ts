import type { SignedFile } from '../../host-link/tms/release-file.ts'
import { WireError } from '../../host-link/wire/message.ts'
import {
  encodeRoot,
  ROLE,
  type RootDocument,
  type RootKey,
  type RootRole,
  rising,
  same,
} from '../../host-link/wire/tms/root.ts'
import { CommandError } from '../command-error.ts'
import { KEY_ROLES, type KeyRole, kidOf, type PublicKey } from './key-file.ts'

/** How many keys of a role must sign; where nothing is said: more than half of root and program, one of the others. */
export type Thresholds = Partial<Record<KeyRole, number>>

export interface NewRoot {
  readonly tenant: string
  readonly keys: readonly PublicKey[]
  readonly thresholds: Thresholds
  /** Unix seconds. */
  readonly created: number
  readonly expires: number
  readonly counterFloor: number
}

/** The first root of a tenant, without signatures. Throws CommandError. */
export function firstRoot(said: NewRoot): SignedFile {
  const { tenant, created, expires, counterFloor } = said
  return rootFile({ tenant, seq: 1, created, expires, counterFloor, ...rolesOf(said.keys, said.thresholds) })
}

export interface Rotation {
  readonly add: readonly PublicKey[]
  /** Hex of kids. */
  readonly remove: readonly string[]
  readonly thresholds: Thresholds
  readonly created: number
  readonly expires: number
  /** `undefined`: as before. */
  readonly counterFloor: number | undefined
}

/** The root that follows: it wants the signatures of the one before and its own. Throws CommandError. */
export function nextRoot(before: RootDocument, said: Rotation): SignedFile {
  if (before.roles.some(({ prefixes }) => prefixes.length > 0))
    throw new CommandError(
      'release root rotate: this root has keys for some models only, which this command does not change.',
    )
  const removed = said.remove.map((text) => {
    const found = before.keys.find(({ kid }) => Buffer.from(kid).toString('hex') === text.toLowerCase())
    if (found === undefined)
      throw new CommandError(`release root rotate: the root has no key ${text.slice(0, 16)}.`)
    return found
  })
  const kept = before.keys.filter((key) => !removed.includes(key))
  const keys = KEY_ROLES.flatMap((role) => {
    const kids = before.roles.find((entry) => entry.role === ROLE[role])?.kids ?? []
    return kept
      .filter(({ kid }) => kids.some((one) => same(one, kid)))
      .map(({ key }) => ({ role, name: '', publicKey: key }))
  })
  const thresholds: Thresholds = Object.fromEntries(
    before.roles.map(({ role, threshold }) => [KEY_ROLES.find((each) => ROLE[each] === role), threshold]),
  )
  const counterFloor = said.counterFloor ?? before.counterFloor
  if (counterFloor < before.counterFloor)
    throw new CommandError(
      `release root rotate: the counter floor never falls; it is ${before.counterFloor}.`,
    )
  return rootFile({
    tenant: before.tenant,
    seq: before.seq + 1,
    created: said.created,
    expires: said.expires,
    counterFloor,
    ...rolesOf([...keys, ...said.add], { ...thresholds, ...said.thresholds }),
  })
}

/** The keys and roles of a root, in the order that it wants. */
function rolesOf(keys: readonly PublicKey[], thresholds: Thresholds): Pick<RootDocument, 'keys' | 'roles'> {
  const all = new Map<string, RootKey>()
  for (const { publicKey } of keys) all.set(String(publicKey), { kid: kidOf(publicKey), key: publicKey })
  const roles = KEY_ROLES.map((role): RootRole => {
    const own = keys.filter((key) => key.role === role).map(({ publicKey }) => publicKey)
    const kids = inOrder(own.map(kidOf))
    if (!rising(kids)) throw new CommandError(`release root: a key of ${role} is given twice.`)
    if (kids.length === 0)
      throw new CommandError(`release root: there is no key of ${role}; each role wants one.`)
    const majority = role === 'root' || role === 'program' ? Math.floor(kids.length / 2) + 1 : 1
    const threshold = thresholds[role] ?? majority
    if (threshold < 1 || threshold > kids.length)
      throw new CommandError(
        `release root: ${threshold} of ${role} must sign, and ${kids.length} can; the threshold is wrong.`,
      )
    return { role: ROLE[role], threshold, kids, prefixes: [] }
  })
  return { keys: [...all.values()].sort((a, b) => Buffer.compare(a.kid, b.kid)), roles }
}

const inOrder = (kids: readonly Uint8Array[]): readonly Uint8Array[] =>
  [...kids].sort((a, b) => Buffer.compare(a, b))

function rootFile(root: RootDocument): SignedFile {
  if (root.expires <= root.created) throw new CommandError('release root: it would be over when it begins.')
  try {
    return { role: 'root', document: encodeRoot(root), signatures: [], objects: [] }
  } catch (error) {
    if (error instanceof WireError) throw new CommandError(`release root: ${error.path}: ${error.why}`)
    throw error
  }
}
