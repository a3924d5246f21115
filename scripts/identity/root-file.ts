import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Ed25519KeyPair, ed25519KeyPair } from '../../keys/ed25519.ts'
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
import { faultsOf, objectAt, readJson, textAt, wholeAt } from '../json-file.ts'
import { writeNew } from './secret-json.ts'

export const ROOT_KIND = 'shuaka root 1'
/** What the seed is sealed as; the public key is part of it, so that the two cannot be parted. */
const sealName = (publicKey: Uint8Array): string => `${ROOT_KIND} ${toHex(publicKey)}`

const fresh = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes))

/**
 * Makes a root of trust in a new file, its seed under the passphrase (scrypt, XChaCha20-Poly1305); gives its public
 * key. The passphrase is wiped. CommandError for one that is too short, FileFault where the file exists.
 */
export async function makeRoot(
  path: string,
  passphrase: Uint8Array,
  cost = SCRYPT_COST,
): Promise<Uint8Array> {
  if (!isPassphrase(passphrase)) {
    wipe(passphrase)
    throw new CommandError('keys identity root: a passphrase has at least 8 characters.')
  }
  const seed = fresh(32)
  const { publicKey, secretKey } = ed25519KeyPair(seed)
  const salt = fresh(SALT_LENGTH)
  const { share, verifier } = await derive(passphrase, salt, cost)
  const sealed = seal(share, sealName(publicKey), seed, fresh)
  wipe(seed, secretKey, share, verifier)
  const file = {
    kind: ROOT_KIND,
    publicKey: toHex(publicKey),
    scryptCost: cost,
    salt: toHex(salt),
    sealed: toHex(sealed),
  }
  writeNew(path, Buffer.from(`${JSON.stringify(file, undefined, 2)}\n`))
  return publicKey
}

export interface RootFile {
  readonly publicKey: Uint8Array
  /** The pair, whose secret key the caller wipes; `undefined`: not this passphrase, or a damaged file. Wipes the passphrase. */
  open(passphrase: Uint8Array): Promise<Ed25519KeyPair | undefined>
}

/** Throws FileFault. */
export function readRoot(path: string): RootFile {
  const fault = faultsOf(path)
  const fields = objectAt(readJson(path), '', ['kind', 'publicKey', 'scryptCost', 'salt', 'sealed'], fault)
  if (fields.kind !== ROOT_KIND) throw fault('kind', `wants "${ROOT_KIND}"`)
  const hex = (name: string, bytes: number): Uint8Array =>
    fromHex(
      textAt(fields[name], name, new RegExp(`^[0-9A-Fa-f]{${2 * bytes}}$`), `${2 * bytes} hex digits`, fault),
    )
  const publicKey = hex('publicKey', 32)
  const salt = hex('salt', SALT_LENGTH)
  const sealed = hex('sealed', 24 + 32 + 16)
  const cost = wholeAt(fields.scryptCost, 'scryptCost', 'a cost', fault)
  if (!isScryptCost(cost)) throw fault('scryptCost', 'wants a power of two')
  return {
    publicKey,
    async open(passphrase) {
      const { share, verifier } = await derive(passphrase, salt, cost)
      const seed = unseal(share, sealName(publicKey), sealed)
      wipe(share, verifier)
      if (seed === undefined) return undefined
      const pair = ed25519KeyPair(seed)
      wipe(seed)
      return pair
    },
  }
}

/** What kind of file of ours stands at `path`, by its property `kind`. */
export function kindAt(path: string): string | undefined {
  const kind = /"kind"\s*:\s*"([^"]{1,40})"/.exec(readFileSync(path, 'latin1').slice(0, 200))
  return kind?.[1]
}
