import type { Pos } from '../pos.ts'
import { signedOnToday } from './sign-on.ts'

/** Working keys are those of one day: when the date has changed, the terminal counts as not signed on. */
export function noticeNextDay(pos: Pos): void {
  const { session, parameters } = pos
  if (!session.signedOn || signedOnToday(pos)) return
  session.signedOn = false
  session.signOnDue = parameters.autoSignOn
}
