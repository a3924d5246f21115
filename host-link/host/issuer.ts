import { WireError } from '../wire/message.ts'
import { isSm4 } from '../wire/profile.ts'
import { parseField53 } from '../wire/subfields.ts'
import { asPan } from '../wire/values.ts'
import type { Context } from './context.ts'
import type { Account } from './ledger.ts'
import { openedPin } from './pin-on-file.ts'
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
 * wrote, 54 expired, 21 not activated 未激活. The stripe must match in every digit: a PAN and an expiry date alone are on every slip.
 */
export function checkCard(
  context: Context,
  track2: string | undefined,
  { mayBeInactive = false } = {},
): CardCheck {
  const { fields } = context
  const pan = track2?.split('D')[0] ?? ''
  if ((text(fields, 2) ?? pan) !== pan) return { kind: 'bad', code: '14' }
  return checked(context, pan, (card) => (track2 === card.track2 ? undefined : '59'), mayBeInactive)
}

/**
 * The card of a request by the way it was read (field 22): the stripe 刷卡, or typed by hand 手输, where the expiry
 * date (14) must be right too. 12 for any other way.
 */
export function presentedCard(context: Context, { mayBeInactive = false } = {}): CardCheck {
  const { fields } = context
  const entry = text(fields, 22) ?? ''
  if (entry.startsWith('02')) return checkCard(context, clearTrack2(context), { mayBeInactive })
  if (!entry.startsWith('01') || fields[35] !== undefined) return { kind: 'bad', code: '12' }
  const right = (card: HostCard) => (text(fields, 14) === expiryOf(card.track2) ? undefined : '54')
  return checked(context, text(fields, 2) ?? '', right, mayBeInactive)
}

/** Card and account of a card that was presented, its PIN checked: what most judges begin with. */
export type PresentedCheck =
  | { readonly kind: 'good'; readonly card: HostCard; readonly account: Account; readonly found: Found }
  | { readonly kind: 'bad'; readonly verdict: Found & { readonly code: string } }

/** What an entry keeps of a card, whatever becomes of the request. */
export interface Found {
  readonly account?: string
  readonly cardKind?: HostCard['kind']
  readonly tries?: NonNullable<Posting['pinTries']>
}

/** `pin`: whether the request must have the right PIN of a card that has one; `given`: only when it has one at all. */
export function checkPresented(
  context: Context,
  pin: 'wanted' | 'given' | 'none',
  { mayBeInactive = false } = {},
): PresentedCheck {
  const presented = presentedCard(context, { mayBeInactive })
  if (presented.kind === 'bad') {
    const { code, card } = presented
    return { kind: 'bad', verdict: { code, ...(card && { account: card.name, cardKind: card.kind }) } }
  }
  const { card, account } = presented
  const asked = pin === 'wanted' || (pin === 'given' && context.fields[52] !== undefined)
  const { code, tries } = asked ? checkPin(context, card, account) : {}
  const found: Found = { account: card.name, cardKind: card.kind, ...(tries && { tries }) }
  return code === undefined
    ? { kind: 'good', card, account, found }
    : { kind: 'bad', verdict: { ...found, code } }
}

function checked(
  { office, books, at }: Context,
  pan: string,
  fault: (card: HostCard) => string | undefined,
  mayBeInactive: boolean,
): CardCheck {
  const card = office.cards.get(pan)
  const account = card && books.account(card.name)
  if (!card || !account) return { kind: 'bad', code: '14' }
  if (card.status === 'lost' || card.status === 'stolen')
    return { kind: 'bad', code: card.status === 'lost' ? '41' : '43', card }
  const code = fault(card)
  if (code !== undefined) return { kind: 'bad', code, card }
  if (expiryOf(card.track2) < at.date.slice(2, 6)) return { kind: 'bad', code: '54', card }
  if (!account.active && !mayBeInactive) return { kind: 'bad', code: '21', card }
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
  const { fields, held, keyVersion, at, terminal } = context
  const used = account.wrongPinDate === at.date ? account.wrongPins : 0
  if (used >= PIN_TRIES_MAX) return { code: '75' }

  const block = bytes(fields, 52)
  if (!block) return { code: '55' }
  if (isSm4(terminal.profile) || !bindsPan(text(fields, 53))) return { code: '99' }
  const digits = pinOnFile(context, card, account)
  if (!digits) return { code: '96' }
  const right = held.keys.verifyPin(keyVersion ?? 0, block, asPan(card.pan), digits)
  digits.fill(0)
  if (right === 'noKey') return { code: '99' }
  const tries = (wrongPins: number) => ({ account: card.name, wrongPins, wrongPinDate: at.date })
  if (right === true) return used > 0 ? { tries: tries(0) } : {}
  return { code: used + 1 >= PIN_TRIES_MAX ? '75' : '55', tries: tries(used + 1) }
}

/** Digits of the PIN that counts: the one that was changed last 修改密码, else the card file's. The caller wipes them. */
function pinOnFile({ office }: Context, card: HostCard, { sealedPin }: Account): Uint8Array | undefined {
  if (!sealedPin) return Uint8Array.from(card.pin ?? '', Number)
  const digits = openedPin(office.seal, card.name, sealedPin)
  if (!digits) office.bell.ring('badKeys') // neither taken nor counted: the old PIN must not come back
  return digits
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
