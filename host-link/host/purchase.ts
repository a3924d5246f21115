import { maskPan } from '../wire/mask.ts'
import { WireError } from '../wire/message.ts'
import { balance54, parseTagged57 } from '../wire/subfields.ts'
import { asFen, FEN_MAX } from '../wire/values.ts'
import { answerTo, bookedFields, panOf } from './answer.ts'
import { type Context, type Decision, replyWith } from './context.ts'
import { faultOf } from './faults.ts'
import { checkCard, checkPin, clearTrack2 } from './issuer.ts'
import type { TransactionKey } from './ledger.ts'
import { text } from './request.ts'
import { named } from './sign-on.ts'
import type { Posting } from './store.ts'
import { storedAnswer } from './stored-answer.ts'

/** What the checks of a sale or an enquiry found, in the order in which they are made. */
interface Verdict {
  readonly code: string
  readonly account?: string
  readonly effectFen?: number
  readonly balanceFen?: number
  readonly tries?: NonNullable<Posting['pinTries']>
}

/**
 * 消费 sale: checks, debit, entry and answer in one posting. A decline is booked like an approval, without effect. That
 * goes for 77 too: its trace is used up, and the same sale is refused again (rule P6) whatever becomes of the batch,
 * for the terminal was told that nothing is booked.
 */
export function sale(context: Context, key: TransactionKey, fingerprint: string): Decision {
  return booked(context, key, fingerprint, judgeSale(context, key))
}

/** 余额查询 balance enquiry: the same checks of card and PIN, the balance in field 54, no effect. */
export function balanceEnquiry(context: Context, key: TransactionKey, fingerprint: string): Decision {
  return booked(context, key, fingerprint, judgeCard(context, key))
}

/** Rule P5: a sale that arrives after its reversal, or after the host said it knows none, is too late: 68. */
function isTooLate({ books }: Context, key: TransactionKey): boolean {
  return [books.entry({ ...key, kind: 'reversal' }), books.entry({ ...key, kind: 'statusInquiry' })].some(
    (tombstone) => tombstone !== undefined,
  )
}

function judgeSale(context: Context, key: TransactionKey): Verdict {
  const card = judgeCard(context, key)
  const { account, balanceFen, tries } = card
  if (card.code !== '00' || balanceFen === undefined || account === undefined) return card
  const declined = (code: string): Verdict => ({ code, account, ...(tries && { tries }) })

  const store = storeNumberOf(context)
  if (store.kind === 'bad') return declined('03')
  const amountFen = amountOf(context)
  if (amountFen < 1 || amountFen > context.office.saleMaxFen) return declined('13')
  if (faultOf(context.office.testFaults, context.request.message) === 'decline') return declined('05')
  if (amountFen > balanceFen) return declined('51')
  return { ...declined('00'), effectFen: -amountFen }
}

function judgeCard(context: Context, key: TransactionKey): Verdict {
  const { books, terminal, fields } = context
  const batch = named(books, terminal.terminalId, key.batch)
  if (batch.kind === 'refused') return { code: '77' }
  if (isTooLate(context, key)) return { code: '68' }
  if (text(fields, 49) !== '156') return { code: '12' }
  if (text(fields, 22)?.startsWith('02') !== true) return { code: '12' } // only the stripe can be checked here

  const found = checkCard(context, clearTrack2(context))
  if (found.kind === 'bad') return { code: found.code, ...(found.card && { account: found.card.name }) }
  const { card, account } = found
  const pin = checkPin(context, card, account)
  return {
    code: pin.code ?? '00',
    account: card.name,
    balanceFen: account.balanceFen,
    ...(pin.tries && { tries: pin.tries }),
  }
}

type StoreNumberCheck =
  | { readonly kind: 'good'; readonly number: string | undefined }
  | { readonly kind: 'bad' }

/**
 * 门店编号 store number, where the profile says. Missing though required, not of 4 to 8 digits, or not one of the
 * merchant's stores is `bad`, and declined as 03 无效商户: to the acquirer a store is a merchant below the merchant.
 */
export function storeNumberOf({ terminal, fields }: Context): StoreNumberCheck {
  const { profile, storeNumberRequired, storeNumbers } = terminal
  const row = profile.storeNumber
  if (!row) return { kind: 'good', number: undefined }
  const number = taggedValue(text(fields, row.field), row.tag)
  if (number === 'malformed') return { kind: 'bad' }
  if (number === undefined) return storeNumberRequired ? { kind: 'bad' } : { kind: 'good', number }
  const known = storeNumbers.size === 0 || storeNumbers.has(number)
  return known && /^\d{4,8}$/.test(number) ? { kind: 'good', number } : { kind: 'bad' }
}

function taggedValue(field: string | undefined, tag: string): string | undefined {
  if (field === undefined) return undefined
  try {
    return parseTagged57(field).find((entry) => entry.tag === tag)?.value
  } catch (error) {
    if (error instanceof WireError) return 'malformed'
    throw error
  }
}

/** Field 4 in fen; 0 where there is none. */
export function amountOf({ fields }: Context): number {
  const amount = Number(text(fields, 4) ?? '0')
  return Number.isSafeInteger(amount) && amount <= FEN_MAX ? amount : 0
}

function booked(context: Context, key: TransactionKey, fingerprint: string, verdict: Verdict): Decision {
  const { office, books, terminal, request, fields, at, held } = context
  const { code, account, effectFen = 0, balanceFen, tries } = verdict
  const sequence = books.nextSequence()
  const pan = panOf(fields, clearTrack2(context))
  const store = storeNumberOf(context)
  const storeNumber = store.kind === 'good' ? store.number : undefined
  const answer = answerTo(request, code, at, office.institutions, {
    ...bookedFields(code, at, office.institutions, sequence),
    ...(pan !== undefined && { 2: pan }),
    ...(key.kind === 'balanceEnquiry' && code === '00' && { 54: balanceText(balanceFen ?? 0) }),
  })
  const session = held.change()
  const batch = named(books, terminal.terminalId, key.batch)
  const posting: Posting = {
    entry: {
      sequence,
      key,
      fingerprint,
      at,
      merchantId: terminal.merchantId,
      storeNumber,
      account,
      maskedPan: pan && maskPan(pan),
      code,
      amountFen: amountOf(context),
      effectFen,
      original: undefined,
      answer: storedAnswer(answer),
    },
    ...(tries && { pinTries: tries }),
    ...(batch.kind === 'turn' && { batch: batch.turn }),
    ...(session && { session }),
  }
  return { posting, result: replyWith(context, answer) }
}

/** Account type 01, 02 available, yuan, credit. */
function balanceText(balanceFen: number): string {
  return balance54({
    accountType: '01',
    amountType: '02',
    currency: '156',
    sign: 'C',
    amount: asFen(balanceFen),
  })
}
