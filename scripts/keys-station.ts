import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStation } from '../keys/station/open.ts'
import type { Done, Pkcs11Options, Station, TerminalRow } from '../keys/station/station.ts'
import { wipe } from '../keys/wipe.ts'
import { CommandError } from './command-error.ts'
import { writeSecretly } from './keys-station-file.ts'
import { refusalWords } from './keys-station-orders.ts'
import { readProgress } from './keys-station-read.ts'
import { secretFromDescriptor, secretInput } from './secret-input.ts'

/** Options that every command of the station has. */
export interface StationCommand {
  readonly folder: string
  readonly tokenModule?: string
  readonly tokenLabel?: string
  readonly tokenPinFd?: number
}

/** Who logs in, and where their passphrases come from; without it they are asked for. */
export interface LogIns {
  readonly login?: readonly string[]
  readonly passphraseFd?: readonly number[]
}

export const systemClock = { nowMs: (): number => Date.now() }
export const systemRandom = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

const MINUTE_MS = 60_000

/** Opens the station of a folder, and makes it where there is none. Rejects with StationError. */
export async function openStationCommand(
  { folder, ...options }: StationCommand,
  limits: {
    readonly idle?: number
    readonly unattended?: number
    readonly total?: number
    readonly scryptCost?: number
  } = {},
): Promise<Station> {
  const token = tokenOf(options)
  try {
    return await openStation(folder, {
      ...{ clock: systemClock, random: systemRandom },
      ...(limits.idle !== undefined && { idleMs: limits.idle * MINUTE_MS }),
      ...(limits.unattended !== undefined && { unattendedMs: limits.unattended * MINUTE_MS }),
      ...(limits.total !== undefined && { totalMs: limits.total * MINUTE_MS }),
      ...(limits.scryptCost !== undefined && { scryptCost: limits.scryptCost }),
      ...(token !== undefined && { token }),
    })
  } finally {
    wipe(token?.pin)
  }
}

function tokenOf({
  tokenModule,
  tokenLabel,
  tokenPinFd,
}: Omit<StationCommand, 'folder'>): Pkcs11Options | undefined {
  if (tokenModule === undefined) {
    if (tokenLabel === undefined && tokenPinFd === undefined) return undefined
    throw new CommandError(
      'keys station: --token-label and --token-pin-fd are of a token; give --token-module',
      2,
    )
  }
  if (tokenPinFd === undefined)
    throw new CommandError('keys station: the token wants its PIN; give --token-pin-fd', 2)
  return { module: tokenModule, label: tokenLabel, pin: lineFrom(tokenPinFd, 'PIN of the token') }
}

/** A secret of one line, without its end. */
export function lineFrom(fd: number, what: string): Uint8Array {
  const bytes = secretFromDescriptor(fd, what)
  let { length } = bytes
  while (length > 0 && (bytes[length - 1] === 0x0a || bytes[length - 1] === 0x0d)) length--
  const line = bytes.slice(0, length)
  wipe(bytes)
  return line
}

/** Runs something on a station and lets go of it, whatever happens. */
export async function withStation<Result>(
  options: StationCommand,
  work: (station: Station) => Promise<Result>,
): Promise<Result> {
  const station = await openStationCommand(options)
  try {
    return await work(station)
  } finally {
    await station.close()
  }
}

/** The same with two people logged in. */
export async function withTwo<Result>(
  options: StationCommand & LogIns,
  work: (station: Station) => Promise<Result>,
): Promise<Result> {
  checkLogIns(options)
  const secrets = secretInput()
  secrets.close()
  if ((options.passphraseFd ?? []).length === 0 && !secrets.present)
    throw new CommandError(
      'keys station: two people log in, and standard input is no terminal; give --login and --passphrase-fd twice',
      2,
    )
  if (!existsSync(join(options.folder, 'station.db')))
    throw new CommandError(
      `keys station: ${options.folder} has no station; shuaka keys station init makes one`,
    )
  return withStation(options, async (station) => {
    await logInTwo(station, options)
    return work(station)
  })
}

/** Throws CommandError where names and descriptors do not fit together. */
export function checkLogIns({ login = [], passphraseFd = [] }: LogIns): void {
  if (login.length > 0 && login.length < 2)
    throw new CommandError('keys station: two people log in; give --login twice', 2)
  if (passphraseFd.length > 0 && passphraseFd.length !== login.length)
    throw new CommandError('keys station: each --login wants a --passphrase-fd, in the same order', 2)
}

/** Logs two people in: those of the options, or whoever is asked at the terminal. */
export async function logInTwo(station: Station, { login = [], passphraseFd = [] }: LogIns): Promise<void> {
  const secrets = secretInput()
  try {
    const people = login.length > 0 ? login : station.view().people.map(({ name }) => name)
    if (people.length < 2)
      throw new CommandError('keys station: nobody is enrolled; shuaka keys station init')
    for (const [index, name] of people.entries()) {
      if (station.view().state === 'open') return
      const fd = passphraseFd[index]
      const passphrase =
        fd === undefined
          ? await secrets.line(`Passphrase of ${name}: `)
          : lineFrom(fd, `passphrase of ${name}`)
      // Enter alone: this one is not here, the next may be.
      if (fd === undefined && passphrase.length === 0 && login.length === 0) continue
      // A name that nobody has may be a passphrase in the wrong place: it is not repeated.
      const known = station.view().people.some((person) => person.name === name.trim())
      must(await station.logIn(name, passphrase), known ? name : `--login ${index + 1}`)
    }
    if (station.view().state !== 'open') throw new CommandError('keys station: two people must be logged in')
  } finally {
    secrets.close()
  }
}

/** What came of an order, or CommandError with the station's reason, and whose order it was. */
export function must<Result>(done: Done<Result>, whose?: string): { readonly kind: 'ok' } & Result {
  if (done.kind === 'ok') return done
  const words = refusalWords(done)
  const who = whose === undefined ? '' : `${whose}: `
  throw new CommandError(`keys station: ${who}${words.slice(0, 1).toLowerCase()}${words.slice(1)}`)
}

/** Chinese where this machine speaks it. */
export function locale(env: NodeJS.ProcessEnv = process.env): 'zh' | 'en' {
  return /^zh/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || '') ? 'zh' : 'en'
}

export interface ShowCommand {
  readonly folder: string
  readonly state?: string
  readonly find?: string
  readonly json?: boolean
}

/** `terminals`: the list and how far it is, also while the station runs. */
export async function showTerminals({ folder, state, find = '', json }: ShowCommand): Promise<string> {
  const text = find.toUpperCase()
  const rows = readProgress(folder).filter(
    (row) =>
      (state === undefined || row.state === state) &&
      `${row.serial} ${row.terminalId ?? ''}`.toUpperCase().includes(text),
  )
  if (json === true) return `${JSON.stringify(rows, undefined, 1)}\n`
  if (rows.length === 0) return 'no terminals\n'
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    head: ['serial', 'terminal', 'slot', 'algorithm', 'state', 'check value', 'version', 'time', 'why'],
    style: { head: [], border: [] },
  })
  for (const row of rows)
    table.push([
      ...[row.serial, row.terminalId ?? '', row.slot, row.algorithm, row.state, row.checkValue ?? ''],
      ...[row.keyVersion, row.state === 'expected' ? '' : row.time, row.code ?? ''],
    ])
  return `${table.toString()}\n${summary(rows)}\n`
}

function summary(rows: readonly TerminalRow[]): string {
  const states = ['expected', 'sent', 'proven', 'loaded', 'failed'] as const
  return states.map((state) => `${rows.filter((row) => row.state === state).length} ${state}`).join(', ')
}

export interface ImportCommand extends StationCommand, LogIns {
  readonly json?: boolean
}

/** `import FILE`: the list of expected terminals; two people log in. All lines are taken or none. */
export async function importTerminals(file: string, options: ImportCommand): Promise<string> {
  const csv = readFileSync(file, 'utf8')
  return withTwo(options, async (station) => {
    const result = station.expectCsv(csv)
    if (result.kind === 'faults') {
      const [first, ...more] = result.faults
      const others = more.length === 0 ? '' : ` (and ${more.length} more lines)`
      throw new CommandError(`${file}: line ${first?.line ?? 1}: ${first?.why ?? 'it is wrong'}${others}`, 2)
    }
    const { added, known } = must(result)
    return options.json === true
      ? `${JSON.stringify({ added, known })}\n`
      : `${added} terminals imported, ${known} were there already\n`
  })
}

export interface IdentityCommand extends StationCommand, LogIns {
  readonly json?: boolean
}

/** `identity FILE`: another certificate in the place of the one that ends, or the first one; two people log in. */
export async function importIdentityFile(file: string, options: IdentityCommand): Promise<string> {
  const bytes = new Uint8Array(readFileSync(file)) // overwritten by the station
  try {
    return await withTwo(options, async (station) => {
      const { id, notAfter } = must(station.importIdentity(bytes))
      return options.json === true
        ? `${JSON.stringify({ id, notAfter })}\n`
        : `the station is ${id}; its certificate is good until ${notAfter}\n`
    })
  } finally {
    wipe(bytes)
  }
}

export interface LabelsCommand extends StationCommand, LogIns {
  readonly serial?: string
  readonly out?: string
}

/** `labels`: of loaded terminals that have none yet, or of one. */
export function printLabels({ serial, out, ...options }: LabelsCommand): Promise<string> {
  return withTwo(options, async (station) => {
    const { text, count } = must(station.labels(serial))
    if (out === undefined) return text
    writeSecretly(out, text)
    return `${count} labels\n`
  })
}

export interface ExportCommand extends StationCommand, LogIns {
  readonly out?: string
}

/** `export`: the file that the host imports. */
export function exportKeys({ out, ...options }: ExportCommand): Promise<string> {
  return withTwo(options, async (station) => {
    const { json, keys } = must(station.exportKeys())
    if (out === undefined) return json
    writeSecretly(out, json)
    return `${keys} keys, under the ZMK\n`
  })
}
