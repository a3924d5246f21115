import { asTrace } from '../../host-link/wire/values.ts'
import { CLOCK_YEAR_MIN } from '../host/outcome.ts'
import { lastReport, reportOf } from '../host/settle-report.ts'
import { batchTotals } from '../host/settle-totals.ts'
import type { Pos } from '../pos.ts'
import { askDigits, confirm, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { t } from '../screen/page.ts'
import { totalsLines } from './settlement.ts'
import { mayPrint, reprint } from './step/print.ts'
import { printReport } from './step/print-report.ts'
import { totalsSlip } from './step/totals-slip.ts'

/** 重打任意一笔: the slip of a voucher number, marked DUPLICATE. */
export async function reprintAny(pos: Pos): Promise<void> {
  const title = t(pos, 'reprintAny')
  const asked = await askDigits(pos, { title, label: t(pos, 'askVoucher'), min: 1, max: 6 })
  if (asked.kind !== 'digits') return
  const trace = Number(asked.digits)
  const entry = trace === 0 ? undefined : pos.journal.find(asTrace(trace))
  if (entry === undefined || !mayPrint(pos, entry)) return notice(pos, title, [t(pos, 'nothingFound')])
  await reprint(pos, entry)
}

/** 交易汇总: the totals of the open batch as they are now, on the screen and on paper. */
export async function printTotals(pos: Pos): Promise<void> {
  const title = t(pos, 'totals')
  const totals = batchTotals(pos)
  const question = { title, lines: totalsLines(pos, totals), extra: [t(pos, 'printFor')] }
  if ((await confirm(pos, question)).kind !== 'yes') return
  await printReport(pos, title, totalsSlip(pos, reportOf(pos, totals, 0, stamp(pos)), false))
}

/** 重打上次结算. */
export async function reprintSettlement(pos: Pos): Promise<void> {
  const title = t(pos, 'lastSettlement')
  const report = lastReport(pos)
  if (report === undefined) return notice(pos, title, [t(pos, 'nothingSettled')])
  const { batch, answer, debit, debitCount, credit, creditCount } = report
  const lines = [
    `${t(pos, 'batchNumber')} ${String(batch).padStart(6, '0')}`,
    t(pos, answer === 1 ? 'balanced' : 'notBalanced'),
    `${t(pos, 'debit')} ${debitCount} ${yuan(debit)}`,
    `${t(pos, 'credit')} ${creditCount} ${yuan(credit)}`,
  ]
  if ((await confirm(pos, { title, lines, extra: [t(pos, 'printFor')] })).kind !== 'yes') return
  await printReport(pos, title, totalsSlip(pos, report, true))
}

function stamp(pos: Pos): string {
  const { year, month, day, hour, minute, second } = pos.device.clock.now()
  const known = year < CLOCK_YEAR_MIN ? '0000' : String(year)
  return known + [month, day, hour, minute, second].map((part) => String(part).padStart(2, '0')).join('')
}
