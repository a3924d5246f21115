import { parsePoints62 } from '../../host-link/wire/by-use.ts'
import { type FieldValue, type Message, WireError } from '../../host-link/wire/message.ts'
import { parseOfferTag, parseTags57 } from '../../host-link/wire/tags.ts'
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
    ...grantOf(pos, fields[57]),
    ...pointsOf(answer),
  }
}

type Grant = Pick<Outcome, 'discount' | 'cashBack' | 'pointsEarned' | 'pointsBalance'>

/** 优惠 and 积分 in our tags. What cannot be read was not granted: the answer's MAC was right, so it is the host's own fault. */
function grantOf(pos: Pos, field: FieldValue | undefined): Grant {
  if (!pos.profile.tags || typeof field !== 'string') return {}
  try {
    const { discount, cashBack, pointsEarned, pointsBalance } = parseTags57(field)
    const whole = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits) || 0)
    return {
      discount: discount === undefined ? undefined : parseOfferTag(discount),
      cashBack: cashBack === undefined ? undefined : parseOfferTag(cashBack),
      pointsEarned: whole(pointsEarned),
      pointsBalance: whole(pointsBalance),
    }
  } catch (error) {
    if (error instanceof WireError) return {}
    throw error
  }
}

/** 积分消费: what was used and is left, in field 62. */
function pointsOf({ fields }: Message): Pick<Outcome, 'pointsUsed' | 'pointsBalance'> {
  const field = fields[62]
  if (fields[25] !== '65' || !(field instanceof Uint8Array)) return {}
  try {
    const { points, balance } = parsePoints62(field)
    return { pointsUsed: points, pointsBalance: balance }
  } catch (error) {
    if (error instanceof WireError) return {}
    throw error
  }
}

/** The clock's last year (`device/clock.ts`). */
const YEAR_MAX = 2099

/** A clock before this year has not been set since it lost its power: nobody knows the year then (row X03). */
export const CLOCK_YEAR_MIN = 2020

/**
 * The year in which `month` of the host lies nearest to the terminal's clock: at new year they may differ. 0 where the clock
 * has not been set: the host says no year, and a wrong one is worse than none.
 */
export function yearOf(pos: Pos, month: number): number {
  const now = pos.device.clock.now()
  if (now.year < CLOCK_YEAR_MIN) return 0
  if (month === 1 && now.month === 12) return Math.min(now.year + 1, YEAR_MAX)
  if (month === 12 && now.month === 1) return now.year - 1
  return now.year
}
