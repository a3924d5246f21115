import { bytesOfText, textOfBytes } from './bytes.ts'
import { WireError } from './message.ts'
import { asFen, asPan, type Fen, type Pan, twelveDigits } from './values.ts'

/** Field 62 自定义域 where it is small: one pair of functions a use. All throw a WireError for another layout. */

/** Top-up verification and cash top-up: 证件类型 kind of identity paper (99: none shown) and its number, 22 bytes. */
export function identity62(kind: string, number: string): Uint8Array {
  if (!/^\d\d$/.test(kind) || !/^[0-9A-Za-z]{0,20}$/.test(number))
    throw new WireError('field.62', 0, 'wants a kind of 2 digits, a number of at most 20')
  return bytesOfText(kind + number.padEnd(20))
}
export function parseIdentity62(bytes: Uint8Array): { readonly kind: string; readonly number: string } {
  const match = /^(\d\d)([0-9A-Za-z]{0,20}) *$/.exec(textOfBytes(bytes))
  if (!match || bytes.length !== 22) throw new WireError('field.62', 0, 'wants 22 bytes of identity')
  return { kind: match[1] ?? '', number: match[2] ?? '' }
}

/** Answer of a top-up verification: 可充值金额 what may still be topped up, 12 digits. */
export function limit62(amount: Fen): Uint8Array {
  return bytesOfText(twelveDigits(amount))
}
export function parseLimit62(bytes: Uint8Array): Fen {
  const text = textOfBytes(bytes)
  if (!/^\d{12}$/.test(text)) throw new WireError('field.62', 0, 'wants 12 digits')
  return asFen(Number(text))
}

/** Account top-up and transfer: 转入卡号 the card to be credited, as it stands. */
export function target62(pan: Pan): Uint8Array {
  return bytesOfText(pan)
}
export function parseTarget62(bytes: Uint8Array): Pan {
  const text = textOfBytes(bytes)
  if (!/^\d{12,19}$/.test(text)) throw new WireError('field.62', 0, 'wants a card number')
  return asPan(text)
}

/** Answer of a points sale: 兑换积分 (10), 自付金额 (12), 积分余额 (10). */
export interface PointsPaid {
  readonly points: number
  readonly ownMoney: Fen
  readonly balance: number
}
export function points62({ points, ownMoney, balance }: PointsPaid): Uint8Array {
  const ten = (value: number) => String(value).padStart(10, '0')
  return bytesOfText(ten(points) + twelveDigits(ownMoney) + ten(balance))
}
export function parsePoints62(bytes: Uint8Array): PointsPaid {
  const match = /^(\d{10})(\d{12})(\d{10})$/.exec(textOfBytes(bytes))
  if (!match) throw new WireError('field.62', 0, 'wants points, own money, points left')
  return { points: Number(match[1]), ownMoney: asFen(Number(match[2])), balance: Number(match[3]) }
}

/** 服务信息: the request names the newest message that the terminal has, 6 digits (0: none). */
export function serviceRequest62(newest: number): Uint8Array {
  if (!Number.isInteger(newest) || newest < 0 || newest > 999_999)
    throw new WireError('field.62', 0, 'wants 0 to 999999')
  return bytesOfText(String(newest).padStart(6, '0'))
}
export function parseServiceRequest62(bytes: Uint8Array): number {
  const text = textOfBytes(bytes)
  if (!/^\d{6}$/.test(text)) throw new WireError('field.62', 0, 'wants 6 digits')
  return Number(text)
}

/** One message of the host to the terminal; `more` follow. */
export interface ServiceMessage {
  readonly more: boolean
  /** 1 to 999999, rising. */
  readonly number: number
  /** `20261121`. */
  readonly date: string
  /** GBK bytes as characters, 1 to 160. */
  readonly text: string
}
export const SERVICE_TEXT_BYTES_MAX = 160

/** `0`: the last one, `1`: more follow; number (6), date (8), text. Nothing new: the one byte `2`. */
export function service62(message: ServiceMessage | undefined): Uint8Array {
  if (message === undefined) return bytesOfText('2')
  const { more, number, date, text } = message
  if (!/^\d{8}$/.test(date) || text.length < 1 || text.length > SERVICE_TEXT_BYTES_MAX)
    throw new WireError('field.62', 0, `wants a date of 8 digits, a text of 1 to ${SERVICE_TEXT_BYTES_MAX}`)
  return bytesOfText(`${more ? '1' : '0'}${String(number).padStart(6, '0')}${date}${text}`)
}
export function parseService62(bytes: Uint8Array): ServiceMessage | undefined {
  const text = textOfBytes(bytes)
  if (text === '2') return undefined
  const match = /^([01])(\d{6})(\d{8})([\s\S]{1,160})$/.exec(text)
  if (!match || Number(match[2]) === 0)
    throw new WireError('field.62', 0, 'wants more, number, date and a text of 1 to 160 bytes')
  return { more: match[1] === '1', number: Number(match[2]), date: match[3] ?? '', text: match[4] ?? '' }
}
