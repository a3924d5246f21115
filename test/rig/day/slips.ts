import type { PaperLine } from '../../../emulator/device/ports.ts'

/** What came out of a printer, read as a bookkeeper reads it: text lines, and nothing else. */

export const SLIP = '签购单'
export const REJECTION = '上送拒绝通知单'
export const SETTLEMENT = '结算总计单'
export const DETAIL = '交易明细'
const TITLES: readonly string[] = [
  SLIP,
  REJECTION,
  SETTLEMENT,
  DETAIL,
  '交易汇总',
  '故障报告单',
  '服务信息',
  '巡检',
]

export interface Paper {
  readonly title: string
  readonly lines: readonly string[]
  /** `凭证号` → `000002`: what stands behind the first colon, or on the line below. */
  readonly fields: ReadonlyMap<string, string>
  readonly copy: string
  readonly duplicate: boolean
  /** 待上送: printed before the host had answered; its time is the terminal's own. */
  readonly queued: boolean
  /** Its last rule is there: what is above it was not cut off. */
  readonly whole: boolean
}

/** The slips on a roll, in order. */
export function papersOn(roll: readonly PaperLine[]): Paper[] {
  const papers: Paper[] = []
  let lines: string[] | undefined
  for (const { text } of roll) {
    if (TITLES.includes(text.trim())) {
      if (lines !== undefined) papers.push(paperOf(lines))
      lines = []
    }
    lines?.push(text.trim())
  }
  if (lines !== undefined) papers.push(paperOf(lines))
  return papers
}

function paperOf(lines: readonly string[]): Paper {
  const fields = new Map<string, string>()
  for (const [at, line] of lines.entries()) {
    const match = /^([^:]+):(.*)$/.exec(line)
    const [, label = '', value = ''] = match ?? []
    if (match && !fields.has(label)) fields.set(label, value.trim() || (lines[at + 1] ?? ''))
  }
  const voucher = lines.findIndex((line) => line.startsWith('凭证号'))
  return {
    ...{ title: lines[0] ?? '', lines, fields },
    copy: lines.find((line) => line.endsWith('存根')) ?? '',
    duplicate: lines.some((line) => line.includes('DUPLICATE')),
    queued: lines.some((line) => line.includes('NOT YET SENT')),
    whole: voucher > 0 && lines.slice(voucher).some((line) => /^-+$/.test(line)),
  }
}

/** `1,000.05` or `RMB 1,000.05` → 100005. */
export function fenOf(text: string | undefined): number {
  const digits = /(-?)([\d,]+)\.(\d\d)$/.exec((text ?? '').trim())
  if (!digits) return Number.NaN
  const fen = Number((digits[2] ?? '').replaceAll(',', '') + digits[3])
  return digits[1] === '-' ? 0 - fen : fen
}

/** One transaction as its slips tell it. Amounts in fen. */
export interface Deal {
  readonly terminal: string
  readonly batch: number
  readonly trace: number
  readonly type: string
  /** Paid, or given back. */
  readonly fen: number
  readonly cashBackFen: number
  readonly discountFen: number
  /** First six and last four digits; empty for cash. */
  readonly card: string
  readonly target: string
  readonly store: string
  /** `20261121093000`; empty while the host has not said. */
  readonly at: string
  readonly reference: string
  readonly authCode: string
  readonly originalTrace: number
  readonly originalReference: string
  readonly originalAuthCode: string
}

export function keyOfDeal({ terminal, batch, trace }: Pick<Deal, 'terminal' | 'batch' | 'trace'>): string {
  return `${terminal}/${batch}/${trace}`
}

/** What the slips of a roll tell, by key; the newest print of a transaction has the most. Rejected ones are not among them. */
export function dealsOn(papers: readonly Paper[]): Map<string, Deal> {
  const deals = new Map<string, Deal>()
  const rejected = new Set<string>()
  for (const paper of papers) {
    if (paper.title === REJECTION && paper.whole) rejected.add(keyOfDeal(dealOfPaper(paper)))
    if (paper.title === SETTLEMENT) for (const key of rejectedIn(paper)) rejected.add(key)
    if (paper.title !== SLIP || !paper.whole) continue
    const deal = dealOfPaper(paper)
    const before = deals.get(keyOfDeal(deal))
    if (before === undefined || deal.at !== '') deals.set(keyOfDeal(deal), deal)
  }
  for (const key of rejected) deals.delete(key)
  return deals
}

/** `000012 退货` and its amount, below 被拒通知. */
function rejectedIn({ lines, fields }: Paper): string[] {
  const from = lines.findIndex((line) => line.startsWith('被拒通知'))
  if (from < 0) return []
  return lines.slice(from).flatMap((line) => {
    const trace = /^(\d{6}) /.exec(line)?.[1]
    if (trace === undefined) return []
    return [`${fields.get('终端编号')}/${Number(fields.get('批次号'))}/${Number(trace)}`]
  })
}

export function dealOfPaper({ fields, queued }: Paper): Deal {
  const text = (label: string): string => fields.get(label) ?? ''
  const trace = Number(text('原凭证号') || 0)
  return {
    ...{ terminal: text('终端编号'), batch: Number(text('批次号')), trace: Number(text('凭证号')) },
    type: text('交易类型'),
    fen: fields.has('实付') ? fenOf(text('实付')) : fields.has('金额') ? fenOf(text('金额')) : 0,
    cashBackFen: fields.has('返现') ? fenOf(text('返现')) : 0,
    discountFen: fields.has('优惠') ? 0 - fenOf(text('优惠')) : 0,
    card: maskOf(text('卡号')),
    target: maskOf(text('转入卡号')),
    store: text('门店编号').split(' ')[0] ?? '',
    at: queued ? '' : text('日期/时间').replace(/\D/g, ''),
    ...{ reference: text('交易参考号'), authCode: text('授权码'), originalTrace: trace },
    ...{ originalReference: text('原参考号'), originalAuthCode: text('预授权码') },
  }
}

/** `6222 60** **** ***1 100 S` → `6222601100`. */
export function maskOf(text: string): string {
  return text.replace(/[^\d]/g, '')
}

/** A settlement slip: counts and sums by type, and the two columns. */
export interface SettlementSlip {
  readonly key: string
  readonly balanced: boolean
  readonly types: ReadonlyMap<string, readonly [count: number, fen: number]>
  readonly debit: readonly [count: number, fen: number]
  readonly credit: readonly [count: number, fen: number]
}

export function settlementsOn(papers: readonly Paper[]): SettlementSlip[] {
  return papers.flatMap((paper) => {
    const rows = new Map<string, readonly [number, number]>()
    let left = ''
    for (const line of paper.lines) {
      const match = /^(\S*) *(\d+) {2}(-?[\d,]+\.\d\d)$/.exec(line)
      if (match) rows.set(match[1] || left, [Number(match[2]), fenOf(match[3])])
      left = line
    }
    const [debit, credit] = [rows.get('借记'), rows.get('贷记')]
    if (paper.title !== SETTLEMENT || debit === undefined || credit === undefined) return []
    rows.delete('借记')
    rows.delete('贷记')
    const key = `${paper.fields.get('终端编号')}/${Number(paper.fields.get('批次号'))}`
    return [{ key, balanced: paper.lines.includes('对账平'), types: rows, debit, credit }]
  })
}

/** Vouchers of a detail list that was printed as a whole, with their signed amounts; the newest list of each batch. */
export function detailsOn(papers: readonly Paper[]): Map<string, ReadonlyMap<number, number>> {
  const lists = new Map<string, ReadonlyMap<number, number>>()
  for (const { title, lines, fields } of papers) {
    if (title !== DETAIL || !lines.some((line) => line.startsWith('合计笔数'))) continue
    const vouchers = new Map<number, number>()
    for (const line of lines) {
      const match = /^(\d{6}) \w[* ]?\S* +(-?[\d,]+\.\d\d)$/.exec(line)
      if (match) vouchers.set(Number(match[1]), fenOf(match[2]))
    }
    lists.set(`${fields.get('终端编号')}/${Number(fields.get('批次号'))}`, vouchers)
  }
  return lists
}
