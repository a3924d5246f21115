import { createHash, randomBytes } from 'node:crypto'
import { ROLE } from '../../host-link/wire/tms/root.ts'
import { type Ed25519KeyPair, ed25519KeyPair } from '../../keys/ed25519.ts'
import { equalBytes } from '../../keys/equal-bytes.ts'
import { fromHex, toHex } from '../../keys/hex.ts'
import {
  derive,
  isPassphrase,
  isScryptCost,
  SALT_LENGTH,
  SCRYPT_COST,
} from '../../keys/station/passphrase.ts'
import { seal, unseal } from '../../keys/station/sealing.ts'
import { wipe } from '../../keys/wipe.ts'
import { CommandError } from '../command-error.ts'
import { writeNew } from '../identity/secret-json.ts'
import { faultsOf, objectAt, readJson, textAt, wholeAt } from '../json-file.ts'

/**
 * Keys of those who sign releases and roots: each in a file of its own, its seed under the passphrase of one person
 * (scrypt, XChaCha20-Poly1305), and beside it a file without the secret, to be handed to whoever makes the root.
 */
export type KeyRole = keyof typeof ROLE
export const KEY_ROLES = Object.keys(ROLE) as readonly KeyRole[]

/** Who a key belongs to; public. */
export interface PublicKey {
  readonly role: KeyRole
  /** Who holds it: 1 to 40 characters. */
  readonly name: string
  readonly publicKey: Uint8Array
}

export interface KeyFile extends PublicKey {
  /** The pair, whose secret key the caller wipes; `undefined`: not this passphrase, or a damaged file. Wipes the passphrase. */
  open(passphrase: Uint8Array): Promise<Ed25519KeyPair | undefined>
}

const KEY_KIND = 'shuaka release key 1'
const PUBLIC_KIND = 'shuaka release public key 1'
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,39}$/u
const NAME_WANTED = '1 to 40 letters, digits or . _ @ -'

const fresh = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes))
/** All that says whose key it is is part of the seal: none of it can be changed in the file. */
const sealName = ({ role, name, publicKey }: PublicKey): string =>
  [KEY_KIND, role, toHex(publicKey), name].join(' ')

/** First 8 bytes of the SHA-256 of a public key: what signatures name it by. */
export function kidOf(publicKey: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(publicKey).digest().subarray(0, 8))
}

export function isKeyName(name: string): boolean {
  return NAME.test(name)
}

/**
 * Makes a key in the new files `path` and `path.pub`; gives its public side. The passphrase is wiped. CommandError for
 * one that is too short, FileFault where a file exists.
 */
export async function makeKey(
  path: string,
  { role, name }: Pick<PublicKey, 'role' | 'name'>,
  passphrase: Uint8Array,
  cost = SCRYPT_COST,
): Promise<PublicKey> {
  if (!isPassphrase(passphrase)) {
    wipe(passphrase)
    throw new CommandError('release keys: a passphrase has at least 8 characters, 4 of them different.')
  }
  const seed = fresh(32)
  const { publicKey, secretKey } = ed25519KeyPair(seed)
  const key = { role, name, publicKey }
  const salt = fresh(SALT_LENGTH)
  const { share, verifier } = await derive(passphrase, salt, cost)
  const sealed = seal(share, sealName(key), seed, fresh)
  wipe(seed, secretKey, share, verifier)
  const said = { role, name, publicKey: toHex(publicKey) }
  write(path, { kind: KEY_KIND, ...said, scryptCost: cost, salt: toHex(salt), sealed: toHex(sealed) })
  write(`${path}.pub`, { kind: PUBLIC_KIND, ...said })
  return key
}

/** The file of a key, its secret still sealed. Throws FileFault. */
export function readKey(path: string): KeyFile {
  const fault = faultsOf(path)
  const names = ['kind', 'role', 'name', 'publicKey', 'scryptCost', 'salt', 'sealed']
  const fields = objectAt(readJson(path), '', names, fault)
  if (fields.kind === PUBLIC_KIND)
    throw fault('', 'it is the public side of a key; the secret is in the other file')
  if (fields.kind !== KEY_KIND) throw fault('kind', `wants "${KEY_KIND}"`)
  const key = publicOf(path, fields)
  const hex = (name: string, bytes: number): Uint8Array =>
    fromHex(textAt(fields[name], name, hexPattern(bytes), `${2 * bytes} hex digits`, fault))
  const salt = hex('salt', SALT_LENGTH)
  const sealed = hex('sealed', 24 + 32 + 16)
  const cost = wholeAt(fields.scryptCost, 'scryptCost', 'a cost', fault)
  if (!isScryptCost(cost)) throw fault('scryptCost', 'wants a power of two')
  return {
    ...key,
    async open(passphrase) {
      const { share, verifier } = await derive(passphrase, salt, cost)
      const seed = unseal(share, sealName(key), sealed)
      wipe(share, verifier)
      if (seed === undefined) return undefined
      const pair = ed25519KeyPair(seed)
      wipe(seed)
      if (equalBytes(pair.publicKey, key.publicKey)) return pair
      wipe(pair.secretKey)
      return undefined
    },
  }
}

/** The public side, out of either file. Throws FileFault. */
export function readPublicKey(path: string): PublicKey {
  const fault = faultsOf(path)
  const names = ['kind', 'role', 'name', 'publicKey', 'scryptCost', 'salt', 'sealed']
  const fields = objectAt(readJson(path), '', names, fault)
  if (fields.kind !== KEY_KIND && fields.kind !== PUBLIC_KIND) throw fault('kind', `wants "${PUBLIC_KIND}"`)
  return publicOf(path, fields)
}

function publicOf(path: string, fields: { readonly [name: string]: unknown }): PublicKey {
  const fault = faultsOf(path)
  const said = textAt(fields.role, 'role', /^[a-z]+$/, `one of ${KEY_ROLES.join(', ')}`, fault)
  const role = KEY_ROLES.find((each) => each === said)
  if (role === undefined) throw fault('role', `wants one of ${KEY_ROLES.join(', ')}`)
  const name = textAt(fields.name, 'name', NAME, NAME_WANTED, fault)
  return {
    role,
    name,
    publicKey: fromHex(textAt(fields.publicKey, 'publicKey', hexPattern(32), '64 hex digits', fault)),
  }
}

const hexPattern = (bytes: number): RegExp => new RegExp(`^[0-9A-Fa-f]{${2 * bytes}}$`)

function write(path: string, values: object): void {
  writeNew(path, Buffer.from(`${JSON.stringify(values, undefined, 2)}\n`))
}
