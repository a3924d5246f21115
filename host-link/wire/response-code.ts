/** A approved, B to be tried again, C declined, D the operator must act, E a fault of the systems. */
export type ResponseClass = 'A' | 'B' | 'C' | 'D' | 'E'

/** 应答码: field 39 of an answer, what it means for the transaction, and what the operator reads. */
export interface ResponseCode {
  readonly code: string
  readonly class: ResponseClass
  readonly zh: string
  readonly en: string
}

const row = (code: string, kind: ResponseClass, zh: string, en: string): ResponseCode => ({
  code,
  class: kind,
  zh,
  en,
})

// biome-ignore format: one row a code
export const RESPONSE_CODES: readonly ResponseCode[] = [
  row('00', 'A', '交易成功',                             'Approved'),
  row('01', 'C', '请持卡人与发卡银行联系',               'Contact the card issuer'),
  row('03', 'C', '无效商户',                             'Invalid merchant'),
  row('04', 'D', '此卡被没收',                           'Keep the card'),
  row('05', 'C', '持卡人认证失败',                       'Cardholder not verified'),
  row('10', 'A', '显示部分批准金额',                     'Part of the amount approved'),
  row('11', 'A', '成功,VIP客户',                         'Approved, VIP'),
  row('12', 'C', '无效交易',                             'Invalid transaction'),
  row('13', 'B', '无效金额',                             'Invalid amount'),
  row('14', 'B', '无效卡号',                             'Invalid card number'),
  row('15', 'C', '此卡无对应发卡方',                     'No such issuer'),
  row('21', 'C', '该卡未初始化或睡眠卡',                 'Card not active'),
  row('22', 'C', '操作有误,或超出交易允许天数',          'Wrong use or too many days'),
  row('25', 'C', '没有原始交易,请联系发卡方',            'Original not found'),
  row('30', 'C', '请重试',                               'Try again'),
  row('34', 'D', '作弊卡,吞卡',                          'Fraud: keep the card'),
  row('38', 'D', '密码错误次数超限,请与发卡方联系',      'PIN tries used up: call issuer'),
  row('40', 'C', '发卡方不支持的交易类型',               'Not supported by the issuer'),
  row('41', 'D', '挂失卡,请没收',                        'Lost card: keep it'),
  row('43', 'D', '被窃卡,请没收',                        'Stolen card: keep it'),
  row('51', 'C', '可用余额不足',                         'Not enough funds'),
  row('54', 'C', '该卡已过期',                           'Card expired'),
  row('55', 'C', '密码错',                               'Wrong PIN'),
  row('57', 'C', '不允许此卡交易',                       'Not allowed for this card'),
  row('58', 'C', '发卡方不允许该卡在本终端进行此交易',   'Not allowed at this terminal'),
  row('59', 'C', '卡片校验错',                           'Card check failed'),
  row('61', 'C', '交易金额超限',                         'Over the amount limit'),
  row('62', 'C', '受限制的卡',                           'Restricted card'),
  row('64', 'C', '交易金额与原交易不匹配',               'Amount differs from original'),
  row('65', 'C', '超出消费次数限制',                     'Too many uses'),
  row('68', 'C', '交易超时,请重试',                      'Timed out, try again'),
  row('75', 'C', '密码错误次数超限',                     'PIN tries used up'),
  row('77', 'B', '批次不一致,请结算',                    'Batch differs: settle'),
  row('90', 'C', '系统日切,请稍后重试',                  'End of day, try later'),
  row('91', 'C', '发卡方状态不正常,请稍后重试',          'Issuer not ready, try later'),
  row('92', 'C', '发卡方线路异常,请稍后重试',            'Issuer line down, try later'),
  row('94', 'C', '拒绝,重复交易,请稍后重试',             'Duplicate, try later'),
  row('95', 'B', '对账不符,将重新上送',                  'Totals differ: sent again'),
  row('96', 'C', '拒绝,交换中心异常,请稍后重试',         'Switch fault, try later'),
  row('97', 'D', '终端未登记',                           'Terminal not registered'),
  row('98', 'E', '发卡方超时',                           'Issuer timed out'),
  row('99', 'B', 'PIN格式错,请重新签到',                 'PIN format: sign on again'),
  row('A0', 'B', 'MAC校验错,请重新签到',                 'MAC error: sign on again'),
  row('A1', 'C', '转账货币不一致',                       'Currencies differ'),
  row('A2', 'A', '交易成功,请向发卡行确认',              'Approved, confirm with issuer'),
  row('A3', 'C', '账户不正确',                           'Wrong account'),
  row('A4', 'A', '交易成功,请向发卡行确认',              'Approved, confirm with issuer'),
  row('A5', 'A', '交易成功,请向发卡行确认',              'Approved, confirm with issuer'),
  row('A6', 'A', '交易成功,请向发卡行确认',              'Approved, confirm with issuer'),
  row('A7', 'C', '拒绝,交换中心异常,请稍后重试',         'Switch fault, try later'),
]

/** What an answer with a code outside the table is: declined. */
export const UNKNOWN_RESPONSE = { class: 'C', zh: '交易失败', en: 'Transaction failed' } as const

/** The row of a code, `UNKNOWN_RESPONSE` for one that no row has. */
export function responseOf(code: string): Omit<ResponseCode, 'code'> {
  return RESPONSE_CODES.find((known) => known.code === code) ?? UNKNOWN_RESPONSE
}

/** Whether the money moved: codes of class A. 10 approves a smaller amount than was asked for. */
export function isApproval(code: string): boolean {
  return responseOf(code).class === 'A'
}
