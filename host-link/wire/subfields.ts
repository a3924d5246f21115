import { bytesOfText, textOfBytes } from './bytes.ts'
import { WireError } from './message.ts'
import { asFen, type Fen, type StoreNumber, twelveDigits } from './values.ts'

/**
 * Elements that hold several values at fixed places, one row a value. A value after the last one needed is left out
 * from the right, so an element may end after any row marked `end`.
 */
export interface Place<Name extends string> {
  readonly name: Name
  readonly width: number
  readonly end: boolean
}

type Parts<P extends readonly Place<string>[]> = { readonly [Name in P[number]['name']]?: string }

const place = <Name extends string>(name: Name, width: number, end: boolean): Place<Name> => ({
  name,
  width,
  end,
})

// biome-ignore format: one row a value
export const FIELD_60 = [
  //                       width end
  place('type',            2,    false), // 60.1 交易类型码
  place('batch',           6,    true ), // 60.2 批次号
  place('network',         3,    true ), // 60.3 网络管理信息码
  place('readCapability',  1,    true ), // 60.4 终端读取能力: 0 unknown, 2 stripe, 5 chip, 6 contactless too
  place('chipCondition',   1,    true ), // 60.5 IC条件代码: 0 unused, 1 last was no chip or went well, 2 failed
  place('partialApproval', 1,    true ), // 60.6 支持部分扣款和返回余额: 0 no, 1 yes
  place('accountType',     3,    true ), // 60.7 账户类型
] as const

// biome-ignore format: one row a value
export const FIELD_61 = [
  //                    width end
  place('batch',        6,    false), // 61.1 原批次号
  place('trace',        6,    true ), // 61.2 原流水号
  place('date',         4,    true ), // 61.3 原交易日期 MMDD
  place('mode',         2,    true ), // 61.4 原授权方式
  place('authoriser',  11,    true ), // 61.5 授权机构
] as const

// biome-ignore format: one row a value
export const FIELD_53 = [
  //                    width end
  place('pinFormat',    1,    false), // 0 no PIN, 1 X9.8 without PAN, 2 X9.8 with PAN
  place('algorithm',    1,    false), // 0 single DES, 6 double DES
  place('track',        1,    false), // 磁道加密: 0 clear, 1 encrypted
  place('reserved',    13,    true ),
] as const

// biome-ignore format: one row a value
export const FIELD_54 = [
  //                    width end
  place('accountType',  2,    false),
  place('amountType',   2,    false), // 02 available
  place('currency',     3,    false), // 156 CNY, 999 points
  place('sign',         1,    false), // C credit, D debit
  place('amount',      12,    true ),
] as const

/** Values of an element by name. Throws a WireError (`field.60`) where its length ends inside a value. */
export function parsePlaces<P extends readonly Place<string>[]>(
  path: string,
  places: P,
  text: string,
): Parts<P> {
  const parts: { [name: string]: string } = {}
  let at = 0
  let ended = false
  for (const { name, width, end } of places) {
    if (at === text.length) break
    if (at + width > text.length) throw new WireError(path, 0, `ends inside ${name}`)
    parts[name] = text.slice(at, at + width)
    at += width
    ended = end
  }
  if (!ended || at < text.length) throw new WireError(path, 0, `no layout has length ${text.length}`)
  return parts as Parts<P>
}

/** An element from its values. Throws a WireError for a value of another width or one after a gap. */
export function buildPlaces<P extends readonly Place<string>[]>(
  path: string,
  places: P,
  parts: Parts<P>,
): string {
  let text = ''
  let open = true
  let ended = false
  for (const { name, width, end } of places) {
    const part = (parts as { readonly [name: string]: string | undefined })[name]
    if (part === undefined) {
      open = false
      continue
    }
    if (!open || part.length !== width)
      throw new WireError(
        path,
        0,
        open ? `${name} wants ${width}, got ${part.length}` : `${name} after a gap`,
      )
    text += part
    ended = end
  }
  if (!ended) throw new WireError(path, 0, 'ends too early')
  return text
}

export type Field60 = Parts<typeof FIELD_60>
/** Field 60 from its leading values: 8 digits (type, batch), 11 with the network code, then 12, 13, 14 or 17. */
export const field60 = (parts: Field60): string => buildPlaces('field.60', FIELD_60, parts)
export const parseField60 = (text: string): Field60 => parsePlaces('field.60', FIELD_60, text)

export type Field61 = Parts<typeof FIELD_61>
/** Field 61: 12 digits (original batch, trace), 16 with the date, then 18 or 29. */
export const field61 = (parts: Field61): string => buildPlaces('field.61', FIELD_61, parts)
export const parseField61 = (text: string): Field61 => parsePlaces('field.61', FIELD_61, text)

export interface Field53 {
  /** 0 no PIN, 1 X9.8 without PAN, 2 X9.8 with PAN. */
  readonly pinFormat: '0' | '1' | '2'
  /** 0 single DES, 6 double DES, 3 SM4. */
  readonly algorithm: '0' | '3' | '6'
  readonly trackEncrypted: boolean
}

/** Field 53, 16 digits: `2600000000000000` for a PIN block with PAN under a double-length key. */
export function field53({ pinFormat, algorithm, trackEncrypted }: Field53): string {
  return `${pinFormat}${algorithm}${trackEncrypted ? 1 : 0}${'0'.repeat(13)}`
}

/** Field 53 taken apart. Throws a WireError for a code outside the table or anything in the reserved digits. */
export function parseField53(text: string): Field53 {
  if (!/^[012][036][01]0{13}$/.test(text)) throw new WireError('field.53', 0, 'wants known codes and zeros')
  return {
    pinFormat: text[0] as Field53['pinFormat'],
    algorithm: text[1] as Field53['algorithm'],
    trackEncrypted: text[2] === '1',
  }
}

/** One balance of field 54: `0` + `1` account type, `02` available, `156`, `C` or `D`, fen. */
export interface Balance {
  readonly accountType: string
  readonly amountType: string
  readonly currency: string
  /** `C`: the holder has the amount; `D`: owes it. */
  readonly sign: 'C' | 'D'
  readonly amount: Fen
}

/** Field 54, 20 characters. Throws a WireError for a part of another width. */
export function balance54(balance: Balance): string {
  return buildPlaces('field.54', FIELD_54, { ...balance, amount: twelveDigits(balance.amount) })
}

/** The balance in field 54. Throws a WireError for another layout. */
export function parseBalance54(text: string): Balance {
  const match = /^([A-Z0-9]{2})([A-Z0-9]{2})(\d{3})([CD])(\d{12})$/.exec(text)
  if (!match) throw new WireError('field.54', 0, 'wants account, amount type, currency, sign, 12 digits')
  const [, accountType = '', amountType = '', currency = '', sign, amount] = match
  return { accountType, amountType, currency, sign: sign as Balance['sign'], amount: asFen(Number(amount)) }
}

/** One entry of field 57 as our profiles use it: tag (2 digits), length (3 digits), value. */
export interface Tagged {
  readonly tag: string
  readonly value: string
}

/** Field 57 from its entries. Throws a WireError for a tag that is not two digits or a value over 999 bytes. */
export function tagged57(entries: readonly Tagged[]): string {
  return entries
    .map(({ tag, value }) => {
      if (!/^\d\d$/.test(tag) || value.length > 999)
        throw new WireError('field.57', 0, 'wants tag, 0 to 999 bytes')
      return tag + String(value.length).padStart(3, '0') + value
    })
    .join('')
}

/** Entries of field 57. Throws a WireError where it is not made of whole entries or names a tag twice. */
export function parseTagged57(text: string): Tagged[] {
  const entries: Tagged[] = []
  for (let at = 0; at < text.length; ) {
    const head = text.slice(at, at + 5)
    const end = at + 5 + Number(head.slice(2))
    if (!/^\d{5}$/.test(head) || end > text.length)
      throw new WireError('field.57', at, 'wants tag, length, value')
    const tag = head.slice(0, 2)
    if (entries.some((entry) => entry.tag === tag)) throw new WireError('field.57', at, `tag ${tag} twice`)
    entries.push({ tag, value: text.slice(at + 5, end) })
    at = end
  }
  return entries
}

/** 门店编号: the store number as `row` of a profile carries it. */
export function storeNumberField(row: { readonly tag: string }, storeNumber: StoreNumber): string {
  return tagged57([{ tag: row.tag, value: storeNumber }])
}

/** Bytes of the key block in field 62 of a sign-on reply, by field 60.3. */
export const KEY_BLOCK_BYTES = { '001': 24, '003': 40, '004': 60, '006': 60 } as const

const SERIAL_HEAD = 'Sequence No'

/** Field 62 of a sign-on: `Sequence No`, length, 入网许可证号 licence (4 characters), serial of the device. */
export function signOnSerial(licence: string, serial: string): Uint8Array {
  const number = licence + serial
  if (licence.length !== 4 || number.length > 99)
    throw new WireError('field.62', 0, 'wants licence 4, serial 0 to 95')
  return bytesOfText(SERIAL_HEAD + String(number.length).padStart(2, '0') + number)
}

/** Licence and serial of a sign-on's field 62. Throws a WireError for another layout. */
export function parseSignOnSerial(bytes: Uint8Array): { licence: string; serial: string } {
  const match = /^Sequence No(\d\d)([ -~]{4})([ -~]*)$/.exec(textOfBytes(bytes))
  const [, length, licence = '', serial = ''] = match ?? []
  if (Number(length) !== licence.length + serial.length)
    throw new WireError('field.62', 0, 'wants Sequence No, length, licence, serial')
  return { licence, serial }
}

// biome-ignore format: one row a value
export const FIELD_63 = [
  //                 width end
  place('scheme',    3,   true ), // 63.1 国际信用卡公司代码: CUP, VIS …; in management messages the operator
  place('issuer',    20,  true ), // 63.2.1 发卡方保留域
  place('unionPay',  20,  true ), // 63.2.2 中国银联保留域
  place('acquirer',  20,  true ), // 63.2.3 受理机构保留域
] as const

export type Field63 = Parts<typeof FIELD_63> & { readonly terminal?: string }

/** Field 63 of a reply; what follows the 63rd byte is the text for the terminal. Throws a WireError. */
export function parseField63(text: string): Field63 {
  const parts = parsePlaces('field.63', FIELD_63, text.slice(0, 63))
  return text.length > 63 ? { ...parts, terminal: text.slice(63) } : parts
}

/** Field 63 of sign-on, sign-off and settlement: the operator's two digits and a space. */
export function operator63(operator: string): string {
  if (!/^\d{2}$/.test(operator)) throw new WireError('field.63', 0, 'wants 2 digits')
  return `${operator} `
}
