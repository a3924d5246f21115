import { bytesOfHex } from '../host-link/wire/bytes.ts'
import { describeInput } from '../host-link/wire/describe.ts'
import type { MotherPosItem } from '../keys/mother-pos/item.ts'
import { decodeNewland } from '../keys/mother-pos/newland.ts'
import { decodeXgd } from '../keys/mother-pos/xgd.ts'

export interface DescribeCommandOptions {
  /** One JSON document instead of text. */
  readonly json?: boolean
  readonly mask: boolean
  /** Language of the names; both when absent. */
  readonly locale?: 'zh' | 'en'
}

interface Described {
  readonly text: string
  readonly exitCode: number
  readonly error?: string
}

/**
 * `shuaka describe`: a frame or message in hex (spaces and line ends between digits do not count) as text or JSON.
 * `exitCode` is 0 for a whole message and 1 otherwise, with the reason in `error`, one sentence for standard error;
 * `text` then holds what stood before the fault, or nothing.
 */
export function describeCommand(
  input: string,
  { json = false, mask, locale }: DescribeCommandOptions,
): Described {
  const bytes = bytesIn(input)
  if (typeof bytes === 'string') return { text: '', exitCode: 1, error: bytes }
  const gbk = new TextDecoder('gbk')
  const described = describeInput(bytes, {
    mask,
    locale: locale ?? 'both',
    charset: (bytes) => gbk.decode(bytes),
  })
  const text = json ? `${JSON.stringify(described.json, null, 2)}\n` : described.text
  if (!described.error) return { text, exitCode: 0 }
  return { text, exitCode: 1, error: `describe: ${described.error.message}.` }
}

const neverAccepted = {
  zh: '母POS 明文密钥 (或等同明文) 只供诊断读取, 刷卡从不接受.',
  en: 'These keys travel in clear, or as good as: Shuaka reads such lines for diagnosis and never accepts a key from one.',
}

/**
 * `shuaka describe --mother-pos`: what a capture of an old 母POS line holds, one line an item. Data are counted and
 * never shown. `exitCode` is 1 where a frame is cut, of another form or has a wrong checksum, and where there is none.
 */
export function describeMotherPos(
  input: string,
  family: 'xgd' | 'newland',
  { json = false, locale }: { readonly json?: boolean; readonly locale?: 'zh' | 'en' },
): Described {
  const bytes = bytesIn(input)
  if (typeof bytes === 'string') return { text: '', exitCode: 1, error: bytes }
  const items = family === 'xgd' ? decodeXgd(bytes) : decodeNewland(bytes)
  bytes.fill(0)
  const note = inLocale(neverAccepted, locale)
  const text = json
    ? `${JSON.stringify({ family, items, note }, null, 2)}\n`
    : `${[...items.map((item) => itemLine(item, locale)), note].join('\n')}\n`
  const wrong = items.filter(
    ({ kind, checksum }) => kind === 'cut' || kind === 'fault' || checksum === 'wrong',
  )
  if (wrong.length > 0) {
    const many = wrong.length === 1 ? 'one frame is' : `${wrong.length} frames are`
    return {
      text,
      exitCode: 1,
      error: `describe: ${many} cut or wrong, the first at byte ${wrong[0]?.offset}.`,
    }
  }
  if (items.some(({ kind }) => kind !== 'noise')) return { text, exitCode: 0 }
  return { text, exitCode: 1, error: `describe: there is no ${family} frame in it.` }
}

function itemLine(item: MotherPosItem, locale: 'zh' | 'en' | undefined): string {
  const { zh, en, command, subCommand, index, mode, keyBytes } = item
  const code = [command, subCommand].filter((each) => each !== undefined).map(hexByte)
  const parts = [`byte ${item.offset}, ${item.length} bytes: ${inLocale({ zh, en }, locale)}`]
  if (code.length > 0) parts.push(code.join(' '))
  if (index !== undefined) parts.push(`index ${index}`)
  if (mode !== undefined) parts.push(`mode ${mode}`)
  if (keyBytes !== undefined) parts.push(`key ${keyBytes} bytes, hidden`)
  if (item.kind === 'cut') parts.push('cut')
  if (item.kind === 'fault') parts.push('form is wrong')
  if (item.checksum !== 'none') parts.push(`checksum ${item.checksum}`)
  return parts.join(', ')
}

function inLocale({ zh, en }: { readonly zh: string; readonly en: string }, locale?: 'zh' | 'en'): string {
  return locale === undefined ? `${zh} ${en}` : { zh, en }[locale]
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

/** The bytes of hex, or why they are none. */
function bytesIn(input: string): Uint8Array | string {
  const hex = input.replace(/\s+/g, '')
  if (hex === '') return 'describe: there is no input.'
  const bad = hex.search(/[^0-9A-Fa-f]/)
  if (bad >= 0) return `describe: character ${bad + 1} of the input is no hex digit.`
  if (hex.length % 2 !== 0) return `describe: the input has an odd number of hex digits, ${hex.length}.`
  return bytesOfHex(hex)
}
