import { models } from '../../emulator/device/display.ts'
import type { PaperLine, Picture } from '../../emulator/device/ports.ts'
import { cellWidth, cutToWidth } from '../../terminal/screen/width.ts'

/** Frames that stand beside each other. */
export const FRAMES_A_ROW = 3
const GAP = '  '

export interface Frame {
  readonly picture: Picture
  /** What to do at this screen, below it. */
  readonly caption: string
}

/** Screens as text, up to three in a row, each with what to do below. Wide characters count two cells. */
export function drawFrames(frames: readonly Frame[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < frames.length; at += FRAMES_A_ROW) {
    const row = frames.slice(at, at + FRAMES_A_ROW)
    const drawn = row.map(drawFrame)
    const height = Math.max(...drawn.map((frame) => frame.length))
    if (at > 0) lines.push('')
    for (let line = 0; line < height; line++)
      lines.push(
        drawn
          .map((frame, index) => padded(frame[line] ?? '', (row[index]?.picture.columns ?? 0) + 2))
          .join(GAP)
          .trimEnd(),
      )
  }
  return lines
}

function drawFrame({ picture, caption }: Frame): string[] {
  const { columns, rows, icons } = picture
  const signs = [...(icons.owed ? ['待冲正'] : []), ...(icons.paperOut ? ['缺纸'] : [])]
  const head = signs.length === 0 ? '' : ` ${signs.join(' ')} `
  return [
    `┌${'─'.repeat(columns - cellWidth(head))}${head}┐`,
    ...rows.map(({ text }) => `│${padded(text, columns)}│`),
    `└${'─'.repeat(columns)}┘`,
    ...wrapped(caption, columns + 2),
  ]
}

/** A slip as it comes out: 32 columns, edges beside it, the feed at its end left out. */
export function drawSlip(slip: readonly PaperLine[]): string[] {
  const columns = models.standard.paperColumns
  const last = slip.reduce((end, { text }, index) => (text === '' ? end : index), 0)
  return [
    `┌${'─'.repeat(columns)}┐`,
    ...slip.slice(0, last + 1).map((line) => `│${aligned(line, columns)}│`),
    `└${'─'.repeat(columns)}┘`,
  ]
}

function aligned({ text, align }: PaperLine, columns: number): string {
  const free = Math.max(0, columns - cellWidth(text))
  const before = align === 'left' ? 0 : align === 'right' ? free : free >> 1
  return padded(' '.repeat(before) + text, columns)
}

function padded(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellWidth(text)))
}

function wrapped(text: string, cells: number): string[] {
  const lines: string[] = []
  for (let rest = text; rest !== ''; ) {
    const piece = cutToWidth(rest, cells)
    const comma = piece.length < rest.length ? piece.lastIndexOf(',') : -1
    const line = comma < 0 ? piece : piece.slice(0, comma + 1)
    lines.push(line)
    rest = rest.slice(line.length)
  }
  return lines
}
