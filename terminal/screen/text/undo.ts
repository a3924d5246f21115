import type { Words } from './words.ts'

// biome-ignore format: one row a text, to be read down the columns
export const undo = {
  // 撤销, 退货, 预授权, 分期
  undoMenu:         ['撤销退货', 'Voids'],
  preauthMenu:      ['预授权', 'Pre-auth'],
  voidSale:         ['消费撤销', 'Void sale'],
  instalmentVoid:   ['分期撤销', 'Void instalment'],
  pointsVoid:       ['积分撤销', 'Void points'],
  topUpVoid:        ['充值撤销', 'Void top-up'],
  cashVoid:         ['现金撤销', 'Void cash'],
  completionVoid:   ['完成撤销', 'Void completion'],
  refund:           ['退货', 'Refund'],
  preauth:          ['预授权', 'Pre-auth'],
  preauthVoid:      ['预授权撤销', 'Void pre-auth'],
  completion:       ['完成请求', 'Completion'],
  completionAdvice: ['完成通知', 'Compl. advice'],
  instalment:       ['分期付款', 'Instalments'],
  instalmentSale:   ['分期消费', 'Instalment sale'],

  // asking
  askOriginalTrace: ['请输入原凭证号', 'Orig. voucher no'],
  askOriginalRef:   ['请输入原参考号', 'Orig. ref. no.'],
  askOriginalDate:  ['原交易日期MMDD', 'Orig. date MMDD'],
  askAuthCode:      ['请输入预授权码', 'Auth code'],
  referenceDigits:  ['参考号为12位', '12 digits'],
  authCodeDigits:   ['授权码为6位', '6 digits'],
  dateWrong:        ['日期错误', 'No such date'],
  hintUndo:         ['确认撤销 上下翻', 'Enter=void Up/Dn'],
  hintRefund:       ['确认退货 上下翻', 'Enter=pay  Up/Dn'],
  hintAccept:       ['确认接受 上下翻', 'Enter=OK   Up/Dn'],

  voucherShort:     ['凭证号', 'Voucher'],

  // refusals
  notVoided:        ['未撤销', 'Not voided'],
  nothingDone:      ['本次未做', 'Nothing done'],
  undoReversed:     ['已冲正,未撤销', 'Undone: not void'],
  undoDoubtful:     ['或已撤销,待核实', 'May be voided'],
  notInBatch:       ['本批无此交易', 'Not in batch'],
  refundInstead:    ['已结算请做退货', 'Settled? Refund'],
  alreadyVoided:    ['此交易已撤销', 'Already voided'],
  voidOfVoid:       ['撤销类不可撤销', 'A void: cannot'],
  kindDiffers:      ['交易类型不符', 'Wrong type'],
  originalFailed:   ['原交易未成功', 'Was not approved'],
  originalWaits:    ['原交易待上送', 'Not sent yet'],
  otherCard:        ['不是原交易的卡', 'Not the same card'],
  noProgramme:      ['无可用分期方案', 'No programme'],
  quoteWrong:       ['试算结果有误', 'Quote is wrong'],

  // pre-authorisation, instalments
  authCodeIs:       ['预授权码', 'AUTH CODE'],
  terms:            ['期数', 'TERMS'],
  firstPart:        ['首期', 'FIRST'],
  eachPart:         ['每期', 'EACH'],
  fee:              ['手续费', 'FEE'],
  firstFee:         ['首期手续费', 'FIRST FEE'],
  eachFee:          ['每期手续费', 'FEE EACH'],
  total:            ['合计', 'TOTAL'],
  termUnit:         ['期', ' terms'],
  rejectedSlip:     ['上送拒绝通知单', 'ADVICE DECLINED'],
} as const satisfies Words
