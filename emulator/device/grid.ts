import type { Style } from '../../terminal/device/display.ts'
import { characterCells, isUndrawable } from '../../terminal/screen/width.ts'
import type { PictureRow } from './ports.ts'

/**
 * A cell of the grid. A character that covers several cells (wide: two columns, large: two rows) has its text in
 * the first; the others point back to it by (`right`, `below`).
 */
interface Cell {
  readonly text: string
  readonly style: Style
  readonly columns: 1 | 2
  readonly right: 0 | 1
  readonly below: 0 | 1
}
const blank: Cell = { text: ' ', style: 'normal', columns: 1, right: 0, below: 0 }
const inverseBlank: Cell = { ...blank, style: 'inverse' }

/** A screen's worth of cells, with the drawing rules of the display contract. */
export interface Grid {
  clear(): void
  /** As `Display.draw`. A character that loses a part to another one becomes blank. */
  draw(row: number, column: number, text: string, style: Style): void
  picture(): readonly PictureRow[]
}

export function makeGrid(columns: number, rows: number): Grid {
  const cells: Cell[] = new Array<Cell>(columns * rows).fill(blank)
  const at = (row: number, column: number): Cell => cells[row * columns + column] ?? blank
  const put = (row: number, column: number, cell: Cell): void => {
    cells[row * columns + column] = cell
  }

  /** Blanks the whole character that the cell belongs to. */
  function vacate(row: number, column: number): void {
    const part = at(row, column)
    const top = row - part.below
    const left = column - part.right
    const { style, columns: wide } = at(top, left)
    for (let below = 0; below < heightOf(style); below++) {
      for (let right = 0; right < wide; right++) {
        put(top + below, left + right, style === 'inverse' ? inverseBlank : blank)
      }
    }
  }

  function place(row: number, column: number, text: string, wide: 1 | 2, style: Style): void {
    for (let below = 0; below < heightOf(style); below++) {
      for (let right = 0; right < wide; right++) vacate(row + below, column + right)
    }
    for (let below = 0; below < heightOf(style); below++) {
      for (let right = 0; right < wide; right++) {
        const first = below === 0 && right === 0
        put(row + below, column + right, {
          text: first ? text : '',
          style,
          columns: wide,
          right: right === 0 ? 0 : 1,
          below: below === 0 ? 0 : 1,
        })
      }
    }
  }

  return {
    clear() {
      cells.fill(blank)
    },
    draw(row, column, text, style) {
      if (!isWithin(row, rows) || !isWithin(column, columns)) return
      // The lower half of a large character in the last row would be cut: half a character is a blank.
      const cut = style === 'large' && row === rows - 1
      let next = column
      for (const character of text) {
        if (next >= columns) return
        const wide = characterCells(character)
        const room = next + wide <= columns
        if (!room || cut || isUndrawable(character)) {
          for (let cell = next; cell < Math.min(next + wide, columns); cell++) {
            place(row, cell, ' ', 1, cut ? 'normal' : style)
          }
        } else {
          place(row, next, character, wide, style)
        }
        next += wide
      }
    },
    picture() {
      return Array.from({ length: rows }, (_, row) =>
        pictureRow(cells.slice(row * columns, (row + 1) * columns)),
      )
    },
  }
}

function pictureRow(cells: readonly Cell[]): PictureRow {
  let text = ''
  const runs: { from: number; to: number; style: Style }[] = []
  cells.forEach((cell, column) => {
    text += cell.below === 1 ? ' ' : cell.text
    const style = cell.below === 1 ? 'normal' : cell.style
    const run = runs.at(-1)
    if (style === 'normal') return
    if (run?.style === style && run.to === column) run.to = column + 1
    else runs.push({ from: column, to: column + 1, style })
  })
  return { text: text.replace(/ +$/, ''), runs }
}

function heightOf(style: Style): 1 | 2 {
  return style === 'large' ? 2 : 1
}

function isWithin(index: number, count: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < count
}
