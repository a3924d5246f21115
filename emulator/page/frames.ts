import { describeInput } from '../../host-link/wire/describe.ts'
import { encodeFrame, FrameDecoder } from '../../host-link/wire/frame.ts'
import { WireError } from '../../host-link/wire/message.ts'

/** A line of the wire log: a whole frame, bytes that are none, or the connection coming and going. */
export type LogEntry = { readonly id: number; readonly wallMs: number } & (
  | { readonly kind: 'frame'; readonly direction: 'out' | 'in'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'bad'
      readonly direction: 'out' | 'in'
      readonly bytes: Uint8Array
      readonly why: string
    }
  | { readonly kind: 'open' | 'close' }
)

/** Entries kept; the oldest go. */
export const ENTRIES_MAX = 300

/** Puts the bytes of each direction together to frames, however they were cut. */
export interface WireReader {
  take(direction: 'out' | 'in' | 'open' | 'close', bytes: Uint8Array, wallMs: number): readonly LogEntry[]
}

export function makeWireReader(): WireReader {
  let decoders = { out: new FrameDecoder(), in: new FrameDecoder() }
  let nextId = 1

  function frames(direction: 'out' | 'in', bytes: Uint8Array, wallMs: number): LogEntry[] {
    try {
      return decoders[direction]
        .push(bytes)
        .map((body) => ({ id: nextId++, wallMs, kind: 'frame', direction, bytes: encodeFrame(body) }))
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return [{ id: nextId++, wallMs, kind: 'bad', direction, bytes, why: error.message }]
    }
  }

  /** Half a frame that the end of the connection leaves behind. */
  function leftOver(wallMs: number): LogEntry[] {
    return (['out', 'in'] as const)
      .filter((direction) => decoders[direction].pendingBytes > 0)
      .map((direction) => {
        const why = `${decoders[direction].pendingBytes} bytes`
        return { id: nextId++, wallMs, kind: 'bad', direction, bytes: new Uint8Array(0), why }
      })
  }

  return {
    take(direction, bytes, wallMs) {
      if (direction === 'out' || direction === 'in') return frames(direction, bytes, wallMs)
      const left = leftOver(wallMs)
      decoders = { out: new FrameDecoder(), in: new FrameDecoder() }
      return [...left, { id: nextId++, wallMs, kind: direction }]
    },
  }
}

/** A frame in a line: type, what it is, and what the answer says. */
export interface FrameTitle {
  readonly mti: string
  readonly name: string
  /** Response code, field 39; undefined in requests. */
  readonly response: string | undefined
}

/** `describe` names the frame; the title is the first line of what it says. */
export function titleOf(bytes: Uint8Array, locale: 'zh' | 'en'): FrameTitle {
  const { text, json } = describeInput(bytes, { locale, charset: decodeGbk })
  const name = /^type\s+\d{4}\s+(.*)$/m.exec(text)?.[1] ?? ''
  const what = /\(([^()]*)\)$/.exec(name)?.[1]
  return { mti: json.mti, name: what ?? name, response: json.fields['39'] }
}

/** Whether the host said no. A 冲正 reversal gives its reason in field 39 too: only an answer is judged. */
export function isRefusal(direction: 'out' | 'in', { response }: FrameTitle): boolean {
  return direction === 'in' && response !== undefined && response !== '00'
}

/** A line of what `describe` says: element, value, and what they mean. */
export interface Detail {
  readonly label: string
  readonly value: string
  readonly meaning: string
}

/** The frame field by field. `mask` false is for test data only. */
export function detailsOf(bytes: Uint8Array, locale: 'zh' | 'en', mask: boolean): readonly Detail[] {
  const { text } = describeInput(bytes, { locale, mask, charset: decodeGbk })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [value = '', ...meaning] = line.slice(14).split(/ {2,}/)
      return { label: line.slice(0, 13).trimEnd(), value, meaning: meaning.join(' ') }
    })
}

function decodeGbk(bytes: Uint8Array): string {
  return new TextDecoder('gbk').decode(bytes)
}
