import type { Stripe } from '../../device/reader.ts'
import type { Pos } from '../../pos.ts'
import { notice } from '../../screen/input.ts'
import { t } from '../../screen/page.ts'
import { sale } from '../sale.ts'
import { cardOf } from './card.ts'

/** A card swiped while the terminal stood idle starts a sale 消费. */
export async function swiped(pos: Pos, stripe: Stripe): Promise<void> {
  const card = cardOf(pos, stripe)
  if (typeof card === 'string') await notice(pos, t(pos, 'sale'), [t(pos, card)])
  else await sale(pos, card)
}
