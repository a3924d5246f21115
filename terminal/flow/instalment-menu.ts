import { transactionIn } from '../../host-link/wire/profile.ts'
import type { Pos } from '../pos.ts'
import { type Entry, row } from '../screen/menu.ts'
import { instalment } from './instalment.ts'
import { available } from './step/begin.ts'
import { voiding } from './void.ts'

/** Only where the acquirer quotes: nobody accepts terms that are not known before the sale. */
function quoted(pos: Pos): boolean {
  return available(pos, 'instalment') && transactionIn(pos.profile, 'instalmentQuote') !== undefined
}

/** 分期付款. */
// biome-ignore format: one row an entry
export const instalmentMenu: readonly Entry[] = [
  row('instalmentSale', instalment,                quoted),     // 1 分期消费
  row('instalmentVoid', voiding('instalmentVoid'), (pos) => available(pos, 'instalmentVoid')), // 2 分期撤销
]
