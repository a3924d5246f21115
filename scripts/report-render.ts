import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import Table from 'cli-table3'
import { stringify } from 'csv-stringify/sync'
import writeXlsxFile, { type SheetData } from 'write-excel-file/node'
import type { Cell, Column, ReportTable } from '../host-link/host/node/clearing-report.ts'
import { causeOf, HostError } from '../host-link/host/node/host-error.ts'

/** Takes text, and resolves when more may come. */
export type Write = (text: string) => Promise<void>

/** A table for people is made in memory, a sheet too. */
const TABLE_ROWS_MAX = 20_000
const SHEET_ROWS_MAX = 50_000
/** Rows that are written at once. */
const LOT = 500

/** Comma-separated with a line of keys, amounts in fen; the last line has `total` in its first column. */
export async function renderCsv({ columns, rows, total }: ReportTable, write: Write): Promise<void> {
  await write(stringify([columns.map(({ key }) => key)]))
  let lot: (readonly Cell[])[] = []
  for await (const row of rows) {
    lot.push(row)
    if (lot.length < LOT) continue
    await write(stringify(lot))
    lot = []
  }
  const sums = total()
  if (sums !== undefined)
    lot.push(columns.map((column, at) => (at === 0 ? 'total' : summed(column, sums[at]))))
  await write(stringify(lot))
}

/** One JSON document: period, rows as objects with amounts in fen, total. */
export async function renderJson(
  kind: string,
  days: readonly string[],
  table: ReportTable,
  write: Write,
): Promise<void> {
  const { columns, rows, total, notCleared } = table
  const objectOf = (row: readonly Cell[], only: (column: Column) => boolean = () => true) =>
    Object.fromEntries(
      columns
        .map((column, at) => [column.key, row[at]] as const)
        .filter((_, at) => only(columns[at] as Column)),
    )
  const head = { kind, from: days[0], to: days.at(-1), notCleared }
  await write(`${JSON.stringify(head, undefined, 2).replace(/\n\}$/, '')},\n  "rows": [`)
  let first = true
  let lot = ''
  for await (const row of rows) {
    lot += `${first ? '' : ','}\n    ${JSON.stringify(objectOf(row))}`
    first = false
    if (lot.length < 65_536) continue
    await write(lot)
    lot = ''
  }
  const sums = total() ?? []
  await write(`${lot}${first ? '' : '\n  '}],\n  "total": ${JSON.stringify(objectOf(sums, isSummed))}\n}\n`)
}

/** For people: Chinese heads, amounts in yuan. */
export async function renderTable(period: string, table: ReportTable, write: Write): Promise<void> {
  const { title, columns, rows, total } = table
  const grid = new Table({
    head: columns.map(({ zh }) => zh),
    colAligns: columns.map((column) => (isSummed(column) ? 'right' : 'left')),
    style: { head: [], border: [] },
  })
  for await (const row of few(rows, TABLE_ROWS_MAX, 'a table'))
    grid.push(row.map((cell, at) => shown(columns[at], cell)))
  const sums = total()
  if (sums !== undefined) grid.push(sums.map((cell, at) => shown(columns[at], cell)))
  await write(`${title}, ${period}\n${grid.toString()}\n`)
}

/** Stops with a sentence where there are more rows than are held in memory. */
async function* few(rows: ReportTable['rows'], most: number, what: string): ReportTable['rows'] {
  let count = 0
  for await (const row of rows) {
    count += 1
    if (count > most)
      throw new HostError(
        `report: more than ${most.toLocaleString('en-GB')} rows are too many for ${what}; --csv and --json take any number`,
      )
    yield row
  }
}

/** A workbook with one sheet, amounts as numbers in yuan. The file is there whole or not at all. */
export async function writeXlsx(file: string, table: ReportTable): Promise<void> {
  const { columns, rows, total, title } = table
  const probe = `${file}.part`
  let handle: FileHandle | undefined
  try {
    handle = await open(probe, 'w')
    const data: SheetData = [columns.map(({ zh }) => ({ value: zh, fontWeight: 'bold' as const }))]
    for await (const row of few(rows, SHEET_ROWS_MAX, 'a sheet'))
      data.push(row.map((cell, at) => sheetCell(columns[at], cell)))
    const sums = total()
    if (sums !== undefined)
      data.push(sums.map((cell, at) => ({ ...sheetCell(columns[at], cell), fontWeight: 'bold' as const })))
    const sheet = title.split(' ')[0] ?? title
    const book = await writeXlsxFile(data, {
      sheet,
      stickyRowsCount: 1,
      columns: columns.map(widthOf),
    }).toBuffer()
    await handle.writeFile(book)
    await handle.sync()
    await handle.close()
    handle = undefined
    await rename(probe, file)
  } catch (error) {
    await handle?.close()
    await rm(probe, { force: true })
    throw error instanceof HostError ? error : new HostError(`${file}: cannot be written (${causeOf(error)})`)
  }
}

function widthOf({ as, zh }: Column) {
  return { width: Math.max(zh.length * 2 + 2, as === 'text' ? 16 : 13) }
}

function sheetCell(column: Column | undefined, cell: Cell) {
  if (column?.as === 'fen' && typeof cell === 'number')
    return { value: cell / 100, type: Number, format: '#,##0.00' }
  if (column?.as === 'count' && typeof cell === 'number')
    return { value: cell, type: Number, format: '#,##0' }
  return { value: column === undefined ? String(cell) : shown(column, cell), type: String }
}

function isSummed({ as }: Column): boolean {
  return as === 'fen' || as === 'count'
}

function summed(column: Column, sum: Cell | undefined): Cell {
  return isSummed(column) ? (sum ?? 0) : ''
}

/** A cell as a person reads it. */
function shown(column: Column | undefined, cell: Cell): string {
  const text = String(cell)
  if (column?.as === 'fen' && typeof cell === 'number') return yuan(cell)
  if (column?.as === 'date') return text.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
  if (column?.as === 'time') return text.replace(/^(\d\d)(\d\d)(\d\d)$/, '$1:$2:$3')
  return text
}

/** `-1,234.50` of integer fen. */
export function yuan(fen: number): string {
  const whole = String(Math.floor(Math.abs(fen) / 100)).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}${whole}.${String(Math.abs(fen) % 100).padStart(2, '0')}`
}
