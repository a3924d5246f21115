import { characterCells } from '../../terminal/screen/width.ts'
import type { PaperLine, Picture, PictureRow } from '../device/ports.ts'
import { CARD_KEYS } from './keystrokes.ts'

/** All that the console shows. */
export interface View {
  readonly picture: Picture | undefined
  readonly power: boolean
  readonly plugged: boolean
  readonly paperIn: boolean
  /** Oldest first; an empty line of `feed` marks where a slip ended. */
  readonly paper: readonly (PaperLine | 'cut')[]
  readonly paperColumns: number
  readonly cards: readonly string[]
  readonly choosing: boolean
  readonly locale: 'zh' | 'en'
  /** One line for the person: why the application stopped, what the host said. */
  readonly note: string
}

const words = {
  zh: {
    signedOn: '已签到',
    owed: '待冲正',
    paperOut: '缺纸',
    off: '已关机',
    unplugged: '网线已拔',
    keys: ['0-9 * 数字,00', 'Enter 确认', 'Backspace 清除', 'Esc 取消', 'm 菜单', '↑↓ F1-F4'],
    acts: ['s 刷卡', 'p 电源', 'l 网线', 'o 装纸/取纸', 'T 拆机', 'M 送修', 'q 退出'],
    choose: '刷哪张卡',
  },
  en: {
    signedOn: 'signed on',
    owed: 'reversal owed',
    paperOut: 'no paper',
    off: 'power off',
    unplugged: 'cable pulled',
    keys: ['0-9 * digits,00', 'Enter', 'Backspace clear', 'Esc cancel', 'm menu', '↑↓ F1-F4'],
    acts: ['s swipe', 'p power', 'l cable', 'o paper', 'T tamper', 'M maker', 'q quit'],
    choose: 'which card',
  },
} as const

const GAP = 3
const inverse = '\x1b[7m'
const bold = '\x1b[1m'
const dim = '\x1b[2m'
const plain = '\x1b[0m'
const ESC = '\x1b'
const STYLE = new RegExp(`${ESC}\\[[0-9;]*m`, 'g')
const STYLE_OR_CHARACTER = new RegExp(`${STYLE.source}|[\\s\\S]`, 'gu')

/** Half-width columns that `text` takes; escape sequences take none. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text.replace(STYLE, '')) columns += characterCells(character)
  return columns
}

/**
 * The console as lines of at most `columns` cells, `rows` of them at most, with ANSI styles: the device, then the
 * paper beside it where there is room, else below.
 */
export function draw(view: View, columns: number, rows: number): string[] {
  const device = drawDevice(view)
  const deviceColumns = Math.max(...device.slice(0, -1).map(columnsOf))
  const beside = deviceColumns + GAP + view.paperColumns + 2 <= columns
  const hints = drawHints(view, columns)
  if (!beside) {
    const room = Math.max(0, rows - device.length - hints.length)
    return [...device, ...hints, ...drawPaper(view, room)].slice(0, rows).map((line) => cut(line, columns))
  }
  const height = Math.max(device.length, rows - hints.length)
  const paper = drawPaper(view, height)
  const lines = Array.from({ length: Math.max(device.length, paper.length) }, (_, row) => {
    const left = device[row] ?? ''
    return `${left}${' '.repeat(Math.max(1, deviceColumns - columnsOf(left) + GAP))}${paper[row] ?? ''}`
  })
  return [...lines.slice(0, Math.max(0, rows - hints.length)), ...hints]
    .slice(0, rows)
    .map((line) => cut(line, columns))
}

function drawDevice(view: View): string[] {
  const { picture } = view
  const wide = picture?.columns ?? 24
  const text = words[view.locale]
  const lines = (picture?.rows ?? []).map((row) => `│${drawRow(row, wide)}│`)
  const dark = !view.power || picture === undefined
  const icons = dark
    ? [text.off]
    : [
        ...(picture.icons.signedOn ? [text.signedOn] : []),
        ...(picture.icons.owed ? [text.owed] : []),
        ...(picture.icons.paperOut ? [text.paperOut] : []),
        view.plugged ? '▂▄▆█'.slice(0, picture.quality) : text.unplugged,
      ]
  return [
    `┌${'─'.repeat(wide)}┐`,
    ...(lines.length > 0 ? lines : [`│${' '.repeat(wide)}│`]),
    `└${'─'.repeat(wide)}┘`,
    ` ${icons.join('  ')}`,
  ]
}

/** One row of exactly `wide` cells with its styles. */
function drawRow(row: PictureRow, wide: number): string {
  let line = ''
  let cell = 0
  let open = ''
  const text = row.text + ' '.repeat(Math.max(0, wide - columnsOf(row.text)))
  for (const character of text) {
    const run = row.runs.find(({ from, to }) => cell >= from && cell < to)
    const style = run === undefined ? '' : run.style === 'inverse' ? inverse : bold
    if (style !== open) line += plain + style
    open = style
    line += character
    cell += characterCells(character)
  }
  return open === '' ? line : line + plain
}

/** The newest `rows` lines of paper, its edges beside them. */
function drawPaper(view: View, rows: number): string[] {
  const wide = view.paperColumns
  const lines = view.paper.map((line) => {
    if (line === 'cut') return `${dim}${'┄'.repeat(wide + 2)}${plain}`
    const size = columnsOf(line.text)
    const room = Math.max(0, wide - size)
    const before = line.align === 'left' ? 0 : line.align === 'right' ? room : room >> 1
    const style = line.size === 'large' ? bold : ''
    return `${dim}▏${plain}${style}${' '.repeat(before)}${line.text}${' '.repeat(room - before)}${plain}${dim}▕${plain}`
  })
  return lines.slice(Math.max(0, lines.length - rows))
}

function drawHints(view: View, columns: number): string[] {
  const text = words[view.locale]
  const cards = view.cards.map((name, index) => `${CARD_KEYS[index] ?? ''} ${name}`)
  const hints = view.choosing ? [`${text.choose}:`, ...cards, 'Esc'] : [...text.keys, ...text.acts]
  return [view.note, ...wrap(hints, columns).map((line) => `${dim}${line}${plain}`)]
}

/** Joins the parts with two blanks, as many a line as fit. */
function wrap(parts: readonly string[], columns: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && columnsOf(last) + 2 + columnsOf(part) <= columns)
      lines[lines.length - 1] = `${last}  ${part}`
    else lines.push(part)
  }
  return lines
}

/** What of `line` fits into `columns`; styles stay whole and end. */
function cut(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line
  let kept = ''
  let used = 0
  for (const part of line.match(STYLE_OR_CHARACTER) ?? []) {
    const wide = part.startsWith('\x1b') ? 0 : characterCells(part)
    if (used + wide > columns) break
    kept += part
    used += wide
  }
  return kept + plain
}

/** The bytes that bring `lines` onto a terminal of the ANSI kind, over what is there. */
export function paint(lines: readonly string[]): string {
  return `\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`
}

/** Alternate screen, no cursor; and back. */
export const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J'
export const LEAVE = '\x1b[?25h\x1b[?1049l'
