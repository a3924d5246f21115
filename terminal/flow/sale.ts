import type { StoreNumber } from '../../host-link/wire/values.ts'
import type { Pos } from '../pos.ts'
import { askAmount, confirm, type Left } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { type Line, showPage, t } from '../screen/page.ts'
import { begin } from './step/begin.ts'
import { type Card, readCard } from './step/card.ts'
import { conduct, type Deal, type DealEnd, left } from './step/deal.ts'
import { askStoreNumber, storeLine } from './step/store-number.ts'

/** 消费 sale: 0200 out, 0210 back. From `journal.open` on (in `conduct`) a lost answer leaves a reversal owed. */
export async function sale(pos: Pos, swiped?: Card): Promise<DealEnd> {
  const title = t(pos, swiped ? 'saleCardRead' : 'sale')
  const begun = await begin(pos, title, 'sale')
  if (begun.kind !== 'begun') return begun
  const order = await takeOrder(pos, title, swiped)
  if (order.kind !== 'order') return left(pos, title, order)
  return conduct(pos, order.deal)
}

/** 门店编号, amount, card: in the order in which a cashier works, skipping what is there already. */
async function takeOrder(
  pos: Pos,
  title: string,
  swiped: Card | undefined,
): Promise<{ readonly kind: 'order'; readonly deal: Deal } | Left | { readonly kind: 'refused' }> {
  const store = await askStoreNumber(pos, title)
  if (store.kind !== 'store' && store.kind !== 'none') return store
  const where = store.kind === 'store' ? [storeLine(pos, store)] : []
  const entered = await askAmount(pos, title, where, pos.functions.sale.limitFen)
  if (entered.kind !== 'amount') return entered
  const { amount } = entered
  const shown = [{ text: `RMB ${yuan(amount)}`, align: 'right' as const, large: true }, ...where]
  const card = swiped ?? (await readCard(pos, title, shown, pos.functions.sale.typed))
  if (card.kind !== 'card') return card
  if (card.chip) showPage(pos, { title, above: shown, lines: [t(pos, 'chipCard')] })
  if ((await repeatConfirmed(pos, title, card, amount, shown)).kind !== 'yes') return { kind: 'cancelled' }
  const storeNumber: StoreNumber | undefined = store.kind === 'store' ? store.storeNumber : undefined
  return {
    kind: 'order',
    deal: {
      title,
      name: 'sale',
      card,
      pin: 'ask',
      intent: { amount, storeNumber },
      shown: [{ text: `RMB ${yuan(amount)}`, align: 'centre', large: true }],
    },
  }
}

/** The same card and amount right after a sale without a trusted answer: asked for, so that nobody pays twice by mistake. */
async function repeatConfirmed(
  pos: Pos,
  title: string,
  card: Card,
  amount: number,
  shown: readonly Line[],
): Promise<{ readonly kind: 'yes' } | Left> {
  const last = pos.session.lastUnknown
  if (!last || last.pan !== card.pan || last.amount !== amount) return { kind: 'yes' }
  return confirm(pos, { title, lines: [t(pos, 'repeatWarning')], extra: shown })
}
