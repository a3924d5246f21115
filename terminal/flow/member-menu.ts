import { type Entry, row } from '../screen/menu.ts'
import { activation } from './activation.ts'
import { pinChange } from './pin-change.ts'
import { pointsEnquiry, pointsSale } from './points.ts'
import { available } from './step/begin.ts'
import { topUp } from './top-up.ts'
import { accountTopUp, transfer } from './transfer.ts'

/** 会员卡: top-up, activation, PIN change, transfer, points. What undoes them is under 撤销退货. */
// biome-ignore format: one row an entry
export const memberMenu: readonly Entry[] = [
  row('topUp',         topUp,         (pos) => available(pos, 'topUp')),         // 1 现金充值
  row('accountTopUp',  accountTopUp,  (pos) => available(pos, 'accountTopUp')),  // 2 账户充值
  row('activation',    activation,    (pos) => available(pos, 'activation')),    // 3 售卡激活
  row('pinChange',     pinChange,     (pos) => available(pos, 'pinChange')),     // 4 修改密码
  row('transfer',      transfer,      (pos) => available(pos, 'transfer')),      // 5 转账
  row('pointsSale',    pointsSale,    (pos) => available(pos, 'pointsSale')),    // 6 积分消费
  row('pointsEnquiry', pointsEnquiry, (pos) => available(pos, 'pointsEnquiry')), // 7 积分查询
]
