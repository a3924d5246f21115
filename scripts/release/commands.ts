import { existsSync, writeFileSync } from 'node:fs'
import { ROLE, type RootDocument, same } from '../../host-link/wire/tms/root.ts'
import { ed25519Sign } from '../../keys/ed25519.ts'
import { wipe } from '../../keys/wipe.ts'
import { CommandError } from '../command-error.ts'
import { FileFault } from '../json-file.ts'
import type { SecretInput } from '../secret-input.ts'
import { secondsOf, timeText } from './dates.ts'
import { isKeyName, type KeyRole, kidOf, makeKey, readKey, readPublicKey } from './key-file.ts'
import { newPassphrase, passphraseOf } from './passphrase.ts'
import { firstRoot, nextRoot, type Thresholds } from './root.ts'
import { loadFile, loadRoot, type Progress, progressOf, saveFile, signedWith } from './signed-file.ts'
import { hexes } from './verify.ts'

export interface KeysCommand {
  readonly role: KeyRole
  readonly name: string
  readonly out: string
  readonly passphraseFd?: number
}

/** `shuaka release keys`: what to print. Throws CommandError or FileFault. */
export async function releaseKeys(
  input: SecretInput,
  { role, name, out, passphraseFd }: KeysCommand,
  cost?: number,
): Promise<string> {
  if (!isKeyName(name))
    throw new CommandError('release keys: --name wants 1 to 40 letters, digits or . _ @ -', 2)
  for (const path of [out, `${out}.pub`])
    if (existsSync(path)) throw new FileFault(path, '', 'it exists already')
  const passphrase = await newPassphrase(input, passphraseFd, `${role} ${name}`)
  const key = await makeKey(out, { role, name }, passphrase, cost)
  return [
    `key       ${hexes([kidOf(key.publicKey)])}, ${role}, ${name}\n`,
    `${out}: its secret is under the passphrase; keep it where no network is\n`,
    `${out}.pub: for whoever makes the root\n`,
  ].join('')
}

export interface RootMakeCommand {
  readonly tenant: string
  readonly key: readonly string[]
  readonly threshold?: Thresholds
  readonly expires: string
  readonly created?: string
  readonly floor?: number
  readonly out: string
}

/** `shuaka release root make`. */
export function rootMake(options: RootMakeCommand, nowSeconds = Math.floor(Date.now() / 1000)): string {
  const { tenant, key, threshold = {}, floor = 0, out } = options
  const file = firstRoot({
    tenant,
    keys: key.map(readPublicKey),
    thresholds: threshold,
    created: options.created === undefined ? nowSeconds : secondsOf(options.created, '--created'),
    expires: secondsOf(options.expires, '--expires'),
    counterFloor: floor,
  })
  saveFile(out, file)
  return `${rootLines(loadRoot(out).root.root)}${out}: without signatures; shuaka release sign adds them\n`
}

export interface RootRotateCommand {
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  readonly threshold?: Thresholds
  readonly expires: string
  readonly created?: string
  readonly floor?: number
  readonly out: string
}

/** `shuaka release root rotate`. */
export function rootRotate(
  path: string,
  options: RootRotateCommand,
  nowSeconds = Math.floor(Date.now() / 1000),
): string {
  const before = loadRoot(path).root.root
  const file = nextRoot(before, {
    add: (options.add ?? []).map(readPublicKey),
    remove: options.remove ?? [],
    thresholds: options.threshold ?? {},
    created: options.created === undefined ? nowSeconds : secondsOf(options.created, '--created'),
    expires: secondsOf(options.expires, '--expires'),
    counterFloor: options.floor,
  })
  saveFile(options.out, file)
  return [
    rootLines(loadRoot(options.out).root.root),
    `${options.out}: wants the signatures of root ${before.seq} and its own; shuaka release sign adds them\n`,
  ].join('')
}

/** `shuaka release root export`: the root as devices and the service take it. */
export function rootExport(path: string, out: string): string {
  const { envelope, root } = loadRoot(path).root
  if (envelope === undefined) throw new CommandError(`release root export: ${path} has no signature yet.`)
  const progress = progressOf(loadRoot(path).file, root)
  if (!isDone(progress))
    throw new CommandError(`release root export: ${path} has ${progressText(progress)}; sign it first.`)
  try {
    writeFileSync(out, envelope, { flag: 'wx' })
  } catch (error) {
    const exists = error instanceof Error && Reflect.get(error, 'code') === 'EEXIST'
    throw new FileFault(out, '', exists ? 'it exists already' : 'the file cannot be written')
  }
  return `${out}: root ${root.seq} of ${root.tenant}, ${envelope.length} bytes\n`
}

/** A root for a person. */
export function rootLines(root: RootDocument): string {
  const names = Object.entries(ROLE)
  return [
    `root        ${root.seq} of ${root.tenant}, ${timeText(root.created)} to ${timeText(root.expires)}\n`,
    `counter     ${root.counterFloor} at least\n`,
    ...root.roles.map(({ role, threshold, kids, prefixes }) => {
      const name = names.find(([, number]) => number === role)?.[0] ?? String(role)
      const models = prefixes.length === 0 ? '' : ` for ${prefixes.join(', ')}`
      return `${name.padEnd(12)}${threshold} of ${kids.length}${models}: ${hexes(kids)}\n`
    }),
  ].join('')
}

export interface SignCommand {
  readonly key: string
  readonly root?: readonly string[]
  readonly out?: string
  readonly passphraseFd?: number
}

/** `shuaka release sign`: adds one signature, says how many there are. Throws CommandError or FileFault. */
export async function releaseSign(input: SecretInput, path: string, options: SignCommand): Promise<string> {
  const { key: keyPath, out, passphraseFd } = options
  const key = readKey(keyPath)
  const loaded = loadFile(path)
  const role = loaded.kind === 'root' ? 'root' : 'program'
  if (key.role !== role)
    throw new CommandError(
      `release sign: ${keyPath} is a key of ${key.role}; a ${loaded.kind} is signed by keys of ${role}.`,
    )
  const roots = [
    ...(options.root ?? []).map((each) => loadRoot(each).root.root),
    ...(loaded.kind === 'root' ? [loaded.root.root] : []),
  ]
  const kid = kidOf(key.publicKey)
  const listed = roots.some(({ roles }) =>
    roles.some((entry) => entry.role === ROLE[role] && entry.kids.some((one) => same(one, kid))),
  )
  // A root that follows may be signed by keys of the one before, which is not always at hand.
  const complete = options.root !== undefined || (loaded.kind === 'root' && loaded.root.root.seq === 1)
  if (complete && !listed)
    throw new CommandError(
      `release sign: the root does not list ${hexes([kid])} among the keys of ${role}; its signature would not count.`,
    )
  if (loaded.file.signatures.some((one) => same(one.kid, kid)))
    throw new CommandError(`release sign: ${key.name} has signed ${path} already; a key counts once.`)
  const pair = await key.open(await passphraseOf(input, passphraseFd, `${key.role} ${key.name}`))
  if (pair === undefined)
    throw new CommandError('release sign: that is not the passphrase, or the file of the key is damaged.')
  const signed = signedWith(loaded.file, { kid, sign: (bytes) => ed25519Sign(pair.secretKey, bytes) })
  wipe(pair.secretKey)
  saveFile(out ?? path, signed, out === undefined)
  const lines = roots.map((root) => {
    const progress = progressOf(signed, root)
    return `by root ${root.seq}: ${progressText(progress)}\n`
  })
  const count = signed.signatures.length
  if (roots.length === 0) lines.push(`${count} in the file; --root says how many are wanted\n`)
  return `${out ?? path}: signed by ${key.name}, ${hexes([kid])}\n${lines.join('')}`
}

const isDone = (entries: readonly Progress[]): boolean =>
  entries.some(({ signed, threshold }) => signed.length >= threshold)

function progressText(entries: readonly Progress[]): string {
  return entries
    .map(({ signed, threshold, missing, prefixes }) => {
      const models = prefixes.length === 0 ? '' : ` for ${prefixes.join(', ')}`
      const more =
        signed.length >= threshold ? 'complete' : `${threshold - signed.length} more of ${hexes(missing)}`
      return `${signed.length} of ${threshold} signatures${models}, ${more}`
    })
    .join('; ')
}
