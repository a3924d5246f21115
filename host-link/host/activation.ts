import type { Judge } from './judge.ts'
import { amountOf } from './merchant.ts'
import { balanceField, readCard } from './service-card.ts'

/**
 * 售卡激活 activation: a member card that was opened inactive becomes good, with a first balance of at least one fen. 12 it
 * is active, 57 another card than a member's, 13 no amount, 61 more than the card may hold.
 */
export const judgeActivation: Judge = (context) => {
  const read = readCard(context, { pin: 'none', member: true, mayBeInactive: true })
  if (read.kind === 'bad') return read.verdict
  const { card, account, judged } = read
  if (account.active) return judged('12')
  const amountFen = amountOf(context)
  const balanceFen = account.balanceFen + amountFen
  if (amountFen < 1) return judged('13')
  if (balanceFen > context.office.acquirer.topUp.limitFen) return judged('61')
  return {
    ...judged('00'),
    effectFen: amountFen,
    answer: balanceField(balanceFen),
    posting: { cards: [{ account: card.name, active: true, activatedDate: context.at.date }] },
  }
}
