import { answerMti, transactions } from '../wire/transaction.ts'
import { plainEntry, settled } from './booking.ts'
import type { Context } from './context.ts'
import type { Verdict } from './judge.ts'
import type { CardKind, Entry, Kind, TransactionKey, Uploaded } from './ledger.ts'
import { standingAfter, voidedBy } from './originals.ts'
import { COMPLETION_PERCENT, holdOn } from './preauth.ts'
import { refunded } from './refund.ts'
import type { Posting } from './store.ts'
import { storedAnswer } from './stored-answer.ts'
import { namesOf } from './void.ts'

/** An entry that is posted from an upload 批上送, and what it does beside it. */
export interface Posted {
  readonly entry: Entry
  readonly planStands?: Posting['planStands']
}

/** Not paid from a card's balance. */
const WITHOUT_BALANCE: readonly Kind[] = ['cashSale', 'billCash', 'pointsSale']

/**
 * What the terminal has and these books have not. Voids, refunds and completions refer to their original like those that
 * came as a request, so that the same money goes back or is taken once only; nothing is posted of one whose original
 * cannot be told, or has too little left. A card that is not ours has no account to move.
 */
export function postedOf(
  context: Context,
  key: TransactionKey,
  record: Uploaded,
  records: readonly Uploaded[],
): Posted | undefined {
  const verdict = verdictOf(context, key, record, records)
  if (verdict?.code !== '00') return undefined
  const { code: _code, posting, amountFen = record.amountFen, ...found } = verdict
  const { mti } = transactions[key.kind]
  const fields = { 11: String(key.trace).padStart(6, '0'), 39: '00', 41: key.terminalId }
  const { account, maskedPan, storeNumber } = record
  const entry: Entry = {
    ...plainEntry(context, key, '', '00', storedAnswer({ mti: answerMti(mti), fields })),
    ...{ account, maskedPan, storeNumber, cardKind: cardKindOf(context, key.kind, record) },
    ...found,
    ...{ amountFen, settleFen: settled(key, record.amountFen), origin: 'upload' },
  }
  return { entry, ...(posting?.planStands && { planStands: posting.planStands }) }
}

/** What only an upload says: the amount before any offer, where it is not the paid one. */
type UploadVerdict = Omit<Verdict, 'answer' | 'tags' | 'tries'> & { readonly amountFen?: number }

function verdictOf(
  context: Context,
  key: TransactionKey,
  record: Uploaded,
  records: readonly Uploaded[],
): UploadVerdict | undefined {
  const kinds = voidedBy(key.kind)
  if (kinds) return voided(context, key, record, records, kinds)
  if (key.kind === 'refund') return referred(context, record, refunded)
  if (key.kind === 'completion' || key.kind === 'completionAdvice')
    return referred(context, record, completedBy)
  const known = record.account !== undefined
  const moved = 0 - settled(key, record.amountFen)
  return {
    code: '00',
    effectFen: known && !WITHOUT_BALANCE.includes(key.kind) ? moved : 0,
    points: known && key.kind === 'pointsSale' ? moved : 0,
  }
}

/**
 * A record of a void does not say of what: it is of the one entry of this batch, card, kind and paid amount that both sides
 * have and of which nothing was taken back. Two that fit are one too many.
 */
function voided(
  { books }: Context,
  { terminalId, batch }: TransactionKey,
  record: Uploaded,
  records: readonly Uploaded[],
  kinds: readonly Kind[],
): UploadVerdict | undefined {
  const isUploaded = ({ key }: Entry) =>
    records.some(({ trace, kind }) => trace === key.trace && kind === key.kind)
  const fitting = books
    .standing(terminalId, batch)
    .filter((entry) => kinds.includes(entry.key.kind) && isUploaded(entry))
    .filter((entry) => Math.abs(entry.settleFen) === record.amountFen && isSameCard(entry, record))
    .filter((entry) => standingAfter(books, entry).length === 0)
  const [original] = fitting
  if (!original || fitting.length !== 1) return undefined
  const isPlan = original.key.kind === 'instalment'
  return {
    ...namesOf(original),
    code: '00',
    amountFen: original.amountFen,
    points: 0 - original.points,
    effectFen: 0 - original.effectFen,
    ...(isPlan && { posting: { planStands: [{ original: original.sequence, stands: false }] } }),
  }
}

function isSameCard(entry: Entry, { account, maskedPan }: Uploaded): boolean {
  return entry.account === account && (account !== undefined || entry.maskedPan === maskedPan)
}

/** Judged by the 37, 38 and 61 of the record like a request that has them. A card that is not ours was never refunded. */
function referred(
  context: Context,
  { account, amountFen, reference, authorisation, original61 }: Uploaded,
  judge: (context: Context, card: Verdict, amountFen: number) => Verdict,
): UploadVerdict | undefined {
  if (account === undefined || amountFen < 1) return undefined
  const fields = {
    ...(reference !== undefined && { 37: reference }),
    ...(authorisation !== undefined && { 38: authorisation }),
    ...(original61 !== undefined && { 61: original61 }),
  }
  return judge({ ...context, fields }, { code: '00', account }, amountFen)
}

/** Frees the hold and takes the amount, whatever the balance is: the host that approved it had looked. */
function completedBy(context: Context, card: Verdict, amountFen: number): Verdict {
  const held = holdOn(context, card)
  if (held.kind === 'bad') return held.verdict
  const { hold, verdict } = held
  if (amountFen * 100 > hold.amountFen * COMPLETION_PERCENT) return { ...verdict, code: '61' }
  return { ...verdict, effectFen: hold.amountFen - amountFen }
}

function cardKindOf({ office }: Context, kind: Kind, { account }: Uploaded): CardKind | undefined {
  if (kind === 'cashSale' || kind === 'cashVoid' || kind === 'billCash') return 'cash'
  return [...office.cards.values()].find(({ name }) => name === account)?.kind
}
