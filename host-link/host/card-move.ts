import { parseTarget62 } from '../wire/by-use.ts'
import { WireError } from '../wire/message.ts'
import type { Context } from './context.ts'
import type { Judge, Verdict } from './judge.ts'
import type { Account } from './ledger.ts'
import { amountOf } from './merchant.ts'
import { expiryOf, type HostCard } from './registry.ts'
import { bytes } from './request.ts'
import { balanceField, readCard } from './service-card.ts'

/** 转账 transfer between two member cards: both accounts in one entry, so never one without the other. */
export const judgeTransfer: Judge = (context) => moved(context, 'member')

/** 账户充值 account top-up: from any card with its PIN to a member card, both accounts in one entry. */
export const judgeAccountTopUp: Judge = (context) => moved(context, 'any')

/**
 * 30 no card number in field 62, 57 a card that is not a member's, 12 a card to itself, 14 no target of ours, 21 one that
 * is not activated, 62 one that is lost, stolen or expired; 13 no amount, 51 more than the source has, 61 more than the
 * target may hold. Of the target nothing else is told.
 */
function moved(context: Context, source: 'member' | 'any'): Verdict {
  const read = readCard(context, { pin: 'wanted', member: source === 'member' })
  if (read.kind === 'bad') return read.verdict
  const { card, account, judged } = read
  const target = targetOf(context, card)
  if (target.kind === 'bad') return judged(target.code)

  const amountFen = amountOf(context)
  if (amountFen < 1) return judged('13')
  if (amountFen > account.balanceFen) return judged('51')
  if (target.account.balanceFen + amountFen > context.office.acquirer.topUp.limitFen) return judged('61')
  return {
    ...judged('00'),
    account2: target.card.name,
    effectFen: -amountFen,
    effect2Fen: amountFen,
    answer: balanceField(account.balanceFen - amountFen),
  }
}

type Target =
  | { readonly kind: 'good'; readonly card: HostCard; readonly account: Account }
  | { readonly kind: 'bad'; readonly code: string }

function targetOf({ office, books, fields, at }: Context, source: HostCard): Target {
  const bad = (code: string): Target => ({ kind: 'bad', code })
  const pan = targetPan(bytes(fields, 62))
  if (pan === undefined) return bad('30')
  if (pan === source.pan) return bad('12')
  const card = office.cards.get(pan)
  const account = card && books.account(card.name)
  if (!card || !account) return bad('14')
  if (card.kind !== 'member') return bad('57')
  if (card.status === 'lost' || card.status === 'stolen') return bad('62')
  if (expiryOf(card.track2) < at.date.slice(2, 6)) return bad('62')
  return account.active ? { kind: 'good', card, account } : bad('21')
}

function targetPan(field: Uint8Array | undefined): string | undefined {
  try {
    return field && parseTarget62(field)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
