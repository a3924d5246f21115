import { asFen, FEN_MAX, type Fen } from '../../host-link/wire/values.ts'
import type { Key } from '../device/keypad.ts'
import type { Pos } from '../pos.ts'
import { yuan } from './money.ts'
import { type Line, type Page, showPage, t } from './page.ts'
import type { TextKey } from './text.ts'

/** The operator left the question: by the red key, or by doing nothing for the parameter's time. */
export type Left = { readonly kind: 'cancelled' | 'timeout' }

/** The next key within the operator's time; `cancel` and time-out are both `Left`. */
export async function askKey(pos: Pos, timeoutMs: number): Promise<{ kind: 'key'; key: Key } | Left> {
  const pressed = await pos.device.keypad.next(timeoutMs)
  if (pressed.kind === 'key') return pressed.key === 'cancel' ? { kind: 'cancelled' } : pressed
  return { kind: pressed.kind === 'timeout' ? 'timeout' : 'cancelled' }
}

function partOf(digits: string): string {
  const stars = Math.max(0, digits.length - 10)
  return digits.slice(0, 6) + '*'.repeat(stars) + digits.slice(6 + stars)
}

export interface DigitQuestion {
  readonly title: string
  readonly label: string
  readonly min: number
  readonly max: number
  /** Shows stars: for operators' passwords. */
  readonly hidden?: boolean
  /** 卡号: shows the first six digits and the four typed last, so that they can be checked and nobody reads them all. */
  readonly card?: boolean
  /** What is taken, such as how many digits: below them, and in place of the hint when enter came too early. */
  readonly rule?: string
  /** Why the last answer was not taken, in place of the hint. */
  readonly fault?: string
  readonly initial?: string
}

/** Asks for a string of digits. Clear takes the last digit away; enter is taken from `min` digits on. */
export async function askDigits(
  pos: Pos,
  question: DigitQuestion,
): Promise<{ readonly kind: 'digits'; readonly digits: string } | Left> {
  let digits = question.initial ?? ''
  let fault = question.fault
  for (;;) {
    const shown = question.hidden ? '*'.repeat(digits.length) : question.card ? partOf(digits) : digits
    showPage(pos, {
      title: question.title,
      lines: [question.label, { text: `${shown}_`, align: 'right', large: true }],
      ...(question.rule === undefined ? {} : { extra: [question.rule] }),
      hint: fault ?? t(pos, 'hintInput'),
    })
    const pressed = await askKey(pos, pos.parameters.inputTimeoutSeconds * 1000)
    if (pressed.kind !== 'key') return pressed
    if (pressed.key !== 'enter') {
      digits = edited(digits, pressed.key, question.max)
      fault = undefined
    } else if (digits.length >= question.min) return { kind: 'digits', digits }
    else fault = question.rule ?? t(pos, 'tooShort')
  }
}

/** Asks for an amount as terminals do: digits shift in from the right, in fen. Zero is not taken. */
export async function askAmount(
  pos: Pos,
  title: string,
  above: readonly Line[],
  /** 单笔限额 of the function, beside the terminal's own. */
  limitFen: number = FEN_MAX,
  label: TextKey = 'askAmount',
  /** What enter alone stands for, where it stands for anything. */
  enterAlone?: Fen,
): Promise<{ readonly kind: 'amount'; readonly amount: Fen } | Left> {
  let digits = ''
  let note = ''
  for (;;) {
    const amount = Number(digits)
    // A compact screen has two lines between title and hint: the question gives way to what must be seen.
    const ask = pos.device.display.size().rows > 6 || above.length === 0 ? [t(pos, label)] : []
    const lines: Line[] = [...above, ...ask, { text: `RMB ${yuan(amount)}`, align: 'right', large: true }]
    showPage(pos, { title, lines, hint: note === '' ? t(pos, 'hintInput') : note })
    const pressed = await askKey(pos, pos.parameters.inputTimeoutSeconds * 1000)
    if (pressed.kind !== 'key') return pressed
    note = ''
    if (pressed.key !== 'enter') {
      const next = edited(digits, pressed.key, 12).replace(/^0+/, '')
      if (next === digits && digits.length >= 11 && /^\d+$/.test(pressed.key)) note = t(pos, 'amountTooBig')
      digits = next
    } else if (amount === 0 && enterAlone !== undefined) return { kind: 'amount', amount: enterAlone }
    else if (amount === 0) note = t(pos, 'amountZero')
    else if (amount > Math.min(limitFen, pos.parameters.amountMaxFen)) note = t(pos, 'amountTooBig')
    else return { kind: 'amount', amount: asFen(amount) }
  }
}

function edited(digits: string, key: Key, max: number): string {
  if (key === 'clear') return digits.slice(0, -1)
  if (!/^\d+$/.test(key) || digits.length + key.length > max) return digits
  return digits + key
}

/** Asks yes or no: enter is `yes`. What was typed before the question does not answer it. */
export async function confirm(pos: Pos, page: Page): Promise<{ readonly kind: 'yes' } | Left> {
  pos.device.keypad.flush()
  const answer = await read(
    pos,
    { ...page, hint: page.hint ?? t(pos, 'hintYesNo') },
    pos.parameters.inputTimeoutSeconds * 1000,
  )
  return answer.kind === 'enter' ? { kind: 'yes' } : answer
}

/** Shows something to be read: until enter, cancel, clear or the time is over. */
export async function notice(
  pos: Pos,
  title: string,
  lines: readonly Line[],
  seconds?: number,
  extra: readonly Line[] = [],
): Promise<void> {
  pos.device.keypad.flush()
  await read(
    pos,
    { title, lines, extra, hint: t(pos, 'hintEnter'), hintIfMore: t(pos, 'hintMore') },
    (seconds ?? pos.parameters.noticeSeconds) * 1000,
  )
}

/** Shows a page that may be longer than the screen; up and down turn it. */
async function read(pos: Pos, page: Page, timeoutMs: number): Promise<{ kind: 'enter' } | Left> {
  let from = 0
  for (;;) {
    const { count, fit } = showPage(pos, page, from)
    const pressed = await askKey(pos, timeoutMs)
    if (pressed.kind !== 'key') return pressed
    if (pressed.key === 'enter') return { kind: 'enter' }
    if (pressed.key === 'clear') return { kind: 'cancelled' }
    if (pressed.key === 'down' && from + fit < count) from += fit
    if (pressed.key === 'up') from = Math.max(0, from - fit)
  }
}
