import { type Entry, row } from '../screen/menu.ts'
import { refund } from './refund.ts'
import { available } from './step/begin.ts'
import { voiding } from './void.ts'

/** 撤销退货: void, refund and their kin. */
// biome-ignore format: one row an entry
export const undoMenu: readonly Entry[] = [
  row('voidSale',       voiding('voidSale'),       (pos) => available(pos, 'voidSale')),       // 1 消费撤销
  row('refund',         refund,                    (pos) => available(pos, 'refund')),         // 2 退货
  row('instalmentVoid', voiding('instalmentVoid'), (pos) => available(pos, 'instalmentVoid')), // 3 分期撤销
  row('pointsVoid',     voiding('pointsVoid'),     (pos) => available(pos, 'pointsVoid')),     // 4 积分撤销
  row('topUpVoid',      voiding('topUpVoid'),      (pos) => available(pos, 'topUpVoid')),      // 5 充值撤销
  row('cashVoid',       voiding('cashVoid'),       (pos) => available(pos, 'cashVoid')),       // 6 现金撤销
]
