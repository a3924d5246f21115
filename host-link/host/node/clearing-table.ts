import type { Query } from './clearing-database.ts'
import type { Cell, Column, ReportTable } from './clearing-report.ts'

export const text = (key: string, zh: string): Column => ({ key, zh, as: 'text' })
export const count = (key: string, zh: string): Column => ({ key, zh, as: 'count' })
export const fen = (key: string, zh: string): Column => ({ key, zh, as: 'fen' })
export const date = (key: string, zh: string): Column => ({ key, zh, as: 'date' })
export const time = (key: string, zh: string): Column => ({ key, zh, as: 'time' })

/** A table that sums the columns of amounts and counts as its rows go by. */
export function table(
  title: string,
  columns: readonly Column[],
  rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>,
  notCleared: readonly string[] = [],
): ReportTable {
  const sums = columns.map(() => 0)
  const summed = columns.map(({ as }) => as === 'count' || as === 'fen')
  return {
    title,
    columns,
    notCleared,
    rows: (async function* () {
      for await (const row of rows) {
        for (const [index, cell] of row.entries())
          if (summed[index]) sums[index] = (sums[index] ?? 0) + Number(cell)
        yield row
      }
    })(),
    total: () => columns.map((_, index) => (summed[index] ? (sums[index] ?? 0) : index === 0 ? '合计' : '')),
  }
}

/** Names of stores by `merchant/number`. */
export async function storeNames(books: Query): Promise<(merchant: string, number: string) => string> {
  const names = new Map<string, string>()
  for (const [merchant, number, name] of await books.query('SELECT merchant, number, name FROM store'))
    names.set(`${merchant}/${number}`, String(name))
  return (merchant, number) => names.get(`${merchant}/${number}`) ?? ''
}

/** 交易号, field 37 of the answer: MMDD and the sequence. */
export function referenceOf(hostDate: string, sequence: number): string {
  return hostDate.slice(4) + String(sequence % 100_000_000).padStart(8, '0')
}
