import { existsSync } from 'node:fs'
import { openCertificate } from '../../host-link/channel/certificate.ts'
import type { Purpose, Role } from '../../host-link/channel/channel-end.ts'
import { isId } from '../../host-link/channel/hello.ts'
import { equalBytes } from '../../keys/equal-bytes.ts'
import { toHex } from '../../keys/hex.ts'
import { wipe } from '../../keys/wipe.ts'
import { CommandError } from '../command-error.ts'
import { IDENTITY_KIND, readIdentity, writeIdentity } from '../identity/identity-file.ts'
import { foreignPurposes, newIdentity, PURPOSES } from '../identity/issue.ts'
import { kindAt, makeRoot, ROOT_KIND, readRoot } from '../identity/root-file.ts'
import { FileFault } from '../json-file.ts'
import { type SecretInput, secretFromDescriptor } from '../secret-input.ts'

export interface RootOptions {
  readonly out: string
  readonly passphraseFd?: number
}

/** `shuaka keys identity root`: the lines to print. Throws CommandError or FileFault. */
export async function identityRoot(
  input: SecretInput,
  { out, passphraseFd }: RootOptions,
  cost?: number,
): Promise<string> {
  if (existsSync(out)) throw new FileFault(out, '', 'it exists already')
  const passphrase = await passphraseOf(input, passphraseFd)
  if (passphraseFd === undefined) {
    const again = await input.line('Once more: ')
    const same = equalBytes(again, passphrase)
    wipe(again)
    if (!same) {
      wipe(passphrase)
      throw new CommandError('keys identity root: the two passphrases differ.')
    }
  }
  const publicKey = await makeRoot(out, passphrase, cost)
  return `root ${toHex(publicKey)}\n${out}: its private key is under the passphrase; without it nothing more can be issued\n`
}

export interface IssueOptions {
  readonly root: string
  readonly role: Role
  readonly id: string
  readonly purposes?: readonly Purpose[]
  /** YYYY-MM-DD. */
  readonly notAfter: string
  readonly out: string
  readonly passphraseFd?: number
}

/** `shuaka keys identity issue`: the lines to print. Throws CommandError or FileFault. */
export async function identityIssue(
  input: SecretInput,
  options: IssueOptions,
  nowMs = Date.now(),
): Promise<string> {
  const { role, id, out, purposes, passphraseFd } = options
  if (!isId(id))
    throw new CommandError('keys identity issue: an id is 1 to 20 ASCII characters, no space.', 2)
  const [foreign] = foreignPurposes(role, purposes ?? [])
  if (foreign !== undefined)
    throw new CommandError(
      `keys identity issue: a ${role} is good for ${PURPOSES[role].join(', ')}, not for ${foreign}.`,
      2,
    )
  const notAfter = dateOf(options.notAfter)
  if (notAfter < dateOf(new Date(nowMs).toISOString().slice(0, 10)))
    throw new CommandError(`keys identity issue: --not-after ${options.notAfter}: that day is over.`, 2)
  const root = readRoot(options.root)
  if (existsSync(out)) throw new FileFault(out, '', 'it exists already')
  const pair = await root.open(await passphraseOf(input, passphraseFd))
  if (pair === undefined)
    throw new CommandError('keys identity issue: that is not the passphrase, or the file is damaged.')
  const credential = newIdentity({ role, id, notAfter, ...(purposes && { purposes }) }, pair)
  wipe(pair.secretKey)
  writeIdentity(out, credential)
  wipe(credential.secret)
  return `${identityShow(out)}${out}: its private key is in clear, for its owner alone to read (mode 600)\n`
}

/** `shuaka keys identity show`: what a file says, without a secret. Throws CommandError or FileFault. */
export function identityShow(path: string): string {
  if (!existsSync(path)) throw new FileFault(path, '', 'there is no such file')
  switch (kindAt(path)) {
    case ROOT_KIND:
      return `root ${toHex(readRoot(path).publicKey)}\n`
    case IDENTITY_KIND: {
      const { credential } = readIdentity(path)
      wipe(credential.secret)
      const { certificate, root } = credential
      return linesOf(certificate, root)
    }
    default:
      throw new FileFault(path, '', 'it is neither a root nor an identity')
  }
}

function linesOf(bytes: Uint8Array, root: Uint8Array): string {
  const certificate = openCertificate(bytes, root)
  if (certificate === undefined)
    throw new CommandError('keys identity show: the certificate is not of its root.')
  const day = String(certificate.notAfter).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
  const rows = [
    ['role', certificate.role],
    ['id', certificate.id],
    ['purposes', certificate.purposes.join(', ')],
    ['good until', day],
    ['serial', toHex(certificate.serial)],
    ['public key', toHex(certificate.publicKey)],
    ['root', toHex(root)],
  ]
  return rows.map(([name = '', value = '']) => `${name.padEnd(11)}${value}\n`).join('')
}

function dateOf(text: string): number {
  const real = /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text)
  if (real !== true)
    throw new CommandError('keys identity issue: --not-after wants a date like 2028-12-31.', 2)
  return Number(text.replaceAll('-', ''))
}

async function passphraseOf(input: SecretInput, descriptor: number | undefined): Promise<Uint8Array> {
  if (descriptor !== undefined) return withoutLineEnd(secretFromDescriptor(descriptor, 'keys identity'))
  if (!input.present)
    throw new CommandError('keys identity: no terminal to ask at; give --passphrase-fd N.', 2)
  return input.line('Passphrase of the root: ')
}

/** A file that an editor wrote ends its line. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let { length } = bytes
  while (length > 0 && (bytes[length - 1] === 0x0a || bytes[length - 1] === 0x0d)) length--
  const passphrase = bytes.slice(0, length)
  wipe(bytes)
  return passphrase
}
