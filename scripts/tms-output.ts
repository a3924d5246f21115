import Table from 'cli-table3'

/** One column of a list for people: its head in both languages, and what of a row stands in it. */
export type Column<Row> = readonly [
  head: string,
  of: (row: Row) => string | number | boolean | undefined | null,
]

/** A list for people. */
export function tableText<Row>(
  rows: readonly Row[],
  columns: readonly Column<NoInfer<Row>>[],
  foot?: string,
): string {
  const table = new Table({ head: columns.map(([head]) => head), style: { head: [], border: [] } })
  for (const row of rows) table.push(columns.map(([, of]) => cellText(of(row))))
  return `${table.toString()}\n${foot === undefined ? '' : `${foot}\n`}`
}

/** Longest text of a cell; `--json` has all of it. */
const CELL_MAX = 60

function cellText(value: string | number | boolean | undefined | null): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value ? '是 yes' : '否 no'
  const text = String(value)
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX)}…` : text
}

/** `2026-11-22 07:18` of this machine's zone; empty for none. */
export function timeText(seconds: number | undefined): string {
  if (seconds === undefined || seconds === 0) return ''
  const time = new Date(seconds * 1000)
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** One thing for people: a line for each of its values, those inside it with their path. Times end in their own words. */
export function detailText(value: unknown): string {
  const lines: [string, string][] = []
  flatten('', value, lines)
  const width = Math.max(0, ...lines.map(([name]) => name.length))
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('')
}

const TIMES =
  /(^|\.)(time|lastSeen|createdAt|uploadedAt|lastLogIn|lastUsed|expires|since|made|startedAt|bakeUntil|doneAt|lockedUntil|startAt|effective|earliest|deadline)$/

function flatten(at: string, value: unknown, lines: [string, string][]): void {
  if (value === undefined || value === null || value === '') return
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) {
    if (value.length > 0) lines.push([at, value.join(', ')])
  } else if (Array.isArray(value))
    for (const [index, one] of value.entries()) flatten(`${at}[${index}]`, one, lines)
  else if (typeof value === 'object')
    for (const [name, one] of Object.entries(value)) flatten(at === '' ? name : `${at}.${name}`, one, lines)
  else if (typeof value === 'number' && TIMES.test(at) && value > 0) lines.push([at, timeText(value)])
  else lines.push([at, String(value)])
}

export interface OutputOptions {
  readonly json?: boolean
  readonly dryRun?: boolean
}

/** JSON for programs, else the words for people; a dry run says that it was one. */
export function output(answer: unknown, { json, dryRun }: OutputOptions, words: () => string): string {
  if (json === true) return `${JSON.stringify(answer, undefined, 2)}\n`
  return `${dryRun === true ? '试运行 dry run: nothing was changed\n' : ''}${words()}`
}

/** Writes to standard output; resolves also where its reader has seen enough and gone. */
export function print(text: string): Promise<void> {
  process.stdout.on('error', () => {}) // the callback of the write has it
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error && Reflect.get(error, 'code') !== 'EPIPE') reject(error)
      else resolve()
    })
  })
}
