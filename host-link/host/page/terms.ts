import { responseOf } from '../../wire/response-code.ts'
import { transactionNamed, transactions } from '../../wire/transaction.ts'
import type { Party, Source } from '../clearing/shares.ts'
import type { Kind } from '../ledger.ts'
import type { Locale } from './words.ts'

/** Words of the trade: what reports, parties and answers are called. */

type Pair = readonly [zh: string, en: string]
const at = (locale: Locale, [zh, en]: Pair): string => (locale === 'zh' ? zh : en)

const PARTIES: { readonly [Name in Party]: Pair } = {
  store: ['门店', 'Store'],
  own: ['本商户', 'The merchant itself'],
  mall: ['商场', 'Mall'],
  biller: ['缴费单位', 'Biller'],
  float: ['预付卡备付金', 'Prepaid float'],
  issuer: ['发卡方', 'Issuer'],
  suspense: ['待处理', 'Suspense'],
}
export const partyName = (party: Party, locale: Locale): string => at(locale, PARTIES[party])

const SOURCES: { readonly [Name in Source]: Pair } = {
  member: ['会员卡', 'Member card'],
  bank: ['银行卡', 'Bank card'],
  cash: ['现金', 'Cash'],
  points: ['积分', 'Points'],
}
export const sourceName = (source: Source, locale: Locale): string => at(locale, SOURCES[source])

const PAYERS = {
  S: ['门店承担', 'the store pays'],
  M: ['商场承担', 'the mall pays'],
  I: ['发卡方承担', 'the issuer pays'],
} as const
export const payerName = (payer: keyof typeof PAYERS, locale: Locale): string => at(locale, PAYERS[payer])

const ORIGINS = {
  wire: ['终端请求', 'request of the terminal'],
  upload: ['批上送补记', 'posted from a batch upload'],
  orphan: ['主机退回', 'given back by the host'],
  adjusted: ['结算后冲正', 'reversed after its batch was settled'],
} as const
export const originName = (origin: keyof typeof ORIGINS, locale: Locale): string =>
  at(locale, ORIGINS[origin])

export function kindName(kind: Kind, locale: Locale): string {
  const { zh, en } = transactionNamed(kind)
  return locale === 'zh' ? zh : capital(en)
}

/** `00 交易成功`. */
export function answerName(code: string, locale: Locale): string {
  return `${code} ${responseOf(code)[locale]}`
}

// biome-ignore format: one row a report
const REPORTS: { readonly [kind: string]: Pair } = {
  merchant:       ['商户结算', 'Merchant settlement'],
  stores:         ['门店结算', 'Stores'],
  payout:         ['划付文件', 'Pay-out'],
  reconciliation: ['对账明细', 'Reconciliation'],
  prepaid:        ['预付卡', 'Prepaid cards'],
  suspense:       ['待处理', 'Suspense'],
  differences:    ['结算差异', 'Differences'],
  sales:          ['门店销售', 'Sales'],
}
export const REPORT_KINDS = Object.keys(REPORTS)
export const reportName = (kind: string, locale: Locale): string => at(locale, REPORTS[kind] ?? [kind, kind])

// biome-ignore format: one row a report
const REPORT_HINTS: { readonly [kind: string]: Pair } = {
  merchant:       ['每个商户的资金归谁、来自哪里；应结金额之和等于账本', 'Whose money it is and where it came from; gross adds up to the ledger'],
  stores:         ['每个门店应收、手续费与应付', 'What each store earned, its fees, its pay-out'],
  payout:         ['交结算银行，次日付款；付为划出，收为划入', 'For the settlement bank, paid the day after; 付 is paid, 收 collected'],
  reconciliation: ['每一笔交易及其资金去向，包括被拒绝的', 'Every transaction with who gets what of it, declined ones too'],
  prepaid:        ['会员卡的充值、激活与使用', 'Top-ups, activations and use of member cards'],
  suspense:       ['门店编号缺失或未知的资金，暂不划付', 'Money whose store is missing or unknown; it is held back'],
  differences:    ['终端结算时与主机不符的交易，以及处理结果', 'What settlements of terminals found different, and what became of it'],
  sales:          ['按交易日期的门店销售，不论是否清算', 'Sales by store and host date, cleared or not'],
}
export const reportHint = (kind: string, locale: Locale): string => at(locale, REPORT_HINTS[kind] ?? ['', ''])

/** Head of a column of a report. */
export function columnName(
  { key, zh }: { readonly key: string; readonly zh: string },
  locale: Locale,
): string {
  return locale === 'zh' ? zh : (COLUMNS[key] ?? capital(key.replace(/_fen$/, '').replaceAll('_', ' ')))
}

// biome-ignore format: only those whose key does not say it
const COLUMNS: { readonly [key: string]: string } = {
  plus_count: 'Count', plus_fen: 'Amount', minus_count: 'Returned count', minus_fen: 'Returned',
  discount_fen: 'Discounts', cash_back_fen: 'Cash-back', gross_fen: 'Gross', fee_fen: 'Fee', net_fen: 'Pay-out',
  settle_fen: 'Settles', party_fen: 'Their part', party_number: 'Party number', mall_fen: 'Mall', issuer_fen: 'Issuer',
  topped_up_at: 'Topped up at', activated_at: 'Activated at', pay_date: 'Pay date', business_date: 'Business date',
  card_kind: 'Card kind', host_fen: 'Host', terminal_fen: 'Terminal amount', what: 'Difference',
}

const CELLS: { readonly [zh: string]: string } = {
  ...Object.fromEntries(Object.values(transactions).map(({ zh, en }) => [zh, capital(en)])),
  ...Object.fromEntries(Object.values(PARTIES).map(([zh, en]) => [zh, en])),
  ...Object.fromEntries(Object.values(SOURCES).map(([zh, en]) => [zh, en])),
  ...{ 合计: 'Total', 付: 'pay 付', 收: 'collect 收', 未填门店编号: 'no store number' },
  ...{ 门店编号未知: 'unknown store', 缴费单位未知: 'unknown biller', 无原交易: 'no original' },
  ...{
    主机有终端无: 'only the host had it',
    终端有主机无: 'only the terminal had it',
    金额不符: 'other amounts',
    结算后冲正: 'reversed after settlement',
  },
  ...{
    已退回持卡人: 'given back to the card',
    已认可: 'accepted',
    已补记: 'posted',
    待人工处理: 'left to a person',
  },
}

const CODES: { readonly [code: string]: Pair } = {
  member: SOURCES.member,
  bank: SOURCES.bank,
  cash: SOURCES.cash,
  wire: ORIGINS.wire,
  upload: ORIGINS.upload,
  orphan: ORIGINS.orphan,
  adjusted: ORIGINS.adjusted,
}

/** A word of a report in the reader's language, in the columns that hold words of ours; names stay what they are. */
export function cellName(key: string, cell: string, locale: Locale): string {
  if (
    !['kind', 'party', 'source', 'direction', 'reason', 'what', 'done', 'card_kind', 'origin'].includes(key)
  )
    return cell
  const code = CODES[cell]
  if (code !== undefined) return at(locale, code)
  return locale === 'zh' ? cell : (CELLS[cell] ?? cell)
}

// biome-ignore format: one row a value of the record
const STATUS: { readonly [name: string]: Pair } = {
  printer:          ['打印机', 'Printer'],
  reader:           ['读卡器', 'Reader'],
  keypad:           ['键盘', 'Keypad'],
  display:          ['显示屏', 'Display'],
  line:             ['通讯', 'Line'],
  device:           ['设备', 'Device'],
  answerTimeout:    ['应答超时（秒）', 'Answer time-out, s'],
  redials:          ['重拨次数', 'Redials'],
  tips:             ['小费', 'Tips'],
  tipPercent:       ['小费比例', 'Tip, %'],
  manualEntry:      ['手输卡号', 'Typed card numbers'],
  automaticSignOff: ['自动签退', 'Automatic sign-off'],
  retries:          ['重发次数', 'Retries'],
  masterKeyIndex:   ['主密钥索引', 'Master key'],
  functions:        ['交易开关', 'Functions'],
  use:              ['使用情况', 'Use'],
}
export const statusName = (name: string, locale: Locale): string => at(locale, STATUS[name] ?? [name, name])
/** Those of which 0 says that all is well. */
export const DEVICE_PARTS = ['printer', 'reader', 'keypad', 'display', 'line'] as const

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
