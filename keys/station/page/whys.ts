import { reasons, type Why } from '../why.ts'
import type { Locale } from './words.ts'

/** Why the station refuses an order, in Chinese; in English they are `reasons`. */
// biome-ignore format: one row a reason
const zh: { readonly [Reason in Why]: string } = {
  closed:          '必须两人登录',
  name:            '姓名须为 1 至 32 个字母、数字、空格、点或连字符，且不得有连续 16 位十六进制数',
  nameTaken:       '已有同名人员',
  passphrase:      '口令至少 8 个字符，其中至少 4 种不同，最多 256 字节',
  twoPeople:       '这一步须由两位已登录的不同人员各输入口令',
  people:          '最多登记 20 人，并至少保留 2 人',
  credentials:     '姓名或口令错误',
  locked:          '口令错误次数过多，锁定 15 分钟',
  loggedIn:        '此人已登录',
  notLoggedIn:     '此人未登录',
  damaged:         '保险库已损坏，无法打开',
  auditBroken:     '审计链不完整，不能收发密钥',
  identity:        '不是注入站的身份文件',
  identityExpired: '身份证书已过期',
  noIdentity:      '注入站还没有身份',
  noKey:           '注入站还没有 ZMK',
  keyOrder:        '密钥算法须为 AES 或 TDES，由两个或三个分量合成',
  keyLabel:        '名称须为 1 至 32 个字符，且不得有连续 16 位十六进制数',
  keySize:         '该算法没有这种长度的密钥',
  keyCheckValue:   '单据上的校验值：AES 为 10 位、TDES 为 6 位十六进制数',
  keyCustodians:   '已登记的保管人少于分量数',
  keyToken:        '令牌只保存 32 字节的 AES 密钥',
  componentsTyped: '这把密钥的分量已全部输入',
  noCeremony:      '没有正在建立的密钥',
  ceremony:        '正在建立密钥：请先完成或放弃',
  notCustodian:    '只有保管人可以输入分量',
  sameCustodian:   '此人已输入过这把密钥的分量',
  noComponent:     '此人没有待确认的分量',
  componentHex:    '分量须为十六进制，位数与密钥相同',
  componentZero:   '全零的分量没有作用',
  componentEqual:  '与另一分量相同，会互相抵消',
  keyWeak:         '合成的密钥是弱密钥',
  checkValue:      '合成密钥的校验值与单据不符',
  terminals:       '终端密钥受另一种 ZMK 保护，不能转换',
  tooMany:         '清单最多 20,000 把密钥',
  unknownSerial:   '清单上没有这个序列号和索引',
  noSerial:        '清单上没有这个序列号',
  notLoaded:       '这台终端还没有完成注入',
  keyMade:         '已为这台终端生成密钥',
  nothing:         '没有可打印或可导出的内容',
  noToken:         '没有设置 PKCS#11 令牌',
  token:           'PKCS#11 令牌拒绝',
  line:            '端口无法打开',
  noLine:          '没有这个端口',
  random:          '随机源给出重复或空的字节',
}

/** What a line says of itself, which is English, in the reader's language where it has words. */
export function lineWords(why: string, locale: Locale): string {
  return locale === 'zh' && why === 'the serial port is gone' ? '串口已断开' : why
}

/** The reason as a sentence, with its detail where there is one. */
export function whyWords(why: Why, detail: string | undefined, locale: Locale): string {
  const reason = locale === 'zh' ? zh[why] : reasons[why].slice(0, 1).toUpperCase() + reasons[why].slice(1)
  const stop = locale === 'zh' ? '。' : '.'
  if (detail === undefined) return `${reason}${stop}`
  const more = locale === 'zh' ? detail.replace(/^(\S+) is open already$/, '$1 已打开') : detail
  return `${reason} (${more})${stop}`
}

// biome-ignore format: one row a fault of a list
const rows: readonly (readonly [RegExp, string])[] = [
  [/^the first line names the columns: (.*)$/,            '第一行应为列名：$1'],
  [/^a double quote is not closed$/,                      '双引号未闭合'],
  [/^wants (\d+) cells, has (\d+)$/,                      '应有 $1 列，实有 $2 列'],
  [/^a serial number has .*$/,                            '序列号须为 1 至 20 个可见 ASCII 字符，不含空格'],
  [/^a terminal number has .*$/,                          '终端号须为 8 位字母或数字'],
  [/^a slot is 0 to 9$/,                                  '索引须为 0 至 9'],
  [/^an algorithm is TDES or SM4$/,                       '算法须为 TDES 或 SM4'],
  [/^(\S+), slot (\d) is in line (\d+) too$/,             '$1 索引 $2 与第 $3 行重复'],
  [/^terminal number (\S+) is (\S+)'s too$/,              '终端号 $1 已属于 $2'],
  [/^(\S+), slot (\d) is expected with (\S+)$/,           '$1 索引 $2 原定算法为 $3'],
  [/^(\S+), slot (\d) is expected as terminal (.+)$/,     '$1 索引 $2 原定终端号为 $3'],
  [/^an SM4 key cannot be kept under a ZMK of TDES$/,     'TDES 的 ZMK 不能保护 SM4 密钥'],
]

/** What is wrong with a line of a list, in the reader's language; a sentence that has no Chinese stays what it is. */
export function rowWords(why: string, locale: Locale): string {
  const row = locale === 'zh' ? rows.find(([pattern]) => pattern.test(why)) : undefined
  return row === undefined ? why : why.replace(row[0], row[1])
}
