import { balanceEnquiry } from '../flow/balance-enquiry.ts'
import { cashierLogOn, changePassword } from '../flow/cashier.ts'
import { switchLanguage } from '../flow/language.ts'
import { echoTest, reprintLast, reversalFlow, signOnFlow, version } from '../flow/management.ts'
import { sale } from '../flow/sale.ts'
import type { Pos } from '../pos.ts'
import { askKey } from './input.ts'
import { showPage, t } from './page.ts'
import type { TextKey } from './text.ts'
import { cellWidth } from './width.ts'

/** An entry does something, or opens a further menu. Its place in the list is its digit. */
export interface Entry {
  readonly text: TextKey
  readonly open: ((pos: Pos) => Promise<unknown>) | readonly Entry[]
}
const row = (text: TextKey, open: Entry['open']): Entry => ({ text, open })

// biome-ignore format: one row an entry
const management: readonly Entry[] = [
  row('signOn',         signOnFlow),     // 签到
  row('reversal',       reversalFlow),   // 冲正
  row('echoTest',       echoTest),       // 回响测试
  row('cashierLogOn',   cashierLogOn),   // 柜员登录
  row('changePassword', changePassword), // 修改密码
  row('language',       switchLanguage), // English / 中文
  row('version',        version),        // 版本
]

// biome-ignore format: one row an entry
export const mainMenu: readonly Entry[] = [
  row('sale',           sale),           // 消费
  row('balanceEnquiry', balanceEnquiry), // 余额查询
  row('reprintLast',    reprintLast),    // 重打最后一笔
  row('manage',         management),     // 管理
]

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
    const entry = entryOf(entries, pressed.key)
    if (entry !== undefined) return entry
  }
}

/** The entry that a digit key chooses. */
export function entryOf(entries: readonly Entry[], key: string): Entry | undefined {
  return /^[1-9]$/.test(key) ? entries[Number(key) - 1] : undefined
}

/** `1 消费  2 余额查询`: two columns where there is room; on a compact screen as many to a row as fit. */
export function menuLines(pos: Pos, entries: readonly Entry[]): string[] {
  const { columns, rows } = pos.device.display.size()
  const roomy = rows > 6
  const half = columns >> 1
  const lines: string[] = []
  for (const [index, entry] of entries.entries()) {
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
