import type { Fen } from '../../../host-link/wire/values.ts'
import type { Pos } from '../../pos.ts'
import { askAmount, confirm, type Left } from '../../screen/input.ts'
import { yuan } from '../../screen/money.ts'
import { type Line, t } from '../../screen/page.ts'
import type { TextKey } from '../../screen/text.ts'
import { secondPerson } from './approval.ts'

/** Cash that was taken for a card. */
export interface CashIn {
  readonly kind: 'cash'
  readonly amount: Fen
  readonly approver: number | undefined
}

/**
 * Amount up to `limitFen`, 充值审核 by a second person from the parameter's amount on, and the cash in hand: asked last, so that
 * nobody takes money for what is not going to be sent.
 */
export async function takeCash(
  pos: Pos,
  title: string,
  label: TextKey,
  above: readonly Line[],
  limitFen: number,
): Promise<CashIn | Left | { readonly kind: 'refused' }> {
  const entered = await askAmount(pos, title, above, limitFen, label)
  if (entered.kind !== 'amount') return entered
  const { amount } = entered
  let approver: number | undefined
  if (amount >= pos.parameters.topUpApprovalFen) {
    const approval = await secondPerson(pos, title)
    if (approval.kind !== 'approved') return approval
    approver = approval.approver
  }
  const taken = await confirm(pos, {
    title,
    lines: [{ text: `RMB ${yuan(amount)}`, align: 'right', large: true }, t(pos, 'cashTaken')],
  })
  return taken.kind === 'yes' ? { kind: 'cash', amount, approver } : taken
}
