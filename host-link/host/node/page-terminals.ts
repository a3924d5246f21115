import { maskText } from '../../wire/mask.ts'
import { parseStatusRecord } from '../../wire/status-record.ts'
import { parseInspection } from '../inspection-record.ts'
import type { InspectionLine, StatusLine, TerminalLine, TerminalsAnswer } from '../page/api.ts'
import type { Row } from './clearing-database.ts'
import type { PageSource } from './page-days.ts'

/** Inspections shown of each terminal, and looked through of all. */
const INSPECTIONS_MAX = 20
const LOOKED_MAX = 5_000

/** Terminals that have signed on or reported: who is at them, their batch, status 状态 and inspections 巡检. */
export async function terminalsAnswer({ database, acquirer }: PageSource): Promise<TerminalsAnswer> {
  return database.reading(async (books) => {
    const sessions = await books.query('SELECT terminal, signed_on, operator, date, time FROM session')
    const batches = await books.query(`SELECT terminal, number FROM batch WHERE state = 'open'`)
    const statuses = await books.query(`SELECT terminal, date, time, text FROM report WHERE kind = 'status'`)
    const inspections = await books.query(
      `SELECT terminal, date, time, text FROM report WHERE kind = 'inspection'
        ORDER BY date DESC, time DESC, terminal, number DESC LIMIT ${LOOKED_MAX}`,
    )
    const names = [...sessions, ...batches, ...statuses, ...inspections].map(([terminal]) => String(terminal))
    const of = (rows: readonly Row[], terminal: string) => rows.filter(([one]) => one === terminal)
    return {
      terminals: [...new Set(names)].sort().map((terminal): TerminalLine => {
        const [[, signedOn, operator, date, time] = []] = of(sessions, terminal)
        const [[, batch] = []] = of(batches, terminal)
        const [status] = of(statuses, terminal)
        const staff = acquirer.staff.find((one) => one.terminal === terminal && one.operator === operator)
        return {
          ...{ terminal, signedOn: Number(signedOn ?? 0) === 1, operator: String(operator ?? '') },
          ...{ operatorName: staff?.name ?? '', date: String(date ?? ''), time: String(time ?? '') },
          batch: batch === undefined ? undefined : Number(batch),
          status: status && statusOf(status),
          inspections: of(inspections, terminal).slice(0, INSPECTIONS_MAX).map(inspectionOf),
        }
      }),
    }
  })
}

/** What the host keeps it has parsed; a free text in it may be anything, also a card number. */
function statusOf([, date, time, text]: Row): StatusLine {
  const values = Object.entries(parseStatusRecord(String(text))).map(
    ([name, value]) => [name, name === 'device' ? maskText(value).trim() : value] as const,
  )
  return { date: String(date), time: String(time), values: Object.fromEntries(values) }
}

function inspectionOf([, date, time, text]: Row): InspectionLine {
  const { engineer, findings } = parseInspection(String(text))
  const shown = findings.map(({ name, value }) => ({ name: maskText(name), value: maskText(value) }))
  return { date: String(date), time: String(time), engineer, findings: shown }
}
