import { identity62, parseLimit62 } from '../../host-link/wire/by-use.ts'
import { type Message, WireError } from '../../host-link/wire/message.ts'
import { isApproval } from '../../host-link/wire/response-code.ts'
import { asTrace, type Fen } from '../../host-link/wire/values.ts'
import { promiseConfirmation } from '../host/confirm.ts'
import { textOf } from '../host/exchange.ts'
import { ready } from '../host/ready.ts'
import type { Original } from '../journal/body.ts'
import type { Pos } from '../pos.ts'
import { type Left, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { t } from '../screen/page.ts'
import { begin } from './step/begin.ts'
import { type Card, readCard } from './step/card.ts'
import { type CashIn, takeCash } from './step/cash-in.ts'
import { conduct, type DealEnd, left, refuse } from './step/deal.ts'
import { enquire } from './step/enquire.ts'
import { tellBalance } from './step/new-balance.ts'
import { codeLine, doubtTexts, goOnline, progressOn } from './step/online.ts'
import { cardFields } from './step/pin.ts'

/** 验证: what the host lets be topped up, and the verification that the top-up names. */
interface Verified {
  readonly kind: 'verified'
  readonly limit: Fen
  readonly original: Original
}

/**
 * 现金充值: the card is verified, the cash is taken, the host tops up, and once that is approved a confirmation is owed until it
 * is answered. An answer that is lost is reversed, and the cash goes back.
 */
export async function topUp(pos: Pos): Promise<DealEnd> {
  const title = t(pos, 'topUp')
  const begun = await begin(pos, title, 'topUp')
  if (begun.kind !== 'begun') return begun
  const card = await readCard(pos, title, [], pos.functions.topUp.typed)
  if (card.kind !== 'card') return left(pos, title, card)
  const verified = await verify(pos, title, card)
  if (verified.kind !== 'verified') return verified
  const limitFen = Math.min(verified.limit, pos.functions.topUp.limitFen)
  if (limitFen === 0) return refuse(pos, title, t(pos, 'limitReached'))
  const above = [`${t(pos, 'mayTopUp')} ${yuan(limitFen)}`]
  const cash: CashIn | Left | { readonly kind: 'refused' } = await takeCash(
    pos,
    title,
    'askTopUp',
    above,
    limitFen,
  )
  if (cash.kind !== 'cash') return left(pos, title, cash)
  const { amount, approver = begun.approver } = cash

  let approval: Message | undefined
  const end = await conduct(pos, {
    title,
    name: 'topUp',
    card,
    pin: 'none',
    intent: { amount, approver, original: verified.original },
    accept(answer) {
      approval = answer
      return promiseConfirmation(pos, asTrace(Number(textOf(answer.fields[11]))))
    },
    shown: [{ text: `RMB ${yuan(amount)}`, align: 'centre', large: true }],
  })
  if (end.kind !== 'approved') return end
  await tellBalance(pos, title, approval)
  await confirmNow(pos, title)
  return end
}

/** 充值账户验证: moves nothing, so nothing is owed when its answer is lost. */
async function verify(pos: Pos, title: string, card: Card): Promise<Verified | { readonly kind: 'refused' }> {
  const online = await goOnline(pos, title, [t(pos, 'notCharged')])
  if (online.kind !== 'ready') return online
  const asked = cardFields(pos, card, { kind: 'noPin' })
  const fields = asked && { ...asked, 48: '11', 62: identity62('99', '') }
  const answer = await enquire(pos, title, online.line, 'topUpVerify', fields, { card })
  pos.device.link.close()
  if (answer === undefined) return { kind: 'refused' }
  if (answer.kind === 'unknown') {
    await notice(pos, title, [t(pos, doubtTexts[answer.why]), t(pos, 'noCharge')])
    return { kind: 'refused' }
  }
  if (!isApproval(answer.code)) {
    await notice(pos, t(pos, 'declined'), [codeLine(pos, answer.code), t(pos, 'noCharge')])
    return { kind: 'refused' }
  }
  const limit = limitOf(answer.message)
  if (limit === undefined) {
    await notice(pos, title, [t(pos, 'limitUnknown'), t(pos, 'noCharge')])
    return { kind: 'refused' }
  }
  const trace = Number(textOf(answer.message.fields[11]))
  return { kind: 'verified', limit, original: { batch: pos.journal.batch(), trace } }
}

function limitOf({ fields }: Message): Fen | undefined {
  const field = fields[62]
  if (!(field instanceof Uint8Array)) return undefined
  try {
    return parseLimit62(field)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** 确认 at once; what fails stays owed, is sent again by itself, and before anything else that moves money. */
async function confirmNow(pos: Pos, title: string): Promise<void> {
  const readiness = await ready(pos, progressOn(pos, title))
  pos.device.link.close()
  if (readiness.kind !== 'ready') await notice(pos, title, [t(pos, 'confirmLater')], 3)
}
