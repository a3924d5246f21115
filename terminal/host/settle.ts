import type { Message } from '../../host-link/wire/message.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { parseSettlement48, settlement48, uploadEnd48 } from '../../host-link/wire/settlement.ts'
import { operator63, parseField60 } from '../../host-link/wire/subfields.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { asBatchNumber, asFen, type BatchNumber, TRACE_MAX, type Trace } from '../../host-link/wire/values.ts'
import type { Pos } from '../pos.ts'
import { type Answer, type Doubt, exchange, textOf } from './exchange.ts'
import type { Line } from './line.ts'
import { yearOf } from './outcome.ts'
import { requestOf, sealed } from './request.ts'
import {
  clearProgress,
  type RecordCounts,
  type SettleProgress,
  saveProgress,
  settleProgress,
} from './settle-progress.ts'
import { keepReport, reportOf } from './settle-report.ts'
import { type BatchTotals, batchTotals } from './settle-totals.ts'
import { nextParcels } from './upload.ts'

/** Why a settlement stands where it stands. The batch stays frozen, and the next attempt goes on from there. */
export type SettleStop =
  | { readonly kind: 'unknown'; readonly why: Doubt }
  | { readonly kind: 'refused'; readonly code: string }
  /** The host counts other records than were sent, also when all were sent again. */
  | { readonly kind: 'differs' }
  | { readonly kind: 'keysWrong' | 'storageFault' }
export type SettleEnd = { readonly kind: 'closed' } | SettleStop

/** Told how far it is; `done` of `all` records in an upload. */
export type SettleTell = (step: 'settling' | 'uploading', done: number, all: number) => void

/** 对账应答 equal 平, not equal 不平. */
const EQUAL = 1
const DIFFERENT = 2
/** Field 39 of the end of an upload: the host took another number of records. */
const COUNT_WRONG = '95'
/** Times that all records go again: the host asks for them, or rot wants it. */
export const ROUNDS_MAX = 2
/** Field 60.3 of the end of an upload. */
const ENDS = { equal: '207', different: '202' } as const
/** Times that the progress of an upload is written at most: the flash has room for so many in a full journal. */
const PROGRESS_WRITES_MAX = 800

/** P9: no entry enters the batch from here. False: the flash failed, nothing has begun. */
export function freezeBatch(pos: Pos): boolean {
  // What another settlement left must not be taken for this one's: cleared before, so that no cut comes between.
  return clearProgress(pos) && pos.journal.freeze() === 'written'
}

/**
 * 结算 of a frozen batch, from wherever it stands: totals, upload where they differ, end. Every step that the host has
 * answered is durable before the next is sent; every message that is sent again has a new trace. After `closed` the
 * report is kept, and the batch may be closed here: `closeSettled`. Where rot takes an entry on the way, the batch is
 * counted and uploaded afresh; where it takes an outcome alone, after a start that has the host asked for it (row L24).
 */
export async function settleOn(
  pos: Pos,
  line: Line,
  counted: BatchTotals,
  tell: SettleTell,
): Promise<SettleEnd> {
  let totals = counted
  for (;;) {
    const progress = settleProgress(pos)
    if (progress.phase === 'closing') return { kind: 'closed' }
    const stop = totals.rotten ? afresh(pos, progress) : await oneStep(pos, line, totals, progress, tell)
    if (stop === 'recount') totals = batchTotals(pos)
    else if (stop !== undefined) return stop
  }
}

async function oneStep(
  pos: Pos,
  line: Line,
  totals: BatchTotals,
  progress: SettleProgress,
  tell: SettleTell,
): Promise<SettleStop | 'recount' | undefined> {
  switch (progress.phase) {
    case 'uploading':
      return upload(pos, line, totals, progress, tell)
    case 'ending':
      return end(pos, line, totals, progress, tell)
    default:
      return compare(pos, line, totals, progress, tell)
  }
}

/** 0500: our totals against the host's. */
async function compare(
  pos: Pos,
  line: Line,
  totals: BatchTotals,
  progress: SettleProgress,
  tell: SettleTell,
): Promise<SettleStop | undefined> {
  tell('settling', 0, 0)
  const { settlementCountDigits: digits } = pos.profile
  // More than fits is not sold (`countsFull`); what is there all the same differs, and is uploaded.
  const fitting = (count: number) => Math.min(count, 10 ** digits - 1)
  const domestic = {
    debit: asFen(totals.debit),
    debitCount: fitting(totals.debitCount),
    credit: asFen(totals.credit),
    creditCount: fitting(totals.creditCount),
    answer: 0,
  }
  const foreign = { debit: asFen(0), debitCount: 0, credit: asFen(0), creditCount: 0, answer: 0 }
  const operator = String(pos.session.operator ?? 0).padStart(2, '0')
  const answer = await ask(pos, line, undefined, (trace) =>
    requestOf(
      pos,
      transactions.settlement,
      { trace, batch: pos.journal.batch() },
      {
        48: settlement48(domestic, foreign, digits),
        63: operator63(operator),
      },
    ),
  )
  if (answer.kind !== 'answered') return answer
  const verdict = verdictOf(answer.message)
  if (verdict === undefined) return { kind: 'refused', code: answer.code }
  const phase = verdict === EQUAL ? 'ending' : 'uploading'
  return kept(pos, { ...progress, phase, answer: verdict, ...noneSent(totals) })
}

/** 对账应答; where the two groups of cards differ in it, the worse. Undefined: the answer has none. */
function verdictOf(message: Message): number | undefined {
  try {
    const { domestic, foreign } = parseSettlement48(textOf(message.fields[48]))
    const worst = Math.max(domestic.answer, foreign.answer)
    return domestic.answer === 0 ? undefined : worst
  } catch (error) {
    if (error instanceof WireError || error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * 批上送: the records that the host has not acknowledged in this round. `recount`: rot took one since they were counted, so
 * that what follows has moved up; whatever was skipped by that the host would take for its own alone, and give back.
 */
async function upload(
  pos: Pos,
  line: Line,
  totals: BatchTotals,
  progress: SettleProgress,
  tell: SettleTell,
): Promise<SettleStop | 'recount' | undefined> {
  const { packed, single } = totals
  if (progress.of.packed !== packed || progress.of.single !== single) return afresh(pos, progress)
  const every = Math.ceil((packed / 8 + single) / PROGRESS_WRITES_MAX)
  let { sent, alone } = progress
  let unsaved = 0
  while (sent < packed || alone < single) {
    const way = sent < packed ? 'packed' : 'alone'
    const parcels = nextParcels(pos, totals, way, way === 'packed' ? sent : alone)
    if (parcels.length === 0) return afresh(pos, progress)
    for (const parcel of parcels) {
      tell('uploading', sent + alone, packed + single)
      const answer = await ask(pos, line, parcel.trace, (trace) => parcel.message(trace))
      if (answer.kind !== 'answered') return answer
      if (way === 'packed') sent += parcel.records
      else alone += parcel.records
      if (++unsaved < every) continue
      unsaved = 0
      if (!saveProgress(pos, { ...progress, sent, alone })) return fault(pos)
    }
  }
  return kept(pos, { ...progress, phase: 'ending', sent, alone })
}

/**
 * One more round, of what the journal holds now. The host notes each record once, however often it comes. An outcome that has
 * rotted comes back by a restart: it is taken for the same list. Rounds are durable, so that no rot restarts it for ever.
 */
function afresh(pos: Pos, progress: SettleProgress): SettleStop | 'recount' {
  if (progress.rounds >= ROUNDS_MAX) return { kind: 'differs' }
  const totals = batchTotals(pos)
  const again = progress.phase === 'uploading' && noneSent(totals.rotten ? progress.of : totals)
  const stop = kept(pos, { ...progress, ...again, rounds: progress.rounds + 1 })
  if (stop === undefined && totals.rotten) pos.device.info.restart() // does not come back
  return stop ?? 'recount'
}

function noneSent({ packed, single }: RecordCounts): Pick<SettleProgress, 'sent' | 'alone' | 'of'> {
  return { sent: 0, alone: 0, of: { packed, single } }
}

/** 批上送结束: the host closes the batch, or asks for all records again. */
async function end(
  pos: Pos,
  line: Line,
  totals: BatchTotals,
  progress: SettleProgress,
  tell: SettleTell,
): Promise<SettleStop | undefined> {
  tell('settling', 0, 0)
  const equal = progress.answer === EQUAL
  const row = { ...transactions.batchEnd, network: equal ? ENDS.equal : ENDS.different }
  const answer = await ask(pos, line, undefined, (trace) =>
    requestOf(
      pos,
      row,
      { trace, batch: pos.journal.batch() },
      { 48: uploadEnd48(progress.sent + progress.alone) },
    ),
  )
  if (answer.kind === 'refused' && answer.code === COUNT_WRONG) {
    if (progress.rounds >= ROUNDS_MAX) return { kind: 'differs' }
    const again = equal ? DIFFERENT : progress.answer
    const rounds = progress.rounds + 1
    return kept(pos, { phase: 'uploading', answer: again, ...noneSent(totals), rounds })
  }
  if (answer.kind !== 'answered') return answer
  if (!keepReport(pos, reportOf(pos, totals, progress.answer, timeOf(pos, answer.message)))) return fault(pos)
  return kept(pos, { ...progress, phase: 'closing' })
}

/** `20261121093000` of the host; year `0000` where nobody knows it; empty where it said no time. */
function timeOf(pos: Pos, { fields }: Message): string {
  const date = textOf(fields[13])
  const time = textOf(fields[12])
  const year = String(yearOf(pos, Number(date.slice(0, 2)))).padStart(4, '0')
  return date === '' || time === '' ? '' : year + date + time
}

/** Somebody asks for it: after the last round that came by itself, one more upload. */
export function allowRound(pos: Pos): void {
  const progress = settleProgress(pos)
  const { phase, rounds } = progress
  if ((phase === 'ending' || phase === 'uploading') && rounds >= ROUNDS_MAX)
    saveProgress(pos, { ...progress, phase: 'uploading', ...noneSent(batchTotals(pos)) })
}

/** Sends one message of the settlement; answered means 00, authenticated, and of this batch. */
async function ask(
  pos: Pos,
  line: Line,
  ownTrace: Trace | undefined,
  messageOf: (trace: Trace) => Message,
): Promise<Extract<Answer, { kind: 'answered' }> | SettleStop> {
  const trace = ownTrace ?? pos.journal.nextTrace()
  if (ownTrace === undefined && pos.journal.burnTrace() !== 'written') return fault(pos)
  const request = sealed(pos, messageOf(trace))
  if (request === undefined) return { kind: 'keysWrong' }
  const answer = await exchange(pos, line, request, { authenticated: true, cancellable: false })
  if (answer.kind === 'unknown') return { kind: 'unknown', why: answer.why }
  // L03: a late answer to a settlement of another batch, whose trace happened to be the same.
  if (!isOfBatch(answer.message, pos.journal.batch())) return { kind: 'unknown', why: 'mac' }
  return answer.code === '00' ? answer : { kind: 'refused', code: answer.code }
}

function isOfBatch({ fields }: Message, batch: BatchNumber): boolean {
  if (fields[60] === undefined) return true
  try {
    return Number(parseField60(textOf(fields[60])).batch) === batch
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}

function kept(pos: Pos, progress: SettleProgress): SettleStop | undefined {
  return saveProgress(pos, progress) ? undefined : fault(pos)
}
function fault(pos: Pos): SettleStop {
  pos.session.storageFault = true
  return { kind: 'storageFault' }
}

/**
 * 批次关闭: the next batch opens, and the card numbers of the old one are erased. To be called when `settleOn` has ended with
 * `closed`, and after a start that finds it so. False: the flash failed.
 */
export function closeSettled(pos: Pos): boolean {
  const batch = pos.journal.batch()
  if (pos.journal.closeBatch(asBatchNumber(batch === TRACE_MAX ? 1 : batch + 1)) !== 'written') {
    pos.session.storageFault = true
    return false
  }
  pos.journal.scrub() // what a worn sector keeps is tried again at the next start
  return true
}
