import { bytesOfText, textOfBytes } from '../../host-link/wire/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import type { Written } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'

/** Settings of the latest messages, in a circle by their number. */
const SETTING_FIRST = 40
export const MESSAGES_KEPT = 8
/** Setting: the number of the newest message that was received. */
const SETTING_NEWEST = 9

/** Numbers of what came by 远程下载 begin above those of the host, which rise by themselves. */
export const REMOTE_FIRST = 1_000_000
/** Longest text that a setting holds. */
export const TEXT_BYTES_MAX = 180

/** 服务信息: a message of the host, or of the download service, kept in flash. */
export interface KeptMessage {
  /** 1 to 999999, rising; from `REMOTE_FIRST` on of the download service. */
  readonly number: number
  /** `20261121`. */
  readonly date: string
  /** GBK bytes as characters, up to 160; of the download service up to 180. */
  readonly text: string
  readonly read: boolean
}

/** Number of the newest message that was received, 0 for none. */
export function newestMessage(pos: Pos): number {
  const bytes = pos.journal.setting(SETTING_NEWEST)
  return bytes === undefined ? 0 : numberOf(decodeCbor(bytes, { bytes: 8, depth: 1 }))
}

/** Keeps a message; the oldest of `MESSAGES_KEPT` gives way. The text is durable before its number counts as received. */
export function keepMessage(pos: Pos, message: Omit<KeptMessage, 'read'>): Written {
  const kept = put(pos, { ...message, read: false })
  return kept === 'written' && message.number < REMOTE_FIRST
    ? pos.journal.set(SETTING_NEWEST, encodeCbor(message.number))
    : kept
}

export function markRead(pos: Pos, message: KeptMessage): Written {
  return message.read ? 'written' : put(pos, { ...message, read: true })
}

/** The messages that are kept, newest first. One that rotted away is missing. */
export function keptMessages(pos: Pos): KeptMessage[] {
  const messages: KeptMessage[] = []
  for (let place = 0; place < MESSAGES_KEPT; place++) {
    const bytes = pos.journal.setting(SETTING_FIRST + place)
    const message = bytes && messageOf(bytes)
    if (message) messages.push(message)
  }
  return messages.sort((a, b) => Number(b.date) - Number(a.date) || b.number - a.number)
}

/** In the place of the same message, an empty one, or that of the oldest. */
function put(pos: Pos, { number, date, text, read }: KeptMessage): Written {
  const value: CborValue = [number, Number(date), bytesOfText(text), read ? 1 : 0]
  const there = Array.from({ length: MESSAGES_KEPT }, (_, place) => {
    const bytes = pos.journal.setting(SETTING_FIRST + place)
    return bytes && messageOf(bytes)?.number
  })
  const oldest = keptMessages(pos).pop()?.number
  const places = [number, undefined, oldest].map((wanted) => there.indexOf(wanted))
  return pos.journal.set(SETTING_FIRST + (places.find((place) => place >= 0) ?? 0), encodeCbor(value))
}

function messageOf(bytes: Uint8Array): KeptMessage | undefined {
  try {
    const value = decodeCbor(bytes, { bytes: 400, depth: 2 })
    if (!Array.isArray(value)) return undefined
    const [number, date, text, read] = value
    return {
      number: numberOf(number),
      date: String(numberOf(date)),
      text: text instanceof Uint8Array ? textOfBytes(text) : '',
      read: read === 1,
    }
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function numberOf(value: CborValue | undefined): number {
  return typeof value === 'number' ? value : 0
}
