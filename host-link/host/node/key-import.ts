import { equalBytes } from '../../../keys/equal-bytes.ts'
import { unwrapKey } from '../../../keys/key-block/key-block.ts'
import type { Kbpk } from '../../../keys/key-block/protection-key.ts'
import { normalMasterKey } from '../../../keys/load/master-block.ts'
import { algorithmLetters } from '../../../keys/load/message.ts'
import { blockLabel } from '../../../keys/station/zmk.ts'
import { rulesOf } from '../../../keys/store/key-rules.ts'
import { MASTER_KEY_BYTES, type MasterAlgorithm } from '../../../keys/store/slot-report.ts'
import { wipe } from '../../../keys/wipe.ts'
import { kindAlgorithm } from '../../../keys/working-keys.ts'
import { profileNamed, profiles } from '../../wire/profile.ts'
import type { HostTime } from '../ledger.ts'
import { checkOf } from '../master-keys.ts'
import { type Provision, terminalUnder } from '../provision.ts'
import type { HostTerminal } from '../registry.ts'

/** One key of an injection station's export. */
export interface ExportedKey {
  readonly serial: string
  /** Where the station was told it. */
  readonly terminalId: string | undefined
  readonly slot: number
  readonly algorithm: MasterAlgorithm
  /** Two characters. */
  readonly keyVersion: string
  /** `proven`: the terminal has it, and has not said that it uses it. */
  readonly state: 'proven' | 'loaded'
  /** Of the loading that brought it, 16 hex digits. */
  readonly transaction: string
  /** When the station had that news of the loading, as this host's time. */
  readonly at: HostTime
  /** Six hex digits. */
  readonly checkValue: string
  readonly keyBlock: string
}

/** A key that was opened; the caller wipes it. */
export interface ImportedKey {
  readonly terminal: HostTerminal
  readonly row: ExportedKey
  readonly bytes: Uint8Array
}

export type OpenedExport =
  | { readonly kind: 'opened'; readonly keys: readonly ImportedKey[] }
  /** One sentence a fault, in the order of the file. */
  | { readonly kind: 'refused'; readonly faults: readonly string[] }

/**
 * Opens every key of an export under the ZMK and holds it against its check value, its block's header, and the terminal
 * that the host knows by this serial number. All of them are right, or none is given.
 */
export function openExport(
  kbpk: Kbpk,
  rows: readonly ExportedKey[],
  provisions: readonly Provision[],
  table = profiles,
): OpenedExport {
  const keys: ImportedKey[] = []
  const faults: string[] = []
  for (const row of rows) {
    const opened = openRow(kbpk, row, provisions, table, keys)
    if ('why' in opened) faults.push(`${row.serial}, slot ${row.slot}: ${opened.why}`)
    else keys.push(opened)
  }
  if (faults.length === 0) return { kind: 'opened', keys }
  for (const { bytes } of keys) wipe(bytes)
  return { kind: 'refused', faults }
}

type Refused = { readonly why: string }

function openRow(
  kbpk: Kbpk,
  row: ExportedKey,
  provisions: readonly Provision[],
  table: typeof profiles,
  before: readonly ImportedKey[],
): ImportedKey | Refused {
  const found = provisions.filter(({ terminal }) => terminal.serial === row.serial)
  const [provision] = found
  if (provision === undefined || found.length > 1)
    return { why: 'no terminal of this host has this serial number' }
  const { terminalId } = provision.terminal
  if (row.terminalId !== undefined && row.terminalId !== terminalId)
    return { why: `the export says terminal ${row.terminalId}, the host ${terminalId}` }
  const terminal = terminalUnder(profileNamed(provision.host.profile, table), provision)
  if (row.slot !== provision.host.keySlot)
    return { why: `the host signs on with slot ${provision.host.keySlot}` }
  if (before.some((one) => one.row.serial === row.serial)) return { why: 'stands twice in the export' }
  if (kindAlgorithm(terminal.profile.signOn) !== row.algorithm)
    return { why: `a ${row.algorithm} key, and its profile signs on with another cipher` }
  const bytes = keyIn(kbpk, row)
  if (bytes === undefined)
    return { why: 'the key block is not genuine, not of this terminal, or under another ZMK' }
  const why = keyFault(bytes, row, before)
  if (why === undefined) return { terminal, row, bytes }
  wipe(bytes)
  return { why }
}

/** The key of a block for this very row, in the form in which keys are used. */
function keyIn(kbpk: Kbpk, row: ExportedKey): Uint8Array | undefined {
  const opened = unwrapKey(kbpk, row.keyBlock)
  if (opened.kind === 'refused') return undefined
  const { usage, mode, algorithm, keyVersion, optional } = opened.header
  const label = optional.find(({ id }) => id === 'LB')?.data
  const fits =
    usage === 'K0' && // key encryption
    mode === 'E' && // to encrypt only: the terminal's end decrypts
    algorithm === algorithmLetters[row.algorithm] &&
    keyVersion === row.keyVersion &&
    label === blockLabel(row.serial, row.slot) &&
    opened.key.length === MASTER_KEY_BYTES
  const bytes = fits ? normalMasterKey(row.algorithm, opened.key) : undefined
  wipe(opened.key)
  return bytes
}

function keyFault(bytes: Uint8Array, row: ExportedKey, before: readonly ImportedKey[]): string | undefined {
  if (checkOf(row.algorithm, bytes) !== row.checkValue.toUpperCase()) return 'the check value is another'
  if (rulesOf(row.algorithm).isWeak(bytes)) return 'the key is weak'
  const twin = before.find((one) => equalBytes(one.bytes, bytes))
  return twin && `the same key as ${twin.row.serial}'s`
}
