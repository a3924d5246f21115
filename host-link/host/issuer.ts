import { WireError } from '../wire/message.ts'
import { parseField53 } from '../wire/subfields.ts'
import { asPan } from '../wire/values.ts'
import type { Context } from './context.ts'
import type { Account } from './ledger.ts'
import { expiryOf, type HostCard } from './registry.ts'
import { bytes, text } from './request.ts'
import type { Posting } from './store.ts'

/** Wrong PINs on one day after which the card's PIN is blocked until the next. */
export const PIN_TRIES_MAX = 3

/** A card and its account, when the request's track is that of a card on file and nothing speaks against it. */
export type CardCheck =
  | { readonly kind: 'good'; readonly card: HostCard; readonly account: Account }
  | { readonly kind: 'bad'; readonly code: string; readonly card?: HostCard }

/**
 * 发卡方 issuer: whose card is it? 14 no card of ours, 41 lost 挂失, 43 stolen 被窃, 59 the track is not the one we
 * wrote, 54 expired. The stripe must match in every digit: a PAN and an expiry date alone are on every slip.
 */
export function checkCard(context: Context, track2: string | undefined): CardCheck {
  const { office, books, fields, at } = context
  const pan = track2?.split('D')[0] ?? ''
  const card = office.cards.get(pan)
  const account = card && books.account(card.name)
  if (!card || !account || (text(fields, 2) ?? pan) !== pan) return { kind: 'bad', code: '14' }
  if (card.status !== 'active') return { kind: 'bad', code: card.status === 'lost' ? '41' : '43', card }
  if (track2 !== card.track2) return { kind: 'bad', code: '59', card }
  if (expiryOf(card.track2) < at.date.slice(2, 6)) return { kind: 'bad', code: '54', card }
  return { kind: 'good', card, account }
}

/** Track 2 in clear, decrypted where field 53 says so; nothing where there is none or it does not decrypt. */
export function clearTrack2({ fields, held, keyVersion }: Context): string | undefined {
  const track = text(fields, 35)
  if (track === undefined || !isEncrypted(text(fields, 53))) return track
  const opened = held.keys.decryptTrack(keyVersion ?? 0, track)
  return opened.kind === 'ok' ? opened.track : undefined
}

function isEncrypted(security: string | undefined): boolean {
  try {
    return security !== undefined && parseField53(security).trackEncrypted
  } catch (error) {
    if (error instanceof WireError) return false // the PIN check refuses it
    throw error
  }
}

export interface PinCheck {
  /** 55 wrong, 75 blocked 密码错误次数超限, 99 made under keys or in a form we do not have; absent: right. */
  readonly code?: string
  /** How the count of wrong PINs changes, whatever becomes of the request. */
  readonly tries?: NonNullable<Posting['pinTries']>
}

/** The PIN of a card that has one. A missing PIN is 55 and costs no try; a malformed block costs one like a wrong PIN. */
export function checkPin(context: Context, card: HostCard, account: Account): PinCheck {
  if (card.pin === undefined) return {}
  const { fields, held, keyVersion, at } = context
  const used = account.wrongPinDate === at.date ? account.wrongPins : 0
  if (used >= PIN_TRIES_MAX) return { code: '75' }

  const block = bytes(fields, 52)
  if (!block) return { code: '55' }
  if (!bindsPan(text(fields, 53))) return { code: '99' }
  const digits = Uint8Array.from(card.pin, Number)
  const right = held.keys.verifyPin(keyVersion ?? 0, block, asPan(card.pan), digits)
  digits.fill(0)
  if (right === 'noKey') return { code: '99' }
  const tries = (wrongPins: number) => ({ account: card.name, wrongPins, wrongPinDate: at.date })
  if (right === true) return used > 0 ? { tries: tries(0) } : {}
  return { code: used + 1 >= PIN_TRIES_MAX ? '75' : '55', tries: tries(used + 1) }
}

/** Only X9.8 with PAN (53.1 = 2): a block that is not bound to the card could be carried over to another. */
function bindsPan(security: string | undefined): boolean {
  try {
    return security !== undefined && parseField53(security).pinFormat === '2'
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}
