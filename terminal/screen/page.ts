import type { Pos } from '../pos.ts'
import { type TextKey, textOf } from './text.ts'
import { cellWidth, cutToWidth } from './width.ts'

/** One screen: a title, lines that are wrapped to the screen's width, and a hint in the last row. */
export interface Page {
  readonly title: string
  /** What this is about, above the lines: on a compact screen as many of the first as leave room for them. */
  readonly above?: readonly Line[]
  readonly lines: readonly Line[]
  /** Lines below, for a screen that has room: a compact one has two rows between title and hint. */
  readonly extra?: readonly Line[]
  readonly hint?: string
  /** In place of the hint while there are more lines than fit. */
  readonly hintIfMore?: string
}
/**
 * A plain line, or one with a style and a place: `centre` and `right` are meant for amounts and results. `oneRow` is
 * cut at the edge instead of wrapped.
 */
export type Line =
  | string
  | {
      readonly text: string
      readonly align?: 'centre' | 'right'
      readonly large?: boolean
      readonly oneRow?: boolean
    }

/** The text of `key` in the terminal's language. */
export function t(pos: Pos, key: TextKey): string {
  return textOf(pos.session.locale, key)
}

/**
 * Draws a page. A compact screen keeps title and hint at the edges and shows the lines between; what does not
 * fit is reached with `from` (the first wrapped line to show). Gives how many wrapped lines there are and fit.
 */
export function showPage(pos: Pos, page: Page, from = 0): { readonly count: number; readonly fit: number } {
  const { display } = pos.device
  const { columns, rows } = display.size()
  const roomy = rows > 6
  display.clear()
  display.draw(0, 0, fill(centred(page.title, columns), columns), 'inverse')

  const wrappedAll = (lines: readonly Line[] = []) => lines.flatMap((line) => wrapLine(line, columns))
  const below = wrappedAll(roomy && page.extra ? [...page.lines, ...page.extra] : page.lines)
  const top = roomy ? 2 : 1
  const fit = rows - top - (page.hint === undefined ? 0 : 1)
  const above = wrappedAll(page.above)
  const wrapped = [...above.slice(0, roomy ? above.length : Math.max(0, fit - below.length)), ...below]
  let row = top
  for (const line of wrapped.slice(from, from + fit)) {
    const large = line.large && roomy
    display.draw(row, columnOf(line.text, columns, line.align), line.text, large ? 'large' : 'normal')
    row += large ? 2 : 1
    if (row >= top + fit) break
  }
  const hint = wrapped.length > fit ? (page.hintIfMore ?? page.hint) : page.hint
  if (hint !== undefined) display.draw(rows - 1, 0, cutToWidth(centred(hint, columns), columns), 'normal')
  showIcons(pos)
  return { count: wrapped.length, fit }
}

/** Sets the icons from what the terminal knows now. */
export function showIcons(pos: Pos): void {
  pos.device.display.icons({
    signedOn: pos.session.signedOn,
    owed: pos.session.inDoubt,
    paperOut: pos.device.printer.paper() === 'out',
  })
}

interface Wrapped {
  readonly text: string
  readonly align: 'centre' | 'right' | undefined
  readonly large: boolean
}

function wrapLine(line: Line, columns: number): Wrapped[] {
  const { text, align, large, oneRow } =
    typeof line === 'string' ? { text: line, align: undefined, large: false, oneRow: false } : line
  return (oneRow ? [cutToWidth(text, columns)] : wrap(text, columns)).map((piece) => ({
    text: piece,
    align,
    large: large ?? false,
  }))
}

/** Breaks a text into pieces of at most `columns` cells, and no word or number that fits into a row. */
export function wrap(text: string, columns: number): string[] {
  const pieces: string[] = []
  let rest = text
  while (cellWidth(rest) > columns) {
    let piece = cutToWidth(rest, columns)
    const word = /^[!-~]/.test(rest.slice(piece.length)) ? /[!-~]+$/.exec(piece)?.index : undefined
    if (word !== undefined && word > 0) piece = piece.slice(0, word)
    pieces.push(piece.trimEnd())
    rest = rest.slice(piece.length).trimStart()
  }
  pieces.push(rest)
  return pieces
}

function columnOf(text: string, columns: number, align: 'centre' | 'right' | undefined): number {
  const free = Math.max(0, columns - cellWidth(text))
  return align === 'right' ? free : align === 'centre' ? free >> 1 : 0
}
function centred(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, (columns - cellWidth(text)) >> 1)) + text
}
function fill(text: string, columns: number): string {
  const cut = cutToWidth(text, columns)
  return cut + ' '.repeat(columns - cellWidth(cut))
}
