import { AUTHORISATIONS, REFERENCES } from './answer.ts'
import type { Context } from './context.ts'
import type { Entry, Kind } from './ledger.ts'
import { text } from './request.ts'
import type { Books } from './store.ts'

/** 原交易: the entries that voids, refunds and completions refer to, and what became of them. */

/** How often a number that came again is looked for: further back nobody may refer to. */
const LOOKED_BACK_MAX = 30

/** Kinds that take their original back as a whole; a refund takes a part. */
const UNDOING: readonly Kind[] = [
  ...(['voidSale', 'preauthVoid', 'completionVoid', 'instalmentVoid', 'pointsVoid'] as const),
  ...(['cashVoid', 'topUpVoid'] as const),
]

/** 撤销 what the voids take back that a terminal can upload. */
export const VOIDED = {
  voidSale: ['sale'],
  completionVoid: ['completion', 'completionAdvice'],
  instalmentVoid: ['instalment'],
  pointsVoid: ['pointsSale'],
  cashVoid: ['cashSale'],
  topUpVoid: ['topUp'],
} as const

/** Kinds that a void of this kind takes back; nothing where it is no void of that sort. */
export function voidedBy(kind: Kind): readonly Kind[] | undefined {
  const all: { readonly [Name in Kind]?: readonly Kind[] } = VOIDED
  return all[kind]
}

/** Approved, and neither reversed nor voided. */
export function stands(books: Books, entry: Entry): boolean {
  return entry.code === '00' && !isUndone(books, entry)
}

export function isReversed(books: Books, { sequence }: Entry): boolean {
  return books.referring(sequence).some(({ key }) => key.kind === 'reversal')
}

function isUndone(books: Books, entry: Entry): boolean {
  return books
    .referring(entry.sequence)
    .some(
      (after) => after.key.kind === 'reversal' || (UNDOING.includes(after.key.kind) && stands(books, after)),
    )
}

/** Voids, refunds and completions of this entry that stand. */
export function standingAfter(books: Books, { sequence }: Entry): Entry[] {
  return books
    .referring(sequence)
    .filter((after) => !PASSIVE.includes(after.key.kind) && stands(books, after))
}
const PASSIVE: readonly Kind[] = ['reversal', 'topUpConfirm']

/** The books as they will be with these entries, which may still grow: for `referring` and `standing`. */
export function booksWith(books: Books, added: readonly Entry[]): Books {
  const reversed = (entry: Entry) =>
    added.some(({ key, original }) => key.kind === 'reversal' && original === entry.sequence)
  const isOf = ({ key, settleFen }: Entry, terminalId: string, batch: number) =>
    key.terminalId === terminalId && key.batch === batch && key.kind !== 'reversal' && settleFen !== 0
  return {
    ...books,
    referring: (original) => [
      ...books.referring(original),
      ...added.filter((entry) => entry.original === original),
    ],
    standing: (terminalId, batch) => {
      const more = added.filter((entry) => isOf(entry, terminalId, batch))
      return [...books.standing(terminalId, batch), ...more].filter((entry) => !reversed(entry))
    },
  }
}

/** The approved entry of this merchant that a reference number (field 37) names, of whatever kind. */
export function referenced(context: Context): Entry | undefined {
  const reference = text(context.fields, 37) ?? ''
  if (!/^\d{12}$/.test(reference)) return undefined
  return lookedUp(context, Number(reference.slice(4)), REFERENCES, reference.slice(0, 4), () => true)
}

/** The approved entry of one kind and account that an authorisation code (field 38) and a date MMDD name. */
export function authorised(context: Context, kind: Kind, account: string, date: string): Entry | undefined {
  const code = text(context.fields, 38) ?? ''
  if (!/^\d{6}$/.test(code)) return undefined
  const fits = (entry: Entry) => entry.key.kind === kind && entry.account === account
  return lookedUp(context, Number(code), AUTHORISATIONS, date, fits)
}

/** Both numbers are the end of a sequence: the newest entry that has it and is of this day comes first. */
function lookedUp(
  { books, terminal }: Context,
  end: number,
  every: number,
  date: string,
  fits: (entry: Entry) => boolean,
): Entry | undefined {
  const newest = books.nextSequence() - 1
  let sequence = newest - ((((newest - end) % every) + every) % every)
  for (let tries = 0; sequence > 0 && tries < LOOKED_BACK_MAX; tries++, sequence -= every) {
    const entry = books.entryAt(sequence)
    if (entry?.code !== '00' || entry.at.date.slice(4) !== date) continue
    if (entry.merchantId === terminal.merchantId && fits(entry)) return entry
  }
  return undefined
}
