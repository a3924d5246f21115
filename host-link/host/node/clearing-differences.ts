import { transactionNamed } from '../../wire/transaction.ts'
import { dashed } from './clearing.ts'
import type { Books, Value } from './clearing-database.ts'
import type { LateEntry } from './clearing-late.ts'
import type { Cell, Period, ReportTable } from './clearing-report.ts'
import { count, date, fen, table, text } from './clearing-table.ts'

const WHAT: { readonly [what: string]: string } = {
  ...{ orphan: '主机有终端无', missing: '终端有主机无', amount: '金额不符', adjusted: '结算后冲正' },
}
const DONE: { readonly [done: string]: string } = {
  ...{ creditedBack: '已退回持卡人', accepted: '已认可', posted: '已补记', open: '待人工处理' },
}

/**
 * 结算差异: what settlements of the host dates found different, and what became of it; and entries that came late for a
 * business date of the period, or that a clearing of it took.
 */
export function differencesTable(books: Books, period: Period, late: readonly LateEntry[]): ReportTable {
  // biome-ignore format: one row a column
  const columns = [
    date( 'date',         '结算日期'),
    text( 'merchant',     '商户号'),
    text( 'terminal',     '终端号'),
    text( 'batch',        '批次号'),
    text( 'trace',        '流水号'),
    text( 'kind',         '交易类型'),
    text( 'what',         '差异'),
    count('entries',      '笔数'),
    fen(  'host_fen',     '主机金额'),
    fen(  'terminal_fen', '终端金额'),
    text( 'done',         '处理'),
  ]
  return table('结算差异 settlement differences', columns, rowsOf(books, period, late))
}

async function* rowsOf(
  books: Books,
  period: Period,
  late: readonly LateEntry[],
): AsyncIterable<readonly Cell[]> {
  const lots = books.iterate(
    `SELECT date, merchant, terminal, batch, trace, kind, what, host_amount, terminal_amount, done FROM difference
      WHERE date >= ? AND date <= ? ORDER BY date, terminal, batch, trace`,
    [period[0], period.at(-1) ?? period[0]],
  )
  for await (const lot of lots)
    for (const [day, merchant, terminal, batch, trace, kind, what, host, own, done] of lot)
      yield [
        ...[String(day), String(merchant), String(terminal)],
        ...[six(batch), six(trace), transactionNamed(String(kind)).zh],
        ...[
          WHAT[String(what)] ?? String(what),
          1,
          Number(host),
          Number(own),
          DONE[String(done)] ?? String(done),
        ],
      ]
  for (const entry of late) yield* lateRow(books, period, entry)
}

async function* lateRow(
  books: Books,
  period: Period,
  { sequence, businessDate, settleFen, clearedOn }: LateEntry,
): AsyncIterable<readonly Cell[]> {
  if (!period.includes(businessDate) && !(clearedOn !== undefined && period.includes(clearedOn))) return
  for (const [merchant, terminal, batch, trace, kind] of await books.query(
    'SELECT merchant, terminal, batch, trace, kind FROM ledger WHERE sequence = ?',
    [sequence],
  ))
    yield [
      ...[businessDate, String(merchant), String(terminal), six(batch), six(trace)],
      ...[transactionNamed(String(kind)).zh, '清算后入账', 1, settleFen, 0],
      clearedOn === undefined ? '待下次清算' : `已入${dashed(clearedOn)}清算`,
    ]
}

function six(number: Value | undefined): string {
  return String(number).padStart(6, '0')
}
