import { bytesOfText, textOfBytes } from './bytes.ts'
import { WireError } from './message.ts'
import { asFen, type Fen, twelveDigits } from './values.ts'

/** 手续费方式: 0 in one sum with the first instalment, 1 with each instalment. */
export type FeeMode = '0' | '1'

/** Field 62 of an instalment quote and an instalment sale, 62 bytes [S CaoEnXin/LiaoYang_POS]. */
export interface InstalmentRequest {
  /** 期数, 2 to 99. */
  readonly terms: number
  /** 商品/项目编码 programme, up to 30 characters. */
  readonly programme: string
  readonly feeMode: FeeMode
}

/** Throws a WireError for terms or a programme that do not fit. */
export function instalment62({ terms, programme, feeMode }: InstalmentRequest): Uint8Array {
  if (!Number.isInteger(terms) || terms < 2 || terms > 99)
    throw new WireError('field.62', 0, 'wants 2 to 99 terms')
  if (!/^[ -~]{1,30}$/.test(programme)) throw new WireError('field.62', 2, 'wants a programme of 1 to 30')
  const text = `${String(terms).padStart(2, '0') + programme.padEnd(30)}1${feeMode}`
  return bytesOfText(text.padEnd(62))
}

/** Throws a WireError for another layout. */
export function parseInstalment62(bytes: Uint8Array): InstalmentRequest {
  const match = /^(\d\d)([ -~]{30})1([01]) {28}$/.exec(textOfBytes(bytes))
  const [, terms = '', programme = '', feeMode = ''] = match ?? []
  if (!match || Number(terms) < 2 || programme.trim() === '')
    throw new WireError('field.62', 0, 'wants terms, programme, 1, fee mode and 28 blanks')
  return { terms: Number(terms), programme: programme.trimEnd(), feeMode: feeMode as FeeMode }
}

/** Field 62 of the answer: what the cardholder will pay, 77 bytes. */
export interface InstalmentPlan {
  /** 首期金额 the first instalment, without fee. */
  readonly first: Fen
  /** 手续费 in one sum (mode 0). */
  readonly fee: Fen
  /** 奖励积分. */
  readonly points: number
  readonly feeMode: FeeMode
  /** 首期手续费 and 每期手续费 (mode 1). */
  readonly firstFee: Fen
  readonly eachFee: Fen
}

/** Amounts in fen of 12 digits, currency 156, points 12 digits, fee mode, fees, 13 blanks. Throws a WireError. */
export function plan62({ first, fee, points, feeMode, firstFee, eachFee }: InstalmentPlan): Uint8Array {
  const text = [
    twelveDigits(first),
    '156',
    twelveDigits(fee),
    String(points).padStart(12, '0'),
    feeMode,
    twelveDigits(firstFee),
    twelveDigits(eachFee),
  ].join('')
  return bytesOfText(text.padEnd(77))
}

/** Blanks mean that a value does not apply: 0. Throws a WireError for another layout. */
export function parsePlan62(bytes: Uint8Array): InstalmentPlan {
  const value = '(\\d{12}| {12})'
  const match = new RegExp(`^${value}(156| {3})${value}${value}([01])${value}${value}[\\s\\S]{0,13}$`).exec(
    textOfBytes(bytes),
  )
  if (!match) throw new WireError('field.62', 0, 'wants first, currency, fee, points, mode, fees')
  const [, first = '', , fee = '', points = '', feeMode = '', firstFee = '', eachFee = ''] = match
  return {
    first: asFen(Number(first)),
    fee: asFen(Number(fee)),
    points: Number(points),
    feeMode: feeMode as FeeMode,
    firstFee: asFen(Number(firstFee)),
    eachFee: asFen(Number(eachFee)),
  }
}

/**
 * The instalments of `amount` over `terms`, without fees: all but the first are equal, the first has what does not
 * divide. They add up to the amount.
 */
export function instalmentsOf(amount: Fen, terms: number): { readonly first: Fen; readonly each: Fen } {
  const each = Math.floor(amount / terms)
  return { first: asFen(amount - each * (terms - 1)), each: asFen(each) }
}
