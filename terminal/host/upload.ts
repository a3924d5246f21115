import type { Message } from '../../host-link/wire/message.ts'
import { transactionIn } from '../../host-link/wire/profile.ts'
import { UPLOAD_RECORDS_MAX, type UploadRecord, upload48 } from '../../host-link/wire/settlement.ts'
import { type RecordKind, recordsTag } from '../../host-link/wire/tags.ts'
import { type TransactionName, transactions } from '../../host-link/wire/transaction.ts'
import { asFen, type Trace, twelveDigits } from '../../host-link/wire/values.ts'
import type { Entry } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'
import { transactionOf } from './entry-kind.ts'
import { entryFields, keptCardFields, requestOf, tagsField } from './request.ts'
import { type BatchTotals, readEntry, uploadWay } from './settle-totals.ts'

/** Messages that one pass over the journal prepares: passes are few, and memory stays small. */
const MESSAGES_A_PASS = 24

/** One message of an upload 批上送: how many records it brings, and how to make it when its turn comes. */
export interface Parcel {
  readonly records: number
  /** Takes a trace number where the message needs one of its own. */
  message(trace: Trace): Message
  /** A single advice keeps the trace it had. */
  readonly trace: Trace | undefined
}

/**
 * The next parcels after the first `from` records that go this way, in the order of the journal: `packed`, up to eight to
 * a message; `alone`, refunds and completion advices, one to a message. The batch is frozen, so the order is the same after
 * any interruption. None where there are no more: fewer than were counted, where rot took one since.
 */
export function nextParcels(pos: Pos, totals: BatchTotals, way: 'packed' | 'alone', from: number): Parcel[] {
  const alone = way === 'alone'
  const most = alone ? MESSAGES_A_PASS : MESSAGES_A_PASS * UPLOAD_RECORDS_MAX
  const single: Parcel[] = []
  const packed: Packed[] = []
  let passed = 0
  pos.journal.each((entry) => {
    if (entry.state !== 'approved' || uploadWay(pos, transactionOf(pos, entry.kind)) !== way) return true
    if (passed++ < from) return true
    if (alone) single.push(singleParcel(pos, entry))
    else packed.push(packedOf(pos, entry, totals))
    return single.length + packed.length < most
  })
  if (alone) return single
  const parcels: Parcel[] = []
  for (let at = 0; at < packed.length; at += UPLOAD_RECORDS_MAX)
    parcels.push(packet(pos, packed.slice(at, at + UPLOAD_RECORDS_MAX)))
  return parcels
}

interface Packed {
  readonly record: UploadRecord
  readonly kind: RecordKind
}

function packedOf(pos: Pos, entry: Entry, totals: BatchTotals): Packed {
  const { type = '00', processingCode = '000000', condition = '00' } = transactionOf(pos, entry.kind)
  const read = readEntry(entry)
  const paid =
    read === undefined ? 0 : read.intent.amount - read.discount - (totals.voidDiscounts.get(entry.trace) ?? 0)
  return {
    record: { cardClass: '00', trace: entry.trace, pan: read?.intent.pan, amount: asFen(Math.max(0, paid)) },
    kind: { type, processingCode, condition, storeNumber: read?.intent.storeNumber },
  }
}

/** 0320/201 with field 48, and in profiles with tags what each record is. */
function packet(pos: Pos, packed: readonly Packed[]): Parcel {
  return {
    records: packed.length,
    trace: undefined,
    message: (trace) =>
      requestOf(
        pos,
        transactions.batchUpload,
        { trace, batch: pos.journal.batch() },
        {
          48: upload48(packed.map(({ record }) => record)),
          ...tagsField(pos, { records: recordsTag(packed.map(({ kind }) => kind)) }),
        },
      ),
  }
}

/** 0320 of a refund or completion advice, under its own trace, as the advice was: of what was read when it was listed. */
function singleParcel(pos: Pos, entry: Entry): Parcel {
  return {
    records: 1,
    trace: entry.trace,
    message() {
      const advice = transactionOf(pos, entry.kind)
      const row = uploadRow(pos, advice.name === 'refund' ? 'refundUpload' : 'completionUpload')
      const read = readEntry(entry)
      if (read === undefined) return requestOf(pos, row, entry, { 4: twelveDigits(asFen(0)) })
      const { 14: _expiry, ...card } = keptCardFields(read.intent)
      return requestOf(pos, row, entry, {
        ...card,
        ...entryFields(pos, advice, read.intent),
        4: twelveDigits(asFen(read.intent.amount - read.discount)),
      })
    },
  }
}

function uploadRow(pos: Pos, name: TransactionName) {
  return transactionIn(pos.profile, name) ?? transactions[name]
}
