import type { PrintLine } from '../../device/printer.ts'
import type { Pos } from '../../pos.ts'
import { t, wrap } from '../../screen/page.ts'
import type { TextKey } from '../../screen/text.ts'
import { cellWidth } from '../../screen/width.ts'

/** One line of print. */
export function plain(text: string, align: 'left' | 'centre' | 'right' = 'left'): PrintLine {
  return { text, align, size: 'normal' }
}
export function rule(columns: number): PrintLine {
  return plain('-'.repeat(columns))
}
export function wrapped(columns: number, text: string): PrintLine[] {
  return wrap(text, columns).map((piece) => plain(piece))
}
/** `label: value` on one line where it fits, else the value below, wrapped. */
export function pair(pos: Pos, columns: number, key: TextKey, value: string): PrintLine[] {
  const head = `${label(pos, key)}: `
  if (cellWidth(head + value) <= columns) return [plain(head + value)]
  return [plain(head.trimEnd()), ...wrap(value, columns).map((piece) => plain(piece, 'right'))]
}
/** Twice as wide where it fits so: a large line that is too long is cut. */
export function bigLine(columns: number, text: string): PrintLine {
  return { text, align: 'centre', size: cellWidth(text) * 2 <= columns ? 'large' : 'normal' }
}
export function amountLine(columns: number, amount: string): PrintLine {
  return bigLine(columns, `RMB ${amount}`)
}
/** Slips are printed in capitals. */
export function label(pos: Pos, key: TextKey): string {
  return t(pos, key).toUpperCase()
}
