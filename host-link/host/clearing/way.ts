import type { Kind } from '../ledger.ts'

/**
 * How a kind of transaction is cleared. `purchase`: to the store. `bill`: to the biller. `float`: money on a prepaid card.
 * `undo`: takes back all of its original. `refund`: takes back a part of it. `nothing`: moves nothing of a merchant's.
 */
export type Way = 'purchase' | 'bill' | 'float' | 'undo' | 'refund' | 'nothing'

// biome-ignore format: one row a kind
export const ways = {
  sale:             'purchase', // 消费
  completion:       'purchase', // 预授权完成
  completionAdvice: 'purchase',
  instalment:       'purchase', // 分期付款: the merchant is paid in full
  pointsSale:       'purchase', // 积分消费: the issuer pays
  cashSale:         'purchase', // 现金
  billPayment:      'bill',     // 缴费
  billCash:         'bill',
  topUp:            'float',    // 充值: the till took the money
  activation:       'float',    // 售卡激活
  voidSale:         'undo',     // 撤销
  completionVoid:   'undo',
  instalmentVoid:   'undo',
  pointsVoid:       'undo',
  cashVoid:         'undo',
  topUpVoid:        'undo',
  reversal:         'undo',     // 冲正
  refund:           'refund',   // 退货
  balanceEnquiry:   'nothing',
  preauth:          'nothing',  // holds, pays nobody
  preauthVoid:      'nothing',
  instalmentQuote:  'nothing',
  pointsEnquiry:    'nothing',
  topUpVerify:      'nothing',
  topUpConfirm:     'nothing',
  accountTopUp:     'nothing',  // from card to card
  transfer:         'nothing',
  pinChange:        'nothing',
  billQuery:        'nothing',
  settlement:       'nothing',
  batchUpload:      'nothing',
  refundUpload:     'nothing',
  completionUpload: 'nothing',
  batchEnd:         'nothing',
  signOn:           'nothing',
  signOff:          'nothing',
  echo:             'nothing',
  parameters:       'nothing',
  parametersEnd:    'nothing',
  tmsParameters:    'nothing',
  tmsParametersEnd: 'nothing',
  statusUpload:     'nothing',
  statusInquiry:    'nothing',
  serviceInfo:      'nothing',
  inspection:       'nothing',
} as const satisfies { readonly [Name in Kind]: Way }
