import { type Entry, row } from '../screen/menu.ts'
import { reprintLast } from './management.ts'
import { printDetail } from './print-detail.ts'
import { printTotals, reprintAny, reprintSettlement } from './print-report.ts'
import { queryAmount, queryCard, queryVoucher } from './query.ts'

/** 查询. */
// biome-ignore format: one row an entry
const queryMenu: readonly Entry[] = [
  row('queryVoucher', queryVoucher), // 1 按凭证号
  row('queryCard',    queryCard),    // 2 按卡号后四位
  row('queryAmount',  queryAmount),  // 3 按金额
]

/** 打印. */
// biome-ignore format: one row an entry
export const printMenu: readonly Entry[] = [
  row('reprintLast',    reprintLast),       // 1 重打最后一笔
  row('reprintAny',     reprintAny),        // 2 重打任意一笔
  row('detail',         printDetail),       // 3 交易明细
  row('totals',         printTotals),       // 4 交易汇总
  row('lastSettlement', reprintSettlement), // 5 重打上次结算
  row('query',          queryMenu),         // 6 查询
]
