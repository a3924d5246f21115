import { isSm4 } from '../../host-link/wire/profile.ts'
import { asFen } from '../../host-link/wire/values.ts'
import { TIMEOUT_MS_MAX } from '../device/device.ts'
import type { Pos } from '../pos.ts'
import { type Left, notice } from '../screen/input.ts'
import { t } from '../screen/page.ts'
import { signOnBeforePin } from './step/before-pin.ts'
import { begin } from './step/begin.ts'
import { type Card, readCard } from './step/card.ts'
import { type Deal, type DealEnd, left, trade } from './step/deal.ts'
import { tellDeal } from './step/deal-told.ts'
import { goOnline } from './step/online.ts'
import { PIN_TRIES, refusePin } from './step/pin.ts'

/** How many PINs are typed: the time for all of them is so many times that for one. */
const PINS = 3

/**
 * 修改密码: old PIN and new PIN leave as two blocks that the secure element made in one go. It moves no money, so a lost answer is
 * never reversed: the host is asked what became of it, and that counts.
 */
export async function pinChange(pos: Pos): Promise<DealEnd> {
  const title = t(pos, 'pinChange')
  if (isSm4(pos.profile)) return refusePin(pos, title, 'noPin')
  const begun = await begin(pos, title, 'pinChange')
  if (begun.kind !== 'begun') return begun
  const card = await readCard(pos, title, [], pos.functions.pinChange.typed)
  if (card.kind !== 'card') return left(pos, title, card)
  const deal: Deal = {
    title,
    name: 'pinChange',
    card,
    pin: 'ask',
    intent: { amount: asFen(0), approver: begun.approver },
    shown: [],
  }
  for (let attempt = 1; ; attempt++) {
    if ((await signOnBeforePin(pos, title)).kind !== 'signedOn') return { kind: 'refused' }
    const pins = await changePin(pos, title, card, attempt > 1)
    if (pins.kind === 'timeout') await notice(pos, title, [t(pos, 'timedOut'), t(pos, 'pinNotChanged')], 2)
    if (pins.kind !== 'pins') return pins
    const online = await goOnline(pos, title, [t(pos, 'pinNotSent')])
    if (online.kind !== 'ready') return online
    const fields = { 62: pins.newBlock }
    const result = await trade(pos, online.line, { ...deal, fields }, { kind: 'pin', block: pins.oldBlock })
    pos.device.link.close()
    if (result.kind === 'declined' && result.code === '55' && attempt < PIN_TRIES) continue
    const changed = { text: t(pos, 'pinChanged'), align: 'centre' as const }
    return tellDeal(pos, { ...deal, shown: result.kind === 'approved' ? [changed] : [] }, result)
  }
}

interface Pins {
  readonly kind: 'pins'
  readonly oldBlock: Uint8Array
  readonly newBlock: Uint8Array
}

/** All PINs are typed on the secure element's own screens; what differs there never leaves it. */
async function changePin(
  pos: Pos,
  title: string,
  card: Card,
  again: boolean,
): Promise<Pins | Left | { readonly kind: 'refused' }> {
  const result = await pos.device.secure.changePin({
    slot: pos.setup.keySlot,
    pan: card.pan,
    again,
    locale: pos.session.locale,
    timeoutMs: Math.min(PINS * pos.parameters.pinTimeoutSeconds * 1000, TIMEOUT_MS_MAX),
  })
  switch (result.kind) {
    case 'entered':
      return { kind: 'pins', oldBlock: result.oldBlock, newBlock: result.newBlock }
    case 'timeout':
      return { kind: 'timeout' }
    case 'cancelled':
    case 'busy':
      return { kind: 'cancelled' }
    case 'noKey':
      pos.session.signedOn = false
      return refusePin(pos, title, 'keysWrong')
    case 'tooOften':
      return refusePin(pos, title, 'pinTooOften')
    case 'different':
      await notice(pos, title, [t(pos, 'pinsDiffer'), t(pos, 'pinNotChanged')])
      return { kind: 'refused' }
  }
}
