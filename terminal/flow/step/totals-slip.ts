import { asBatchNumber, asTrace, sixDigits } from '../../../host-link/wire/values.ts'
import type { PrintLine } from '../../device/printer.ts'
import { transactionOf } from '../../host/entry-kind.ts'
import type { SettleReport } from '../../host/settle-report.ts'
import type { Pos } from '../../pos.ts'
import { yuan } from '../../screen/money.ts'
import { t } from '../../screen/page.ts'
import { cellWidth } from '../../screen/width.ts'
import { label, pair, plain, rule } from './slip-line.ts'

/** 结算总计单, or 交易汇总 of a batch that is not settled (answer 0): one line a kind, for 32 or 24 columns. */
export function totalsSlip(pos: Pos, report: SettleReport, duplicate: boolean): PrintLine[] {
  const columns = pos.device.printer.columns()
  const { batch, when, operator, answer, debit, debitCount, credit, creditCount } = report
  const settled = answer > 0
  const lines: PrintLine[] = [
    { text: t(pos, settled ? 'settleSlip' : 'totals').toUpperCase(), align: 'centre', size: 'large' },
    rule(columns),
    ...pair(pos, columns, 'merchantName', pos.setup.merchantName),
    ...pair(pos, columns, 'merchantId', pos.setup.merchantId),
    ...pair(pos, columns, 'terminalId', pos.setup.terminalId),
    ...pair(pos, columns, 'operator', String(operator).padStart(2, '0')),
    ...pair(pos, columns, 'batchNumber', sixDigits(asBatchNumber(batch))),
    ...(when === '' ? [] : pair(pos, columns, 'dateTime', readable(when))),
    rule(columns),
  ]
  if (settled)
    lines.push({ text: t(pos, answer === 1 ? 'balanced' : 'notBalanced'), align: 'centre', size: 'large' })
  lines.push(...between(columns, label(pos, 'type'), t(pos, 'countAmount')))
  for (const { kind, count, amount } of report.kinds)
    lines.push(...between(columns, kindName(pos, kind), `${count}  ${yuan(amount)}`))
  lines.push(
    rule(columns),
    ...between(columns, label(pos, 'debit'), `${debitCount}  ${yuan(debit)}`),
    ...between(columns, label(pos, 'credit'), `${creditCount}  ${yuan(credit)}`),
    ...between(columns, label(pos, 'net'), yuan(debit - credit)),
    ...rejectedLines(pos, columns, report),
  )
  if (duplicate) lines.push(plain(t(pos, 'duplicate'), 'centre'))
  lines.push({ feed: 4 })
  return lines
}

/** 被拒通知: what was handed out or given back here and the host did not take. Somebody must look at each. */
function rejectedLines(pos: Pos, columns: number, { rejected, rejectedCount }: SettleReport): PrintLine[] {
  if (rejectedCount === 0) return []
  const lines = [rule(columns), ...between(columns, label(pos, 'rejectedAdvices'), String(rejectedCount))]
  for (const { trace, kind, amount } of rejected)
    lines.push(...between(columns, `${sixDigits(asTrace(trace))} ${kindName(pos, kind)}`, yuan(amount)))
  return lines
}

/** Left and right on one line where they fit, else on two. */
export function between(columns: number, left: string, right: string): PrintLine[] {
  const free = columns - cellWidth(left) - cellWidth(right)
  return free >= 1 ? [plain(left + ' '.repeat(free) + right)] : [plain(left), plain(right, 'right')]
}

/** 消费, SALE: what a kind of entry is called on paper. */
export function kindName(pos: Pos, kind: number): string {
  const row = transactionOf(pos, kind)
  return pos.session.locale === 'zh' ? row.zh : row.en.toUpperCase()
}

/** `2026/11/21 09:30:00` */
export function readable(when: string): string {
  const two = (at: number) => when.slice(at, at + 2)
  const year = when.slice(0, 4)
  return `${year === '0000' ? '' : `${year}/`}${two(4)}/${two(6)} ${two(8)}:${two(10)}:${two(12)}`
}
