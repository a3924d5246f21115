import type { Pos } from '../pos.ts'
import { askKey, type Left } from './input.ts'
import { type Line, showPage, t } from './page.ts'
import type { TextKey } from './text.ts'
import { cellWidth } from './width.ts'

/** An entry does something, or opens a further menu. Its place in the list is its digit, also where entries are hidden. */
export interface Entry {
  readonly text: TextKey
  readonly open: ((pos: Pos) => Promise<unknown>) | readonly Entry[]
  /** Whether this merchant has it; absent: everybody. A menu of which nothing is shown is not shown either. */
  readonly shown?: (pos: Pos) => boolean
}
export function row(text: TextKey, open: Entry['open'], shown?: Entry['shown']): Entry {
  return shown === undefined ? { text, open } : { text, open, shown }
}

function isShown(pos: Pos, { open, shown }: Entry): boolean {
  if (shown !== undefined && !shown(pos)) return false
  return typeof open === 'function' || open.some((entry) => isShown(pos, entry))
}

/** Runs what the digit chooses; a further menu asks for its own digit. */
export async function openEntry(pos: Pos, entry: Entry): Promise<void> {
  if (typeof entry.open === 'function') {
    await entry.open(pos)
    return
  }
  const chosen = await choose(pos, t(pos, entry.text), entry.open)
  if (chosen !== undefined) await openEntry(pos, chosen)
}

/** Shows a menu and waits for a digit. Up and down turn the page; undefined when the operator leaves. */
async function choose(pos: Pos, title: string, entries: readonly Entry[]): Promise<Entry | undefined> {
  const lines = menuLines(pos, entries)
  let from = 0
  for (;;) {
    const { count, fit } = showPage(
      pos,
      { title, lines, hint: t(pos, 'hintChoose'), hintIfMore: t(pos, 'hintMore') },
      from,
    )
    const pressed = await askKey(pos, pos.parameters.inputTimeoutSeconds * 1000)
    if (pressed.kind !== 'key' || pressed.key === 'clear' || pressed.key === 'menu') return undefined
    if (pressed.key === 'down' && from + fit < count) from += fit
    if (pressed.key === 'up') from = Math.max(0, from - fit)
    const entry = entryOf(pos, entries, pressed.key)
    if (entry !== undefined) return entry
  }
}

/** One of up to nine texts, by its digit; `above` is shown over them. */
export async function chooseFrom(
  pos: Pos,
  title: string,
  texts: readonly string[],
  above: readonly Line[] = [],
): Promise<{ readonly kind: 'chosen'; readonly index: number } | Left> {
  const lines = [...above, ...texts.map((text, index) => `${index + 1} ${text}`)]
  let from = 0
  for (;;) {
    const hints = { hint: t(pos, 'hintChoose'), hintIfMore: t(pos, 'hintMore') }
    const { count, fit } = showPage(pos, { title, lines, ...hints }, from)
    const pressed = await askKey(pos, pos.parameters.inputTimeoutSeconds * 1000)
    if (pressed.kind !== 'key') return pressed
    if (pressed.key === 'clear') return { kind: 'cancelled' }
    if (pressed.key === 'down' && from + fit < count) from += fit
    if (pressed.key === 'up') from = Math.max(0, from - fit)
    const index = /^[1-9]$/.test(pressed.key) ? Number(pressed.key) - 1 : -1
    if (index >= 0 && index < texts.length) return { kind: 'chosen', index }
  }
}

/** The entry that a digit key chooses. */
export function entryOf(pos: Pos, entries: readonly Entry[], key: string): Entry | undefined {
  const entry = /^[1-9]$/.test(key) ? entries[Number(key) - 1] : undefined
  return entry !== undefined && isShown(pos, entry) ? entry : undefined
}

/** `1 消费  2 余额查询`: two columns where there is room; on a compact screen as many to a row as fit. */
export function menuLines(pos: Pos, entries: readonly Entry[]): string[] {
  const { columns, rows } = pos.device.display.size()
  const roomy = rows > 6
  const half = columns >> 1
  const lines: string[] = []
  for (const [index, entry] of entries.entries()) {
    if (!isShown(pos, entry)) continue
    const cell = `${index + 1}${roomy ? ' ' : ''}${t(pos, entry.text)}`
    const last = lines[lines.length - 1]
    // One column of the two is taken by the cell before, unless that one was too wide or the second is taken too.
    const start = last === undefined ? columns : roomy ? half : cellWidth(last) + 1
    if (last !== undefined && cellWidth(last) < start && start + cellWidth(cell) <= columns)
      lines[lines.length - 1] = last + ' '.repeat(start - cellWidth(last)) + cell
    else lines.push(cell)
  }
  return lines
}
