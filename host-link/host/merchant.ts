import { WireError } from '../wire/message.ts'
import { parseTagged57 } from '../wire/subfields.ts'
import { TAGS, type TagName } from '../wire/tags.ts'
import { FEN_MAX } from '../wire/values.ts'
import type { Context } from './context.ts'
import { text } from './request.ts'

/** What a request says beside the card: amount, 门店编号 store number, 柜员 operator and 授权人 approver. */

/** Field 4 in fen; 0 where there is none. */
export function amountOf({ fields }: Pick<Context, 'fields'>): number {
  const amount = Number(text(fields, 4) ?? '0')
  return Number.isSafeInteger(amount) && amount <= FEN_MAX ? amount : 0
}

/** 13 for an amount that nobody may take in one transaction: 0, or more than the host's limit. */
export function amountFault(context: Context): string | undefined {
  const amountFen = amountOf(context)
  return amountFen < 1 || amountFen > context.office.saleMaxFen ? '13' : undefined
}

type StoreNumberCheck =
  | { readonly kind: 'good'; readonly number: string | undefined }
  | { readonly kind: 'bad' }

/**
 * 门店编号 store number, where the profile says. Missing though required, not of 4 to 8 digits, or not one of the
 * merchant's stores is `bad`, and declined as 03 无效商户: to the acquirer a store is a merchant below the merchant.
 */
export function storeNumberOf({ terminal, fields }: Context): StoreNumberCheck {
  const { profile, storeNumberRequired, storeNumbers } = terminal
  const row = profile.storeNumber
  if (!row) return { kind: 'good', number: undefined }
  const number = taggedValue(text(fields, row.field), row.tag)
  if (number === 'malformed') return { kind: 'bad' }
  if (number === undefined) return storeNumberRequired ? { kind: 'bad' } : { kind: 'good', number }
  const known = storeNumbers.size === 0 || storeNumbers.has(number)
  return known && /^\d{4,8}$/.test(number) ? { kind: 'good', number } : { kind: 'bad' }
}

/** Value of a tag of field 57, in profiles with `tags`; nothing where there is none, or none that is well formed. */
export function tagOf({ terminal, fields }: Context, name: TagName): string | undefined {
  if (!terminal.profile.tags) return undefined
  const value = taggedValue(text(fields, 57), TAGS[name])
  return value === 'malformed' ? undefined : value
}

/** Who did it and who approved it: two digits each, where the request names them. */
export function staffOf(context: Context): {
  readonly operator: string | undefined
  readonly approver: string | undefined
} {
  const twoDigits = (name: TagName) => {
    const value = tagOf(context, name)
    return value !== undefined && /^\d{2}$/.test(value) ? value : undefined
  }
  return { operator: twoDigits('operator'), approver: twoDigits('approver') }
}

function taggedValue(field: string | undefined, tag: string): string | undefined {
  if (field === undefined) return undefined
  try {
    return parseTagged57(field).find((entry) => entry.tag === tag)?.value
  } catch (error) {
    if (error instanceof WireError) return 'malformed'
    throw error
  }
}
