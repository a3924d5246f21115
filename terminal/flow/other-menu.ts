import { keptMessages } from '../parameter/service-messages.ts'
import { type Entry, row } from '../screen/menu.ts'
import { payBill } from './bill.ts'
import { cashSale } from './cash.ts'
import { instalmentMenu } from './instalment-menu.ts'
import { serviceInfo } from './service-info.ts'
import { available } from './step/begin.ts'

/** 其它业务: cash, bills, service information, instalments. */
// biome-ignore format: one row an entry
export const otherMenu: readonly Entry[] = [
  row('cashSale',    cashSale,    (pos) => available(pos, 'cashSale')),    // 1 现金
  row('payBill',     payBill,     (pos) => available(pos, 'billPayment')), // 2 缴费
  row('serviceInfo', serviceInfo, (pos) => available(pos, 'serviceInfo') || keptMessages(pos).length > 0), // 3 服务信息
  row('instalment',  instalmentMenu),                                      // 4 分期付款
]
