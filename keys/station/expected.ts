import { isSlotNumber } from '../store/key-slot.ts'
import type { Expected, MasterAlgorithm, RowFault } from './station.ts'

/** Rows of a list that came from outside; `line` of each, for what is wrong with it. */
export interface ExpectedRow extends Expected {
  readonly line: number
}
export type ReadExpected =
  | { readonly kind: 'rows'; readonly rows: readonly ExpectedRow[] }
  | { readonly kind: 'faults'; readonly faults: readonly RowFault[] }

const COLUMNS = ['serial', 'terminalId', 'slot', 'algorithm'] as const
type Column = (typeof COLUMNS)[number]
const FAULTS_MAX = 50

/**
 * 预期终端清单: a CSV file, the first line naming its columns in any order: serial, and where wanted terminalId, slot (1)
 * and algorithm (TDES). Commas or semicolons; a cell may stand in double quotes. Blank lines do not count.
 */
export function readExpectedCsv(text: string): ReadExpected {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  const header = lines[0] ?? ''
  const separator = header.includes(';') ? ';' : ','
  const columns = cells(header, separator)?.map((cell) =>
    COLUMNS.find((name) => name.toLowerCase() === cell.toLowerCase()),
  )
  if (
    columns === undefined ||
    columns.includes(undefined) ||
    !columns.includes('serial') ||
    new Set(columns).size < columns.length
  )
    return {
      kind: 'faults',
      faults: [{ line: 1, why: `the first line names the columns: ${COLUMNS.join(', ')}` }],
    }
  const faults: RowFault[] = []
  const rows: ExpectedRow[] = []
  for (const [index, content] of lines.entries()) {
    if (index === 0 || content.trim() === '') continue
    const line = index + 1
    const values = cells(content, separator)
    const why =
      values === undefined
        ? 'a double quote is not closed'
        : values.length !== columns.length
          ? `wants ${columns.length} cells, has ${values.length}`
          : undefined
    if (values === undefined || why !== undefined) {
      faults.push({ line, why: why ?? '' })
      continue
    }
    const cell = (name: Column) => values[columns.indexOf(name)] ?? ''
    const slot = cell('slot') === '' ? 1 : /^[0-9]$/.test(cell('slot')) ? Number(cell('slot')) : -1
    const algorithm = (cell('algorithm').toUpperCase() || 'TDES') as MasterAlgorithm
    const terminalId = cell('terminalId') === '' ? undefined : cell('terminalId')
    rows.push({ line, serial: cell('serial'), terminalId, slot, algorithm })
  }
  const all = [...faults, ...rowFaults(rows)].sort((a, b) => a.line - b.line)
  if (all.length > 0) return { kind: 'faults', faults: all.slice(0, FAULTS_MAX) }
  return { kind: 'rows', rows }
}

/** What is wrong with each row by itself, and with rows that say the same terminal and slot twice. */
export function rowFaults(rows: readonly ExpectedRow[]): RowFault[] {
  const seen = new Map<string, number>()
  const ids = new Map<string, string>()
  const faults: RowFault[] = []
  for (const row of rows) {
    const { line, serial, slot, terminalId } = row
    const key = `${serial}/${slot}`
    const owner = terminalId === undefined ? serial : (ids.get(terminalId) ?? serial)
    const why =
      rowFault(row) ?? (seen.has(key) ? `${serial}, slot ${slot} is in line ${seen.get(key)} too` : undefined)
    if (why !== undefined) faults.push({ line, why })
    else if (owner !== serial) faults.push({ line, why: `terminal number ${terminalId} is ${owner}'s too` })
    seen.set(key, seen.get(key) ?? line)
    if (terminalId !== undefined) ids.set(terminalId, owner)
  }
  return faults
}

function rowFault({ serial, terminalId, slot, algorithm }: Expected): string | undefined {
  if (!/^[!-~]{1,20}$/.test(serial))
    return 'a serial number has 1 to 20 printable ASCII characters and no blank'
  if (terminalId !== undefined && !/^[0-9A-Za-z]{8}$/.test(terminalId))
    return 'a terminal number has 8 letters or digits'
  if (!isSlotNumber(slot)) return 'a slot is 0 to 9'
  return algorithm === 'TDES' || algorithm === 'SM4' ? undefined : 'an algorithm is TDES or SM4'
}

/** The cells of a line, trimmed; nothing where a quote is not closed. */
function cells(line: string, separator: string): string[] | undefined {
  const found: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (quoted && character === '"' && line.charAt(at + 1) === '"') {
      cell += '"'
      at++
    } else if (character === '"') quoted = !quoted
    else if (character === separator && !quoted) {
      found.push(cell.trim())
      cell = ''
    } else cell += character
  }
  return quoted ? undefined : [...found, cell.trim()]
}
