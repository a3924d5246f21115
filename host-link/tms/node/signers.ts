import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { derive, isScryptCost, SALT_LENGTH, SCRYPT_COST } from '../../../keys/station/passphrase.ts'
import { seal, unseal } from '../../../keys/station/sealing.ts'
import { wipe } from '../../../keys/wipe.ts'
import { causeOf } from '../../host/node/host-error.ts'
import { TmsError } from './database.ts'

/** An online key of one role. */
export interface Signer {
  /** First 8 bytes of SHA-256 of the public key. */
  readonly kid: Uint8Array
  readonly publicKey: Uint8Array
  /** Ed25519 over these bytes, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array
}

/** The keys that sign while nobody is there: what a terminal shall do, and its parameters. */
export interface Signers {
  readonly director: Signer
  readonly parameters: Signer
}

const SEED_BYTES = 32
/** DER of an Ed25519 private key before its 32 bytes (RFC 8410, 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEAL = 'shuaka tms online keys 1'

/** A signer by OpenSSL, from its seed, which is wiped. */
export function signerOf(seed: Uint8Array): Signer {
  const der = Buffer.concat([PKCS8_HEAD, seed])
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  wipe(der, seed)
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32))
  const kid = new Uint8Array(createHash('sha256').update(publicKey).digest().subarray(0, 8))
  return { kid, publicKey, sign: (bytes) => new Uint8Array(sign(null, bytes, key)) }
}

/**
 * Makes the two online keys in the new file `path`, readable by its owner, sealed under a passphrase, which is wiped (scrypt,
 * XChaCha20-Poly1305). The public sides go into the root document. Throws `TmsError`, also where the file exists.
 */
export async function makeSigners(
  path: string,
  passphrase: Uint8Array,
  cost = SCRYPT_COST,
): Promise<Signers> {
  const seeds = Uint8Array.from(randomBytes(2 * SEED_BYTES))
  const salt = Uint8Array.from(randomBytes(SALT_LENGTH))
  const { share, verifier } = await derive(passphrase, salt, cost)
  const sealed = seal(share, SEAL, seeds, (bytes) => Uint8Array.from(randomBytes(bytes)))
  wipe(share, verifier)
  const text = JSON.stringify({ kind: SEAL, cost, salt: hex(salt), sealed: hex(sealed) })
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${text}\n`)
    fsyncSync(file)
    closeSync(file)
  } catch (error) {
    wipe(seeds)
    throw new TmsError(`${path}: the online keys cannot be written (${causeOf(error)})`)
  }
  return both(seeds)
}

/** The keys in a file; undefined: not this passphrase, or a damaged file. The passphrase is wiped. Throws `TmsError`. */
export async function readSigners(path: string, passphrase: Uint8Array): Promise<Signers | undefined> {
  const { cost, salt, sealed } = fileOf(path)
  const { share, verifier } = await derive(passphrase, salt, cost)
  const seeds = unseal(share, SEAL, sealed)
  wipe(share, verifier)
  return seeds?.length === 2 * SEED_BYTES ? both(seeds) : undefined
}

function both(seeds: Uint8Array): Signers {
  const [director, parameters] = [seeds.slice(0, SEED_BYTES), seeds.slice(SEED_BYTES)]
  wipe(seeds)
  return { director: signerOf(director), parameters: signerOf(parameters) }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function fileOf(path: string): {
  readonly cost: number
  readonly salt: Uint8Array
  readonly sealed: Uint8Array
} {
  let held: unknown
  try {
    held = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new TmsError(`${path}: the online keys cannot be read (${causeOf(error)})`)
  }
  const field = (name: string): unknown =>
    typeof held === 'object' && held !== null ? Reflect.get(held, name) : undefined
  const [kind, cost, salt, sealed] = [field('kind'), field('cost'), field('salt'), field('sealed')]
  if (
    kind !== SEAL ||
    typeof cost !== 'number' ||
    !isScryptCost(cost) ||
    typeof salt !== 'string' ||
    typeof sealed !== 'string'
  )
    throw new TmsError(`${path}: it is no file of online keys`)
  return {
    cost,
    salt: Uint8Array.from(Buffer.from(salt, 'hex')),
    sealed: Uint8Array.from(Buffer.from(sealed, 'hex')),
  }
}
