import { functionParameters } from './functions.ts'
import { choice, count, fault, flag, type Kind, type Row, row, words } from './kinds.ts'
import { DEMO_PROGRAMMES, programmesFault } from './programmes.ts'

/**
 * 参数表: every parameter that changes how the terminal behaves, with its number on flash (never reuse one), type, default
 * and range, who may change it at the terminal, and whether the batch must be empty for it. The values come with the
 * device's set-up (`device.info.setup().parameters`); what was downloaded or changed here goes over them (`store.ts`);
 * what neither gives has its default. Those of a function, `sale.limitFen`, are in `functions.ts`.
 */
// biome-ignore format: one row a parameter
export const parameterTable = {
  //                         no. kind                                   changed by       empty  中文                English
  locale:                row( 1, choice('zh', 'en'),                    'administrator', false, '语言',             'Language at start'),
  storeNumberRequired:   row( 2, flag(false),                           'administrator', true,  '门店编号必输',     'Store number asked'),   // 集中收银: the merchant is a mall
  cashierLogOn:          row( 3, choice('automatic', 'ask'),            'administrator', false, '柜员登录',         'Cashier log-on'),       // cashier 01 by itself, or ask
  autoSignOn:            row( 4, flag(true),                            'administrator', false, '自动签到',         'Automatic sign-on'),
  chipCardSwipe:         row( 5, choice('accept', 'refuse'),            'acquirer',      false, '芯片卡刷卡',       'Chip card swiped'),     // a stripe with service code 2xx/6xx
  luhnExemptPrefixes:    row( 6, words('62226000', 200),                'acquirer',      false, '免校验卡段',       'No check digit'),       // member-card ranges, with commas; the default is the demonstration's
  pinBypass:             row( 7, flag(true),                            'acquirer',      false, '允许免密',         'PIN bypass'),           // enter with no digit is taken
  amountMaxFen:          row( 8, count(999_999_999_999, 1, 999_999_999_999), 'administrator', false, '单笔限额(分)', 'Amount limit (fen)'),
  connectTimeoutSeconds: row( 9, count(10, 1, 60),                      'administrator', false, '连接超时(秒)',     'Connect time-out (s)'),
  answerTimeoutSeconds:  row(10, count(60, 5, 120),                     'administrator', false, '应答超时(秒)',     'Answer time-out (s)'),
  inputTimeoutSeconds:   row(11, count(60, 10, 600),                    'administrator', false, '输入超时(秒)',     'Input time-out (s)'),   // an operator who does nothing
  pinTimeoutSeconds:     row(12, count(60, 10, 300),                    'administrator', false, '密码超时(秒)',     'PIN time-out (s)'),
  noticeSeconds:         row(13, count(5, 1, 60),                       'administrator', false, '提示时间(秒)',     'Notice (s)'),           // how long a message stands
  reversalAttempts:      row(14, count(3, 1, 9),                        'acquirer',      false, '冲正次数',         'Reversal attempts'),    // before the terminal stops selling
  reversalRetrySeconds:  row(15, count(20, 5, 600),                     'administrator', false, '冲正间隔(秒)',     'Reversal retry (s)'),   // at idle, doubled up to 16 times this
  receiptCopies:         row(16, { ...choice('2', '1'), choices: ['1', '2'] },'administrator', false, '打印联数',         'Slip copies'),
  voidCard:              row(17, choice('none', 'card', 'pin'),         'acquirer',      false, '撤销用卡',         'Card for voids'),       // without the card, with it, with it and its PIN
  batchTransactionsMax:  row(18, count(5_000, 10, 9_999),               'administrator', false, '最大交易笔数',     'Batch limit'),          // then 请结算
  settleWarningPercent:  row(19, count(90, 50, 100),                    'administrator', false, '结算提醒(%)',      'Settle warning (%)'),   // of the batch limit
  adviceQueueMax:        row(20, count(20, 1, 50),                      'acquirer',      false, '脱机笔数',         'Advices queued'),       // that may wait for the line
  autoSignOff:           row(21, flag(false),                           'administrator', false, '自动签退',         'Automatic sign-off'),   // after settlement; the next transaction signs on
  topUpApprovalFen:      row(22, count(100_000, 1, 999_999_999_999),    'acquirer',      false, '充值审核起点(分)', 'Top-up approval (fen)'), // from this amount on, itself too, a second person approves a top-up in cash or from an account
  merchantName:          row(23, words('', 40),                         'acquirer',      true , '商户名称',         'Merchant name'),        // empty: the set-up's
  settleSupervisor:      row(24, flag(false),                           'administrator', false, '结算需主管',       'Settle: supervisor'),
  preauthPin:            row(40, flag(true),                            'acquirer',      false, '预授权后续输密',   'Pre-auth: later PIN'),  // 预授权撤销、完成请求 with the cardholder's PIN
  instalmentProgrammes:  row(41, words(DEMO_PROGRAMMES, 2_000, programmesFault), 'acquirer', false, '分期方案',      'Programmes'),           // `programmes.ts`
} as const satisfies { readonly [name: string]: Row<Kind> }

export type Parameters = {
  readonly [Name in keyof typeof parameterTable]: ValueOf<(typeof parameterTable)[Name]>
}
type ValueOf<R> =
  R extends Row<infer K> ? (K extends { readonly initial: infer V } ? Widened<K, V> : never) : never
type Widened<K, V> = K extends { readonly choices: readonly (infer C)[] }
  ? C
  : V extends boolean
    ? boolean
    : V extends number
      ? number
      : string

const table: { readonly [name: string]: Row<Kind> } = { ...parameterTable, ...functionParameters() }

/** Names of all parameters, those of the functions behind the others. */
export const parameterNames: readonly string[] = Object.keys(table)

/** The row of a parameter; undefined where none has this name. */
export function parameterRow(name: string): Row<Kind> | undefined {
  return parameterNames.includes(name) ? table[name] : undefined
}

/** The parameter that has this number on flash. */
export function parameterNumbered(number: number): string | undefined {
  return parameterNames.find((name) => table[name]?.number === number)
}

/** Why `value` is none of this parameter, as what it must be; undefined when it is one. */
export function parameterFault(name: string, value: unknown): string | undefined {
  const found = parameterRow(name)
  return found === undefined ? 'known' : fault(found.kind, value)
}

/**
 * The parameters of a set-up, or one sentence that names the first value that the table refuses. Used by the
 * terminal at start and by whoever writes a set-up.
 */
export function readParameters(given: {
  readonly [name: string]: unknown
}):
  | { readonly kind: 'parameters'; readonly parameters: Parameters }
  | { readonly kind: 'wrong'; readonly why: string } {
  for (const name of Object.keys(given)) {
    if (parameterRow(name) === undefined) return { kind: 'wrong', why: `parameter ${name} is not known` }
    const wants = parameterFault(name, given[name])
    if (wants !== undefined) return { kind: 'wrong', why: `parameter ${name} must be ${wants}` }
  }
  const values: { [name: string]: unknown } = {}
  for (const name of Object.keys(parameterTable)) values[name] = given[name] ?? table[name]?.kind.initial
  return { kind: 'parameters', parameters: values as Parameters }
}
