import { type Fields, type FieldValue, WireError } from './message.ts'

/**
 * How an element is written. `n` digits, BCD (`n-left`: an odd count leaves the last nibble free, not the first);
 * `z` track data: digits, `D` for the separator, any nibble where the track is encrypted in place; `a`, `an`, `ans`
 * one character a byte; `b` bytes.
 */
export type Form = 'n' | 'n-left' | 'z' | 'a' | 'an' | 'ans' | 'b'

/** Digits for `n` and `z`, bytes for the others; `prefixBytes` BCD bytes before the element hold it (0: fixed). */
export interface Length {
  readonly prefixBytes: 0 | 1 | 2
  readonly max: number
}

/** `plain` may be shown whole; `masked` only in the parts that `describe` knows to be harmless; `hidden` never. */
export type Shown = 'plain' | 'masked' | 'hidden'

export interface Field {
  readonly number: number
  readonly form: Form
  readonly length: Length
  readonly shown: Shown
}

const exactly = (max: number): Length => ({ prefixBytes: 0, max })
const ll = (max: number): Length => ({ prefixBytes: 1, max })
const lll = (max: number): Length => ({ prefixBytes: 2, max })
const field = (number: number, form: Form, length: Length, shown: Shown): Field => ({
  number,
  form,
  length,
  shown,
})

/** Data elements of UnionPay POS messages, in bit order. Element 0 is the message type, 1 the bitmap. */
// biome-ignore format: one row a field, to be checked against the specification by eye
export const fields = {
  //                         bit  form      length        shown
  pan:                 field( 2, 'n',      ll(19),       'masked'), // 主账号
  processingCode:      field( 3, 'n',      exactly(6),   'plain' ), // 交易处理码
  amount:              field( 4, 'n',      exactly(12),  'plain' ), // 交易金额, in fen 分
  trace:               field(11, 'n',      exactly(6),   'plain' ), // 受卡方系统跟踪号
  time:                field(12, 'n',      exactly(6),   'plain' ), // 受卡方所在地时间 hhmmss
  date:                field(13, 'n',      exactly(4),   'plain' ), // 受卡方所在地日期 MMDD
  expiry:              field(14, 'n',      exactly(4),   'hidden'), // 卡有效期 YYMM
  settlementDate:      field(15, 'n',      exactly(4),   'plain' ), // 清算日期 MMDD
  entryMode:           field(22, 'n-left', exactly(3),   'plain' ), // 服务点输入方式码
  cardSequence:        field(23, 'n',      exactly(3),   'plain' ), // 卡序列号
  condition:           field(25, 'n',      exactly(2),   'plain' ), // 服务点条件码
  pinCapture:          field(26, 'n',      exactly(2),   'plain' ), // 服务点PIN获取码
  acquirer:            field(32, 'n',      ll(11),       'plain' ), // 受理方标识码
  track2:              field(35, 'z',      ll(37),       'masked'), // 二磁道数据
  track3:              field(36, 'z',      lll(104),     'hidden'), // 三磁道数据
  reference:           field(37, 'an',     exactly(12),  'plain' ), // 检索参考号
  authorisation:       field(38, 'an',     exactly(6),   'plain' ), // 授权标识应答码
  responseCode:        field(39, 'an',     exactly(2),   'plain' ), // 应答码
  terminal:            field(41, 'ans',    exactly(8),   'plain' ), // 受卡机终端标识码
  merchant:            field(42, 'ans',    exactly(15),  'plain' ), // 受卡方标识码
  responseData:        field(44, 'an',     ll(25),       'masked'), // 附加响应数据
  privateData:         field(48, 'n',      lll(322),     'masked'), // 附加数据-私有
  currency:            field(49, 'an',     exactly(3),   'plain' ), // 交易货币代码
  pinBlock:            field(52, 'b',      exactly(8),   'hidden'), // 个人标识码数据
  security:            field(53, 'n',      exactly(16),  'masked'), // 安全控制信息
  balance:             field(54, 'an',     lll(20),      'masked'), // 余额
  icData:              field(55, 'b',      lll(255),     'hidden'), // IC卡数据域
  tagged:              field(57, 'ans',    lll(999),     'masked'), // 附加交易信息, private
  wallet:              field(58, 'ans',    lll(100),     'hidden'), // PBOC电子钱包标准的交易信息
  extended:            field(59, 'ans',    lll(999),     'masked'), // 自定义域, private
  transaction:         field(60, 'n',      lll(17),      'masked'), // 自定义域: type, batch, network code
  original:            field(61, 'n',      lll(29),      'masked'), // 原始信息域
  byUse:               field(62, 'b',      lll(512),     'masked'), // 自定义域: serial number, key block …
  operatorOrText:      field(63, 'ans',    lll(163),     'masked'), // 自定义域
  mac:                 field(64, 'b',      exactly(8),   'plain' ), // 报文鉴别码
} as const satisfies Record<string, Field>

/** Rows by element number; no row for an element that does not occur. */
export const fieldNumbered: readonly (Field | undefined)[] = Object.values<Field>(fields).reduce<
  (Field | undefined)[]
>((rows, row) => {
  rows[row.number] = row
  return rows
}, [])

const CHARACTERS: { readonly [form in Exclude<Form, 'b'>]: RegExp } = {
  n: /^\d*$/,
  'n-left': /^\d*$/,
  z: /^[0-9A-F]*$/,
  a: /^[A-Za-z ]*$/,
  an: /^[A-Za-z0-9 ]*$/, // spaces: short values are filled to the right (field 44: 8 digits and 3 spaces)
  ans: /^[^\u0100-\uffff]*$/,
}

/** Why `value` is none of this field (without quoting it), or `undefined` when it is one. */
export function valueFault(row: Field, value: unknown): string | undefined {
  const { prefixBytes, max } = row.length
  if (row.form === 'b') {
    if (!(value instanceof Uint8Array)) return 'wants bytes'
  } else {
    if (typeof value !== 'string') return 'wants text'
    if (!CHARACTERS[row.form].test(value)) return `wants characters of form ${row.form}`
  }
  if (prefixBytes === 0 ? value.length === max : value.length <= max) return undefined
  return `wants ${prefixBytes === 0 ? '' : 'at most '}${max}, got ${value.length}`
}

/**
 * A message's elements with their rows, in bit order. Throws a WireError (`field.57`) for an element outside the
 * table or a value that is none of its field.
 */
export function checkedFields(values: Fields): [row: Field, value: FieldValue][] {
  // Keys that are array indices come in ascending order (ECMA-262, OrdinaryOwnPropertyKeys).
  return Object.keys(values).map((key) => {
    const row = /^[1-9]\d?$/.test(key) ? fieldNumbered[Number(key)] : undefined
    if (!row) throw new WireError(`field.${key}`, 0, 'not in the field table')
    const value = values[row.number]
    const fault = valueFault(row, value)
    if (fault !== undefined || value === undefined) throw new WireError(`field.${key}`, 0, fault ?? 'missing')
    return [row, value]
  })
}

/** Throws a WireError where a message type is not four digits. */
export function checkMti(mti: string): void {
  if (!/^\d{4}$/.test(mti)) throw new WireError('mti', 0, 'wants 4 digits')
}
