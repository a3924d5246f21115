import { answerMti, transactions } from '../wire/transaction.ts'
import { plainEntry, settled } from './booking.ts'
import type { Context } from './context.ts'
import {
  type Difference,
  type Entry,
  type Kind,
  type Totals,
  TRADE_KINDS,
  type TransactionKey,
  totalsOf,
  type Uploaded,
} from './ledger.ts'
import { booksWith, isReversed, standingAfter } from './originals.ts'
import { undoing } from './reversal.ts'
import type { Posting } from './store.ts'
import { storedAnswer } from './stored-answer.ts'
import { type Posted, postedOf } from './uploaded.ts'

/**
 * 对账 reconciliation of an uploaded batch, trace by trace:
 *
 * - only the terminal has it (these books are a copy from before it): posted from the upload (row L08). Without tag 20
 *   nobody says what it was: left for a person; so is what takes back or completes an entry that cannot be told;
 * - only the host has it, an orphan: given back to the card, or kept, by the acquirer's rule (row L07);
 * - both have it, of another amount or kind, or the host refused or reversed it: left as it is, for a person (row L09).
 *
 * All of it is listed, and nothing else of the batch is changed.
 */
export function reconciled(
  context: Context,
  key: TransactionKey,
  records: readonly Uploaded[],
): { readonly totals: Totals; readonly posting: Posting } {
  const { books, office, terminal } = context
  const standing = books.standing(terminal.terminalId, key.batch)
  const uploaded = new Set(records.map(({ trace }) => trace))
  const byTrace = new Map(standing.map((entry) => [entry.key.trace, entry]))

  const orphans = standing.filter((entry) => !uploaded.has(entry.key.trace))
  const creditedBack =
    office.acquirer.orphans === 'creditBack'
      ? orphans.filter((entry) =>
          standingAfter(books, entry).every((after) =>
            orphans.some((one) => one.sequence === after.sequence),
          ),
        )
      : []
  const undone = creditedBack.map(undoing)
  const back = creditedBack.map((entry, at) => backEntry(context, entry, undone[at]?.entry ?? {}))
  // The end of the upload itself is entry 0. What is given back goes first: its sale may be voided or refunded no more.
  const entries = back.map((entry, at) => ({ ...entry, sequence: books.nextSequence(at + 1) }))
  const seen: Context = { ...context, books: booksWith(books, entries) }
  const posted: Posted[] = []
  const listed: Difference[] = []
  for (const record of records) {
    const { post, difference } = compared(seen, key, record, byTrace.get(record.trace), records)
    if (difference) listed.push(difference)
    if (!post) continue
    posted.push(post)
    entries.push({ ...post.entry, sequence: books.nextSequence(entries.length + 1) })
  }
  return {
    totals: totalsOf([
      ...standing.filter((entry) => !creditedBack.includes(entry)),
      ...posted.map(({ entry }) => entry),
    ]),
    posting: {
      entries,
      planStands: [...undone.map(({ posting }) => posting), ...posted].flatMap((one) => one.planStands ?? []),
      cards: undone.flatMap(({ posting }) => posting.cards ?? []),
      differences: [
        ...listed,
        ...orphans.map((entry) =>
          differenceOf(
            context,
            entry.key,
            'orphan',
            entry.settleFen,
            0,
            creditedBack.includes(entry) ? 'creditedBack' : 'accepted',
          ),
        ),
      ],
    },
  }
}

interface Compared {
  readonly post?: Posted
  readonly difference?: Difference
}

function compared(
  context: Context,
  { terminalId, batch }: TransactionKey,
  record: Uploaded,
  standing: Entry | undefined,
  records: readonly Uploaded[],
): Compared {
  const { books } = context
  const kind = record.kind ?? 'sale'
  const under = standing ? [standing] : books.underTrace(terminalId, batch, record.trace)
  const own = under.find((entry) => TRADE_KINDS.includes(entry.key.kind) && entry.key.kind !== 'topUpConfirm')
  const key: TransactionKey = { terminalId, batch, trace: record.trace, kind: own?.key.kind ?? kind }
  const claimed = signed(record.kind ?? key.kind, record.amountFen)
  const open = (what: Difference['what'], hostFen: number): Compared => ({
    difference: differenceOf(context, key, what, hostFen, claimed, 'open'),
  })
  if (own) {
    const stands = own.code === '00' && !isReversed(books, own)
    const hostFen = stands ? signed(own.key.kind, own.amountFen - (own.discount?.fen ?? 0)) : 0
    const sameKind = record.kind === undefined || record.kind === own.key.kind
    return stands && sameKind && hostFen === claimed ? {} : open('amount', hostFen)
  }
  const told = under.some((entry) => TOMBSTONES.includes(entry.key.kind))
  // Without tag 20 (UnionPay has none) nobody says whether it was a sale or a void: no money is moved on a guess.
  if (told || record.kind === undefined || transactions[kind].settles === 'not') return open('missing', 0)
  const post = postedOf(context, key, record, records)
  return post
    ? { post, difference: differenceOf(context, key, 'missing', 0, claimed, 'posted') }
    : open('missing', 0)
}

/** The terminal was told that nothing is booked under this trace. */
const TOMBSTONES: readonly Kind[] = ['reversal', 'statusInquiry']

/** An amount as its kind counts; of what settles nothing, as it is. */
function signed(kind: Kind, paidFen: number): number {
  return settled({ kind }, paidFen) || paidFen
}

/** 冲正 by the host itself: what stands under an orphan's trace from now on. */
function backEntry(context: Context, orphan: Entry, undone: Partial<Entry>): Entry {
  const key: TransactionKey = { ...orphan.key, kind: 'reversal' }
  const fields = { 11: String(key.trace).padStart(6, '0'), 39: '00', 41: key.terminalId }
  return {
    ...plainEntry(
      context,
      key,
      '',
      '00',
      storedAnswer({ mti: answerMti(transactions.reversal.mti), fields }),
    ),
    ...undone,
    amountFen: orphan.amountFen,
    origin: 'orphan',
  }
}

function differenceOf(
  { businessDate, terminal }: Context,
  { terminalId, batch, trace, kind }: TransactionKey,
  what: Difference['what'],
  hostFen: number,
  terminalFen: number,
  done: Difference['done'],
): Difference {
  const { merchantId } = terminal
  return { terminalId, batch, trace, kind, what, hostFen, terminalFen, done, date: businessDate, merchantId }
}
