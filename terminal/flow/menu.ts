import { type Entry, row } from '../screen/menu.ts'
import { balanceEnquiry } from './balance-enquiry.ts'
import { managementMenu } from './management-menu.ts'
import { memberMenu } from './member-menu.ts'
import { otherMenu } from './other-menu.ts'
import { preauthMenu } from './preauth-menu.ts'
import { printMenu } from './print-menu.ts'
import { sale } from './sale.ts'
import { settlement } from './settlement.ts'
import { available } from './step/begin.ts'
import { undoMenu } from './undo-menu.ts'

/** 主菜单. Digits stay where they are whatever a merchant has. */
// biome-ignore format: one row an entry
export const mainMenu: readonly Entry[] = [
  row('sale',           sale,           (pos) => available(pos, 'sale')),           // 1 消费
  row('balanceEnquiry', balanceEnquiry, (pos) => available(pos, 'balanceEnquiry')), // 2 余额查询
  row('print',          printMenu),                                                 // 3 打印
  row('manage',         managementMenu),                                            // 4 管理
  row('undoMenu',       undoMenu),                                                  // 5 撤销退货
  row('preauthMenu',    preauthMenu),                                               // 6 预授权
  row('memberMenu',     memberMenu),                                                // 7 会员卡
  row('otherMenu',      otherMenu),                                                 // 8 其它业务
  row('settle',         settlement),                                                // 9 结算
]
