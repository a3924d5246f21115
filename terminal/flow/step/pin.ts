import type { Fields } from '../../../host-link/wire/message.ts'
import { isSm4 } from '../../../host-link/wire/profile.ts'
import { field53 } from '../../../host-link/wire/subfields.ts'
import type { Fen } from '../../../host-link/wire/values.ts'
import type { PinRequest } from '../../device/secure.ts'
import type { Pos } from '../../pos.ts'
import { type Left, notice } from '../../screen/input.ts'
import { t } from '../../screen/page.ts'
import type { TextKey } from '../../screen/text.ts'
import type { Card } from './card.ts'

/** How often a cardholder may type a PIN that the host calls wrong (55) before the transaction ends. */
export const PIN_TRIES = 3
/** Most digits of a PIN, field 26. */
const PIN_LENGTH_MAX = '12'

export type Pin = { readonly kind: 'pin'; readonly block: Uint8Array } | { readonly kind: 'noPin' }

/**
 * The PIN, encrypted inside the secure element, which asks for it on a screen of its own. Where the acquirer takes none the
 * operator is told, and the card goes on without, once, as where a PIN may be left out.
 */
export async function enterPin(
  pos: Pos,
  title: string,
  card: Card,
  amount: Fen | undefined,
  prompt: PinRequest['prompt'],
): Promise<Pin | Left | { readonly kind: 'refused' }> {
  if (isSm4(pos.profile)) {
    const told = await refusePin(pos, title, 'noPin')
    return pos.parameters.pinBypass && prompt === 'enter' ? { kind: 'noPin' } : told
  }
  const result = await pos.device.secure.enterPin({
    slot: pos.setup.keySlot,
    pan: card.pan,
    ...(amount === undefined ? {} : { amountFen: amount }),
    prompt,
    locale: pos.session.locale,
    bypass: pos.parameters.pinBypass,
    timeoutMs: pos.parameters.pinTimeoutSeconds * 1000,
  })
  switch (result.kind) {
    case 'entered':
      return { kind: 'pin', block: result.block }
    case 'bypassed':
      return { kind: 'noPin' }
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
  }
}

/** Tells the operator why there is no PIN. */
export async function refusePin(
  pos: Pos,
  title: string,
  why: TextKey,
): Promise<{ readonly kind: 'refused' }> {
  await notice(pos, title, [t(pos, why)])
  return { kind: 'refused' }
}

/** No card at all: cash, and bills paid in cash. */
export const NO_CARD = '920'

/** Field 22 服务点输入方式: 01 typed or kept, 02 stripe; then 1 with PIN, 2 without. */
export function entryMode(card: Card | undefined, pin: Pin): string {
  if (card === undefined) return NO_CARD
  return `${card.entry === 'stripe' ? '02' : '01'}${pin.kind === 'pin' ? '1' : '2'}`
}

/**
 * Fields of card and PIN: of a stripe 35 and 36, else 2 and 14; 26 and 52 with a PIN; 53 says how, and is absent where
 * there is neither track nor PIN. Undefined without a track key.
 */
export function cardFields(pos: Pos, card: Card, pin: Pin): Fields | undefined {
  const track2 = card.track2 === undefined ? undefined : track(pos, card.track2)
  const track3 = card.track3 === undefined ? undefined : track(pos, card.track3)
  if ((card.track2 === undefined) !== (track2 === undefined)) return undefined
  if ((card.track3 === undefined) !== (track3 === undefined)) return undefined
  const withPin = pin.kind === 'pin'
  const typed = { 2: card.pan, ...(card.expiry === '' ? {} : { 14: card.expiry }) }
  return {
    22: entryMode(card, pin),
    ...(track2 === undefined ? typed : { 35: track2 }),
    ...(track3 === undefined ? {} : { 36: track3 }),
    ...(withPin ? { 26: PIN_LENGTH_MAX, 52: pin.block } : {}),
    ...(card.entry === 'kept' && !withPin ? {} : { 53: security(pos, withPin, track2 !== undefined) }),
  }
}

function security(pos: Pos, withPin: boolean, withTrack: boolean): string {
  return field53({
    pinFormat: withPin ? '2' : '0',
    algorithm: isSm4(pos.profile) ? '3' : pos.profile.signOn === '001' ? '0' : '6',
    trackEncrypted: withTrack && pos.profile.trackEncryption,
  })
}

function track(pos: Pos, digits: string): string | undefined {
  if (!pos.profile.trackEncryption) return digits
  const result = pos.device.secure.encryptTrack(pos.setup.keySlot, digits)
  return result.kind === 'track' ? result.digits : undefined
}
