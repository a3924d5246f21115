import { limit62, parseIdentity62 } from '../wire/by-use.ts'
import { WireError } from '../wire/message.ts'
import { asFen, FEN_MAX } from '../wire/values.ts'
import type { Context } from './context.ts'
import type { Judge } from './judge.ts'
import type { TransactionKey } from './ledger.ts'
import { amountOf } from './merchant.ts'
import { VOIDED } from './originals.ts'
import { bytes, text } from './request.ts'
import { balanceField, readCard } from './service-card.ts'
import { judgeVoid, named61 } from './void.ts'

/** Field 48 of a top-up verification: a prepaid card 预付卡充值. */
const PREPAID = '11'

/**
 * 充值账户验证 top-up verification: whether this is a member card that may be topped up, and in field 62 by how much. It
 * moves nothing. 57 another card than a member's, 30 no identity in field 62.
 */
export const judgeTopUpVerify: Judge = (context) => {
  const read = readCard(context, { pin: 'given', member: true })
  if (read.kind === 'bad') return read.verdict
  const { fields, office } = context
  if (text(fields, 48) !== PREPAID) return read.judged('12')
  if (!hasIdentity(context)) return read.judged('30')
  const room = Math.max(0, office.acquirer.topUp.limitFen - read.account.balanceFen)
  return { ...read.judged('00'), answer: { 62: limit62(asFen(Math.min(room, FEN_MAX))) } }
}

/**
 * 现金充值 cash top-up of the member card that was verified under field 61. 25 no such verification of this card, 61 more
 * than the card may hold, 68 the terminal was told before that nothing of this top-up is known.
 */
export const judgeTopUp: Judge = (context, key) => {
  const read = readCard(context, { pin: 'given', member: true })
  if (read.kind === 'bad') return read.verdict
  const { books, office } = context
  if (books.entry({ ...key, kind: 'topUpConfirm' })) return read.judged('68')
  if (!isVerified(context, key, read.card.name)) return read.judged('25')
  const amountFen = amountOf(context)
  const balanceFen = read.account.balanceFen + amountFen
  if (amountFen < 1) return read.judged('13')
  if (balanceFen > office.acquirer.topUp.limitFen) return read.judged('61')
  return { ...read.judged('00'), effectFen: amountFen, answer: balanceField(balanceFen) }
}

/**
 * 现金充值确认 the terminal has the approval of the top-up with the same trace, and the cash is in the till. It moves
 * nothing: its row in the ledger, with `original`, is the mark. 25 no top-up was approved under this trace, or of another
 * card; 64 of another amount; a reversed one is too late like everything after its reversal. A decline is booked as well:
 * the terminal need not send it again.
 */
export const judgeTopUpConfirm: Judge = (context, key) => {
  const { books, office, fields } = context
  const original = books.entry({ ...key, kind: 'topUp' })
  const card = office.cards.get(text(fields, 2) ?? '')
  if (original?.code !== '00' || !card || card.name !== original.account) return { code: '25' }
  const about = { account: card.name, cardKind: 'member', original: original.sequence } as const
  return { ...about, code: amountOf(context) === original.amountFen ? '00' : '64' }
}

/** 充值撤销 void of a top-up of this batch: takes the money back from the card; 51 where it is spent. */
export const judgeTopUpVoid: Judge = (context, key) => {
  const verdict = undoneTopUp(context, key)
  const account = context.books.account(verdict.account ?? '')
  const left = (account?.balanceFen ?? 0) + (verdict.effectFen ?? 0)
  return verdict.code === '00' && left < 0 ? { ...verdict, code: '51' } : verdict
}
const undoneTopUp = judgeVoid(...VOIDED.topUpVoid)

function isVerified(context: Context, key: TransactionKey, account: string): boolean {
  const { batch, trace } = named61(context)
  const found = context.books.entry({ ...key, batch, trace, kind: 'topUpVerify' })
  return found?.code === '00' && found.account === account
}

function hasIdentity({ fields }: Context): boolean {
  try {
    return parseIdentity62(bytes(fields, 62) ?? new Uint8Array()).kind !== ''
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}
