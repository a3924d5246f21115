import type { Fields } from '../../../host-link/wire/message.ts'
import { field53 } from '../../../host-link/wire/subfields.ts'
import type { Fen } from '../../../host-link/wire/values.ts'
import type { PinRequest } from '../../device/secure.ts'
import type { Pos } from '../../pos.ts'
import { type Left, notice } from '../../screen/input.ts'
import { t } from '../../screen/page.ts'
import type { Card } from './card.ts'

/** How often a cardholder may type a PIN that the host calls wrong (55) before the transaction ends. */
export const PIN_TRIES = 3
/** Most digits of a PIN, field 26. */
const PIN_LENGTH_MAX = '12'

export type Pin = { readonly kind: 'pin'; readonly block: Uint8Array } | { readonly kind: 'noPin' }

/** The PIN, encrypted inside the secure element, which asks for it on a screen of its own. */
export async function enterPin(
  pos: Pos,
  title: string,
  card: Card,
  amount: Fen | undefined,
  prompt: PinRequest['prompt'],
): Promise<Pin | Left | { readonly kind: 'refused' }> {
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
      await notice(pos, title, [t(pos, 'keysWrong')])
      return { kind: 'refused' }
    case 'tooOften':
      await notice(pos, title, [t(pos, 'pinTooOften')])
      return { kind: 'refused' }
  }
}

/** Field 22 服务点输入方式: 02 stripe, then 1 with PIN, 2 without. */
export function entryMode(pin: Pin): string {
  return pin.kind === 'pin' ? '021' : '022'
}

/** Fields of card and PIN: 35, 36, then 26 and 52 with a PIN, and 53 says how; undefined without a track key. */
export function cardFields(pos: Pos, card: Card, pin: Pin): Fields | undefined {
  const encrypted = pos.profile.trackEncryption
  const track2 = track(pos, card.track2)
  const track3 = card.track3 === undefined ? undefined : track(pos, card.track3)
  if (track2 === undefined || (card.track3 !== undefined && track3 === undefined)) return undefined
  return {
    22: entryMode(pin),
    35: track2,
    ...(track3 === undefined ? {} : { 36: track3 }),
    ...(pin.kind === 'pin' ? { 26: PIN_LENGTH_MAX, 52: pin.block } : {}),
    53: field53({
      pinFormat: pin.kind === 'pin' ? '2' : '0',
      algorithm: pos.profile.signOn === '001' ? '0' : '6',
      trackEncrypted: encrypted,
    }),
  }
}

function track(pos: Pos, digits: string): string | undefined {
  if (!pos.profile.trackEncryption) return digits
  const result = pos.device.secure.encryptTrack(pos.setup.keySlot, digits)
  return result.kind === 'track' ? result.digits : undefined
}
