import { existsSync } from 'node:fs'
import type { Acquirer } from '../host-link/host/acquirer.ts'
import { isDate, monthOf, weekOf } from '../host-link/host/clearing/business-day.ts'
import { dashed } from '../host-link/host/node/clearing.ts'
import { openClearing } from '../host-link/host/node/clearing-open.ts'
import {
  type Period,
  REPORT_KINDS,
  type ReportKind,
  withReport,
} from '../host-link/host/node/clearing-report.ts'
import { causeOf, HostError } from '../host-link/host/node/host-error.ts'
import { localTime } from '../host-link/host/node/host-server.ts'
import { isPostgresAddress } from '../host-link/host/node/postgres-address.ts'
import { maskPan } from '../host-link/wire/mask.ts'
import { DEFAULT_BOOKS } from './default-books.ts'
import { renderCsv, renderJson, renderTable, type Write, writeXlsx } from './report-render.ts'

export interface ReportCommand {
  /** One of `REPORT_KINDS`; `sales` where absent. */
  readonly kind?: string
  /** File or address of the books; those of the emulator in the current folder where absent. */
  readonly db?: string
  /** `2026-11-21` or `20261121`; today where no period is given. */
  readonly date?: string
  /** A date of the week, Monday to Sunday. */
  readonly week?: string
  /** `2026-11`. */
  readonly month?: string
  readonly csv?: boolean
  readonly json?: boolean
  /** File to write a workbook to. */
  readonly xlsx?: string
  readonly acquirer: Acquirer
  /** Cards of the issuer, for the numbers of cards that an entry names only by account. */
  readonly cards?: readonly { readonly name: string; readonly pan: string }[]
  readonly write: Write
  /** Takes one line about what is not as it should be. */
  readonly warn: (line: string) => void
}

/** `shuaka host report KIND`. Also while a host writes the books. Throws `HostError`, one sentence. */
export async function clearingReport(command: ReportCommand): Promise<void> {
  const { csv = false, json = false, xlsx, write, warn, acquirer, cards = [] } = command
  const kind = kindOf(command.kind ?? 'sales')
  if ([csv, json, xlsx !== undefined].filter(Boolean).length > 1)
    throw new HostError('report: one of --csv, --json and --xlsx FILE')
  const { period, shown } = periodOf(command)
  const pans = new Map(cards.map(({ name, pan }) => [name, maskPan(pan)]))
  const database = await openClearing(booksOf(command.db))
  try {
    await withReport(
      database,
      kind,
      { period, acquirer, maskedPan: (account) => pans.get(account) },
      async (table) => {
        for (const day of table.notCleared) warn(`${dashed(day)} is not cleared yet and not in this report`)
        if (xlsx !== undefined) await writeXlsx(xlsx, table)
        else if (json) await renderJson(kind, period, table, write)
        else if (csv) await renderCsv(table, write)
        else await renderTable(shown, table, write)
      },
    )
  } finally {
    await database.close()
  }
}

/** The same to standard output; sales of one day as `hostReport` has them. Throws `HostError`, also for a full disk. */
export async function printReport(command: Omit<ReportCommand, 'write'>): Promise<void> {
  const { kind = 'sales', db, week, month, xlsx } = command
  const short = kind === 'sales' && [week, month, xlsx].every((one) => one === undefined)
  process.stdout.on('error', () => {}) // the callback of the write has it
  try {
    if (short && !isPostgresAddress(db ?? '')) {
      const { hostReport } = await import('./host.ts')
      await toOutput(hostReport(command))
    } else await clearingReport({ ...command, write: toOutput })
  } catch (error) {
    if (!(error instanceof OutputFault)) throw error
    if (Reflect.get(Object(error.cause), 'code') === 'EPIPE') return // who reads has seen enough
    throw new HostError(`standard output: cannot be written (${causeOf(error.cause)})`)
  }
}

class OutputFault extends Error {
  override readonly name = 'OutputFault'
}

/** Resolves when the reader has taken it: a long report stays out of memory. */
function toOutput(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(new OutputFault('output', { cause: error }))
      else resolve()
    })
  })
}

/** The books that are meant. Throws `HostError` where none are given and the emulator has none here. */
export function booksOf(db: string | undefined): string {
  if (db === undefined && !existsSync(DEFAULT_BOOKS))
    throw new HostError(`host: ${DEFAULT_BOOKS} does not exist here; give the books with --db FILE`)
  return db ?? DEFAULT_BOOKS
}

function kindOf(kind: string): ReportKind {
  const found = REPORT_KINDS.find((known) => known === kind)
  if (found === undefined) throw new HostError(`report ${kind}: one of ${REPORT_KINDS.join(', ')}`)
  return found
}

function periodOf({ date, week, month }: ReportCommand): { readonly period: Period; readonly shown: string } {
  if ([date, week, month].filter((one) => one !== undefined).length > 1)
    throw new HostError('report: one of --date, --week and --month')
  if (month !== undefined) {
    const digits = month.replace(/^(\d{4})-(\d\d)$/, '$1$2')
    if (!isDate(`${digits}01`)) throw new HostError(`${month}: a month like 2026-11 is wanted`)
    return { period: nonEmpty(monthOf(digits)), shown: `${digits.slice(0, 4)}-${digits.slice(4)}` }
  }
  if (week !== undefined) {
    const period = nonEmpty(weekOf(dayOf(week)))
    return { period, shown: `${dashed(period[0])} – ${dashed(period.at(-1) ?? '')}` }
  }
  const day = date === undefined ? localTime().date : dayOf(date)
  return { period: [day], shown: dashed(day) }
}

function nonEmpty([first, ...rest]: readonly string[]): Period {
  if (first === undefined) throw new RangeError('report: a period of no days')
  return [first, ...rest]
}

/** `20261121` of `2026-11-21` or of itself. Throws `HostError` for what is no date. */
export function dayOf(date: string): string {
  const day = date.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$1$2$3')
  if (!isDate(day)) throw new HostError(`${date}: a date like 2026-11-21 is wanted`)
  return day
}
