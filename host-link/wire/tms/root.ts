import { DOCUMENT_TYPE, document, type Head } from './head.ts'
import { ascii, binary, list, readShape, row, type Shape, where, whole, writeShape } from './shape.ts'

/** 信任根: whose signatures count. `seq` is its version; the first is in the device when it leaves the factory. */
export interface RootDocument extends Head {
  /** Ed25519 keys, each under the first 8 bytes of its SHA-256, in rising order of those. */
  readonly keys: readonly RootKey[]
  /** One entry a role; the program role may have several, whose `prefixes` tell vendors apart. */
  readonly roles: readonly RootRole[]
  /** No program with a lower security counter is taken. */
  readonly counterFloor: number
}
export interface RootKey {
  readonly kid: Uint8Array
  readonly key: Uint8Array
}
export interface RootRole {
  /** As in `ROLE`. */
  readonly role: number
  /** Different keys that must have signed. */
  readonly threshold: number
  readonly kids: readonly Uint8Array[]
  /** Of the program role: it may sign for models that begin so; empty: for all. */
  readonly prefixes: readonly string[]
}

/** Numbers of the roles in a root document: those of the documents they sign. Reports are signed by no role. */
export const ROLE = { root: 1, program: 2, parameters: 3, director: 4 } as const

/** Longest root with its envelope. */
export const ROOT_BYTES_MAX = 4_096
export const ROOT_KEYS_MAX = 32
export const KID_BYTES = 8

const rootShape: Shape<RootDocument> = where(
  document<RootDocument>(DOCUMENT_TYPE.root, {
    keys: [6, list(row<RootKey>({ kid: [0, binary(KID_BYTES)], key: [1, binary(32)] }), ROOT_KEYS_MAX, 1)],
    roles: [
      7,
      list(
        row<RootRole>({
          role: [0, whole(4, 1)],
          threshold: [1, whole(ROOT_KEYS_MAX, 1)],
          kids: [2, list(binary(KID_BYTES), ROOT_KEYS_MAX, 1)],
          prefixes: [3, list(ascii(16), 8)],
        }),
        16,
        4,
      ),
    ],
    counterFloor: [8, whole()],
  }),
  wellFormed,
  'keys and roles in order',
)

/** Rising kids, so that none is there twice; roles that can be met by keys that are there. */
function wellFormed({ keys, roles }: RootDocument): boolean {
  const known = keys.map(({ kid }) => String(kid))
  return (
    rising(keys.map(({ kid }) => kid)) &&
    new Set(keys.map(({ key }) => String(key))).size === keys.length &&
    roles.every(
      ({ kids, threshold }) =>
        threshold <= kids.length && rising(kids) && kids.every((kid) => known.includes(String(kid))),
    ) &&
    roles.filter(({ role }) => role === ROLE.root).length === 1 &&
    roles.every(({ role, prefixes }) => role === ROLE.program || prefixes.length === 0) &&
    [ROLE.program, ROLE.parameters, ROLE.director].every((role) => roles.some((entry) => entry.role === role))
  )
}

/** Whether two byte strings are equal. For public ones: it takes no constant time. */
export const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => String(a) === String(b)

/** Whether each of these byte strings of one length is greater than the one before. */
export function rising(values: readonly Uint8Array[]): boolean {
  return values.every((value, index) => {
    const before = values[index - 1]
    if (before === undefined) return true
    const at = value.findIndex((byte, place) => byte !== before[place])
    return at >= 0 && (value[at] as number) > (before[at] as number)
  })
}

/** Throws a WireError. */
export const decodeRoot = (payload: Uint8Array): RootDocument =>
  readShape(rootShape, 'root', payload, ROOT_BYTES_MAX)
/** Throws a WireError for a document that would not be read. */
export const encodeRoot = (root: RootDocument): Uint8Array =>
  writeShape(rootShape, 'root', root, ROOT_BYTES_MAX)
