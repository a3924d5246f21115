import type { Message } from '../../host-link/wire/message.ts'
import type { Outcome } from '../journal/body.ts'
import type { Pos } from '../pos.ts'
import { textOf } from './exchange.ts'

/** What is kept of an answer. The host says month and day; the year is that of the terminal's clock beside them. */
export function outcomeOf(pos: Pos, answer: Message): Outcome {
  const { fields } = answer
  const date = textOf(fields[13])
  const parties = textOf(fields[44])
  return {
    code: textOf(fields[39]),
    time: textOf(fields[12]),
    date,
    year: yearOf(pos, Number(date.slice(0, 2))),
    reference: textOf(fields[37]).trim(),
    authCode: textOf(fields[38]).trim(),
    issuer: parties.slice(0, 11).trim(),
    acquirer: parties.slice(11).trim(),
    note: textOf(fields[63]).trimEnd().slice(0, 63),
  }
}

/** The clock's last year (`device/clock.ts`). */
const YEAR_MAX = 2099

/** The year in which `month` of the host lies nearest to the terminal's clock: at new year they may differ. */
export function yearOf(pos: Pos, month: number): number {
  const now = pos.device.clock.now()
  if (month === 1 && now.month === 12) return Math.min(now.year + 1, YEAR_MAX)
  if (month === 12 && now.month === 1) return now.year - 1
  return now.year
}
