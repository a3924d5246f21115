import { bytesOfText, textOfBytes } from './bytes.ts'
import { WireError } from './message.ts'

/** How a parameter is written: digits with zeros before them, a text with blanks behind it, 1 or 0, bits as bytes. */
type Form = 'digits' | 'text' | 'flag' | 'bits'

/** 参数下载, field 62 of 0810/360 and, as we read it, 0810/364: two digits of tag and a value of fixed width each, in any order. Tag 11 is not used. */
// biome-ignore format: one row a parameter
export const DOWNLOAD = [
  //  tag   name               form      width
  row('12', 'answerTimeoutS',  'digits', 2 ), // 应答超时
  row('13', 'redials',         'digits', 1 ), // 重拨次数
  row('14', 'phone1',          'text',   14), // 交易电话
  row('15', 'phone2',          'text',   14),
  row('16', 'phone3',          'text',   14),
  row('17', 'managementPhone', 'text',   14), // 管理电话
  row('18', 'tips',            'flag',   1 ), // 支持小费
  row('19', 'tipPercent',      'digits', 2 ), // 小费百分比
  row('20', 'manualEntry',     'flag',   1 ), // 支持手工输卡号
  row('21', 'autoSignOff',     'flag',   1 ), // 自动签退
  row('22', 'merchantName',    'text',   40), // 商户名称, GBK
  row('23', 'resends',         'digits', 1 ), // 重发次数
  row('24', 'offlineUpload',   'digits', 1 ), // 离线上送方式
  row('25', 'masterKeyIndex',  'digits', 1 ), // 主密钥索引
  row('26', 'transactions',    'bits',   4 ), // 交易开关: first the most significant bit
] as const
export type DownloadName = (typeof DOWNLOAD)[number]['name']

/** Texts are GBK bytes as characters; `transactions` is eight hex digits. */
export type Downloaded = { readonly [Name in DownloadName]?: string | number | boolean }

function row<Name extends string>(tag: string, name: Name, form: Form, width: number) {
  return { tag, name, form, width }
}

/** Throws a WireError for a value that its tag has no room for. */
export function download62(values: Downloaded): Uint8Array {
  return bytesOfText(
    DOWNLOAD.map(({ tag, name, form, width }) => {
      const value = values[name]
      return value === undefined ? '' : tag + written(name, form, width, value)
    }).join(''),
  )
}

function written(name: string, form: Form, width: number, value: string | number | boolean): string {
  const wrong = (what: string) => new WireError('field.62', 0, `${name} wants ${what}`)
  switch (form) {
    case 'flag':
      if (typeof value !== 'boolean') throw wrong('true or false')
      return value ? '1' : '0'
    case 'digits':
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= 10 ** width)
        throw wrong(`0 to ${10 ** width - 1}`)
      return String(value).padStart(width, '0')
    case 'text':
      if (typeof value !== 'string' || value.length > width) throw wrong(`at most ${width} bytes`)
      return value.padEnd(width, ' ')
    case 'bits':
      if (typeof value !== 'string' || !/^[\dA-Fa-f]{8}$/.test(value)) throw wrong('8 hex digits')
      return (value.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('')
  }
}

/** What was sent, by name. Throws a WireError for a tag that is not in the table or stands twice, or a value of another form. */
export function parseDownload62(bytes: Uint8Array): Downloaded {
  const text = textOfBytes(bytes)
  const values: { [name: string]: string | number | boolean } = {}
  for (let at = 0; at < text.length; ) {
    const found = DOWNLOAD.find(({ tag }) => tag === text.slice(at, at + 2))
    if (found === undefined) throw new WireError('field.62', at, 'wants a tag of the table')
    const value = text.slice(at + 2, at + 2 + found.width)
    if (found.name in values) throw new WireError('field.62', at, `${found.name} stands twice`)
    if (value.length < found.width) throw new WireError('field.62', at, `${found.name} is cut off`)
    values[found.name] = readValue(found.name, found.form, value, at)
    at += 2 + found.width
  }
  return values
}

function readValue(name: string, form: Form, value: string, at: number): string | number | boolean {
  const wrong = () => new WireError('field.62', at, `${name} is none`)
  switch (form) {
    case 'flag':
      if (!/^[01]$/.test(value)) throw wrong()
      return value === '1'
    case 'digits':
      if (!/^\d+$/.test(value)) throw wrong()
      return Number(value)
    case 'text':
      return value.trimEnd()
    case 'bits':
      return Array.from(value, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'))
        .join('')
        .toUpperCase()
  }
}
