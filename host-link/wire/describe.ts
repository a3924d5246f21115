import { bytesOfText } from './bytes.ts'
import { readCborMessage } from './cbor-message.ts'
import { type View, viewField } from './describe-field.ts'
import { dialectOf } from './dialect.ts'
import { decodeCupFrameBody, ENVELOPE_BYTES, parseHeader, REQUIREMENTS } from './envelope.ts'
import { FIELD_NAMES, MTI_NAMES, type Name } from './field-names.ts'
import { type Draft, readIso8583 } from './iso8583.ts'
import { HIDDEN } from './mask.ts'
import { type Envelope, type Message, WireError } from './message.ts'
import { responseOf } from './response-code.ts'
import { type Transaction, transactions } from './transaction.ts'

export interface DescribeOptions {
  /**
   * Hide card numbers, tracks, PIN blocks, keys and whatever is not known to be harmless; in what is no whole message,
   * every value but the message type. Default true.
   */
  readonly mask?: boolean
  /** Language of the names; default both. */
  readonly locale?: 'zh' | 'en' | 'both'
  /** Text of the bytes of an `ans` element (GBK on UnionPay's wire); without it bytes over 7E show as `\xD6`. */
  readonly charset?: (bytes: Uint8Array) => string
}

/** A message as a program reads it: digits and text as they are, bytes as upper-case hex. */
export interface DescribedMessage {
  /** `null` where the input has none: a bare message, or CBOR. `****` where it is hidden. */
  readonly tpdu: string | null
  readonly header: string | null
  /** Empty where the input ended before it. */
  readonly mti: string
  readonly fields: { readonly [number: string]: string }
  /** Where the input stopped being a message. */
  readonly error?: { readonly path: string; readonly offset: number; readonly why: string }
}

export interface Description {
  readonly text: string
  readonly json: DescribedMessage
  /** Set where the input is no whole message; `text` and `json` then hold what stood before the fault. */
  readonly error?: WireError
}

/**
 * Describes a frame or a message: finds by itself whether the bytes start with the length, the TPDU, the message
 * type or a CBOR map. Never throws for bad bytes: they are told in `error`.
 */
export function describeInput(bytes: Uint8Array, options: DescribeOptions = {}): Description {
  const best = readings(bytes).reduce((a, b) => (rank(b) > rank(a) ? b : a))
  const json = jsonOf(best, options)
  const text = textOf(best, options)
  return best.error ? { text, json, error: best.error } : { text, json }
}

/** Describes a message, with its TPDU and header where it has them. */
export function describeMessage(
  message: Message,
  envelope?: Envelope,
  options: DescribeOptions = {},
): Description {
  const reading: Reading = {
    envelope,
    draft: { mti: message.mti, fields: { ...message.fields } },
    error: undefined,
  }
  return { text: textOf(reading, options), json: jsonOf(reading, options) }
}

/** One way to read the input. */
interface Reading {
  readonly envelope: Envelope | undefined
  readonly draft: Draft
  readonly error: WireError | undefined
}

/** Whole readings before broken ones; of two broken ones the one that got further. */
function rank({ envelope, draft, error }: Reading): number {
  return (
    (error ? 0 : 1000) + (envelope ? 100 : 0) + (draft.mti === '' ? 0 : 50) + Object.keys(draft.fields).length
  )
}

function readings(bytes: Uint8Array): Reading[] {
  const all = [readBody(bytes, 0)]
  if (bytes.length < 2) return all
  const length = (bytes[0] as number) * 256 + (bytes[1] as number)
  const rest = bytes.length - 2
  const framed = readBody(bytes.subarray(2), 2)
  if (length === rest) all.unshift(framed)
  else if (dialectOf(bytes.subarray(2))) {
    const why = `says ${length}, ${rest} bytes follow`
    all.push({ ...framed, error: framed.error ?? new WireError('frame.length', 0, why) })
  }
  return all
}

function readBody(body: Uint8Array, base: number): Reading {
  const draft: Draft = { mti: '', fields: {} }
  let envelope: Envelope | undefined
  let at = base
  try {
    const dialect = dialectOf(body)
    if (dialect === 'cbor') readCborMessage(body, draft)
    else if (dialect === 'cup') {
      const decoded = decodeCupFrameBody(body)
      envelope = decoded.envelope
      at += ENVELOPE_BYTES
      readIso8583(decoded.message, draft)
    } else readIso8583(body, draft)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { envelope, draft, error: new WireError(error.path, at + error.offset, error.why) }
  }
  return { envelope, draft, error: undefined }
}

/**
 * Whether no value may be shown: where the bytes stop being a message, nobody knows whether those before the fault
 * were what they were taken for. One flipped bit of the bitmap puts a card number into plain elements.
 */
function isHidden({ error }: Reading, { mask = true }: DescribeOptions): boolean {
  return mask && error !== undefined
}

function viewOf(reading: Reading, number: number, options: DescribeOptions): View {
  if (isHidden(reading, options)) return { value: HIDDEN, parts: [] }
  return viewField(reading.draft, number, options.mask ?? true)
}

/** TPDU and header as they may be shown. */
function envelopeOf(reading: Reading, options: DescribeOptions): Envelope | undefined {
  if (!reading.envelope || !isHidden(reading, options)) return reading.envelope
  return { tpdu: HIDDEN, header: HIDDEN }
}

function jsonOf(reading: Reading, options: DescribeOptions): DescribedMessage {
  const { draft, error } = reading
  const envelope = envelopeOf(reading, options)
  const shown: { [number: string]: string } = {}
  for (const key of Object.keys(draft.fields)) {
    const { value } = viewOf(reading, Number(key), options)
    shown[key] = options.charset ? options.charset(bytesOfText(value)) : value
  }
  const json = {
    tpdu: envelope?.tpdu ?? null,
    header: envelope?.header ?? null,
    mti: draft.mti,
    fields: shown,
  }
  return error ? { ...json, error: { path: error.path, offset: error.offset, why: error.why } } : json
}

function textOf(reading: Reading, options: DescribeOptions): string {
  const { draft, error } = reading
  const lines: string[] = []
  const line = (label: string, value: string, names: Name | undefined, remark: Name | undefined) => {
    const told = [nameIn(names, options), remark ? `(${nameIn(remark, options)})` : ''].filter(
      (part) => part !== '',
    )
    lines.push(`${label.padEnd(13)} ${value.padEnd(32)} ${told.join(' ')}`.trimEnd())
  }
  const envelope = envelopeOf(reading, options)
  if (envelope) {
    line('TPDU', envelope.tpdu, { zh: '传输协议数据单元', en: 'transport addresses' }, undefined)
    line(
      'header',
      envelope.header,
      { zh: '报文头', en: 'application header' },
      requirementIn(envelope.header),
    )
  }
  const transaction = isHidden(reading, options) ? undefined : transactionOf(draft)
  if (draft.mti !== '') line('type', draft.mti, MTI_NAMES[draft.mti], transaction)
  for (const key of Object.keys(draft.fields)) {
    const { value, parts } = viewOf(reading, Number(key), options)
    const remark = remarkOn(key, value)
    line(key, parts.length > 0 ? '' : printable(value, options), FIELD_NAMES[key], remark)
    for (const part of parts)
      line(
        `  ${part.path}`,
        printable(part.value, options),
        FIELD_NAMES[part.path],
        remarkOn(part.path, part.value),
      )
  }
  if (error) lines.push(`error         ${error.message}`)
  return `${lines.join('\n')}\n`
}

function requirementIn(header: string): Name | undefined {
  if (header === HIDDEN) return undefined
  const { requirement } = parseHeader(header)
  return {
    zh: `处理要求 ${requirement}`,
    en: `requirement: ${REQUIREMENTS[Number(requirement)] ?? requirement}`,
  }
}

function nameIn(name: Name | undefined, { locale = 'both' }: DescribeOptions): string {
  if (!name) return ''
  if (locale === 'both') return name.zh === name.en ? name.zh : `${name.zh} ${name.en}`
  return name[locale]
}

/** One line's worth of a value: what could move the cursor or fake a line shows as `\x1B`. */
function printable(value: string, { charset }: DescribeOptions): string {
  let text = ''
  for (const character of charset ? charset(bytesOfText(value)) : value) {
    const code = character.codePointAt(0) as number
    const control = code < 0x20 || (code >= 0x7f && code < 0xa0) || (!charset && code >= 0xa0)
    text += control ? `\\x${textHex(code)}` : character
  }
  return text
}

function textHex(code: number): string {
  return code.toString(16).toUpperCase().padStart(2, '0')
}

/** 60.1 names the transaction only together with type, processing code and condition. */
function transactionOf({ mti, fields }: Draft): Name | undefined {
  const request = mti.slice(0, 2) + String(Number(mti.slice(2, 3)) & ~1) + mti.slice(3)
  const use = typeof fields[60] === 'string' ? fields[60] : ''
  const rows: readonly Transaction[] = Object.values(transactions)
  return rows.find((row) => {
    if (row.mti !== request) return false
    if (row.name === 'reversal') return true
    if (row.processingCode !== fields[3] || row.condition !== fields[25] || row.type !== use.slice(0, 2))
      return false
    if (row.name === 'signOn') return /^00[134]$/.test(use.slice(8, 11))
    return row.processingCode !== undefined || row.network === use.slice(8, 11)
  })
}

const AMOUNTS = ['4', '48.1', '48.3', '48.6', '48.8', '48.amount', '54.5']

function remarkOn(path: string, value: string): Name | undefined {
  if (value === HIDDEN) return undefined
  if (path === '39') return responseOf(value)
  if (!AMOUNTS.includes(path) || !/^\d{12}$/.test(value)) return undefined
  const units = `${value.slice(0, 10).replace(/^0+(?=\d)/, '')}.${value.slice(10)}`
  return { zh: units, en: units }
}
