import type { Pos } from '../../pos.ts'
import { askDigits, type Left } from '../../screen/input.ts'
import { t } from '../../screen/page.ts'

/** What is read from the slip of an original that the journal no longer has. */
type Answer = { readonly kind: 'digits'; readonly digits: string } | Left

/** 原参考号 field 37: twelve digits (a keypad has no letters, and our hosts give none). */
export function askReference(pos: Pos, title: string): Promise<Answer> {
  const rule = t(pos, 'referenceDigits')
  return askDigits(pos, { title, label: t(pos, 'askOriginalRef'), min: 12, max: 12, rule })
}

/** 预授权码 field 38: six digits. */
export function askAuthCode(pos: Pos, title: string): Promise<Answer> {
  const rule = t(pos, 'authCodeDigits')
  return askDigits(pos, { title, label: t(pos, 'askAuthCode'), min: 6, max: 6, rule })
}

/** 原交易日期 MMDD: a day that some year has. */
export async function askDate(pos: Pos, title: string): Promise<Answer> {
  let fault: { fault?: string; initial?: string } = {}
  for (;;) {
    const label = t(pos, 'askOriginalDate')
    const answer = await askDigits(pos, { title, label, min: 4, max: 4, ...fault })
    if (answer.kind !== 'digits' || isDay(answer.digits)) return answer
    fault = { fault: t(pos, 'dateWrong'), initial: answer.digits }
  }
}

function isDay(digits: string): boolean {
  const month = Number(digits.slice(0, 2))
  const day = Number(digits.slice(2))
  if (month < 1 || month > 12 || day < 1) return false
  return day <= (month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31)
}
