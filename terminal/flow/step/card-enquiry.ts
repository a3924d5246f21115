import type { Answer } from '../../host/exchange.ts'
import type { Pos } from '../../pos.ts'
import { signOnBeforePin } from './before-pin.ts'
import { readCard } from './card.ts'
import { enquire } from './enquire.ts'
import { goOnline } from './online.ts'
import { cardFields, enterPin, PIN_TRIES } from './pin.ts'

/**
 * 查询 of a card with its PIN: moves no money, so nothing is owed when its answer is lost. Undefined: nothing was asked, and the
 * operator knows why.
 */
export async function enquireOfCard(
  pos: Pos,
  title: string,
  name: 'balanceEnquiry' | 'pointsEnquiry',
): Promise<Answer | undefined> {
  if (!pos.session.signedOn) {
    const online = await goOnline(pos, title)
    if (online.kind !== 'ready') return undefined
    pos.device.link.close()
  }
  const card = await readCard(pos, title, [], pos.functions[name].typed)
  if (card.kind !== 'card') return undefined
  for (let attempt = 1; ; attempt++) {
    if ((await signOnBeforePin(pos, title)).kind !== 'signedOn') return undefined
    const pin = await enterPin(pos, title, card, undefined, attempt === 1 ? 'enter' : 'again')
    if (pin.kind !== 'pin' && pin.kind !== 'noPin') return undefined
    const online = await goOnline(pos, title)
    if (online.kind !== 'ready') return undefined
    const answer = await enquire(pos, title, online.line, name, cardFields(pos, card, pin), { card })
    pos.device.link.close()
    // 55 密码错: again, up to three times, each with a trace of its own.
    if (answer?.kind === 'answered' && answer.code === '55' && attempt < PIN_TRIES) continue
    return answer
  }
}
