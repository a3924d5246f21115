import type { CardKind, HostTime, Payer } from './ledger.ts'

/** 收单规则: what the acquirer and the issuer agreed with merchants and cardholders. A checked acquirer file. */
export interface Acquirer {
  /** 日切 cut-over `23:00`: from then on a transaction has the next day's 清算日期. */
  readonly cutOver: string
  /** What becomes of what only the host has when a batch ends (row L07): given back to the card, or kept. */
  readonly orphans: 'creditBack' | 'accept'
  /** 手续费: the most specific row wins, a store's before a merchant's before a general one, then a card's before `any`. */
  readonly fees: readonly Fee[]
  /** 优惠: the first row that fits gives the discount, the first that fits the cash-back. */
  readonly offers: readonly OfferRow[]
  /** 积分 earned by each whole yuan that is paid. */
  readonly pointsPerYuan: { readonly member: number; readonly bank: number }
  /** 分期 programmes, each code once. */
  readonly programmes: readonly Programme[]
  /** 缴费账单. */
  readonly bills: readonly Bill[]
  /** 服务信息, by rising number. */
  readonly messages: readonly ServiceNotice[]
  /** 参数下载: what a terminal is given, whether it asks by 360 or by 364; what is absent is not sent. */
  readonly download: Download
  /** Which of the two a sign-on answer asks for in its header, 处理要求 1 or 6; absent: neither. `cbor` has no header. */
  readonly askDownload?: '360' | '364'
  /** Names of operators for the reports. */
  readonly staff: readonly { readonly terminal: string; readonly operator: string; readonly name: string }[]
  /** 充值: the most that a member card may hold. */
  readonly topUp: { readonly limitFen: number }
  /** 资金到账 notices: absent: none are sent. */
  readonly notify?: { readonly url: string }
}

export interface Fee {
  readonly merchant?: string
  readonly store?: string
  readonly card: CardKind | 'any'
  /** Parts per million: 6000 is 0.6 %. */
  readonly ratePpm: number
  readonly leastFen: number
  readonly capFen?: number
}

export interface OfferRow {
  /** 1 to 10 characters: at most 20 bytes of GBK. */
  readonly name: string
  readonly payer: Payer
  readonly kind: 'discount' | 'cashBack'
  /** One of the two: percent of the amount, down to the fen; or so many fen. */
  readonly percent?: number
  readonly fen?: number
  readonly capFen?: number
  /** Least amount that it is for. */
  readonly leastFen: number
  /** First digits of the cards; empty: all. */
  readonly prefixes: readonly string[]
  /** Store numbers; empty: all. */
  readonly stores: readonly string[]
  /** First and last host date, `20261101`. */
  readonly from: string
  readonly to: string
}

export interface Programme {
  readonly code: string
  readonly name: string
  /** First digits of the cards; empty: all. */
  readonly prefixes: readonly string[]
  /** By number of terms, `"3"`: the fee of the whole amount in parts per million. */
  readonly terms: { readonly [terms: string]: { readonly ratePpm: number } | undefined }
  /** 0 in one sum with the first part, 1 with each part. */
  readonly feeMode: '0' | '1'
  readonly leastFen: number
}

export interface Bill {
  readonly biller: string
  readonly customer: string
  readonly bill: string
  readonly text: string
  readonly amountFen: number
}

export interface ServiceNotice {
  /** 1 to 999999. */
  readonly number: number
  readonly date: string
  readonly text: string
  /** Absent: for all terminals. */
  readonly terminal?: string
}

/** Parameters of a terminal by name; the tag of each stands behind it (UnionPay, field 62 of 0810/360). */
export interface Download {
  /** 12 应答超时, seconds. */
  readonly answerTimeoutS?: number
  /** 13 重拨次数. */
  readonly redials?: number
  /** 14 15 16 交易电话, 17 管理电话. */
  readonly phone1?: string
  readonly phone2?: string
  readonly phone3?: string
  readonly managementPhone?: string
  /** 18 支持小费, 19 its percentage. */
  readonly tips?: boolean
  readonly tipPercent?: number
  /** 20 支持手工输卡号. */
  readonly manualEntry?: boolean
  /** 21 自动签退. */
  readonly autoSignOff?: boolean
  /** 22 商户名称. */
  readonly merchantName?: string
  /** 23 重发次数. */
  readonly resends?: number
  /** 24 离线上送方式. */
  readonly offlineUpload?: number
  /** 25 主密钥索引. */
  readonly masterKeyIndex?: number
  /** 26 交易开关: eight hex digits, bit by bit. */
  readonly transactions?: string
}

/** No offers, no fees, no bills; orphans are given back; the day turns at 23:00. */
export const PLAIN_ACQUIRER: Acquirer = {
  cutOver: '23:00',
  orphans: 'creditBack',
  fees: [],
  offers: [],
  pointsPerYuan: { member: 0, bank: 0 },
  programmes: [],
  bills: [],
  messages: [],
  download: {},
  staff: [],
  topUp: { limitFen: 500_000 },
}

/** 清算日期 of this moment: the date, from the cut-over time on the next day's. */
export function businessDateOf({ date, time }: HostTime, cutOver: string): string {
  return time.slice(0, 4) >= cutOver.replace(':', '') ? dayAfter(date) : date
}

/** `20261231` → `20270101`, in the Gregorian calendar. */
export function dayAfter(date: string): string {
  const year = Number(date.slice(0, 4))
  const month = Number(date.slice(4, 6))
  const day = Number(date.slice(6))
  if (day < daysOf(year, month)) return dateOf(year, month, day + 1)
  return month < 12 ? dateOf(year, month + 1, 1) : dateOf(year + 1, 1, 1)
}

/** The same day so many months later, or that month's last day where it has no such day. */
export function monthsAfter(date: string, months: number): string {
  const count = Number(date.slice(0, 4)) * 12 + Number(date.slice(4, 6)) - 1 + months
  const year = Math.floor(count / 12)
  const month = (count % 12) + 1
  return dateOf(year, month, Math.min(Number(date.slice(6)), daysOf(year, month)))
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
}

function dateOf(year: number, month: number, day: number): string {
  return `${year}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`
}

/** Number of the newest message for a terminal; 0 where there is none. */
export function newestMessage({ messages }: Acquirer, terminalId: string): number {
  const numbers = messages
    .filter(({ terminal }) => terminal === undefined || terminal === terminalId)
    .map(({ number }) => number)
  return Math.max(0, ...numbers)
}
