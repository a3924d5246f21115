/**
 * What a lost or unauthenticated answer leaves to do. `reverse`: a 冲正 reversal is owed. `forward`: the same request
 * is sent again until it is answered (rule P11). `inquire`: the host is asked what became of it. `nothing`: it moved
 * nothing.
 */
export type WhenLost = 'reverse' | 'forward' | 'inquire' | 'nothing'
/** How it counts in the totals of a settlement 结算: 借记 debit, 贷记 credit, or not at all. */
export type Settles = 'debit' | 'credit' | 'not'

/** What tells one message from another on the wire: data, so that an acquirer's profile can replace it. */
export interface Codes {
  readonly mti: string
  /** 交易处理码, field 3; a reversal has its original's. */
  readonly processingCode: string | undefined
  /** 服务点条件码, field 25; a reversal has its original's. */
  readonly condition: string | undefined
  /** 交易类型码, field 60.1; a reversal has its original's. */
  readonly type: string | undefined
  /** 网络管理信息码, field 60.3; a sign-on has its profile's, the end of a batch upload what was found. */
  readonly network: string | undefined
}

/** One kind of message: how it is told apart on the wire, and what it owes when its answer is lost. */
export interface Transaction extends Codes {
  readonly name: TransactionName
  readonly whenLost: WhenLost
  readonly settles: Settles
  /** Whether it has a trace number (field 11). */
  readonly traced: boolean
  /** Whether request and answer carry a MAC (field 64). Beside these only the answer of a sign-on has one, in `cbor`: under the keys it brings. */
  readonly authenticated: boolean
  /**
   * UnionPay has no code for it, or no public text says what it carries (364): it exists only where the acquirer's profile
   * gives its codes (`profile.ts`).
   */
  readonly own: boolean
  readonly zh: string
  readonly en: string
}
export type TransactionName = keyof typeof transactions

const yes = true
const no = false

function row<Name extends string>(
  name: Name,
  mti: string,
  processingCode: string | undefined,
  condition: string | undefined,
  type: string | undefined,
  network: string | undefined,
  whenLost: WhenLost,
  settles: Settles,
  traced: boolean,
  authenticated: boolean,
  own: boolean,
  zh: string,
  en: string,
) {
  return {
    name,
    mti,
    processingCode,
    condition,
    type,
    network,
    whenLost,
    settles,
    traced,
    authenticated,
    own,
    zh,
    en,
  }
}

/** What manages the terminal, its batch and its keys: no card, so neither 3 nor 25, and nothing is owed when the answer is lost. */
function asks<Name extends string>(
  name: Name,
  mti: string,
  network: string | undefined,
  traced: boolean,
  authenticated: boolean,
  own: boolean,
  zh: string,
  en: string,
) {
  const none = undefined
  return row(name, mti, none, none, '00', network, 'nothing', 'not', traced, authenticated, own, zh, en)
}

// biome-ignore format: one row a transaction
export const transactions = {
  //                    name                mti     3          25         60.1       60.3       when lost  settles   traced MAC  own
  sale:             row('sale',             '0200', '000000',  '00',      '22',      '000',     'reverse', 'debit',  yes,   yes, no,  '消费',           'sale'                        ),
  voidSale:         row('voidSale',         '0200', '200000',  '00',      '23',      '000',     'reverse', 'credit', yes,   yes, no,  '消费撤销',       'void'                        ),
  refund:           row('refund',           '0220', '200000',  '00',      '25',      '000',     'forward', 'credit', yes,   yes, no,  '退货',           'refund'                      ),
  balanceEnquiry:   row('balanceEnquiry',   '0200', '310000',  '00',      '01',      '000',     'nothing', 'not',    yes,   yes, no,  '余额查询',       'balance enquiry'             ),
  preauth:          row('preauth',          '0100', '030000',  '06',      '10',      '000',     'reverse', 'not',    yes,   yes, no,  '预授权',         'pre-authorisation'           ),
  preauthVoid:      row('preauthVoid',      '0100', '200000',  '06',      '11',      '000',     'reverse', 'not',    yes,   yes, no,  '预授权撤销',     'pre-authorisation void'      ),
  completion:       row('completion',       '0200', '000000',  '06',      '20',      '000',     'reverse', 'debit',  yes,   yes, no,  '预授权完成请求', 'completion'                  ),
  completionVoid:   row('completionVoid',   '0200', '200000',  '06',      '21',      '000',     'reverse', 'credit', yes,   yes, no,  '预授权完成撤销', 'completion void'             ),
  completionAdvice: row('completionAdvice', '0220', '000000',  '06',      '24',      '000',     'forward', 'debit',  yes,   yes, no,  '预授权完成通知', 'completion advice'           ),
  instalment:       row('instalment',       '0200', '000000',  '64',      '22',      '000',     'reverse', 'debit',  yes,   yes, no,  '分期付款消费',   'instalment sale'             ),
  instalmentVoid:   row('instalmentVoid',   '0200', '200000',  '64',      '23',      '000',     'reverse', 'credit', yes,   yes, no,  '分期付款撤销',   'instalment void'             ),
  pointsSale:       row('pointsSale',       '0200', '000000',  '65',      '22',      '000',     'reverse', 'debit',  yes,   yes, no,  '积分消费',       'points sale'                 ),
  pointsVoid:       row('pointsVoid',       '0200', '200000',  '65',      '23',      '000',     'reverse', 'credit', yes,   yes, no,  '积分消费撤销',   'points void'                 ),
  pointsEnquiry:    row('pointsEnquiry',    '0200', '310000',  '65',      '03',      '000',     'nothing', 'not',    yes,   yes, no,  '积分查询',       'points enquiry'              ),
  topUpVerify:      row('topUpVerify',      '0100', '330000',  '00',      '01',      '000',     'nothing', 'not',    yes,   yes, no,  '充值账户验证',   'top-up verification'         ),
  topUp:            row('topUp',            '0200', '630000',  '00',      '48',      '000',     'reverse', 'credit', yes,   yes, no,  '现金充值',       'cash top-up'                 ),
  topUpConfirm:     row('topUpConfirm',     '0220', '630000',  '00',      '48',      '000',     'forward', 'not',    yes,   yes, no,  '现金充值确认',   'cash top-up confirmation'    ),
  accountTopUp:     row('accountTopUp',     '0200', '400000',  '66',      '49',      '000',     'reverse', 'not',    yes,   yes, no,  '账户充值',       'account top-up'              ),
  topUpVoid:        row('topUpVoid',        '0200', '170000',  '00',      '51',      '000',     'reverse', 'debit',  yes,   yes, yes, '充值撤销',       'top-up void'                 ),
  activation:       row('activation',       '0200', '390000',  '00',      '75',      '000',     'reverse', 'credit', yes,   yes, yes, '售卡激活',       'card activation'             ),
  pinChange:        row('pinChange',        '0100', '311000',  '00',      '76',      '000',     'inquire', 'not',    yes,   yes, yes, '修改密码',       'PIN change'                  ),
  instalmentQuote:  row('instalmentQuote',  '0100', '310000',  '64',      '22',      '000',     'nothing', 'not',    yes,   yes, yes, '分期试算',       'instalment quote'            ),
  cashSale:         row('cashSale',         '0220', '000000',  '00',      '70',      '000',     'forward', 'debit',  yes,   yes, yes, '现金消费',       'cash sale'                   ),
  cashVoid:         row('cashVoid',         '0220', '200000',  '00',      '71',      '000',     'forward', 'credit', yes,   yes, yes, '现金撤销',       'cash void'                   ),
  billQuery:        row('billQuery',        '0100', '310000',  '00',      '72',      '000',     'nothing', 'not',    yes,   yes, yes, '缴费查询',       'bill query'                  ),
  billPayment:      row('billPayment',      '0200', '500000',  '00',      '72',      '000',     'reverse', 'debit',  yes,   yes, yes, '缴费',           'bill payment'                ),
  billCash:         row('billCash',         '0200', '500000',  '00',      '73',      '000',     'reverse', 'debit',  yes,   yes, yes, '现金缴费',       'bill payment in cash'        ),
  transfer:         row('transfer',         '0200', '400000',  '00',      '74',      '000',     'reverse', 'not',    yes,   yes, yes, '转账',           'transfer'                    ),
  reversal:         row('reversal',         '0400', undefined, undefined, undefined, '000',     'nothing', 'not',    yes,   yes, no,  '冲正',           'reversal'                    ),
  refundUpload:     row('refundUpload',     '0320', '200000',  '00',      '25',      '000',     'nothing', 'not',    yes,   yes, no,  '批上送 退货',    'batch upload of a refund'    ),
  completionUpload: row('completionUpload', '0320', '000000',  '06',      '24',      '000',     'nothing', 'not',    yes,   yes, no,  '批上送 完成通知', 'batch upload of a completion advice'),
  //                     name                mti     60.3        traced MAC  own
  settlement:       asks('settlement',      '0500', '201',      yes,  yes, no,  '结算', 'settlement'),
  batchUpload:      asks('batchUpload',     '0320', '201',      yes,  yes, no,  '批上送', 'batch upload'),
  batchEnd:         asks('batchEnd',        '0320', undefined,  yes,  yes, no,  '批上送结束', 'end of batch upload'),
  signOn:           asks('signOn',          '0800', undefined,  yes,  no,  no,  '签到', 'sign-on'),
  signOff:          asks('signOff',         '0820', '002',      yes,  no,  no,  '签退', 'sign-off'),
  echo:             asks('echo',            '0820', '301',      no,   no,  no,  '回响测试', 'echo test'),
  parameters:       asks('parameters',      '0800', '360',      no,   yes, no,  '参数下载', 'parameter download'),
  parametersEnd:    asks('parametersEnd',   '0800', '361',      no,   yes, no,  '参数下载结束', 'end of parameter download'),
  tmsParameters:    asks('tmsParameters',   '0800', '364',      no,   yes, yes, 'TMS参数下载', 'TMS parameter download'),
  tmsParametersEnd: asks('tmsParametersEnd','0800', '365',      no,   yes, yes, 'TMS参数下载结束', 'end of TMS parameter download'),
  statusUpload:     asks('statusUpload',    '0820', '362',      no,   no,  no,  '状态上送', 'status upload'),
  statusInquiry:    asks('statusInquiry',   '0820', '801',      yes,  yes, no,  '状态查询', 'status inquiry'),
  serviceInfo:      asks('serviceInfo',     '0820', '802',      yes,  yes, yes, '服务信息', 'service information'),
  inspection:       asks('inspection',      '0820', '803',      yes,  yes, yes, '巡检', 'inspection'),
} as const

const rows: readonly Transaction[] = Object.values(transactions)

/** The row of this name. Throws a RangeError where there is none. */
export function transactionNamed(name: string): Transaction {
  const found = rows.find((candidate) => candidate.name === name)
  if (!found) throw new RangeError(`transaction: there is none called ${name}`)
  return found
}

/** Message type of the answer: `0200` → `0210`. Throws a RangeError where that is not four digits. */
export function answerMti(mti: string): string {
  if (!/^\d\d[02468]\d$/.test(mti)) throw new RangeError('message type: a request of four digits')
  return mti.slice(0, 2) + (Number(mti[2]) + 1) + mti.slice(3)
}
