import { hexOf } from '../../host-link/wire/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { componentCheckValue } from '../component.ts'
import { unwrapKey, wrapKey } from '../key-block/key-block.ts'
import { type Kbpk, softKbpk } from '../key-block/protection-key.ts'
import { masterCheckValue } from '../load/master-block.ts'
import { MASTER_KEY_BYTES } from '../store/slot-report.ts'
import { wipe } from '../wipe.ts'
import type { Core, Zmk } from './core.ts'
import { timeOf } from './core.ts'
import { getSealed, putSealed } from './session.ts'
import type { MasterAlgorithm, ZmkAlgorithm, ZmkView } from './station.ts'
import { type StoredTerminal, terminalsIn } from './terminals.ts'
import { TokenError } from './token.ts'

const FORMAT = 'shuaka zmk 1'
/** Bytes of the id by which a token knows its key. */
const TOKEN_ID_BYTES = 8

/** `secret`: the key itself, or the id by which the token knows it. */
interface Place {
  readonly place: 'vault' | 'token'
  readonly secret: Uint8Array
}

/** The ZMK, ready for use. Throws TokenError where it is in a token that is not there or has another key. */
export function readZmk(core: Core, sealKey: Uint8Array): Zmk | 'damaged' | undefined {
  const record = getSealed(core, sealKey, 'zmk')
  const secret = getSealed(core, sealKey, 'zmk-secret')
  if (record === undefined && secret === undefined) return undefined
  const whole = record instanceof Uint8Array && secret instanceof Uint8Array
  const zmk = whole ? zmkOf(core, record, secret) : undefined
  if (secret instanceof Uint8Array) wipe(secret)
  return zmk ?? 'damaged'
}

/**
 * Makes a key the ZMK: in the token where there is one, else in the vault; every terminal's key goes under it. The key is
 * overwritten. Gives nothing where the keys of terminals cannot be taken over. Throws TokenError.
 */
export function adoptKey(
  core: Core,
  sealKey: Uint8Array,
  label: string,
  algorithm: ZmkAlgorithm,
  key: Uint8Array,
): Zmk | undefined {
  const { length } = key
  if (length !== 16 && length !== 24 && length !== 32) throw new RangeError('ZMK: 16, 24 or 32 bytes')
  const view = {
    ...{ label, algorithm, bytes: length },
    checkValue: hexOf(componentCheckValue(algorithm, key)),
    made: timeOf(core.nowMs()),
  }
  try {
    if (core.token === undefined || algorithm !== 'AES')
      return adopt(core, sealKey, view, { place: 'vault', secret: key })
    const id = core.random(TOKEN_ID_BYTES)
    core.token.importAes(id, label, key)
    return adopt(core, sealKey, view, { place: 'token', secret: id })
  } finally {
    wipe(key)
  }
}

/** A ZMK that the token makes and keeps. Throws TokenError. */
export function generateInToken(core: Core, sealKey: Uint8Array, label: string): Zmk | undefined {
  if (core.token === undefined) throw new Error('ZMK: there is no token')
  const id = core.random(TOKEN_ID_BYTES)
  core.token.generateAes(id, label)
  const checkValue = hexOf(core.token.kbpk(id)?.cmac(new Uint8Array(16)).slice(0, 5) ?? new Uint8Array(0))
  const view = { label, algorithm: 'AES', bytes: 32, checkValue, made: timeOf(core.nowMs()) } as const
  return adopt(core, sealKey, view, { place: 'token', secret: id })
}

/** Version and letters of a terminal's key under the ZMK: what the host decrypts with, so mode E of its own use. */
export function underZmk(
  zmk: Zmk,
  row: {
    readonly serial: string
    readonly slot: number
    readonly algorithm: MasterAlgorithm
    readonly keyVersion: number
  },
  key: Uint8Array,
  random: (bytes: number) => Uint8Array,
): string {
  const header = {
    version: zmk.algorithm === 'AES' ? 'D' : 'B',
    usage: 'K0',
    algorithm: row.algorithm === 'TDES' ? 'T' : '4',
    mode: 'E',
    keyVersion: versionText(row.keyVersion),
    exportability: 'N',
    context: '0',
    // binds the block to its terminal: whoever swaps the blocks of two is found out
    optional: [{ id: 'LB', data: blockLabel(row.serial, row.slot) }],
  } as const
  return wrapKey(zmk.kbpk, header, key, random)
}

/**
 * The key of a terminal, to be wiped; nothing where the block is not of this terminal, slot, version and ZMK, or its key
 * not the one of the check value.
 */
export function fromZmk(
  kbpk: Kbpk,
  { serial, slot }: { readonly serial: string; readonly slot: number },
  { algorithm, keyVersion, checkValue, keyBlock = '' }: HeldKey,
): Uint8Array | undefined {
  const opened = unwrapKey(kbpk, keyBlock)
  if (opened.kind === 'refused') return undefined
  const { header, key } = opened
  const isIt =
    header.optional.find(({ id }) => id === 'LB')?.data === blockLabel(serial, slot) &&
    header.keyVersion === versionText(keyVersion) &&
    key.length === MASTER_KEY_BYTES &&
    hexOf(masterCheckValue(algorithm, key)) === checkValue
  if (isIt) return key
  wipe(key)
  return undefined
}

/** A key under the ZMK, and what the row of its terminal says of it. */
interface HeldKey {
  readonly algorithm: MasterAlgorithm
  readonly keyVersion: number
  readonly checkValue: string | undefined
  readonly keyBlock: string | undefined
}

/** The keys that a row holds: the latest, and the one before it until that is confirmed. */
function heldBy(row: StoredTerminal): readonly HeldKey[] {
  const { algorithm, before } = row
  return [
    ...(row.keyVersion > 0 || row.keyBlock !== undefined ? [row] : []),
    ...(before ? [{ ...before, algorithm }] : []),
  ]
}

/** Whether each row's key blocks are the keys that it tells of, under this ZMK: nothing, or what is not, one sentence. */
export function keyBlockFault(rows: readonly StoredTerminal[], zmk: Zmk | undefined): string | undefined {
  for (const row of rows)
    for (const held of heldBy(row)) {
      const key = zmk && fromZmk(zmk.kbpk, row, held)
      if (key === undefined)
        return `terminal ${row.serial}, slot ${row.slot}: its key block is not the key of its row`
      wipe(key)
    }
  return undefined
}

/** Data of the optional block LB: serial number and slot. */
export function blockLabel(serial: string, slot: number): string {
  return `${serial}/${slot}`
}

/** Whether terminals' keys of this algorithm can be kept under a ZMK of this kind: ours of SM4 only in version D. */
export function fitsUnder(zmk: ZmkAlgorithm, algorithm: MasterAlgorithm): boolean {
  return zmk === 'AES' || algorithm === 'TDES'
}

/** Inside a transaction of the caller's: the record of the ZMK, and all terminals' keys from the old one to the new. */
function adopt(
  core: Core,
  sealKey: Uint8Array,
  view: Omit<ZmkView, 'place'>,
  { place, secret }: Place,
): Zmk | undefined {
  const { label, algorithm, bytes, checkValue, made } = view
  const record = encodeCbor([FORMAT, label, algorithm, bytes, checkValue, made, place])
  const zmk = zmkOf(core, record, secret)
  if (zmk === undefined) throw new Error('ZMK: cannot be read back')
  if (takenOver(core, zmk)) {
    putSealed(core, sealKey, 'zmk', record)
    putSealed(core, sealKey, 'zmk-secret', secret)
    return zmk
  }
  zmk.wipe()
  zmk.remove()
  return undefined
}

/** All of them or none: what cannot be taken over leaves every row as it was. */
function takenOver(core: Core, zmk: Zmk): boolean {
  const { database } = core.file
  const rows = terminalsIn(database)
  if (rows.some(({ algorithm }) => !fitsUnder(zmk.algorithm, algorithm))) return false
  const fresh: { readonly row: StoredTerminal; readonly blocks: Map<string | undefined, string> }[] = []
  for (const row of rows) {
    const blocks = new Map<string | undefined, string>()
    for (const held of heldBy(row)) {
      const old = core.opened?.zmk
      const key = old && fromZmk(old.kbpk, row, held)
      if (key === undefined) return false
      const { serial, slot } = row
      blocks.set(held.keyBlock, underZmk(zmk, { ...held, serial, slot }, key, core.random))
      wipe(key)
    }
    fresh.push({ row, blocks })
  }
  const update = database.prepare(
    'UPDATE terminal SET key_block = ?, before_block = ? WHERE serial = ? AND slot = ?',
  )
  for (const { row, blocks } of fresh)
    update.run(
      ...[blocks.get(row.keyBlock) ?? null, blocks.get(row.before?.keyBlock) ?? null],
      ...[row.serial, row.slot],
    )
  return true
}

/** Two digits, as a key block has them. */
export function versionText(version: number): string {
  return String(version).padStart(2, '0')
}

function zmkOf(core: Core, record: Uint8Array, secret: Uint8Array): Zmk | undefined {
  const fields = listIn(record)
  if (fields === undefined) return undefined
  const [format, label, algorithm, bytes, checkValue, made, place] = fields
  if (format !== FORMAT || typeof label !== 'string' || (algorithm !== 'AES' && algorithm !== 'TDES'))
    return undefined
  if (typeof bytes !== 'number' || typeof checkValue !== 'string' || typeof made !== 'string')
    return undefined
  const view: Omit<ZmkView, 'place'> = { label, algorithm, bytes, checkValue, made }
  if (place === 'token') {
    if (core.token === undefined)
      throw new TokenError('the ZMK is in a PKCS#11 token: start the station with it')
    const { token } = core
    const id = secret.slice()
    const kbpk = token.kbpk(id)
    const same = kbpk !== undefined && hexOf(kbpk.cmac(new Uint8Array(16)).slice(0, 5)) === checkValue
    if (!same) throw new TokenError(`the PKCS#11 token ${token.label} does not hold the ZMK ${checkValue}`)
    const inside = { place, tokenKey: hexOf(id), kbpk } as const
    return { ...view, ...inside, wipe: () => undefined, remove: () => token.destroy(id) }
  }
  if (place !== 'vault' || secret.length !== bytes) return undefined
  const kbpk = softKbpk(algorithm, secret)
  return { ...view, place, kbpk, wipe: () => kbpk.wipe(), remove: () => undefined }
}

function listIn(record: Uint8Array): readonly CborValue[] | undefined {
  try {
    const value = decodeCbor(record)
    return Array.isArray(value) && value.length === 7 ? (value as readonly CborValue[]) : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
