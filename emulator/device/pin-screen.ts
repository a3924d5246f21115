import { cellWidth } from '../../terminal/screen/width.ts'
import { models } from './display.ts'
import type { Grid } from './grid.ts'
import type { Model } from './ports.ts'

/**
 * The secure element's own words: an application can choose among them but not change them, so it cannot ask for
 * digits under a prompt of its own and call them a PIN. Every text fits 16 cells.
 */
// biome-ignore format: one row a text
export const pinTexts = {
  enter:    { zh: '请输入密码',       en: 'Enter PIN' },
  again:    { zh: '密码错请重新输入', en: 'Wrong PIN, again' },
  old:      { zh: '请输入原密码',     en: 'Old PIN' },
  oldAgain: { zh: '原密码错请重输',   en: 'Wrong: old again' },
  new:      { zh: '请输入新密码',     en: 'New PIN' },
  newAgain: { zh: '再次输入新密码',   en: 'New PIN again' },
  differ:   { zh: '两次不一致请重输', en: 'Differ: new PIN' },
  keys:     { zh: '确认 清除 取消',   en: 'Enter Clear Canc' },
  bypass:   { zh: '无密码请按确认',   en: 'No PIN: Enter' },
} as const

/** What one PIN screen asks. */
export interface PinPage {
  readonly prompt: Exclude<keyof typeof pinTexts, 'keys' | 'bypass'>
  readonly amountFen?: number | undefined
  readonly locale: 'zh' | 'en'
  /** Enter with no digit is an answer. */
  readonly bypass: boolean
}

/** Draws the PIN screen: what is asked, for how much, one asterisk a digit, and which keys do something. */
export function drawPinScreen(grid: Grid, model: Model, page: PinPage, digits: number): void {
  const { columns, rows } = models[model]
  const roomy = rows > 6
  const { locale, amountFen } = page
  grid.clear()
  grid.draw(0, 0, centred(pinTexts[page.prompt][locale], columns), 'inverse')
  if (amountFen !== undefined) {
    const amount = yuanOf(amountFen)
    grid.draw(roomy ? 3 : 1, 0, `RMB${amount.padStart(columns - 3)}`, 'normal')
  }
  const stars = '*'.repeat(digits)
  if (roomy) grid.draw(5, (columns - digits) >> 1, stars, 'large')
  else grid.draw(2, (columns - digits) >> 1, stars, 'normal')
  const hint = digits === 0 && page.bypass ? pinTexts.bypass : pinTexts.keys
  grid.draw(rows - 1, 0, centred(hint[locale], columns).trimEnd(), 'normal')
}

/** Fills the row, so that the prompt is one inverse bar. */
function centred(text: string, columns: number): string {
  const free = columns - cellWidth(text)
  return ' '.repeat(free >> 1) + text + ' '.repeat(free - (free >> 1))
}

/** Twelve digits of fen at most: 13 cells, with `RMB` the 16 of the compact screen. */
function yuanOf(fen: number): string {
  const digits = String(fen).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
