import { describeMessage } from '../../host-link/wire/describe.ts'
import { decodeMessage, dialectOf, encodeMessage } from '../../host-link/wire/dialect.ts'
import { decodeCupFrameBody } from '../../host-link/wire/envelope.ts'
import { type Dialect, type Message, WireError } from '../../host-link/wire/message.ts'

/** Stands for a hex digit that is not shown. */
const COVER = '·'
/** The length before a frame: always shown. */
const LENGTH_BYTES = 2

/** Upper-case hex, two digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}

/**
 * Hex of a frame in which every element that `describe` masks is covered, with its length or key. It fails closed:
 * what is no whole message, or not the bytes that we would write for it, is covered but for the length.
 */
export function maskedHex(bytes: Uint8Array): string {
  const hex = hexOf(bytes)
  const read = messageIn(bytes)
  if (!read) return cover(hex, LENGTH_BYTES, bytes.length)
  const { message, dialect } = read
  const plain = describeMessage(message, undefined, { mask: false }).json.fields
  const shown = describeMessage(message).json.fields
  // Both dialects write the elements one after the other, in the order of their numbers.
  const numbers = Object.keys(message.fields).reverse()
  let masked = hex
  let end = bytes.length
  for (const number of numbers) {
    const start = end - elementBytes(dialect, message, Number(number))
    if (shown[number] !== plain[number]) masked = cover(masked, start, end)
    end = start
  }
  return masked
}

/** The message of a frame that is whole, and the very bytes that we would write. */
function messageIn(frame: Uint8Array): { message: Message; dialect: Dialect } | undefined {
  const body = frame.subarray(LENGTH_BYTES)
  const dialect = dialectOf(body)
  const [high = 0, low = 0] = frame
  if (!dialect || high * 256 + low !== body.length) return undefined
  try {
    const bytes = dialect === 'cup' ? decodeCupFrameBody(body).message : body
    const message = decodeMessage(dialect, bytes)
    const ours = encodeMessage(dialect, message)
    const same = ours.length === bytes.length && ours.every((byte, at) => byte === bytes[at])
    return same ? { message, dialect } : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** What one element takes: a message with it alone against a message without any. */
function elementBytes(dialect: Dialect, { mti, fields }: Message, number: number): number {
  const value = fields[number]
  const alone = value === undefined ? {} : { [number]: value }
  return (
    encodeMessage(dialect, { mti, fields: alone }).length - encodeMessage(dialect, { mti, fields: {} }).length
  )
}

/** `hex` with bytes `from` to before `to` covered. */
function cover(hex: string, from: number, to: number): string {
  const covered = COVER.repeat(2 * Math.max(0, to - from))
  return hex.slice(0, 2 * from) + covered + hex.slice(2 * to)
}

/** A dump of hex digits: 16 bytes a row in two groups, with the offset before them. */
export function hexRows(hex: string): string {
  const rows: string[] = []
  for (let at = 0; at < hex.length; at += 32) {
    const pairs = hex.slice(at, at + 32).match(/.{2}/gu) ?? []
    const groups = [pairs.slice(0, 8).join(' '), pairs.slice(8).join(' ')]
    const offset = (at / 2).toString(16).padStart(4, '0').toUpperCase()
    rows.push(`${offset}  ${groups.join('  ').trimEnd()}`)
  }
  return rows.join('\n')
}
