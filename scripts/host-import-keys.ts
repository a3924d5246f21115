import { randomBytes } from 'node:crypto'
import { HostError } from '../host-link/host/node/host-error.ts'
import { localTime } from '../host-link/host/node/host-server.ts'
import { type ExportedKey, type ImportedKey, openExport } from '../host-link/host/node/key-import.ts'
import { importKey, type Verdict } from '../host-link/host/node/key-import-books.ts'
import { type Seal, sealUnder } from '../host-link/host/seal.ts'
import type { Store } from '../host-link/host/store.ts'
import { hexOf } from '../host-link/wire/bytes.ts'
import { combineComponents, componentCheckValue, componentFits } from '../keys/component.ts'
import { type Kbpk, softKbpk } from '../keys/key-block/protection-key.ts'
import { KEYS_FORMAT } from '../keys/station/export-keys.ts'
import { openToken, type Token, TokenError } from '../keys/station/token.ts'
import { wipe } from '../keys/wipe.ts'
import { type KeyBooks, openKeyBooks, personOf } from './host-keys.ts'
import { type Faults, FileFault, faultsOf, objectAt, readJson, textAt } from './json-file.ts'
import { COMBINE_FAULTS } from './keys/combine.ts'
import { readKey } from './keys/secret-key.ts'
import { readProvision } from './provision.ts'
import { type SecretInput, secretFromDescriptor } from './secret-input.ts'

export interface ImportCommand extends KeyBooks {
  /** What the station exported. */
  readonly file: string
  readonly secrets: SecretInput
  readonly by?: string
  /** Descriptor that gives the ZMK in hex; asked for where absent, unless it is in a token. */
  readonly zmkFd?: number
  /** The ZMK is asked for as so many components, 2 or 3: no one of its custodians has it. */
  readonly components?: number
  /** Descriptors that give them in hex. */
  readonly componentFd?: readonly number[]
  /** Path of a PKCS#11 module: the ZMK stays in its token, under the CKA_ID `tokenKey`. */
  readonly token?: string
  readonly tokenLabel?: string
  readonly tokenKey?: string
  readonly pinFd?: number
}

interface StationExport {
  readonly station: string
  readonly time: string
  readonly zmk: { readonly algorithm: 'AES' | 'TDES'; readonly checkValue: string }
  readonly keys: readonly ExportedKey[]
}

// biome-ignore format: one row a verdict
const said: { readonly [V in Verdict]: string } = {
  imported:  'imported',
  confirmed: 'was imported before; the terminal uses it',
  before:    'was imported before',
  older:     'is older than the key in use, left',
  waits:     'is left: the terminal has not confirmed it and may use the key before; to the station with it, then import again',
}
const WAITS = '; the terminal has not confirmed that it uses it'

const ROWS_MAX = 20_000
/** Keys that are posted side by side. */
const AT_ONCE = 50
/** Faults that are named; of more than these it is said how many. */
const SHOWN_MAX = 10

/**
 * `shuaka host import-keys`: the text to print. On a file of books it wants that no host has them open. Rejects with
 * `HostError`, `FileFault` or `CommandError`: nothing was imported then.
 */
export async function importKeys(command: ImportCommand): Promise<string> {
  const { file, provision } = command
  const by = personOf(command.by)
  const found = readExport(file)
  const provisions = provision.map(readProvision)
  const zmk =
    command.token === undefined
      ? await typedZmk(command, found)
      : await tokenZmk(command, found, command.token)
  try {
    const opened = openExport(zmk.kbpk, found.keys, provisions)
    if (opened.kind === 'refused') throw refusal(file, opened.faults)
    try {
      return await imported(command, found, opened.keys, by)
    } finally {
      for (const { bytes } of opened.keys) wipe(bytes)
    }
  } finally {
    zmk.close()
  }
}

async function imported(
  command: ImportCommand,
  { station, time }: StationExport,
  keys: readonly ImportedKey[],
  by: string,
): Promise<string> {
  const { store, secret } = await openKeyBooks(command, false)
  try {
    const seal = sealUnder(secret, random)
    const verdicts: Verdict[] = []
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      const some = keys.slice(at, at + AT_ONCE)
      verdicts.push(...(await Promise.all(some.map((key) => posted(store, seal, key, by)))))
    }
    const lines = keys.map(({ terminal, row }, at) => {
      const what = said[verdicts[at] ?? 'older']
      const taken = verdicts[at] === 'imported' || verdicts[at] === 'before'
      const waits = row.state === 'proven' && taken ? WAITS : ''
      return `terminal ${terminal.terminalId} (${row.serial}): master key ${row.checkValue} ${what}${waits}\n`
    })
    const fresh = verdicts.filter((verdict) => verdict === 'imported').length
    return `${lines.join('')}${fresh} of ${keys.length} keys of station ${station}, ${time}, imported by ${by}\n`
  } finally {
    await store.close()
  }
}

/** One key, in a transaction of its own: a host that runs beside (PostgreSQL) may be loading one at this moment. */
async function posted(store: Store, seal: Seal, key: ImportedKey, by: string): Promise<Verdict> {
  const { terminalId } = key.terminal
  const record = await store.keyEvents(terminalId)
  return store.transact(
    (books) => {
      const { verdict, posting } = importKey(seal, key, books, { record, by, at: localTime() })
      return { ...(posting && { posting }), result: verdict }
    },
    { terminalId },
  )
}

function refusal(file: string, faults: readonly string[]): HostError {
  const more = faults.length - SHOWN_MAX
  const shown = faults.slice(0, SHOWN_MAX).join('; ')
  return new HostError(`${file}: nothing was imported: ${shown}${more > 0 ? `; and ${more} more` : ''}`)
}

function random(bytes: number): Uint8Array {
  return Uint8Array.from(randomBytes(bytes))
}

interface OpenZmk {
  readonly kbpk: Kbpk
  close(): void
}

/** The ZMK of the file, typed or from descriptors, whole or in components. */
async function typedZmk(command: ImportCommand, { zmk }: StationExport): Promise<OpenZmk> {
  const { secrets, zmkFd, file, components, componentFd = [] } = command
  const source = { command: 'host import-keys', what: `ZMK ${zmk.checkValue}`, option: '--zmk-fd', fd: zmkFd }
  const count = components ?? componentFd.length
  if (count > 0 && zmkFd !== undefined)
    throw new HostError('host import-keys: the ZMK whole or in components, not both')
  if (componentFd.length > 0 && componentFd.length !== count)
    throw new HostError(`host import-keys: ${count} components, and ${componentFd.length} --component-fd`)
  const key = count === 0 ? await readKey(secrets, source) : await combinedZmk(command, zmk.algorithm, count)
  try {
    const right = hexOf(componentCheckValue(zmk.algorithm, key)) === zmk.checkValue
    if (!right) throw new HostError(`${file}: this is not its ZMK, whose check value is ${zmk.checkValue}`)
    const kbpk = softKbpk(zmk.algorithm, key)
    return { kbpk, close: () => kbpk.wipe() }
  } catch (error) {
    if (error instanceof RangeError)
      throw new HostError(`${file}: its ZMK is ${zmk.algorithm}, of another size`)
    throw error
  } finally {
    wipe(key)
  }
}

/** Components typed one after the other, each with its check value to compare with its envelope. */
async function combinedZmk(
  { secrets, file, componentFd = [] }: ImportCommand,
  algorithm: 'AES' | 'TDES',
  count: number,
): Promise<Uint8Array> {
  const components: Uint8Array[] = []
  try {
    for (let at = 0; at < count; at++) {
      const what = `component ${at + 1} of ${count} of the ZMK`
      const fd = componentFd[at]
      const source = { command: 'host import-keys', what, option: '--component-fd', fd }
      const component = await readKey(secrets, source)
      components.push(component)
      if (!componentFits(algorithm, component.length))
        throw new HostError(`host import-keys: ${what}: ${algorithm} has none of ${component.length} bytes`)
      if (fd === undefined)
        console.error(`check value 校验值: ${hexOf(componentCheckValue(algorithm, component))}`)
    }
    const combined = combineComponents(algorithm, components)
    if (combined.kind === 'refused')
      throw new HostError(`${file}: these components are not of its ZMK: ${COMBINE_FAULTS[combined.why]}`)
    return combined.key
  } finally {
    wipe(...components)
  }
}

/** The ZMK of the file, which stays in a token. */
async function tokenZmk(
  { secrets, tokenLabel, tokenKey, pinFd, file }: ImportCommand,
  { zmk }: StationExport,
  module: string,
): Promise<OpenZmk> {
  if (tokenKey === undefined || !/^(?:[0-9A-Fa-f]{2}){1,32}$/.test(tokenKey))
    throw new HostError('host import-keys: --token wants --token-key HEX, the CKA_ID of the ZMK')
  const what = 'host import-keys: PIN of the token'
  const pin =
    pinFd === undefined ? await secrets.line('PIN of the token: ') : secretFromDescriptor(pinFd, what)
  let token: Token | undefined
  try {
    token = await openToken({ module, label: tokenLabel, pin })
    const opened = token
    const kbpk = token.kbpk(Uint8Array.from(Buffer.from(tokenKey, 'hex')))
    if (!kbpk) throw new TokenError(`the PKCS#11 token ${token.label} has no key ${tokenKey}`)
    if (zmk.algorithm !== 'AES' || hexOf(kbpk.cmac(new Uint8Array(16)).slice(0, 5)) !== zmk.checkValue)
      throw new HostError(`${file}: this is not its ZMK, whose check value is ${zmk.checkValue}`)
    return { kbpk, close: () => opened.close() }
  } catch (error) {
    token?.close()
    throw error instanceof TokenError ? new HostError(error.message) : error
  } finally {
    wipe(pin)
  }
}

/** The export of a station, without its keys opened. Throws `FileFault`. */
export function readExport(file: string): StationExport {
  const fault = faultsOf(file)
  const root = objectAt(readJson(file), '', ['format', 'station', 'time', 'zmk', 'keys'], fault)
  if (root.format !== KEYS_FORMAT) throw new FileFault(file, 'format', `wants ${KEYS_FORMAT}`)
  const zmk = objectAt(root.zmk, 'zmk', ['algorithm', 'bytes', 'checkValue'], fault)
  const algorithm = textAt(zmk.algorithm, 'zmk.algorithm', /^(?:AES|TDES)$/, 'AES or TDES', fault)
  if (!Array.isArray(root.keys) || root.keys.length > ROWS_MAX)
    throw fault('keys', `wants an array of up to ${ROWS_MAX} keys`)
  return {
    station: textAt(root.station, 'station', /^[!-~]{1,20}$/, '1 to 20 ASCII characters', fault),
    time: textAt(root.time, 'time', /^[0-9TZ:. +-]{10,40}$/, 'a time', fault),
    zmk: {
      algorithm: algorithm === 'AES' ? 'AES' : 'TDES',
      checkValue: textAt(zmk.checkValue, 'zmk.checkValue', /^[0-9A-F]{6,10}$/, 'a check value', fault),
    },
    keys: root.keys.map((entry, at) => exportedKey(entry, `keys[${at}]`, fault)),
  }
}

const KEY_NAMES = [
  'serial',
  'terminalId',
  'slot',
  'algorithm',
  'keyVersion',
  'state',
  'transaction',
  'time',
  'checkValue',
  'keyBlock',
]

/** ISO 8601, UTC: as the station writes it. */
const TIME = /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

function exportedKey(entry: unknown, place: string, fault: Faults): ExportedKey {
  const row = objectAt(entry, place, KEY_NAMES, fault)
  const text = (name: string, pattern: RegExp, wanted: string) =>
    textAt(row[name], `${place}.${name}`, pattern, wanted, fault)
  const { slot } = row
  if (typeof slot !== 'number' || !Number.isInteger(slot) || slot < 0 || slot > 9)
    throw fault(`${place}.slot`, 'wants a whole number from 0 to 9')
  return {
    slot,
    serial: text('serial', /^[!-~]{1,20}$/, '1 to 20 ASCII characters'),
    terminalId:
      row.terminalId === undefined
        ? undefined
        : text('terminalId', /^[0-9A-Za-z]{8}$/, '8 letters or digits'),
    algorithm: text('algorithm', /^(?:TDES|SM4)$/, 'TDES or SM4') === 'SM4' ? 'SM4' : 'TDES',
    keyVersion: text('keyVersion', /^[0-9A-Za-z]{2}$/, 'two characters'),
    state: text('state', /^(?:proven|loaded)$/, 'proven or loaded') === 'proven' ? 'proven' : 'loaded',
    transaction: text('transaction', /^[0-9A-F]{16}$/, '16 hex digits'),
    at: localTime(new Date(text('time', TIME, 'a time as 2026-11-21T22:04:52.000Z'))),
    checkValue: text('checkValue', /^[0-9A-F]{6}$/, 'six hex digits'),
    keyBlock: text('keyBlock', /^[ -~]{16,9999}$/, 'a key block'),
  }
}
