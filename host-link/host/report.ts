import type { StoreSales } from './ledger.ts'

/** One line of the report: sales of a store, what of them was reversed, voided or refunded, and the rest. */
export interface ReportLine extends StoreSales {
  readonly net: number
  readonly netFen: number
}

/** 门店销售 sales by store on one host date. */
export interface SalesReport {
  /** `20261121`. */
  readonly date: string
  /** By store number, then by merchant; sales without a store number 门店编号 come first, as `-`. */
  readonly stores: readonly ReportLine[]
  readonly total: Omit<ReportLine, 'merchantId' | 'storeNumber' | 'storeName'>
}

/**
 * A reversed sale 冲正 belongs to the day of the sale, whenever it was reversed; a void 撤销 or a refund 退货 to its own day,
 * as it is paid out. So each day balances by itself, and a day's net may be negative.
 */
export function salesReport(date: string, sales: readonly StoreSales[]): SalesReport {
  const stores = sales
    .map((row) => ({ ...row, ...netOf(row) }))
    .sort((a, b) => order(a.storeNumber, b.storeNumber) || order(a.merchantId, b.merchantId))
  const sum = (of: (line: ReportLine) => number) => stores.reduce((total, line) => total + of(line), 0)
  return {
    date,
    stores,
    total: {
      sales: sum((line) => line.sales),
      salesFen: sum((line) => line.salesFen),
      reversed: sum((line) => line.reversed),
      reversedFen: sum((line) => line.reversedFen),
      returned: sum((line) => line.returned),
      returnedFen: sum((line) => line.returnedFen),
      net: sum((line) => line.net),
      netFen: sum((line) => line.netFen),
    },
  }
}

/** Sales that stand: a void takes one away, and so does a refund, whatever part of one it gives back. */
function netOf(row: StoreSales): Pick<ReportLine, 'net' | 'netFen'> {
  return {
    net: row.sales - row.reversed - row.returned,
    netFen: row.salesFen - row.reversedFen - row.returnedFen,
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
