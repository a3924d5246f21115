import { isEd25519PublicKey } from '../../../keys/ed25519.ts'
import { bytesOfHex } from '../../wire/bytes.ts'
import { SERIAL_CHARACTERS_MAX } from '../../wire/tms/head.ts'
import type { TerminalAsset, TerminalChange } from '../api-terminals.ts'
import { isSerial, SERIAL_WANTED } from '../serial.ts'
import { ApiFault, type Input, inputOf } from './api-input.ts'

/** Texts of a terminal's data with their greatest lengths. */
// biome-ignore format: one row a value
const texts = {
  maker:        32,
  model:        32,
  acquirer:     64,
  merchant:     15,
  merchantName: 80,
  store:        8,
  terminalId:   8,
  account:      64,
  address:      120,
  note:         400,
} as const
type TextName = keyof typeof texts
const TEXT_NAMES = Object.keys(texts) as readonly TextName[]

const LABEL = /^[0-9A-Za-z-]{1,32}$/
const LABELS_MAX = 16
export const ASSET_NAMES: readonly string[] = [...TEXT_NAMES, 'zoneMinutes', 'labels', 'reportKey']

/** What of a terminal's data is given. Throws `ApiFault` with the place. */
export function assetInput(input: Input): Omit<TerminalChange, 'serial'> {
  const change: { -readonly [Name in keyof Omit<TerminalAsset, 'serial'>]?: TerminalAsset[Name] } = {}
  for (const name of TEXT_NAMES) {
    // Without it no release and no layer finds the terminal.
    if (input.has(name)) change[name] = input.text(name, texts[name], name === 'model' ? 1 : 0)
  }
  if (input.has('zoneMinutes')) change.zoneMinutes = input.whole('zoneMinutes', -720, 840)
  if (input.has('labels')) change.labels = labelsOf(input)
  if (input.has('reportKey')) change.reportKey = reportKeyOf(input)
  return change
}

/** `serial` of a terminal. Throws `ApiFault` for what cannot be one. */
export function serialIn(input: Input): string {
  const serial = input.text('serial', SERIAL_CHARACTERS_MAX)
  if (!isSerial(serial)) throw new ApiFault('badInput', `serial: ${SERIAL_WANTED} is wanted.`, 'serial')
  return serial
}

/** '' where there is none. A key under which anybody can sign is refused. */
function reportKeyOf(input: Input): string {
  const key = input.matching('reportKey', /^([0-9A-Fa-f]{64})?$/, '64 hex digits, or nothing,')
  if (key !== '' && !isEd25519PublicKey(bytesOfHex(key.toUpperCase())))
    throw new ApiFault('badInput', 'reportKey: that is no public key of Ed25519.', 'reportKey')
  return key.toLowerCase()
}

function labelsOf(input: Input): readonly string[] {
  const labels = input.texts('labels', LABELS_MAX, 32)
  const each = inputOf(Object.fromEntries(labels.entries()), [...labels.keys()].map(String), 'labels')
  for (const at of labels.keys()) each.matching(String(at), LABEL, 'a label of letters, digits and -')
  return [...new Set(labels)]
}

/** Heads of a CSV file: the name of a value, or its Chinese word. */
// biome-ignore format: one row a head
const heads: { readonly [zh: string]: string } = {
  序列号: 'serial', 厂商: 'maker', 型号: 'model', 收单机构: 'acquirer', 商户编号: 'merchant', 商户名称: 'merchantName',
  门店编号: 'store', 终端编号: 'terminalId', 结算账户: 'account', 安装地址: 'address', 时区分钟: 'zoneMinutes', 标签: 'labels',
  备注: 'note', 报告密钥: 'reportKey',
}

export interface ImportLine {
  readonly line: number
  readonly change: TerminalChange
}
export interface ReadImport {
  readonly lines: readonly ImportLine[]
  readonly wrong: readonly { readonly line: number; readonly why: string }[]
}

export const IMPORT_LINES_MAX = 20_000

/** The terminals of a CSV file (RFC 4180): the first line names the columns; labels have `;` between them. */
export function importLines(csv: string): ReadImport {
  const table = csvRows(csv.replace(/^\uFEFF/, ''))
  if (typeof table === 'number')
    return { lines: [], wrong: [{ line: table, why: 'a quotation mark is not closed' }] }
  const [head, ...rows] = table
  const names = (head?.cells ?? []).map((cell) => heads[cell.trim()] ?? cell.trim())
  const odd = names.find((name) => name !== 'serial' && !ASSET_NAMES.includes(name))
  if (odd !== undefined || !names.includes('serial') || new Set(names).size !== names.length)
    return { lines: [], wrong: [{ line: 1, why: headFault(odd, names) }] }
  if (rows.length > IMPORT_LINES_MAX)
    return {
      lines: [],
      wrong: [{ line: IMPORT_LINES_MAX + 2, why: `more than ${IMPORT_LINES_MAX} terminals` }],
    }
  const lines: ImportLine[] = []
  const wrong: { line: number; why: string }[] = []
  const seen = new Map<string, number>()
  for (const { line, cells } of rows) {
    const read = lineOf(names, cells)
    const twice = typeof read === 'string' ? undefined : seen.get(read.serial)
    if (typeof read === 'string') wrong.push({ line, why: read })
    else if (twice !== undefined)
      wrong.push({ line, why: `serial ${read.serial} is in line ${twice} already` })
    else {
      seen.set(read.serial, line)
      lines.push({ line, change: read })
    }
  }
  return { lines, wrong }
}

function headFault(odd: string | undefined, names: readonly string[]): string {
  if (odd !== undefined)
    return `there is no column ${JSON.stringify(odd.slice(0, 40))}; known are serial, ${ASSET_NAMES.join(', ')}`
  return names.includes('serial') ? 'a column is there twice' : 'the column serial is missing'
}

/** One terminal, or what is wrong with its line. An empty cell gives nothing. */
function lineOf(names: readonly string[], cells: readonly string[]): TerminalChange | string {
  if (cells.length !== names.length) return `${cells.length} cells, but ${names.length} columns`
  const given: { [name: string]: unknown } = {}
  for (const [at, name] of names.entries()) {
    const cell = (cells[at] ?? '').trim()
    if (cell === '') continue
    if (name === 'zoneMinutes') given[name] = /^-?\d{1,4}$/.test(cell) ? Number(cell) : cell
    else if (name === 'labels') given[name] = cell.split(';').map((label) => label.trim())
    else given[name] = cell
  }
  try {
    const input = inputOf(given, ['serial', ...ASSET_NAMES])
    return { ...assetInput(input), serial: serialIn(input) }
  } catch (error) {
    if (isFault(error)) return error.message.replace(/\.$/, '')
    throw error
  }
}

const isFault = (error: unknown): error is ApiFault => error instanceof Error && error.name === 'ApiFault'

interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

/** Rows with the line each begins in; the line of a quotation mark that is not closed. Empty lines are passed over. */
function csvRows(text: string): readonly CsvRow[] | number {
  const rows: CsvRow[] = []
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y
  let [line, begun, cells] = [1, 1, [] as string[]]
  while (pattern.lastIndex < text.length || cells.length > 0) {
    const match = pattern.exec(text)
    if (match === null) return line
    const [all, quoted, plain = '', end = ''] = match
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    line += all.split(/\r\n|\n|\r/).length - 1
    if (end === ',') continue
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: begun, cells })
    begun = line
    cells = []
  }
  return rows
}
