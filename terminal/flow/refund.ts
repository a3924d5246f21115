import type { Pos } from '../pos.ts'
import { askAmount, confirm, type Left } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { type Line, t } from '../screen/page.ts'
import { type AdviceEnd, advise } from './step/advice.ts'
import { begin } from './step/begin.ts'
import { maskedPan, readCard } from './step/card.ts'
import { type Deal, left } from './step/deal.ts'
import { askDate, askReference } from './step/original.ts'
import { askStoreNumber, storeLine } from './step/store-number.ts'

/**
 * 退货 refund: gives back up to the rest of an earlier transaction, which reference number and date on its slip name. An
 * advice (P11): booked here, sent until the host answers it. What the host refuses later is told and printed at idle.
 */
export async function refund(pos: Pos): Promise<AdviceEnd> {
  const title = t(pos, 'refund')
  const begun = await begin(pos, title, 'refund', 'offline')
  if (begun.kind !== 'begun') return begun
  const order = await takeOrder(pos, title, begun.approver)
  if (order.kind !== 'order') return left(pos, title, order, 'notBooked')
  return advise(pos, order.deal)
}

async function takeOrder(
  pos: Pos,
  title: string,
  approver: number | undefined,
): Promise<{ readonly kind: 'order'; readonly deal: Deal } | Left | { readonly kind: 'refused' }> {
  const store = await askStoreNumber(pos, title)
  if (store.kind !== 'store' && store.kind !== 'none') return store
  const where = store.kind === 'store' ? [storeLine(pos, store)] : []
  const reference = await askReference(pos, title)
  if (reference.kind !== 'digits') return reference
  const date = await askDate(pos, title)
  if (date.kind !== 'digits') return date
  const { typed, limitFen } = pos.functions.refund
  const entered = await askAmount(pos, title, where, limitFen)
  if (entered.kind !== 'amount') return entered
  const { amount } = entered
  const sum: Line = { text: `RMB ${yuan(amount)}`, align: 'right', large: true }
  const card = await readCard(pos, title, [sum, ...where], typed)
  if (card.kind !== 'card') return card
  // Not undone by anybody once it is booked: read once more before it is.
  const lines: Line[] = [sum, maskedPan(card.pan), `${t(pos, 'originalRef')}:`, reference.digits, ...where]
  const agreed = await confirm(pos, { title, lines, hint: t(pos, 'hintRefund') })
  if (agreed.kind !== 'yes') return agreed
  return {
    kind: 'order',
    deal: {
      title,
      name: 'refund',
      card,
      pin: 'none',
      intent: {
        amount,
        storeNumber: store.kind === 'store' ? store.storeNumber : undefined,
        approver,
        original: { reference: reference.digits, date: date.digits },
      },
      shown: [{ text: `RMB ${yuan(amount)}`, align: 'centre', large: true }],
    },
  }
}
