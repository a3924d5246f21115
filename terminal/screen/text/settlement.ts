import type { Words } from './words.ts'

// biome-ignore format: one row a text, to be read down the columns
export const settlement = {
  // 结算
  settle:            ['结算', 'Settle'],
  settleSoon:        ['交易将满,请结算', 'Settle soon'],
  batchRefused:      ['批次已关,请结算', 'Settle first'],
  settling:          ['正在结算', 'Settling'],
  uploading:         ['正在批上送', 'Uploading'],
  settled:           ['结算完成', 'Settled'],
  notSettled:        ['未结算', 'Not settled'],
  waitsToSend:       ['待上送,未结算:', 'To be sent first:'],
  countsDiffer:      ['笔数不符,未结算', 'Counts differ'],
  reprintLater:      ['可在打印菜单重打', 'Reprint by menu'],
  debit:             ['借记', 'Debit'],
  credit:            ['贷记', 'Credit'],
  net:               ['净额', 'Net'],
  // slip of a settlement, and of totals
  settleSlip:        ['结算总计单', 'SETTLEMENT'],
  balanced:          ['对账平', 'BALANCED'],
  notBalanced:       ['对账不平', 'NOT BALANCED'],
  countAmount:       ['笔数/金额', 'COUNT/AMOUNT'],
  rejectedAdvices:   ['被拒通知', 'DECLINED ADVICES'],
  // 打印
  reprintAny:        ['重打任意', 'Reprint any'],
  detail:            ['交易明细', 'Detail'],
  totals:            ['交易汇总', 'Totals'],
  lastSettlement:    ['上次结算', 'Last settlement'],
  printFor:          ['打印清单?', 'Print it?'],
  nothingApproved:   ['没有成功交易', 'No transactions'],
  nothingSettled:    ['没有结算记录', 'No settlement'],
  listEnd:           ['合计笔数', 'LINES'],
  // 查询
  query:             ['查询', 'Query'],
  queryVoucher:      ['按凭证号', 'By voucher'],
  queryCard:         ['按卡号', 'By card'],
  queryAmount:       ['按金额', 'By amount'],
  askVoucher:        ['请输入凭证号', 'Voucher number'],
  askLastFour:       ['卡号后四位', 'Last 4 of card'],
  nothingFound:      ['没有此交易', 'Not found'],
  hintDetail:        ['确认:明细 上下键', 'Enter:more Up/Dn'],
  state:             ['状态', 'State'],
  stateOwed:         ['待处理', 'Open'],
  stateDoubtful:     ['待核实', 'In doubt'],
  stateApproved:     ['成功', 'Approved'],
  stateDeclined:     ['已拒绝', 'Declined'],
  stateUndone:       ['已冲正', 'Reversed'],
} as const satisfies Words
