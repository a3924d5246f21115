import { asPan, type Pan } from '../../../host-link/wire/values.ts'
import type { Stripe } from '../../device/reader.ts'
import type { Pos } from '../../pos.ts'
import { watchCancelKey } from '../../screen/cancel-key.ts'
import { type Left, notice } from '../../screen/input.ts'
import { type Line, showPage, t } from '../../screen/page.ts'

/** A card whose stripe passed all checks that the terminal can make by itself. */
export interface Card {
  readonly kind: 'card'
  readonly pan: Pan
  /** YYMM. */
  readonly expiry: string
  /** Digits with `D` for the separator, without sentinels: as fields 35 and 36 carry them. */
  readonly track2: string
  readonly track3: string | undefined
  /** Service code 2xx or 6xx (ISO/IEC 7813): the card has a chip. */
  readonly chip: boolean
}

/** Why a stripe is not a card to trade with. */
export type CardFault = 'swipeAgain' | 'cardInvalid' | 'cardExpired' | 'chipRefused'

const SWIPES_MAX = 3

/** Asks for a card: up to three swipes, until one can be read. `above` are lines to show over the request. */
export async function readCard(
  pos: Pos,
  title: string,
  above: readonly Line[],
): Promise<Card | Left | { readonly kind: 'refused' }> {
  let note = ''
  for (let swipe = 0; swipe < SWIPES_MAX; swipe++) {
    showPage(pos, {
      title,
      above,
      lines: [{ text: t(pos, 'askCard'), align: 'centre' }],
      hint: note === '' ? t(pos, 'hintCancel') : note,
    })
    const cancelKey = watchCancelKey(pos)
    const waiting = pos.device.reader.wait(pos.parameters.inputTimeoutSeconds * 1000)
    const result = await Promise.race([waiting, cancelKey.pressed])
    await cancelKey.stop()
    if (result === 'cancel') {
      pos.device.reader.cancel()
      await waiting
      return { kind: 'cancelled' }
    }
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

/** The card of a stripe, or why it is none. */
export function cardOf(pos: Pos, stripe: Stripe): Card | CardFault {
  const track2 = trackDigits(stripe.track2, 40)
  if (track2 === undefined) return 'swipeAgain'
  // ISO/IEC 7813: PAN up to 19 digits, separator, expiry YYMM, service code. A PIN block needs 13 digits of PAN.
  const match = /^(\d{13,19})D(\d{2})(0[1-9]|1[0-2])(\d{3})\d*$/.exec(track2)
  if (!match) return 'cardInvalid'
  const [, pan = '', year = '', month = '', service = ''] = match
  if (!luhnExempt(pos, pan) && !luhn(pan)) return 'cardInvalid'
  if (expired(pos, Number(year), Number(month))) return 'cardExpired'
  const chip = service.startsWith('2') || service.startsWith('6')
  if (chip && pos.parameters.chipCardSwipe === 'refuse') return 'chipRefused'
  return {
    kind: 'card',
    pan: asPan(pan),
    expiry: year + month,
    track2,
    track3: track3Of(stripe.track3),
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
function track3Of(track: string | undefined): string | undefined {
  const digits = trackDigits(track, 107)
  return digits !== undefined && digits.length >= 17 && digits.length <= 104 ? digits : undefined
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

function luhnExempt(pos: Pos, pan: string): boolean {
  const prefixes = pos.parameters.luhnExemptPrefixes.split(',')
  return prefixes.some((prefix) => prefix !== '' && pan.startsWith(prefix))
}

/** Valid through the last day of the month; a clock before 2020 has not been set and decides nothing. */
function expired(pos: Pos, year: number, month: number): boolean {
  const now = pos.device.clock.now()
  if (now.year < 2020) return false
  return (2000 + year) * 12 + month < now.year * 12 + now.month
}

/** 6+4 digits of a PAN: `622260*********7890`. Too short to mask: `****`. */
export function maskedPan(pan: string): string {
  return pan.length < 12 ? '****' : pan.slice(0, 6) + '*'.repeat(pan.length - 10) + pan.slice(-4)
}
