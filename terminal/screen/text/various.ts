import type { Words } from './words.ts'

// biome-ignore format: one row a text, to be read down the columns
export const various = {
  // 其它业务: 现金, 缴费, 服务信息
  otherMenu:        ['其它业务', 'Other'],
  cashSale:         ['现金', 'Cash'],
  askTendered:      ['实收(确认=正好)', 'Received (Enter: same)'],
  due:              ['应收', 'Due'],
  tooLittle:        ['实收不足', 'Too little'],
  hintCash:         ['确认:已收款', 'Enter: received'],
  payBill:          ['缴费', 'Bill payment'],
  askCustomer:      ['请输入客户号', 'Customer number'],
  byCard:           ['刷卡', 'By card'],
  byCash:           ['现金', 'In cash'],
  biller:           ['缴费机构', 'BILLER'],
  customer:         ['客户号', 'CUSTOMER NO.'],
  billReference:    ['账单号', 'BILL NO.'],
  noBill:           ['没有账单', 'No bill'],
  serviceInfo:      ['服务信息', 'Messages'],
  serviceNone:      ['没有服务信息', 'No messages'],
  serviceNew:       ['有新服务信息', 'New message'],
  servicePrint:     ['确认:打印', 'Enter: print'],
} as const satisfies Words
