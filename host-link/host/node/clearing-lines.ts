import { dayAfter } from '../acquirer.ts'
import type { Party, Source } from '../clearing/shares.ts'
import type { Line } from '../clearing/tally.ts'
import { type ClearedDay, dashed, keptDay } from './clearing.ts'
import type { Books, ClearingDatabase } from './clearing-database.ts'
import type { Cell, Column, Period, ReportTable } from './clearing-report.ts'
import { count, date, fen, storeNames, table, text } from './clearing-table.ts'
import { HostError } from './host-error.ts'

/** Days of a period as they were cleared. */
export interface KeptDays {
  readonly days: readonly ClearedDay[]
  readonly notCleared: readonly string[]
}

/** Throws `HostError` where no day of the period was cleared. */
export async function keptDays(database: ClearingDatabase, books: Books, period: Period): Promise<KeptDays> {
  const found = await database.kept(async (own) => {
    const days: (ClearedDay | undefined)[] = []
    for (const day of period) days.push(await keptDay(own, day))
    return days
  })
  const days = (found ?? []).filter((day) => day !== undefined)
  if (days.length === 0)
    throw new HostError(
      `${dashed(period[0])}: not cleared yet; shuaka host clear --date ${dashed(period[0])} does it`,
    )
  const cleared = new Set(days.map((day) => day.date))
  const notCleared: string[] = []
  for (const day of period) {
    if (cleared.has(day)) continue
    const [any] = await books.query('SELECT 1 FROM ledger WHERE business_date = ? LIMIT 1', [day])
    if (any !== undefined) notCleared.push(day)
  }
  return { days, notCleared }
}

// biome-ignore format: one row a column
const FIGURES: readonly Column[] = [
  count('plus_count',    '笔数'),
  fen(  'plus_fen',      '金额'),
  count('minus_count',   '退回笔数'),
  fen(  'minus_fen',     '退回金额'),
  fen(  'discount_fen',  '优惠承担'),
  fen(  'cash_back_fen', '返现承担'),
  fen(  'gross_fen',     '应结金额'),
  fen(  'fee_fen',       '手续费'),
  fen(  'net_fen',       '应付金额'),
]

export const PARTIES: { readonly [Name in Party]: string } = {
  ...{ store: '门店', own: '本商户', mall: '商场', biller: '缴费单位', float: '预付卡备付金' },
  ...{ issuer: '发卡方', suspense: '待处理' },
}
const SOURCES: { readonly [Name in Source]: string } = {
  ...{ member: '会员卡', bank: '银行卡', cash: '现金', points: '积分' },
}

/** 商户结算 settlement of each merchant: whose money, and where it came from. The sum of 应结金额 is that of the ledger. */
export function merchantTable({ days, notCleared }: KeptDays): ReportTable {
  const columns = [text('merchant', '商户号'), text('party', '项目'), text('source', '资金来源'), ...FIGURES]
  const rows = summed(days, ({ merchant, party, source }) => [merchant, PARTIES[party], SOURCES[source]])
  return table('商户结算 merchant settlement', columns, rows, notCleared)
}

/** 门店结算 of each store, all kinds of cards and cash together; a merchant without stores is its own. */
export async function storesTable(books: Books, { days, notCleared }: KeptDays): Promise<ReportTable> {
  const nameOf = await storeNames(books)
  const columns = [
    text('merchant', '商户号'),
    text('store', '门店编号'),
    text('name', '门店名称'),
    ...FIGURES,
  ]
  const rows = summed(days, ({ merchant, party, name }) =>
    party === 'store' || party === 'own' ? [merchant, name, nameOf(merchant, name)] : undefined,
  )
  return table('门店结算 settlement by store', columns, rows, notCleared)
}

function summed(
  days: readonly ClearedDay[],
  keysOf: (line: Line) => readonly string[] | undefined,
): readonly (readonly Cell[])[] {
  const rows = new Map<string, { readonly keys: readonly string[]; readonly figures: number[] }>()
  for (const line of days.flatMap(({ lines }) => lines)) {
    const keys = keysOf(line)
    if (keys === undefined) continue
    const id = keys.join('/')
    const row = rows.get(id) ?? { keys, figures: FIGURES.map(() => 0) }
    for (const [index, figure] of figuresOf(line).entries())
      row.figures[index] = (row.figures[index] ?? 0) + figure
    rows.set(id, row)
  }
  return [...rows.values()].map(({ keys, figures }) => [...keys, ...figures])
}

function figuresOf(line: Line): readonly number[] {
  return [
    ...[line.plusCount, line.plusFen, line.minusCount, line.minusFen, line.discountFen],
    ...[line.cashBackFen, line.grossFen, line.feeFen, line.netFen],
  ]
}

/**
 * 划付文件 for the settlement bank, paid on the day after the business date: one line for each store, mall, biller and
 * other party, 付 to be paid or 收 to be collected. A party whose day is 0 has no line; 待处理 suspense is held back.
 */
export async function payOutTable(books: Books, { days, notCleared }: KeptDays): Promise<ReportTable> {
  const nameOf = await storeNames(books)
  // biome-ignore format: one row a column
  const columns = [
    date('pay_date',      '付款日期'),
    date('business_date', '清算日期'),
    text('reference',     '付款编号'),
    text('merchant',      '商户号'),
    text('party',         '收款方'),
    text('number',        '门店编号'),
    text('name',          '名称'),
    text('direction',     '收付'),
    fen( 'amount_fen',    '金额'),
  ]
  const rows = days.flatMap(({ date: day, lines }) => {
    const sums = new Map<string, { readonly line: Line; net: number }>()
    for (const line of lines) {
      if (line.party === 'suspense') continue
      const reference = [day, line.merchant, line.party, line.name].filter((part) => part !== '').join('-')
      const sum = sums.get(reference) ?? { line, net: 0 }
      sum.net += line.netFen
      sums.set(reference, sum)
    }
    return [...sums]
      .filter(([, { net }]) => net !== 0)
      .map(([reference, { line, net }]) => [
        ...[dayAfter(day), day, reference, line.merchant, PARTIES[line.party]],
        ...[line.party === 'store' ? line.name : '', nameIn(line, nameOf), net > 0 ? '付' : '收', net],
      ])
  })
  return table('划付 pay-out', columns, rows, notCleared)
}

function nameIn(
  { party, merchant, name }: Line,
  nameOf: (merchant: string, number: string) => string,
): string {
  return party === 'store' ? nameOf(merchant, name) : name
}
