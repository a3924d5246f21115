import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Component, programOf } from '../../host-link/tms/payload.ts'
import { releaseOf, type SignedFile, writeSignedFile } from '../../host-link/tms/release-file.ts'
import { type Signer, sealEnvelope } from '../../host-link/wire/tms/envelope.ts'
import { type Ed25519KeyPair, ed25519KeyPair, ed25519Sign } from '../../keys/ed25519.ts'
import { toHex } from '../../keys/hex.ts'
import { wipe } from '../../keys/wipe.ts'
import { PROGRAM } from '../../terminal/version.ts'
import { ensureBuilt } from '../build.ts'
import { CommandError } from '../command-error.ts'
import { readSecretJson, writeNew, writeSecretJson } from '../identity/secret-json.ts'
import { FileFault, faultsOf, objectAt } from '../json-file.ts'
import { componentsOfProgram } from './components.ts'
import { type KeyRole, kidOf } from './key-file.ts'
import { type Base, packRelease, withDeltas } from './pack.ts'
import { firstRoot } from './root.ts'
import { signedWith } from './signed-file.ts'

/**
 * Trust for development and demonstrations: the secrets of all roles lie in clear in one folder. Nothing that such keys
 * have signed may ever be taken by a terminal that takes money.
 */
export const DEVELOPMENT_TRUST_FOLDER = join('.shuaka', 'tms', 'development')
/** As the download service wants a tenant, a level of its topics: `a` to `z`, digits and `-`. */
export const DEVELOPMENT_TENANT = 'development'
const KEY_KIND = 'shuaka development release key 1'
const ROOT = 'DEVELOPMENT-ROOT.cbor'
const CREATED = 1_767_225_600 // 2026-01-01: the same trust, whenever it is made
const EXPIRES = 4_070_908_800 // 2099-01-01

// biome-ignore format: one row a key
const keysOf: readonly { readonly role: KeyRole; readonly name: string }[] = [
  { role: 'root',       name: 'root'       },
  { role: 'program',    name: 'program-1'  }, // two must sign: a release on its way can be seen
  { role: 'program',    name: 'program-2'  },
  { role: 'parameters', name: 'parameters' },
  { role: 'director',   name: 'director'   },
]

export interface DevelopmentSigner extends Signer {
  readonly publicKey: Uint8Array
}

export interface DevelopmentTrust {
  readonly tenant: string
  /** Root 1 with its signatures: what a device gets at the factory. */
  readonly root: Uint8Array
  /** All keys of a role. */
  signers(role: KeyRole): readonly DevelopmentSigner[]
}

/**
 * The trust of a folder; made where the folder has none, never made again or over another. `random` gives so many fresh
 * bytes. Throws FileFault where the folder is damaged, half made, or others may read its secrets.
 */
export function developmentTrust(folder: string, random: (bytes: number) => Uint8Array): DevelopmentTrust {
  if (!existsSync(join(folder, ROOT))) make(folder, random)
  const root = Uint8Array.from(readFileSync(join(folder, ROOT)))
  const pairs = keysOf.map(({ role, name }) => ({ role, pair: readPair(pathOf(folder, name), role) }))
  return {
    tenant: DEVELOPMENT_TENANT,
    root,
    signers: (role) => pairs.filter((each) => each.role === role).map(({ pair }) => signerOf(pair)),
  }
}

const pathOf = (folder: string, name: string): string => join(folder, `DEVELOPMENT-${name}.json`)

function signerOf({ publicKey, secretKey }: Ed25519KeyPair): DevelopmentSigner {
  return { kid: kidOf(publicKey), publicKey, sign: (bytes) => ed25519Sign(secretKey, bytes) }
}

/** Keys first, the root last: where it stands, all of them do. */
function make(folder: string, random: (bytes: number) => Uint8Array): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    throw new FileFault(folder, '', 'the folder cannot be made')
  }
  const keys = keysOf.map(({ role, name }) => {
    const seed = random(32)
    const pair = ed25519KeyPair(seed)
    writeSecretJson(pathOf(folder, name), { kind: KEY_KIND, role, publicKey: toHex(pair.publicKey) }, seed)
    wipe(seed)
    return { role, name, publicKey: pair.publicKey, pair }
  })
  const file = firstRoot({
    ...{ tenant: DEVELOPMENT_TENANT, keys, thresholds: { root: 1, program: 2, parameters: 1, director: 1 } },
    ...{ created: CREATED, expires: EXPIRES, counterFloor: 0 },
  })
  const own = keys.filter(({ role }) => role === 'root').map(({ pair }) => signerOf(pair))
  writeNew(join(folder, ROOT), sealEnvelope('root', file.document, own))
  for (const { pair } of keys) wipe(pair.secretKey)
}

function readPair(path: string, role: KeyRole): Ed25519KeyPair {
  const { values, secret } = readSecretJson(path, 32)
  const fault = faultsOf(path)
  const fields = objectAt(values, '', ['kind', 'role', 'publicKey', 'secret'], fault)
  const pair = ed25519KeyPair(secret)
  wipe(secret)
  if (fields.kind === KEY_KIND && fields.role === role && fields.publicKey === toHex(pair.publicKey))
    return pair
  wipe(pair.secretKey)
  throw fault('', `wants a ${KEY_KIND} of ${role}`)
}

export type Broken = 'throws' | 'hangs'

export interface DevelopmentRelease {
  readonly trust: DevelopmentTrust
  /** ASCII, 1 to 16 characters; stands in the program, too. */
  readonly version: string
  readonly counter: number
  /** Release number. */
  readonly seq: number
  readonly models: readonly string[]
  /** A program that throws, or never comes to an end, at its start: terminals try it three times and go back. */
  readonly broken?: Broken
  /** Release files for deltas, or programs. */
  readonly bases?: readonly Base[]
  /** Unix seconds; 0 where nothing is said. */
  readonly created?: number
  /** Of the program; those of the bundle in build/ where nothing is said. */
  readonly components?: readonly Component[]
}

/** A release of the current bundle in the form of a release file, signed by both program keys. Throws CommandError. */
export async function buildDevelopmentRelease(said: DevelopmentRelease): Promise<Uint8Array> {
  const { trust, version, counter, seq, models, broken, bases = [], created = 0 } = said
  const bundle = said.components ?? (await currentComponents())
  const named = renamed(bundle, version)
  const components = broken === undefined ? named : [brokenAs(broken), ...named]
  const [readsMin, readsMax] = PROGRAM.journalReads
  const plain = packRelease(
    {
      ...{ tenant: trust.tenant, seq, created, expires: EXPIRES, version, counter, models },
      runtime: { min: PROGRAM.runtime, max: PROGRAM.runtime },
      parameterSchema: { min: 1, max: PROGRAM.parameterSchema },
      journal: { readsMin, readsMax, writes: PROGRAM.journalWrites, reversible: true },
      policy: { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true },
      notice: broken
        ? { zh: '演示用, 无法启动', en: 'For show: it does not start' }
        : { zh: '演示用新版本', en: 'A new version, for show' },
      required: [],
    },
    components,
  )
  const file = withDeltas(plain, releaseOf(plain).manifest, components, bases)
  return writeSignedFile(signedByAll(file, trust))
}

/** The program of a release that this checkout made, as the base of the next. */
export async function currentProgram(): Promise<Uint8Array> {
  return programOf(await currentComponents())
}

const signedByAll = (file: SignedFile, trust: DevelopmentTrust): SignedFile =>
  trust.signers('program').reduce(signedWith, file)

// biome-ignore format: one row a way to break
const breaks: { readonly [way in Broken]: string } = {
  throws: 'throw Error("This program is broken on purpose.");\n',
  hangs:  'for (;;);\n',
}

/** A script of its own before the program: the runtime comes no further. */
function brokenAs(way: Broken): Component {
  return { name: 'broken on purpose', bytes: Buffer.from(breaks[way]) }
}

async function currentComponents(): Promise<Component[]> {
  return componentsOfProgram((await ensureBuilt()).file)
}

/** The same program with another version in it, so that it shows and reports what its manifest says. */
function renamed(components: readonly Component[], version: string): readonly Component[] {
  if (version === PROGRAM.version) return components
  const literal = JSON.stringify(PROGRAM.version)
  let found = 0
  const out = components.map(({ name, bytes }) => {
    const parts = Buffer.from(bytes).toString('utf8').split(literal)
    found += parts.length - 1
    return parts.length === 1
      ? { name, bytes }
      : { name, bytes: Buffer.from(parts.join(JSON.stringify(version))) }
  })
  if (found === 0) throw new CommandError(`release: the program does not say its version ${PROGRAM.version}.`)
  return out
}
