import { maskPan } from '../wire/mask.ts'
import { WireError } from '../wire/message.ts'
import { parseUpload48, parseUploadEnd48, type UploadRecord } from '../wire/settlement.ts'
import { parseRecordsTag, type RecordKind } from '../wire/tags.ts'
import { answerTo } from './answer.ts'
import { plainEntry } from './booking.ts'
import { type Context, type Decision, refused, replyWith } from './context.ts'
import type { Entry, Kind, TransactionKey, Uploaded } from './ledger.ts'
import { amountOf, storeNumberOf, tagOf } from './merchant.ts'
import { reconciled } from './reconciliation.ts'
import { parts60, settledKind, text } from './request.ts'
import { closing, settleable } from './settlement.ts'
import type { Posting } from './store.ts'
import { storedAnswer } from './stored-answer.ts'

/** 60.3 of the end of an upload: 平 the settlement was equal, and nothing was uploaded. */
const BALANCED = '207'
/** The host took another number of records: all are to be uploaded again. */
const AGAIN = '95'

/**
 * 批上送 batch upload, one request of it: notes what the terminal has under each trace, once however often it comes (row
 * L11). Nothing is compared before the end. A batch that is settled takes no records any more, but is answered: the
 * terminal missed the answer.
 */
export function upload(context: Context, key: TransactionKey, fingerprint: string): Decision {
  const records = recordsOf(context, key)
  if (!records) return refused(context, '30')
  const noted = notedIn(context, key, records)
  if (!noted) return refused(context, '77')
  return booked(context, key, fingerprint, noted, {
    48: String(records.length).padStart(2, '0'),
  })
}

/** An upload that came again: its answer is stored, but what was noted of it may have been forgotten since (95). */
export function uploadedAgain(context: Context, key: TransactionKey): Posting | undefined {
  const records = recordsOf(context, key)
  return records && notedIn(context, key, records)
}

/**
 * End of an upload: 207 after a settlement that was equal, 202 after all records. With the right count what both sides
 * have is compared (`reconciliation.ts`), and the batch closes with the host's totals (rule P10). With another, 95: what
 * was noted is forgotten, and the terminal uploads all again; the batch is never closed short (row L12).
 */
export function batchEnd(context: Context, key: TransactionKey, fingerprint: string): Decision {
  const count = parsed(() => parseUploadEnd48(text(context.fields, 48) ?? ''))
  if (count === undefined) return refused(context, '30')
  const found = settleable(context, key.batch)
  if (found.kind === 'unknown') return refused(context, '77')
  const { batch, turn } = found
  if (batch.state === 'settled') return booked(context, key, fingerprint, {})

  const { books, terminal } = context
  const place = { terminalId: terminal.terminalId, batch: key.batch, records: [], afresh: true }
  const records = books.uploads(terminal.terminalId, key.batch)
  if (parts60(context.fields).network === BALANCED || records.length !== count)
    return { posting: { uploads: place, ...(turn && { batch: turn }) }, ...refused(context, AGAIN) }
  const { totals, posting } = reconciled(context, key, records)
  return booked(context, key, fingerprint, {
    ...posting,
    uploads: place,
    batch: closing(context, batch, totals),
  })
}

function booked(
  context: Context,
  key: TransactionKey,
  fingerprint: string,
  { entries = [], ...posting }: Posting,
  more: { readonly 48?: string } = {},
): Decision {
  const { office, request, at, held } = context
  const answer = answerTo(request, '00', at, office.institutions, more)
  const session = held.change()
  const entry: Entry = plainEntry(context, key, fingerprint, '00', storedAnswer(answer))
  return {
    posting: { ...posting, entries: [entry, ...entries], ...(session && { session }) },
    result: replyWith(context, answer),
  }
}

/** What a request adds to the noted records; nothing to add where the batch is settled, nothing at all where unknown. */
function notedIn(
  context: Context,
  { terminalId, batch }: TransactionKey,
  records: readonly Uploaded[],
): Posting | undefined {
  const found = settleable(context, batch)
  if (found.kind === 'unknown') return undefined
  if (found.batch.state === 'settled') return {}
  return { uploads: { terminalId, batch, records }, ...(found.turn && { batch: found.turn }) }
}

/** Records of an upload; nothing where field 48, or what tag 20 says of it, is none. */
function recordsOf(context: Context, key: TransactionKey): Uploaded[] | undefined {
  if (key.kind !== 'batchUpload') return [adviceOf(context, key)]
  return parsed(() => {
    const records = parseUpload48(text(context.fields, 48) ?? '')
    const kinds = context.terminal.profile.tags ? parseRecordsTag(tagOf(context, 'records') ?? '') : []
    if (kinds.length !== 0 && kinds.length !== records.length)
      throw new WireError('field.57.20', 0, `wants ${records.length} records`)
    return records.map((record, at) => noted(context, record, kinds[at]))
  })
}

function noted({ office, terminal }: Context, record: UploadRecord, kind: RecordKind | undefined): Uploaded {
  const { trace, pan, amount } = record
  return {
    trace,
    kind: kind && settledKind(terminal.profile, kind.type, kind.processingCode, kind.condition),
    amountFen: amount,
    account: pan === undefined ? undefined : office.cards.get(pan)?.name,
    maskedPan: pan && maskPan(pan),
    storeNumber: kind?.storeNumber,
    reference: undefined,
    authorisation: undefined,
    original61: undefined,
  }
}

/** A refund or a completion advice is uploaded on its own, as it was sent, under its own trace. */
function adviceOf(context: Context, { kind, trace }: TransactionKey): Uploaded {
  const { office, fields } = context
  const pan = text(fields, 2)
  const store = storeNumberOf(context)
  const uploaded: Kind = kind === 'refundUpload' ? 'refund' : 'completionAdvice'
  return {
    trace,
    kind: uploaded,
    amountFen: amountOf(context),
    account: pan === undefined ? undefined : office.cards.get(pan)?.name,
    maskedPan: pan && maskPan(pan),
    storeNumber: store.kind === 'good' ? store.number : undefined,
    reference: text(fields, 37),
    authorisation: text(fields, 38),
    original61: text(fields, 61),
  }
}

/** What a parser gives; nothing where the bytes are bad. */
function parsed<Value>(parse: () => Value): Value | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof WireError || error instanceof RangeError) return undefined
    throw error
  }
}
