import { bytesOfText, hexOf, textOfBytes } from './bytes.ts'
import { type Field, fieldNumbered } from './field-table.ts'
import { parseInstalment62, parsePlan62 } from './instalment.ts'
import { HIDDEN, maskPan, maskText } from './mask.ts'
import { type FieldValue, type Message, WireError } from './message.ts'
import { parseSettlement48 } from './settlement.ts'
import {
  FIELD_53,
  FIELD_54,
  FIELD_60,
  FIELD_61,
  KEY_BLOCK_BYTES,
  type Place,
  parseBalance54,
  parseField53,
  parseField60,
  parseField61,
  parseSignOnSerial,
  parseTagged57,
} from './subfields.ts'
import { TAGS } from './tags.ts'

/** Elements whose pieces are masked each in its own way but shown as one value. */
const IN_ONE_PIECE = [2, 35]
/** Elements for people to read, shown without their card numbers; another `masked` element needs a known layout. */
const FREE_TEXT = [44, 59, 63]

/** A piece of an element: its name's key in `FIELD_NAMES`, its characters, and how it may be shown. */
export interface Part {
  readonly path: string
  readonly raw: string
  readonly shown: 'plain' | 'pan' | 'text' | 'hidden'
}

/** An element as it may be shown. Characters are bytes (0–255); bytes of form `b` are in `value` as hex. */
export interface View {
  readonly value: string
  readonly parts: readonly { readonly path: string; readonly value: string }[]
}

/**
 * One element of a message, masked unless `mask` is false. Fails closed: an element without a row, or one that is
 * neither plain nor taken apart by a known layout, shows as `****`.
 */
export function viewField(message: Message, number: number, mask: boolean): View {
  const row = fieldNumbered[number]
  const value = message.fields[number]
  if (!row || value === undefined) return { value: HIDDEN, parts: [] }
  const whole = typeof value === 'string' ? value : hexOf(value)
  const parts = layoutOf(message, number, value)
  if (!parts) return { value: mask ? withoutLayout(row, whole) : whole, parts: [] }

  const isBytes = typeof value !== 'string'
  const shownParts = parts.map((part) => {
    const unmasked = isBytes && part.shown === 'hidden' ? hexOf(bytesOfText(part.raw)) : part.raw
    return { path: part.path, value: mask ? shownPart(part) : unmasked }
  })
  const joined = shownParts.map((part) => part.value).join('')
  const masked = isBytes && joined !== HIDDEN ? hexOf(bytesOfText(joined)) : joined
  return { value: mask ? masked : whole, parts: IN_ONE_PIECE.includes(number) ? [] : shownParts }
}

function withoutLayout({ number, shown }: Field, text: string): string {
  if (shown === 'plain') return text
  return FREE_TEXT.includes(number) ? maskText(text) : HIDDEN
}

function shownPart({ raw: text, shown }: Part): string {
  switch (shown) {
    case 'plain':
      return text
    case 'pan':
      return maskPan(text)
    case 'text':
      return maskText(text)
    case 'hidden':
      return HIDDEN
  }
}

/** The pieces of an element where its layout is known and fits; joined they are the element. */
function layoutOf(message: Message, number: number, value: FieldValue): Part[] | undefined {
  const layout = LAYOUTS[number]
  try {
    return layout?.(typeof value === 'string' ? value : textOfBytes(value), message)
  } catch (error) {
    if (error instanceof WireError) return undefined // no such layout after all: the caller hides the element
    throw error
  }
}

type Layout = (text: string, message: Message) => Part[] | undefined

const LAYOUTS: { readonly [number: number]: Layout | undefined } = {
  2: (text) => [{ path: '2', raw: text, shown: 'pan' }],
  35: track2Parts,
  48: (text, message) => (message.mti.startsWith('05') ? totalsParts(text) : uploadParts(text, message)),
  53: (text) => placeParts('53', FIELD_53, parseField53(text), text),
  54: (text) => placeParts('54', FIELD_54, parseBalance54(text), text),
  57: tagParts,
  60: (text) => placeParts('60', FIELD_60, parseField60(text), text),
  61: (text) => placeParts('61', FIELD_61, parseField61(text), text),
  62: byUseParts,
  63: textParts,
}

const plain = (path: string, text: string): Part => ({ path, raw: text, shown: 'plain' })

/** `parsed` is there to be evaluated: its parser has refused every other layout. */
function placeParts(path: string, places: readonly Place<string>[], _parsed: object, text: string): Part[] {
  return cut(
    text,
    places.map(({ width }, index) => [`${path}.${index + 1}`, width]),
  )
}

function cut(text: string, widths: readonly (readonly [path: string, width: number])[]): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const [path, width] of widths) {
    if (at >= text.length) break
    parts.push(plain(path, text.slice(at, at + width)))
    at += width
  }
  return parts
}

function track2Parts(text: string): Part[] | undefined {
  const end = text.indexOf('D')
  if (end < 12 || end > 19) return undefined
  return [
    { path: '2', raw: text.slice(0, end), shown: 'pan' },
    plain('35', 'D'),
    { path: '35', raw: text.slice(end + 1), shown: 'hidden' },
  ]
}

function totalsParts(text: string): Part[] {
  parseSettlement48(text)
  const count = text.length === 74 ? 6 : 3
  return cut(
    text,
    [12, count, 12, count, 1, 12, count, 12, count, 1].map(
      (width, index) => [`48.${index + 1}`, width] as const,
    ),
  )
}

const UPLOAD_DIGITS = 40

/** 批上送: count, then class, trace, PAN (20, zero-filled) and amount of each; the end message has a count alone. */
function uploadParts(text: string, message: Message): Part[] | undefined {
  if (!/^03[23]0$/.test(message.mti)) return undefined
  if (text.length === 4) return [plain('48.count', text)]
  const count = Number(text.slice(0, 2))
  if (count < 1 || text.length !== 2 + UPLOAD_DIGITS * count) return undefined
  const parts = [plain('48.count', text.slice(0, 2))]
  for (let at = 2; at < text.length; at += UPLOAD_DIGITS) {
    const pan = text.slice(at + 8, at + 28)
    const digits = pan.replace(/^0+/, '')
    parts.push(
      plain('48.class', text.slice(at, at + 2)),
      plain('48.trace', text.slice(at + 2, at + 8)),
      plain('48.fill', pan.slice(0, pan.length - digits.length)),
      { path: '48.pan', raw: digits, shown: 'pan' },
      plain('48.amount', text.slice(at + 28, at + UPLOAD_DIGITS)),
    )
  }
  return parts
}

/** How the value of each of our tags may be shown; a value that is none of its tag hides the whole element. */
// biome-ignore format: one row a tag
const TAG_VALUES: { readonly [tag: string]: readonly [RegExp, Part['shown']] | undefined } = {
  [TAGS.storeNumber]:    [/^\d{4,8}$/,                     'plain'],
  [TAGS.operator]:       [/^\d{2}$/,                       'plain'],
  [TAGS.approver]:       [/^\d{2}$/,                       'plain'],
  [TAGS.biller]:         [/^\d{2}$/,                       'plain'],
  [TAGS.customer]:       [/^\d{1,20}$/,                    'pan'  ],
  [TAGS.bill]:           [/^[0-9A-Z]{1,20}$/,              'text' ],
  [TAGS.billText]:       [/^[\s\S]{0,60}$/,                'text' ],
  [TAGS.discount]:       [/^\d{12}[SMI][\s\S]{0,20}$/,    'text' ],
  [TAGS.cashBack]:       [/^\d{12}[SMI][\s\S]{0,20}$/,    'text' ],
  [TAGS.pointsEarned]:   [/^\d{10}$/,                      'plain'],
  [TAGS.pointsBalance]:  [/^\d{10}$/,                      'plain'],
  [TAGS.records]:        [/^(\d{10}(\d{4,8} *| {8}))*$/,   'plain'],
  [TAGS.messageWaiting]: [/^\d{6}$/,                       'plain'],
}

function tagParts(text: string): Part[] | undefined {
  const parts: Part[] = []
  for (const { tag, value } of parseTagged57(text)) {
    const [form, shown] = TAG_VALUES[tag] ?? []
    if (form === undefined || shown === undefined || !form.test(value)) return undefined
    const length = String(value.length).padStart(3, '0')
    parts.push(plain('57.tag', tag), plain('57.length', length), { path: `57.${tag}`, raw: value, shown })
  }
  return parts
}

/** 自定义域 62 has no layout of its own: it is shown only for the uses known here. */
function byUseParts(text: string, message: Message): Part[] | undefined {
  const network = message.fields[60]?.slice(8, 11)
  if (message.mti === '0800') {
    const { licence, serial } = parseSignOnSerial(bytesOfText(text))
    return [
      plain('62.head', text.slice(0, 11)),
      plain('62.length', text.slice(11, 13)),
      plain('62.licence', licence),
      { path: '62.serial', raw: serial, shown: 'plain' },
    ]
  }
  const blocks: { readonly [network: string]: number } = KEY_BLOCK_BYTES
  if (message.mti === '0810' && typeof network === 'string' && blocks[network] === text.length)
    return [{ path: '62.keys', raw: text, shown: 'hidden' }]
  if (message.fields[25] === '64') return instalmentParts(text, message)
  if (message.mti === '0200' && /^\d{12,19}$/.test(text)) return [{ path: '62.pan', raw: text, shown: 'pan' }]
  return undefined
}

/** 分期: what is asked for, 62 bytes; what it will cost, 77 bytes. */
function instalmentParts(text: string, { mti }: Message): Part[] {
  if (mti[2] === '0') {
    parseInstalment62(bytesOfText(text))
    return cut(text, [
      ['62.terms', 2],
      ['62.programme', 30],
      ['62.flag', 1],
      ['62.feeMode', 1],
      ['62.fill', 28],
    ])
  }
  parsePlan62(bytesOfText(text))
  return cut(text, [
    ['62.first', 12],
    ['62.currency', 3],
    ['62.fee', 12],
    ['62.points', 12],
    ['62.feeMode', 1],
    ['62.firstFee', 12],
    ['62.eachFee', 12],
    ['62.fill', 13],
  ])
}

/** Operator in management messages; elsewhere scheme and texts, unless a card number could lie across them. */
function textParts(text: string, message: Message): Part[] | undefined {
  if (maskText(text) !== text) return undefined
  if (/^0[58]/.test(message.mti)) return [plain('63.operator', text)]
  if (text.length < 3) return undefined
  return cut(text, [
    ['63.1', 3],
    ['63.2', 20],
    ['63.3', 20],
    ['63.4', 20],
    ['63.5', 100],
  ])
}
