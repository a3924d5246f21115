import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { dayOf } from '../keys/station/core.ts'
import { identityFault } from '../keys/station/identity.ts'
import { credentialIn } from '../keys/station/identity-file.ts'
import type { Station } from '../keys/station/station.ts'
import { wipe } from '../keys/wipe.ts'
import { CommandError } from './command-error.ts'
import {
  lineFrom,
  locale,
  must,
  openStationCommand,
  type StationCommand,
  systemClock,
} from './keys-station.ts'
import { writeSecretly } from './keys-station-file.ts'

export interface InitCommand extends StationCommand {
  readonly person: readonly string[]
  readonly passphraseFd: readonly number[]
  readonly identity?: string
  readonly development?: string
  readonly rootOut?: string
  readonly json?: boolean
}

/** Files of a station. The last one is what tells that there is one; the lock and the index are made anew. */
const FILES = ['station.db-wal', 'station.db'] as const

/**
 * `init`: two people and an identity. Without --person the people are asked for at the terminal. The station is made beside its
 * folder, and comes to its place when all is done: what fails leaves no half station. `scryptCost` is of tests.
 */
export async function initStation(options: InitCommand, scryptCost?: number): Promise<string> {
  checkOptions(options)
  const { folder, person, identity } = options
  const file = identity === undefined ? undefined : new Uint8Array(readFileSync(identity))
  if (file !== undefined) checkIdentity(file)
  const { consoleHands } = await import('./keys-station-console.ts')
  const hands = person.length === 0 ? consoleHands() : undefined
  const place = resolve(folder)
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 })
  const making = mkdtempSync(join(dirname(place), `.${basename(place)}-`)) // for its owner alone
  try {
    const limits = scryptCost === undefined ? {} : { scryptCost }
    const station = await openStationCommand({ ...options, folder: making }, limits)
    const said = await made(station, options, file, hands).finally(() => station.close())
    putInPlace(making, place, options.rootOut)
    return said
  } finally {
    hands?.close()
    wipe(file)
    rmSync(making, { recursive: true, force: true })
  }
}

function checkOptions(options: InitCommand): void {
  const { folder, person, passphraseFd, identity, development, rootOut } = options
  if (person.length === 1 || person.length > 2 || passphraseFd.length !== (person.length === 0 ? 0 : 2))
    throw new CommandError(
      'keys station: two people enrol; give --person and --passphrase-fd twice, or neither',
      2,
    )
  if (identity !== undefined && development !== undefined)
    throw new CommandError('keys station: --identity or --development, not both', 2)
  if ((development === undefined) !== (rootOut === undefined))
    throw new CommandError('keys station: --development and --root-out go together', 2)
  if (existsSync(join(folder, 'station.db')))
    throw new CommandError(`keys station: ${folder} has a station already; shuaka keys station run`)
  if (rootOut !== undefined && existsSync(rootOut))
    throw new CommandError(`keys station: --root-out ${rootOut}: it exists already`)
}

/** Before people type anything: the file must be of a station. */
function checkIdentity(file: Uint8Array): void {
  const credential = credentialIn(file.slice())
  const fault =
    credential === undefined
      ? ({ kind: 'refused', why: 'identity' } as const)
      : identityFault(credential, dayOf(systemClock.nowMs()))
  wipe(credential?.secret)
  if (fault !== undefined) must(fault)
}

type Hands = Awaited<ReturnType<typeof import('./keys-station-console.ts')['consoleHands']>>

/** Two people and what they are to have; gives the report. */
async function made(
  station: Station,
  { person, passphraseFd, development, rootOut, json }: InitCommand,
  file: Uint8Array | undefined,
  hands: Hands | undefined,
): Promise<string> {
  const { enrolTwo } = await import('./keys-station-console.ts')
  if (hands) await enrolTwo(station, hands, locale())
  else
    for (const [index, words] of person.entries()) {
      const [, name = words, role = 'custodian'] = /^(.*):(custodian|operator)$/.exec(words) ?? []
      const passphrase = lineFrom(passphraseFd[index] ?? 0, `passphrase of ${name}`)
      must(await station.enrol(name, role === 'operator' ? 'operator' : 'custodian', passphrase), name)
    }
  if (file !== undefined) must(station.importIdentity(file))
  if (development !== undefined && rootOut !== undefined) {
    const { rootSecret } = must(station.developmentIdentity(development))
    writeSecretly(rootOut, rootSecret)
    wipe(rootSecret)
  }
  return initReport(station, json === true)
}

/** The station's folder as its commands find it: there, with all that is in it, or not there. */
function putInPlace(making: string, place: string, rootOut: string | undefined): void {
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 })
    if (existsSync(join(place, 'station.db')))
      throw new CommandError(`keys station: ${place} has got a station meanwhile`)
    for (const name of FILES)
      if (existsSync(join(making, name))) renameSync(join(making, name), join(place, name))
  } catch (error) {
    if (rootOut !== undefined) rmSync(rootOut, { force: true }) // was written for this station
    throw error
  }
}

function initReport(station: Station, json: boolean): string {
  const { people, identity, audit } = station.view()
  if (json) {
    const publicKey = audit.publicKey ?? null
    const names = people.map(({ name, role }) => ({ name, role }))
    return `${JSON.stringify({ station: identity?.id ?? null, people: names, auditPublicKey: publicKey })}\n`
  }
  return [
    `people: ${people.map(({ name, role }) => `${name} (${role})`).join(', ')}`,
    `identity: ${identity === undefined ? 'none yet; import one in the session' : `${identity.id}, root ${identity.root}`}`,
    `key of the audit's signatures, to be written down: ${audit.publicKey ?? ''}`,
    '',
  ].join('\n')
}
