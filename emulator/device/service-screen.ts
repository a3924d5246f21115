import { cellWidth } from '../../terminal/screen/width.ts'
import { models } from './display.ts'
import type { Grid } from './grid.ts'
import type { Model } from './ports.ts'

/** The secure element's own words of 密钥注入: no application can ask for these passwords. Every text fits 16 cells. */
// biome-ignore format: one row a text
export const serviceTexts = {
  title:         { zh: '密钥注入',         en: 'Key injection' },
  make1:         { zh: '设置密码一',       en: 'Make password 1' },
  make1Again:    { zh: '再次输入密码一',   en: 'Password 1 again' },
  make2:         { zh: '设置密码二',       en: 'Make password 2' },
  make2Again:    { zh: '再次输入密码二',   en: 'Password 2 again' },
  ask1:          { zh: '请输入密码一',     en: 'Password 1' },
  ask2:          { zh: '请输入密码二',     en: 'Password 2' },
  digits:        { zh: '7至12位数字',      en: '7 to 12 digits' },
  differ:        { zh: '两次输入不一致',   en: 'Differ: again' },
  same:          { zh: '两人密码须不同',   en: 'Must not be same' },
  menuHint:      { zh: '菜单键:修改密码',  en: 'Menu: change' },
  oldFirst:      { zh: '修改:先输旧密码',  en: 'Old ones first' },
  changed:       { zh: '密码已修改',       en: 'Changed' },
  sendIn:        { zh: '请送厂家维修',     en: 'Send to maker' },
  wrong:         { zh: '密码错请重输',     en: 'Wrong: again' },
  connecting:    { zh: '连接注入站',       en: 'Seeking station' },
  serial:        { zh: '序列号',           en: 'Serial number' },
  loading:       { zh: '装载中',           en: 'Loading' },
  loaded:        { zh: '成功 密钥槽',      en: 'Loaded: slot' },
  checkValue:    { zh: '校验值',           en: 'Check' },
  locked:        { zh: '已锁定,剩余分钟',  en: 'Locked, minutes' },
  noIdentity:    { zh: '本机无身份证书',   en: 'No certificate' },
  noStation:     { zh: '未接注入站',       en: 'No station' },
  timeout:       { zh: '操作超时',         en: 'Timed out' },
  refused:       { zh: '注入站拒绝',       en: 'Station refuses' },
  failed:        { zh: '注入失败',         en: 'Not loaded' },
  unknownSerial: { zh: '序列号未登记',     en: 'Serial unknown' },
  alreadyLoaded: { zh: '本机已注入',       en: 'Loaded already' },
  notExpected:   { zh: '不在计划内',       en: 'Not expected' },
  notNow:        { zh: '注入站未就绪',     en: 'Not ready' },
  keyFault:      { zh: '注入站密钥异常',   en: 'Bad station key' },
  keyBlock:      { zh: '密钥块错',         en: 'Bad key block' },
  checkFault:    { zh: '校验值不符',       en: 'Check value bad' },
  weakKey:       { zh: '弱密钥',           en: 'Weak key' },
  duplicateKey:  { zh: '密钥重复',         en: 'Key used twice' },
  slot:          { zh: '无此密钥槽',       en: 'No such slot' },
  storage:       { zh: '保存失败',         en: 'Not saved' },
  line:          { zh: '连接中断',         en: 'Line lost' },
  identity:      { zh: '身份验证失败',     en: 'Not trusted' },
  message:       { zh: '报文异常',         en: 'Foreign message' },
  keysHint:      { zh: '确认 清除 取消',   en: 'Enter Clear Canc' },
  cancelHint:    { zh: '取消键退出',       en: 'Cancel: stop' },
  anyHint:       { zh: '按任意键返回',     en: 'Press any key' },
} as const

export type ServiceText = keyof typeof serviceTexts

/** One screen of the injection: what it asks or says, something to it, and how many digits are typed. */
export interface ServicePage {
  readonly main: string
  /** Gives way to the first digit where there is no row for both. */
  readonly detail: string
  readonly digits: number
  readonly hint: string
}

/** Draws it on the secure element's grid; digits as asterisks. */
export function drawServiceScreen(grid: Grid, model: Model, title: string, page: ServicePage): void {
  const { columns, rows } = models[model]
  const roomy = rows > 6
  const { main, detail, digits, hint } = page
  const put = (row: number, text: string): void => {
    grid.draw(row, Math.max(0, (columns - cellWidth(text)) >> 1), text, 'normal')
  }
  grid.clear()
  grid.draw(0, 0, bar(title, columns), 'inverse')
  put(roomy ? 2 : 1, main)
  if (roomy || digits === 0) put(roomy ? 4 : 2, detail)
  const stars = '*'.repeat(digits)
  grid.draw(roomy ? 6 : 2, (columns - digits) >> 1, stars, roomy ? 'large' : 'normal')
  put(rows - 1, hint)
}

/** Fills the row, so that the title is one inverse bar. */
function bar(text: string, columns: number): string {
  const free = columns - cellWidth(text)
  return ' '.repeat(free >> 1) + text + ' '.repeat(free - (free >> 1))
}
