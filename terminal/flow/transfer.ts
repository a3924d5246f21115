import { target62 } from '../../host-link/wire/by-use.ts'
import type { Message } from '../../host-link/wire/message.ts'
import type { Pan } from '../../host-link/wire/values.ts'
import type { Pos } from '../pos.ts'
import { askAmount, confirm } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { type Line, t } from '../screen/page.ts'
import { secondPerson } from './step/approval.ts'
import { begin } from './step/begin.ts'
import { maskedPan, readCard } from './step/card.ts'
import { conduct, type DealEnd, left } from './step/deal.ts'
import { tellBalance } from './step/new-balance.ts'
import { readTarget } from './step/target-card.ts'

/** 转账 from member card to member card: both move in one posting of the host, or neither. */
export function transfer(pos: Pos): Promise<DealEnd> {
  return moveMoney(pos, 'transfer')
}

/** 账户充值: tops a card up from another account instead of from cash. */
export function accountTopUp(pos: Pos): Promise<DealEnd> {
  return moveMoney(pos, 'accountTopUp')
}

/** Source card, target card, amount, 充值审核 from the parameter's amount on, both shown, the source's PIN. */
async function moveMoney(pos: Pos, name: 'transfer' | 'accountTopUp'): Promise<DealEnd> {
  const title = t(pos, name)
  const { typed, limitFen } = pos.functions[name]
  const begun = await begin(pos, title, name)
  if (begun.kind !== 'begun') return begun
  const card = await readCard(pos, title, [t(pos, 'askSource')], typed)
  if (card.kind !== 'card') return left(pos, title, card)
  const target = await readTarget(pos, title, card)
  if (target.kind !== 'target') return left(pos, title, target)
  const label = name === 'transfer' ? 'askTransfer' : 'askTopUp'
  const entered = await askAmount(pos, title, [], limitFen, label)
  if (entered.kind !== 'amount') return left(pos, title, entered)
  const { amount } = entered
  let { approver } = begun
  if (name === 'accountTopUp' && amount >= pos.parameters.topUpApprovalFen) {
    const approval = await secondPerson(pos, title)
    if (approval.kind !== 'approved') return left(pos, title, approval)
    approver = approval.approver
  }
  const lines = [`RMB ${yuan(amount)}`, ...parties(pos, card.pan, target.pan)]
  const agreed = await confirm(pos, { title, lines })
  if (agreed.kind !== 'yes') return left(pos, title, agreed)

  let approval: Message | undefined
  const end = await conduct(pos, {
    title,
    name,
    card,
    pin: 'ask',
    intent: { amount, target: target.pan, approver },
    fields: { 62: target62(target.pan) },
    accept(answer) {
      approval = answer
      return true
    },
    shown: [{ text: `RMB ${yuan(amount)}`, align: 'centre', large: true }],
  })
  if (end.kind === 'approved') await tellBalance(pos, title, approval, 'sourceBalance')
  return end
}

/** Which card pays which: in one row where the screen is small. */
function parties(pos: Pos, source: Pan, target: Pan): Line[] {
  if (pos.device.display.size().rows <= 6) return [`**${source.slice(-4)} > **${target.slice(-4)}`]
  return [t(pos, 'sourceCard'), maskedPan(source), t(pos, 'targetCard'), maskedPan(target)]
}
