import { masterCheckValue, normalMasterKey } from '../../keys/load/master-block.ts'
import { MASTER_KEY_BYTES, type MasterAlgorithm } from '../../keys/store/slot-report.ts'
import { wipe } from '../../keys/wipe.ts'
import { hexOf } from '../wire/bytes.ts'
import type { KeyEvent, KeyEventName, KeyNote, MasterKeys } from './key-book.ts'
import type { HostTime } from './ledger.ts'
import type { HostTerminal } from './registry.ts'
import type { Seal } from './seal.ts'
import type { Books } from './store.ts'

/** A master key with its bytes; whoever has one wipes it. */
export interface Master {
  readonly note: KeyNote
  /** 16 bytes. */
  readonly bytes: Uint8Array
}

/** All master keys of a terminal, opened. */
export interface OpenMasters {
  readonly current: Master
  readonly previous: Master | undefined
  readonly pending: Master | undefined
}

const places = ['current', 'previous', 'pending'] as const

/** Three bytes of the zero encryption, as six hex digits. */
export function checkOf(algorithm: MasterAlgorithm, key: Uint8Array): string {
  return hexOf(masterCheckValue(algorithm, key))
}

/** The check value of the key in a terminal's provisioning file; empty where it has none. */
export type ProvisionedCheck = (terminal: HostTerminal) => string

/** As `ProvisionedCheck`, counted anew. */
export function provisionedCheck({ masterKey, masterAlgorithm = 'TDES' }: HostTerminal): string {
  return masterKey === undefined ? '' : checkOf(masterAlgorithm, masterKey)
}

/** Counts each terminal's once. */
export function provisionedChecks(): ProvisionedCheck {
  const known = new Map<string, string>()
  return (terminal) => {
    const check = known.get(terminal.terminalId) ?? provisionedCheck(terminal)
    known.set(terminal.terminalId, check)
    return check
  }
}

/**
 * Keys of the books, held against the check value of the provisioning file's: nothing where the file was given another
 * key since. A file without a key says nothing newer.
 */
export function counting<Held extends Pick<MasterKeys, 'provisioned'>>(
  held: Held | undefined,
  provisioned: string,
): Held | undefined {
  return held && (provisioned === '' || held.provisioned === provisioned) ? held : undefined
}

/**
 * What the books hold of a terminal's master keys; nothing where the provisioning file's key counts: the books have
 * none, or the file was given another key since.
 */
export function heldMasters(
  books: Books,
  terminal: HostTerminal,
  provisioned: ProvisionedCheck,
): MasterKeys | undefined {
  return counting(books.masters(terminal.terminalId), provisioned(terminal))
}

/**
 * The keys of the books, or of the provisioning file as the first. `none`: neither has one. Nothing where the books' do not
 * open under this secret, or are not those of this terminal. To be wiped with `wipeMasters`.
 */
export function openMasters(
  seal: Seal,
  terminal: HostTerminal,
  held: MasterKeys | undefined,
  at: HostTime,
): OpenMasters | 'none' | undefined {
  if (!held) return provisioned(terminal, at)
  const clear = seal.open(held.sealed)
  if (!clear) return undefined
  try {
    return unpacked(clear, terminal.terminalId, held)
  } finally {
    wipe(clear)
  }
}

function provisioned(
  { masterKey, masterAlgorithm: algorithm = 'TDES' }: HostTerminal,
  at: HostTime,
): OpenMasters | 'none' {
  if (masterKey === undefined) return 'none'
  const bytes = normalMasterKey(algorithm, masterKey)
  const note = { algorithm, checkValue: checkOf(algorithm, bytes), source: 'provisioning', at } as const
  return { current: { note, bytes }, previous: undefined, pending: undefined }
}

export function wipeMasters(masters: OpenMasters): void {
  for (const place of places) wipe(masters[place]?.bytes)
}

/** The keys as the books keep them. The caller wipes its own. */
export function sealMasters(seal: Seal, terminal: HostTerminal, masters: OpenMasters): MasterKeys {
  const clear = packed(terminal.terminalId, masters)
  const sealed = seal.close(clear)
  wipe(clear)
  return {
    sealed,
    provisioned: provisionedCheck(terminal),
    current: masters.current.note,
    previous: masters.previous?.note,
    pending: masters.pending?.note,
  }
}

/** One line of the record of key loadings. */
export function keyEvent(
  { terminalId, serial }: HostTerminal,
  event: KeyEventName,
  at: HostTime,
  note?: Partial<Pick<KeyNote, 'by' | 'checkValue' | 'transaction'>>,
  why?: string,
): KeyEvent {
  const { by, checkValue, transaction } = note ?? {}
  return { terminalId, serial, event, at, by, checkValue, transaction, why }
}

const VERSION = 1
const TERMINAL_ID_BYTES = 8

/**
 * Sealed: version 1 (1 byte), terminal number (8 characters: a row of one terminal is none of another's), then current,
 * previous and pending key, each as 1 and 16 bytes, or 0.
 */
function packed(terminalId: string, masters: OpenMasters): Uint8Array {
  const clear = new Uint8Array(1 + TERMINAL_ID_BYTES + places.length * (1 + MASTER_KEY_BYTES))
  clear[0] = VERSION
  for (let at = 0; at < TERMINAL_ID_BYTES; at++) clear[1 + at] = terminalId.charCodeAt(at)
  for (const [index, place] of places.entries()) {
    const bytes = masters[place]?.bytes
    if (bytes === undefined) continue
    if (bytes.length !== MASTER_KEY_BYTES) throw new RangeError('master key: wants 16 bytes')
    const at = placeAt(index)
    clear[at] = 1
    clear.set(bytes, at + 1)
  }
  return clear
}

function placeAt(index: number): number {
  return 1 + TERMINAL_ID_BYTES + index * (1 + MASTER_KEY_BYTES)
}

function unpacked(clear: Uint8Array, terminalId: string, held: MasterKeys): OpenMasters | undefined {
  const named = String.fromCharCode(...clear.subarray(1, 1 + TERMINAL_ID_BYTES))
  if (clear[0] !== VERSION || clear.length !== placeAt(places.length) || named !== terminalId)
    return undefined
  const masters = places.map((place, index) => masterAt(clear, index, held[place]))
  const [current, previous, pending] = masters
  if (current && current !== 'wrong' && previous !== 'wrong' && pending !== 'wrong')
    return { current, previous, pending }
  for (const master of masters) if (master && master !== 'wrong') wipe(master.bytes)
  return undefined
}

/** `wrong`: what the note says is not what is sealed. */
function masterAt(clear: Uint8Array, index: number, note: KeyNote | undefined): Master | 'wrong' | undefined {
  const at = placeAt(index)
  if (clear[at] === 0) return note === undefined ? undefined : 'wrong'
  const bytes = clear.slice(at + 1, at + 1 + MASTER_KEY_BYTES)
  if (note && checkOf(note.algorithm, bytes) === note.checkValue) return { note, bytes }
  wipe(bytes)
  return 'wrong'
}
