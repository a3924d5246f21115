import { WireError } from './message.ts'
import { parseTagged57, type Tagged, tagged57 } from './subfields.ts'
import { asFen, type Fen, twelveDigits } from './values.ts'

/**
 * Tags of field 57 in profiles with `tags`, ours. Texts are GBK bytes as characters. What a tag holds is checked when
 * it is read; a tag without a row here is passed over.
 */
// biome-ignore format: one row a tag
export const TAGS = {
  //               tag   value
  storeNumber:    '01', // 门店编号, 4 to 8 digits
  operator:       '02', // 柜员 who did it, 2 digits: 充值人
  approver:       '03', // 授权人 who approved it, 2 digits: 充值审核人
  biller:         '04', // 缴费机构 bill operator, 2 digits
  customer:       '05', // 客户号 customer number, 1 to 20 digits
  bill:           '06', // 账单号 bill reference, 1 to 20 digits and capital letters
  billText:       '07', // what the bill says of itself, up to 60 bytes
  discount:       '10', // 优惠: fen (12), who pays (S store, M mall, I issuer), name of the offer (up to 20 bytes)
  cashBack:       '11', // 返现: fen (12), who pays (1), name of the offer (up to 20 bytes)
  pointsEarned:   '12', // 本次积分, 10 digits
  pointsBalance:  '13', // 积分余额, 10 digits
  records:        '20', // 批上送: of each record 60.1 (2), 3 (6), 25 (2), 门店编号 (8, blanks behind it or instead)
  messageWaiting: '30', // 服务信息: number of the newest message for this terminal, 6 digits
} as const
export type TagName = keyof typeof TAGS

/** Values by name, without those that are undefined, as field 57; undefined when none is left. Throws a WireError. */
export function tags57(values: { readonly [Name in TagName]?: string | undefined }): string | undefined {
  const entries: Tagged[] = []
  for (const name of Object.keys(TAGS) as TagName[]) {
    const value = values[name]
    if (value !== undefined) entries.push({ tag: TAGS[name], value })
  }
  return entries.length === 0 ? undefined : tagged57(entries)
}

/** The known tags of field 57 by name. Throws a WireError where it is not made of whole entries or names a tag twice. */
export function parseTags57(text: string): { readonly [Name in TagName]?: string } {
  const values: { [name: string]: string } = {}
  const names = Object.keys(TAGS) as TagName[]
  for (const { tag, value } of parseTagged57(text)) {
    const name = names.find((candidate) => TAGS[candidate] === tag)
    if (name !== undefined) values[name] = value
  }
  return values
}

/** 优惠 a discount or 返现 a cash-back that the host grants on an approval. */
export interface Offer {
  readonly amount: Fen
  /** Who pays for it: S 门店 store, M 商场 mall, I 发卡方 issuer. */
  readonly payer: 'S' | 'M' | 'I'
  /** GBK bytes as characters, up to 20. */
  readonly name: string
}

/** Value of tags `discount` and `cashBack`. Throws a WireError for a longer name. */
export function offerTag({ amount, payer, name }: Offer): string {
  if (name.length > 20) throw new WireError('field.57.10', 0, 'wants a name of at most 20 bytes')
  return twelveDigits(amount) + payer + name
}

/** Throws a WireError for another layout. */
export function parseOfferTag(value: string): Offer {
  const match = /^(\d{12})([SMI])([\s\S]{0,20})$/.exec(value)
  if (!match) throw new WireError('field.57.10', 0, 'wants 12 digits, who pays, a name of at most 20 bytes')
  const [, amount = '', payer = '', name = ''] = match
  return { amount: asFen(Number(amount)), payer: payer as Offer['payer'], name }
}

/** What an upload's record is, beside its 40 digits: one element of tag `records`. */
export interface RecordKind {
  readonly type: string
  readonly processingCode: string
  readonly condition: string
  readonly storeNumber: string | undefined
}

/** Value of tag `records`. Throws a WireError for a code of another width. */
export function recordsTag(kinds: readonly RecordKind[]): string {
  return kinds
    .map(({ type, processingCode, condition, storeNumber }) => {
      const digits = type + processingCode + condition
      if (!/^\d{10}$/.test(digits)) throw new WireError('field.57.20', 0, 'wants codes of 2, 6 and 2 digits')
      return digits + (storeNumber ?? '').padEnd(8, ' ')
    })
    .join('')
}

/** Throws a WireError for another layout. */
export function parseRecordsTag(value: string): RecordKind[] {
  if (value.length % 18 !== 0 || !/^(\d{10}(\d{4,8} *| {8}))*$/.test(value))
    throw new WireError('field.57.20', 0, 'wants 18 characters a record')
  const kinds: RecordKind[] = []
  for (let at = 0; at < value.length; at += 18) {
    const storeNumber = value.slice(at + 10, at + 18).trim()
    kinds.push({
      type: value.slice(at, at + 2),
      processingCode: value.slice(at + 2, at + 8),
      condition: value.slice(at + 8, at + 10),
      storeNumber: storeNumber === '' ? undefined : storeNumber,
    })
  }
  return kinds
}
