import type { StoreSales } from './ledger.ts'

/** One line of the report: sales of a store, those of them that were reversed, and the rest. */
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
  readonly total: Pick<ReportLine, 'sales' | 'salesFen' | 'reversed' | 'reversedFen' | 'net' | 'netFen'>
}

/** A reversed sale belongs to the day of the sale, whenever it was reversed, so that each day balances by itself. */
export function salesReport(date: string, sales: readonly StoreSales[]): SalesReport {
  const stores = sales
    .map((row) => ({ ...row, net: row.sales - row.reversed, netFen: row.salesFen - row.reversedFen }))
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
      net: sum((line) => line.net),
      netFen: sum((line) => line.netFen),
    },
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
