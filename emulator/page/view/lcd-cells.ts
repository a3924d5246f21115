import type { Style } from '../../../terminal/device/display.ts'
import { characterCells } from '../../../terminal/screen/width.ts'
import type { Picture, PictureRow } from '../../device/ports.ts'

/** A piece of a row that is drawn in one go: `text` at cell `from`, `cells` wide. */
export interface Piece {
  readonly from: number
  readonly cells: number
  readonly text: string
  readonly style: Style
}

/** The row cut where its style changes; what has no text is filled with blanks up to `columns`. */
export function piecesOf(row: PictureRow, columns: number): readonly Piece[] {
  const pieces: { from: number; cells: number; text: string; style: Style }[] = []
  const put = (cell: number, text: string, cells: number): void => {
    const style = row.runs.find((run) => cell >= run.from && cell < run.to)?.style ?? 'normal'
    const last = pieces.at(-1)
    if (last?.style === style) {
      last.text += text
      last.cells += cells
    } else pieces.push({ from: cell, cells, text, style })
  }
  let cell = 0
  for (const character of row.text) {
    const cells = characterCells(character)
    put(cell, character, cells)
    cell += cells
  }
  for (; cell < columns; cell++) put(cell, ' ', 1)
  return pieces
}

/** A large piece with its row: twice as high as the grid can draw, so it is laid over it. */
export interface LargePiece extends Piece {
  readonly row: number
}

export function largePieces(picture: Picture): readonly LargePiece[] {
  return picture.rows.flatMap((row, index) =>
    piecesOf(row, picture.columns)
      .filter((piece) => piece.style === 'large')
      .map((piece) => ({ ...piece, row: index })),
  )
}

/**
 * The picture as control sequences: every row from its first cell, inverse pieces in reverse video (ECMA-48 SGR 7),
 * and the cursor set anew (CUP) after each character that a terminal may think of another width than the device.
 */
export function sequences(picture: Picture): string {
  let out = '\x1b[?25l\x1b[0m'
  picture.rows.forEach((row, index) => {
    for (const piece of piecesOf(row, picture.columns)) {
      out += position(index, piece.from) + (piece.style === 'inverse' ? '\x1b[7m' : '\x1b[0m')
      out += piece.style === 'large' ? ' '.repeat(piece.cells) : placed(piece, index)
    }
  })
  return `${out}\x1b[0m`
}

function placed(piece: Piece, row: number): string {
  let out = ''
  let cell = piece.from
  for (const character of piece.text) {
    out += character
    cell += characterCells(character)
    if (isDisputed(character)) out += position(row, cell)
  }
  return out
}

/** Neither ASCII nor a plain ideograph: tables of width disagree about some of these. */
function isDisputed(character: string): boolean {
  const point = character.codePointAt(0) ?? 0
  return point >= 0x7f && !(point >= 0x4e00 && point <= 0x9fff)
}

function position(row: number, cell: number): string {
  return `\x1b[${row + 1};${cell + 1}H`
}
