import { cellWidth } from '../../../terminal/screen/width.ts'
import type { Slip } from '../preferences.ts'

const SCALE = 2
const CELL_PX = 8
const LINE_PX = 20
const MARGIN_PX = 16
const LINES_MAX = 1000

/** Draws a slip as it was printed and gives it to the browser as a file. */
export async function saveSlipPng(slip: Slip, fileName: string): Promise<void> {
  await document.fonts.load('16px "Shuaka LCD"', '刷卡A')
  const blob = await new Promise<Blob | null>((resolve) => drawSlip(slip).toBlob(resolve, 'image/png'))
  if (blob) saveFile(blob, fileName)
}

/** Offers `blob` as a download. */
export function saveFile(blob: Blob, fileName: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** The slip in black on white, `SCALE` pixels a dot. */
export function drawSlip(slip: Slip): HTMLCanvasElement {
  const lines = slip.lines.slice(0, LINES_MAX)
  const width = slip.columns * CELL_PX + 2 * MARGIN_PX
  const height =
    2 * MARGIN_PX + lines.reduce((sum, line) => sum + LINE_PX * (line.size === 'large' ? 2 : 1), 0)
  const canvas = document.createElement('canvas')
  canvas.width = width * SCALE
  canvas.height = height * SCALE
  const context = canvas.getContext('2d')
  if (!context) return canvas
  context.scale(SCALE, SCALE)
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.fillStyle = '#111'
  context.textBaseline = 'middle'
  let top = MARGIN_PX
  for (const line of lines) {
    const zoom = line.size === 'large' ? 2 : 1
    context.font = `${16 * zoom}px "Shuaka LCD"`
    const free = slip.columns - cellWidth(line.text) * zoom
    const indent = line.align === 'right' ? free : line.align === 'centre' ? Math.floor(free / 2) : 0
    context.fillText(line.text, MARGIN_PX + indent * CELL_PX, top + (LINE_PX * zoom) / 2)
    top += LINE_PX * zoom
  }
  return canvas
}
