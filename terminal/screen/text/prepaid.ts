import type { Words } from './words.ts'

// biome-ignore format: one row a text, to be read down the columns
export const prepaid = {
  // 会员卡: 充值, 售卡激活, 修改密码, 转账, 积分
  memberMenu:       ['会员卡', 'Member'],
  topUp:            ['现金充值', 'Cash top-up'],
  accountTopUp:     ['账户充值', 'Account top-up'],
  activation:       ['售卡激活', 'Activate card'],
  pinChange:        ['修改密码', 'Change PIN'],
  transfer:         ['转账', 'Transfer'],
  pointsSale:       ['积分消费', 'Points sale'],
  pointsEnquiry:    ['积分查询', 'Points enquiry'],

  // asking
  askTopUp:         ['请输入充值金额', 'Top-up amount'],
  askFirstBalance:  ['请输入首充金额', 'First balance'],
  askTransfer:      ['请输入转账金额', 'Amount to move'],
  mayTopUp:         ['可充', 'At most'],
  cashTaken:        ['现金已收到?', 'Cash received?'],
  askSource:        ['请刷转出卡', 'Swipe FROM card'],
  askTarget:        ['刷或输入转入卡', 'Swipe/type TO'],
  targetNumber:     ['转入卡号', 'TO card number'],
  targetAgain:      ['再次输入转入卡号', 'TO number again'],
  sourceCard:       ['转出卡号', 'FROM CARD'],

  // results
  confirming:       ['正在确认充值', 'Confirming'],
  confirmLater:     ['充值确认待上送', 'To be confirmed'],
  confirmed:        ['充值确认已上送', 'Confirmed'],
  confirmRefused:   ['充值确认被拒绝', 'Confirm refused'],
  pinChanged:       ['密码已修改', 'PIN changed'],
  newBalance:       ['卡内余额', 'Card balance'],
  sourceBalance:    ['转出卡余额', 'FROM card has'],
  points:           ['积分', 'Points'],

  // what it means that it did not go through
  cashBackUnsent:   ['未发送,请退现金', 'Return the cash'],
  cashBackDeclined: ['未充值,请退现金', 'Return the cash'],
  cashBackReversed: ['已冲正,请退现金', 'Return the cash'],
  cashBackDoubtful: ['冲正中,请退现金', 'Return the cash'],
  pinNotSent:       ['未发送,密码未改', 'PIN not changed'],
  pinNotChanged:    ['密码未修改', 'PIN not changed'],
  pinNotConfirmed:  ['未确认,自动核实', 'Not confirmed'],

  // refusals
  limitReached:     ['卡已达充值上限', 'Card is full'],
  limitUnknown:     ['验证应答有误', 'Bad answer'],
  sameCard:         ['转出转入同一卡', 'Same card twice'],
  numbersDiffer:    ['两次卡号不一致', 'Numbers differ'],
  pinsDiffer:       ['新密码三次不一致', 'New PINs differ'],
} as const satisfies Words
