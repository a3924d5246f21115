import type { Message } from '../../host-link/wire/message.ts'
import type { Pos } from '../pos.ts'
import { yuan } from '../screen/money.ts'
import { t } from '../screen/page.ts'
import { begin } from './step/begin.ts'
import { readCard } from './step/card.ts'
import { takeCash } from './step/cash-in.ts'
import { conduct, type DealEnd, left } from './step/deal.ts'
import { tellBalance } from './step/new-balance.ts'

/** 售卡激活: a card is sold with its first balance, for cash. Lost answers are reversed: the card is inactive again. */
export async function activation(pos: Pos): Promise<DealEnd> {
  const title = t(pos, 'activation')
  const begun = await begin(pos, title, 'activation')
  if (begun.kind !== 'begun') return begun
  const card = await readCard(pos, title, [], pos.functions.activation.typed)
  if (card.kind !== 'card') return left(pos, title, card)
  const cash = await takeCash(pos, title, 'askFirstBalance', [], pos.functions.activation.limitFen)
  if (cash.kind !== 'cash') return left(pos, title, cash)
  const { amount, approver = begun.approver } = cash
  let approval: Message | undefined
  const end = await conduct(pos, {
    title,
    name: 'activation',
    card,
    pin: 'none',
    intent: { amount, approver },
    accept(answer) {
      approval = answer
      return true
    },
    shown: [{ text: `RMB ${yuan(amount)}`, align: 'centre', large: true }],
  })
  if (end.kind === 'approved') await tellBalance(pos, title, approval)
  return end
}
