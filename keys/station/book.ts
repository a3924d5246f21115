import { createHmac } from 'node:crypto'
import { hexOf } from '../../host-link/wire/bytes.ts'
import type { GiverBook, GiverFault, Offer } from '../load/giver.ts'
import { standing } from '../load/giver.ts'
import { masterCheckValue, normalMasterKey } from '../load/master-block.ts'
import type { RefuseCode } from '../load/message.ts'
import { MASTER_KEY_BYTES, type SlotReport, TRANSACTION_BYTES } from '../store/slot-report.ts'
import { isWeakKey } from '../weak-key.ts'
import { wipe } from '../wipe.ts'
import type { AuditEvent } from './audit-record.ts'
import { type Core, type Opened, RandomError, timeOf, type Zmk } from './core.ts'
import { type Repeats, repeats } from './repeats.ts'
import type { KeptKey, StoredTerminal, Terminals } from './terminals.ts'
import { fromZmk, underZmk, versionText } from './zmk.ts'

const KEY_VERSION_MAX = 99

export interface StationBook {
  /** For a session with this device: the serial number of its certificate, hex. */
  of(device: string): GiverBook
  /** Writes down how often what a terminal may repeat was repeated. */
  settle(): void
}

/**
 * The durable side of injections. A key is made once and on disk, under the ZMK, before it is sent; until its terminal has
 * proved that it holds it the same key is sent again, in the same transaction, and to the same device: another one with
 * the same serial number gets a key of its own.
 */
export function stationBook(core: Core, terminals: Terminals): StationBook {
  const repeated = repeats(() => core.nowMs())
  return { of: (device) => bookOf(core, terminals, device, repeated), settle: () => repeated.settle() }
}

function bookOf(core: Core, terminals: Terminals, device: string, repeated: Repeats): GiverBook {
  function refuse(serial: string, code: RefuseCode, detail?: string): Offer {
    repeated.record(`${serial} ${code}`, (count) =>
      core.record('injectionRefused', {
        ...{ serial, device, result: code },
        ...(detail !== undefined && { detail }),
        ...(count !== undefined && { count }),
      }),
    )
    return { kind: 'refuse', code }
  }

  /** Makes one step of a row and writes its record. */
  function step(
    row: StoredTerminal,
    event: AuditEvent,
    change: Partial<StoredTerminal>,
    result = 'ok',
  ): void {
    const next = { ...row, ...change }
    core.record(event, { ...fieldsOf(next), result }, (ms) => terminals.put({ ...next, time: timeOf(ms) }))
  }

  function offer(opened: Opened, zmk: Zmk, serial: string, slots: readonly SlotReport[]): Offer {
    const rows = terminals.ofSerial(serial)
    const first = rows.find(isOwed)
    if (first === undefined) return refuse(serial, rows.length === 0 ? 'unknownSerial' : 'alreadyLoaded')
    const { state, transaction } = first
    const mayHold = (state === 'sent' || state === 'proven') && first.device === device
    if (transaction === undefined || !mayHold) return fresh(opened, zmk, first)
    if (state === 'proven' && standing(slots, transaction) !== undefined)
      return { kind: 'commit', transaction }
    return resent(zmk, first, transaction)
  }

  /** The terminal may or may not hold the key that it was sent: it gets the same again. */
  function resent(zmk: Zmk, row: StoredTerminal, transaction: Uint8Array): Offer {
    const key = row.keyBlock === undefined ? undefined : fromZmk(zmk.kbpk, row, row)
    if (key === undefined) return refuse(row.serial, 'keyFault', 'its key block is not under this ZMK')
    if (row.state === 'proven') step(row, 'keySent', { state: 'sent' }, 'again')
    else repeated.record(`${row.serial}/${row.slot} again`, (count) => sentAgain(row, transaction, count))
    return { kind: 'load', transaction, slot: row.slot, ...keyOf(row, key) }
  }

  /** Its record, also where the count comes when the row has gone on. */
  function sentAgain({ serial, slot }: StoredTerminal, transaction: Uint8Array, count?: number): void {
    const row = terminals.ofTransaction(serial, transaction)
    if (row?.state === 'sent' && row.slot === slot)
      core.record('keySent', { ...fieldsOf(row), result: 'again', ...(count && { count }) }, (ms) =>
        terminals.put({ ...row, time: timeOf(ms) }),
      )
  }

  function fresh(opened: Opened, zmk: Zmk, row: StoredTerminal): Offer {
    if (row.keyVersion >= KEY_VERSION_MAX)
      return refuse(row.serial, 'notExpected', 'it had all its key versions')
    const made = freshKey(core, row)
    if (made === undefined) return refuse(row.serial, 'notNow', 'the random source gave a weak key')
    const digest = digestOf(opened, made)
    if (core.file.database.prepare('SELECT digest FROM given WHERE digest = ?').get(digest) !== undefined) {
      wipe(made)
      return refuse(row.serial, 'notNow', 'the random source gave a key that was given before')
    }
    const transaction = core.random(TRANSACTION_BYTES)
    const keyVersion = row.keyVersion + 1
    const sent: StoredTerminal = {
      ...{ ...row, state: 'sent', keyVersion, transaction, again: false, labelled: false, code: undefined },
      ...{ device, before: row.state === 'loaded' ? keptOf(row) : row.before },
      checkValue: hexOf(masterCheckValue(row.algorithm, made)),
      keyBlock: underZmk(zmk, { ...row, keyVersion }, made, core.random),
    }
    core.record('keySent', fieldsOf(sent), (ms) => {
      core.file.database.prepare('INSERT INTO given VALUES (?)').run(digest)
      terminals.put({ ...sent, time: timeOf(ms) })
    })
    return { kind: 'load', transaction, slot: row.slot, ...keyOf(sent, made) }
  }

  return {
    async open(serial, slots) {
      core.file.check()
      const { opened } = core
      if (opened === undefined) return refuse(serial, 'notNow', 'the station is closed')
      if (opened.auditFault !== undefined) return refuse(serial, 'notNow', 'the audit is not whole')
      if (opened.zmk === undefined) return refuse(serial, 'notNow', 'there is no ZMK')
      try {
        return offer(opened, opened.zmk, serial, slots)
      } catch (error) {
        if (!(error instanceof RandomError)) throw error
        return refuse(serial, 'notNow', error.message)
      }
    },
    async proven(serial, transaction) {
      core.file.check()
      const row = terminals.ofTransaction(serial, transaction)
      if (row?.state !== 'sent') throw new Error('station: a proof of a key that was not sent')
      step(row, 'keyProven', { state: 'proven' })
    },
    async confirmed(serial, transaction) {
      core.file.check()
      const row = terminals.ofTransaction(serial, transaction)
      if (row?.state !== 'proven') throw new Error('station: a commit of a key that was not proved')
      core.injectedMs = core.nowMs()
      step(row, 'keyLoaded', { state: 'loaded', before: undefined })
    },
    async failed(serial, transaction, code: GiverFault) {
      core.file.check()
      const row = terminals.ofTransaction(serial, transaction)
      // A key that was proved may be in force: it stays owed until its terminal says so.
      if (row?.state === 'sent') step(row, 'keyFailed', { state: 'failed', code }, code)
      else if (row?.state === 'proven') step(row, 'keyFailed', { code }, code)
    },
  }
}

/** A key that is to be given, or one whose end is not known. */
function isOwed({ state, again }: StoredTerminal): boolean {
  return state !== 'loaded' || again
}

/** The key of a loaded terminal, which it uses until the next one is confirmed. */
function keptOf({
  keyVersion,
  transaction,
  checkValue,
  keyBlock,
  time,
}: StoredTerminal): KeptKey | undefined {
  if (transaction === undefined || checkValue === undefined || keyBlock === undefined) return undefined
  return { keyVersion, transaction, checkValue, keyBlock, time }
}

function freshKey(core: Core, { algorithm }: StoredTerminal): Uint8Array | undefined {
  const bytes = core.random(MASTER_KEY_BYTES)
  const key = normalMasterKey(algorithm, bytes)
  wipe(bytes)
  if (!isWeakKey(algorithm, key)) return key
  wipe(key)
  return undefined
}

/** Tells whether a key was given before, and nothing to whoever has not the vault. */
function digestOf({ digestKey }: Opened, key: Uint8Array): string {
  return hexOf(createHmac('sha256', digestKey).update(key).digest())
}

function keyOf({ algorithm, keyVersion }: StoredTerminal, key: Uint8Array) {
  return { algorithm, key, keyVersion: versionText(keyVersion) }
}

function fieldsOf({
  serial,
  terminalId,
  slot,
  algorithm,
  keyVersion,
  checkValue,
  transaction,
  device,
}: StoredTerminal) {
  return {
    ...{ serial, slot, usage: 'TMK', algorithm, keyVersion: versionText(keyVersion) },
    ...(terminalId !== undefined && { terminalId }),
    ...(checkValue !== undefined && { checkValue }),
    ...(transaction !== undefined && { transaction: hexOf(transaction) }),
    ...(device !== undefined && { device }),
  }
}
