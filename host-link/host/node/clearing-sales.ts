import { READS } from './book-rows.ts'
import type { Books } from './clearing-database.ts'
import type { Cell, Period, ReportTable } from './clearing-report.ts'
import { count, fen, table, text } from './clearing-table.ts'

/** 门店销售 by store on host dates, whether cleared or not. */
export function salesTable(books: Books, period: Period): ReportTable {
  // biome-ignore format: one row a column
  const columns = [
    text( 'store',        '门店编号'),
    text( 'name',         '门店名称'),
    text( 'merchant',     '商户号'),
    count('sales',        '消费笔数'),
    fen(  'sales_fen',    '消费金额'),
    count('reversed',     '冲正笔数'),
    fen(  'reversed_fen', '冲正金额'),
    count('returned',     '撤销退货笔数'),
    fen(  'returned_fen', '撤销退货金额'),
    count('net',          '净笔数'),
    fen(  'net_fen',      '净金额'),
  ]
  return table('门店销售 sales by store', columns, rowsOf(books, period))
}

async function* rowsOf(books: Books, period: Period): AsyncIterable<readonly Cell[]> {
  const stores = new Map<string, { readonly names: readonly string[]; readonly figures: number[] }>()
  for (const date of period)
    for (const [merchant, number, name, ...figures] of await books.query(READS.storeSales, [date])) {
      const id = `${number}/${merchant}`
      const row = stores.get(id) ?? {
        names: [String(number), String(name), String(merchant)],
        figures: figures.map(() => 0),
      }
      for (const [index, figure] of figures.entries())
        row.figures[index] = (row.figures[index] ?? 0) + Number(figure)
      stores.set(id, row)
    }
  const ids = [...stores.keys()].sort()
  for (const id of ids) {
    const { names = [], figures = [] } = stores.get(id) ?? {}
    const [sales = 0, soldFen = 0, reversed = 0, reversedFen = 0, returned = 0, returnedFen = 0] = figures
    yield [...names, ...figures, sales - reversed - returned, soldFen - reversedFen - returnedFen]
  }
}
