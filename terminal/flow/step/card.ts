import { isSm4 } from '../../../host-link/wire/profile.ts'
import { asPan, type Pan } from '../../../host-link/wire/values.ts'
import type { Key } from '../../device/keypad.ts'
import type { CardResult, Stripe } from '../../device/reader.ts'
import { CLOCK_YEAR_MIN } from '../../host/outcome.ts'
import type { Intent } from '../../journal/body.ts'
import type { Pos } from '../../pos.ts'
import { watchKeys } from '../../screen/cancel-key.ts'
import { askDigits, type Left, notice } from '../../screen/input.ts'
import { type Line, showPage, t } from '../../screen/page.ts'

/** A card that passed all checks that the terminal can make by itself. */
export interface Card {
  readonly kind: 'card'
  /** How it got here: read from its stripe, typed by hand 手输, or kept in the journal since its last transaction. */
  readonly entry: 'stripe' | 'typed' | 'kept'
  readonly pan: Pan
  /** YYMM; empty when unknown. */
  readonly expiry: string
  /** Digits with `D` for the separator, without sentinels: as fields 35 and 36 carry them. Only of a stripe. */
  readonly track2: string | undefined
  readonly track3: string | undefined
  /** Service code 2xx or 6xx (ISO/IEC 7813): the card has a chip. */
  readonly chip: boolean
}

/** Why a stripe is not a card to trade with. */
export type CardFault = 'swipeAgain' | 'cardInvalid' | 'cardExpired' | 'chipRefused'

const SWIPES_MAX = 3
export type Digit = Extract<Key, '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'>

/**
 * Asks for a card: up to three swipes, until one can be read. `above` are lines to show over the request; with `typed` 手输
 * the first digit begins a card number.
 */
export async function readCard(
  pos: Pos,
  title: string,
  above: readonly Line[],
  typed = false,
): Promise<Card | Left | { readonly kind: 'refused' }> {
  let note = ''
  for (let swipe = 0; swipe < SWIPES_MAX; swipe++) {
    showPage(pos, {
      title,
      above,
      lines: [{ text: t(pos, typed ? 'askPan' : 'askCard'), align: 'centre' }],
      hint: note === '' ? t(pos, 'hintCancel') : note,
    })
    const result = await cardOrKey(pos, typed)
    if (result === 'cancel') return { kind: 'cancelled' }
    if (typeof result === 'string') return typeCard(pos, title, result)
    if (result.kind === 'timeout') return { kind: 'timeout' }
    if (result.kind === 'busy' || result.kind === 'cancelled') return { kind: 'cancelled' }
    const card = result.kind === 'stripe' ? cardOf(pos, result) : 'swipeAgain'
    if (typeof card !== 'string') return card
    if (card !== 'swipeAgain') {
      await notice(pos, title, [t(pos, card)])
      return { kind: 'refused' }
    }
    note = t(pos, 'swipeAgain')
  }
  await notice(pos, title, [t(pos, 'cardUnreadable')])
  return { kind: 'refused' }
}

/** The first of a card, the red key, and (where it may be typed) a digit. */
export async function cardOrKey(pos: Pos, typed: boolean): Promise<CardResult | 'cancel' | Digit> {
  const wanted = (key: Key): key is 'cancel' | Digit => key === 'cancel' || (typed && /^\d$/.test(key))
  const keys = watchKeys(pos, wanted)
  const waiting = pos.device.reader.wait(pos.parameters.inputTimeoutSeconds * 1000)
  const result = await Promise.race([waiting, keys.pressed])
  await keys.stop()
  if (typeof result !== 'string') return result
  pos.device.reader.cancel()
  await waiting
  return result
}

/** 手输卡号: number and expiry as they stand on the card. */
async function typeCard(
  pos: Pos,
  title: string,
  first: Digit,
): Promise<Card | Left | { readonly kind: 'refused' }> {
  const number = await askDigits(pos, {
    title,
    label: t(pos, 'card'),
    min: 13,
    max: 19,
    card: true,
    initial: first,
  })
  if (number.kind !== 'digits') return number
  const date = await askDigits(pos, { title, label: t(pos, 'askExpiry'), min: 4, max: 4 })
  if (date.kind !== 'digits') return date
  const month = Number(date.digits.slice(0, 2))
  const year = Number(date.digits.slice(2))
  const fault = month < 1 || month > 12 ? 'cardInvalid' : faultOf(pos, number.digits, year, month)
  if (fault !== undefined) {
    await notice(pos, title, [t(pos, fault)])
    return { kind: 'refused' }
  }
  const expiry = date.digits.slice(2) + date.digits.slice(0, 2)
  const card = { pan: asPan(number.digits), expiry, track2: undefined, track3: undefined, chip: false }
  return { kind: 'card', entry: 'typed', ...card }
}

/** What of a card number and its expiry date the terminal can see by itself. */
function faultOf(pos: Pos, pan: string, year: number, month: number): CardFault | undefined {
  if (!luhnExempt(pos, pan) && !luhn(pan)) return 'cardInvalid'
  return expired(pos, year, month) ? 'cardExpired' : undefined
}

/** The card of a stripe, or why it is none. */
export function cardOf(pos: Pos, stripe: Stripe): Card | CardFault {
  const track2 = trackDigits(stripe.track2, 40)
  if (track2 === undefined) return 'swipeAgain'
  // One block of the track key's cipher, and the last digit.
  const least = pos.profile.trackEncryption && isSm4(pos.profile) ? 33 : 17
  // ISO/IEC 7813: PAN up to 19 digits, separator, expiry YYMM, service code. A PIN block needs 13 digits of PAN.
  const match = /^(\d{13,19})D(\d{2})(0[1-9]|1[0-2])(\d{3})\d*$/.exec(track2)
  if (!match || track2.length < least) return 'cardInvalid'
  const [, pan = '', year = '', month = '', service = ''] = match
  const fault = faultOf(pos, pan, Number(year), Number(month))
  if (fault !== undefined) return fault
  const chip = service.startsWith('2') || service.startsWith('6')
  if (chip && pos.parameters.chipCardSwipe === 'refuse') return 'chipRefused'
  return {
    kind: 'card',
    entry: 'stripe',
    pan: asPan(pan),
    expiry: year + month,
    track2,
    track3: track3Of(stripe.track3, least),
    chip,
  }
}

/**
 * Digits of a track as read: `;…?` with the longitudinal check character behind it where the reader gives one
 * (ISO/IEC 7811-2: even parity over all characters from the start sentinel to the end sentinel). Track 2 and 3
 * characters are 4 bits: `0`–`9`, `:` `;` `<` `=` `>` `?`.
 */
export function trackDigits(track: string | undefined, lengthMax: number): string | undefined {
  if (track === undefined || track.length > lengthMax) return undefined
  const match = /^;([0-9=]+)\?([0-?])?$/.exec(track)
  if (!match) return undefined
  const [, data = '', check] = match
  if (check !== undefined) {
    let parity = 0
    for (const character of `;${data}?`) parity ^= character.charCodeAt(0) & 15
    if (parity !== (check.charCodeAt(0) & 15)) return undefined
  }
  return data.replace(/=/g, 'D')
}

/** Track 3 goes along where it has a length that field 36 holds and the track key can encrypt; no transaction needs it. */
function track3Of(track: string | undefined, least: number): string | undefined {
  const digits = trackDigits(track, 107)
  return digits !== undefined && digits.length >= least && digits.length <= 104 ? digits : undefined
}

/** ISO/IEC 7812-1 Annex B: the double-add-double check digit. */
export function luhn(pan: string): boolean {
  let sum = 0
  for (let index = 0; index < pan.length; index++) {
    const digit = Number(pan[pan.length - 1 - index])
    sum += index % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9
  }
  return sum % 10 === 0
}

/** The card of an entry that the journal keeps, for what refers to it without having the card here. */
export function keptCard({ pan, expiry }: Pick<Intent, 'pan' | 'expiry'>): Card | undefined {
  if (pan === undefined) return undefined
  return { kind: 'card', entry: 'kept', pan, expiry, track2: undefined, track3: undefined, chip: false }
}

export function luhnExempt(pos: Pos, pan: string): boolean {
  const prefixes = pos.parameters.luhnExemptPrefixes.split(',')
  return prefixes.some((prefix) => prefix !== '' && pan.startsWith(prefix))
}

/** Valid through the last day of the month; a clock before 2020 has not been set and decides nothing. */
function expired(pos: Pos, year: number, month: number): boolean {
  const now = pos.device.clock.now()
  if (now.year < CLOCK_YEAR_MIN) return false
  return (2000 + year) * 12 + month < now.year * 12 + now.month
}

/** 6+4 digits of a PAN: `622260*********7890`. Too short to mask: `****`. */
export function maskedPan(pan: string): string {
  return pan.length < 12 ? '****' : pan.slice(0, 6) + '*'.repeat(pan.length - 10) + pan.slice(-4)
}
