import type { Words } from './words.ts'

// biome-ignore format: one row a text, to be read down the columns
export const counter = {
  // what every transaction may say
  askSupervisor:    ['请主管输入密码', 'Supervisor pwd'],
  askApprover:      ['请输审核人柜员号', 'Approver number'],
  notYourself:      ['审核人不能是本人', 'Not by yourself'],
  notAvailable:     ['未开通此功能', 'Not available'],
  settlementOpen:   ['结算未完成', 'Settlement open'],
  forwarding:       ['正在上送', 'Sending'],
  queued:           ['已记账,待上送', 'BOOKED, TO SEND'],
  adviceWaits:      ['待上送,自动重试', 'To send: retry'],
  queueFull:        ['待上送满,请联机', 'Queue is full'],
  notBooked:        ['未记账', 'Not booked'],
  notDone:          ['未完成', 'Not done'],
  termsDiffer:      ['应答不符,已拒绝', 'Terms differ'],
  discount:         ['优惠', 'Discount'],
  cashBack:         ['返现', 'Cash back'],
  askPan:           ['请刷卡或输入卡号', 'Swipe/type card'],
  askExpiry:        ['有效期(月年)MMYY', 'Expiry MMYY'],
  adviceRejected:   ['上送交易被拒绝', 'Advice declined'],
  // slip
  originalAmount:   ['原价', 'ORIGINAL'],
  paid:             ['实付', 'PAID'],
  originalVoucher:  ['原凭证号', 'ORIG. VOUCHER'],
  originalRef:      ['原参考号', 'ORIG. REF. NO.'],
  originalDate:     ['原交易日期', 'ORIG. DATE'],
  originalAuth:     ['原授权码', 'ORIG. AUTH'],
  preauthCode:      ['预授权码', 'AUTH CODE'],
  approver:         ['授权人', 'APPROVED BY'],
  notSentYet:       ['*待上送 NOT YET SENT*', '*NOT YET SENT*'],
  pointsEarned:     ['本次积分', 'POINTS EARNED'],
  pointsUsed:       ['使用积分', 'POINTS USED'],
  pointsBalance:    ['积分余额', 'POINTS LEFT'],
  targetCard:       ['转入卡号', 'TO CARD'],
  tendered:         ['实收', 'RECEIVED'],
  change:           ['找零', 'CHANGE'],
} as const satisfies Words
