import type { FlashChip } from '../../../emulator/device/flash.ts'
import type { Message } from '../../../host-link/wire/message.ts'
import { type Transaction, transactions } from '../../../host-link/wire/transaction.ts'
import { asBatchNumber, asTrace } from '../../../host-link/wire/values.ts'
import { entryNameOf } from '../../../terminal/host/entry-kind.ts'
import { decodeIntent, decodeOutcome, paidAmount } from '../../../terminal/journal/body.ts'
import type { Entry, Journal } from '../../../terminal/journal/journal.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import { hasEntry, keyOf, rowOf } from './row-of.ts'

/**
 * Invariants of an instant: what must be true of the journal, as its chip has it, when something is sent, shown or
 * printed. Each gives what is wrong, with the number of the invariant in front; empty: nothing.
 */

/** A request at the instant at which it enters the network. */
export interface Sent {
  readonly message: Message
  readonly row: Transaction
  readonly batch: number
  readonly trace: number
  readonly journal: Journal
  /** A chip with the same bits, that may be written to. */
  copy(): FlashChip
}

export function sentOf(message: Message, journal: Journal, copy: () => FlashChip): Sent | undefined {
  const row = rowOf(message)
  return row && { message, row, ...keyOf(message), journal, copy }
}

const rowOfEntry = (entry: Entry): Transaction => transactions[entryNameOf(entry.kind)]
const nameOf = (entry: Entry | undefined): string => entry?.state ?? 'missing'

/** 4: nothing is shown as approved unless an approved entry has that amount; as booked, unless it is kept. */
export function shownIsDurable(text: string, journal: Journal): string[] {
  const approved = /交易成功|APPROVED/.test(text)
  if (!approved && !/已记账,待上送|BOOKED, TO SEND/.test(text)) return []
  const amount = /RMB ([\d,]+\.\d\d)/.exec(text)?.[1]?.replace(/[,.]/g, '')
  let found = false
  journal.each((entry) => {
    const stands = entry.state === 'approved' || (!approved && entry.state === 'owed')
    found = stands && (amount === undefined || amountsOf(entry).includes(Number(amount)))
    return !found
  })
  return found ? [] : [`4: shown as ${approved ? 'approved' : 'booked'}, the journal has none:\n${text}`]
}

/** Of the entry, and what was paid of it. */
function amountsOf(entry: Entry): number[] {
  const intent = decodeIntent(entry.intent)
  if (entry.outcome === undefined) return [intent.amount]
  return [intent.amount, paidAmount(intent, decodeOutcome(entry.outcome))]
}

/** 4: a slip begins to print for what is approved, or for an advice that is booked here and waits for the line. */
export function printedIsDurable(trace: number, journal: Journal): string[] {
  const entry = journal.find(asTrace(trace))
  if (entry?.state === 'approved') return []
  if (entry?.state === 'owed' && rowOfEntry(entry).whenLost === 'forward') return []
  return [`4: slip of ${trace} printed, which is ${nameOf(entry)}`]
}

/** 5: the first byte of what moves money leaves after its INTENT is durable; a confirmation, after the approval is. */
export function intentIsDurable({ row, trace, batch, journal }: Sent): string[] {
  if (!hasEntry(row) && row.name !== 'topUpConfirm') return []
  const own = journal.find(asTrace(trace))
  const wanted = row.name === 'topUpConfirm' ? 'approved' : 'owed'
  if (own?.state === wanted && own.batch === batch) return []
  return [`5: ${row.name} ${trace} left, its journal entry is ${nameOf(own)}`]
}

/** 6: nothing that moves or asks for money leaves while an older one is owed, but what settles it. */
export function nothingOlderOwed({ row, trace, batch, journal }: Sent): string[] {
  const owed = [...journal.owed(), ...journal.doubtful()]
  if (row.name === 'reversal')
    return owed.some((entry) => entry.trace === trace && entry.batch === batch)
      ? []
      : [`6: reversal of ${trace} left, which is ${nameOf(journal.find(asTrace(trace)))}`]
  const money = /^0[12]00$|^0220$|^0500$|^0320$/.test(row.mti)
  const older = owed.filter(
    (entry) =>
      entry.trace !== trace &&
      (row.whenLost !== 'forward' || ageOf(entry, journal) < ageOf({ trace }, journal)),
  )
  if (!money || row.name === 'topUpConfirm' || older.length === 0) return []
  return [`6: ${row.name} ${trace} left while ${older[0]?.trace} is owed`]
}

/** Place of an entry in the journal: traces begin again from 1. */
function ageOf({ trace }: { readonly trace: number }, journal: Journal): number {
  let at = 0
  let found = -1
  journal.each((entry) => {
    if (entry.trace === trace) found = at
    at++
    return found < 0
  })
  return found
}

/** 11: traces rise as seen on the line, and no key carries two contents. What is sent again is the same. */
export function makeTraceWatch(): (sent: Sent) => string[] {
  const contents = new Map<string, string>()
  const last = { own: 0, advice: 0 }
  return ({ message, row, batch, trace }) => {
    if (!row.traced || row.name === 'reversal' || /Upload$/.test(row.name)) return []
    const { 64: _mac, 52: _pin, 60: _type, ...rest } = message.fields
    const content = JSON.stringify([row.name, rest])
    const key = `${batch}/${trace}/${row.name === 'topUpConfirm' ? 'confirm' : ''}`
    const before = contents.get(key)
    contents.set(key, content)
    if (before !== undefined)
      return before === content && row.whenLost === 'forward'
        ? []
        : [`11: two requests under ${key}: ${before} and ${content}`]
    if (row.name === 'topUpConfirm') return []
    const order = row.whenLost === 'forward' ? 'advice' : 'own'
    const wrapped = last[order] > 999_900 && trace < 100
    const rises = trace > last[order] || wrapped
    const wrong = rises ? [] : [`11: ${row.name} has trace ${trace} after ${last[order]}`]
    last[order] = trace
    return wrong
  }
}

const OUTCOME_BYTES_MAX = 300

/** 22: when an INTENT is durable, so is the space for its outcome and a settlement: both are written on a copy. */
export function spaceIsReserved({ row, trace, copy }: Sent): string[] {
  if (!hasEntry(row)) return []
  const opened = openJournal(copy(), asBatchNumber(1))
  if (opened.kind === 'halt') return [`22: the journal of ${trace} halts: ${opened.why}`]
  const { journal } = opened
  const body = new Uint8Array(OUTCOME_BYTES_MAX).fill(0xa5)
  const written = [...journal.owed(), ...journal.doubtful()].map((entry) => journal.undo(entry.trace, body))
  written.push(journal.freeze(), journal.closeBatch(asBatchNumber((journal.batch() % 999_999) + 1)))
  return written.every((result) => result === 'written')
    ? []
    : [`22: after the INTENT of ${trace}, outcome and settlement: ${written.join(', ')}`]
}
