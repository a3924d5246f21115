import type { Charset } from '../../terminal/device/charset.ts'

const LEAD_FIRST = 0x81
const LEAD_LAST = 0xfe
const TRAIL_FIRST = 0x40
const TRAIL_LAST = 0xfe
const TRAILS = TRAIL_LAST - TRAIL_FIRST + 1
const UNKNOWN = '\ufffd'
const QUESTION_MARK = 0x3f

interface Rom {
  /** Character of a pair at (lead − 81) · 191 + (trail − 40), hexadecimal; U+FFFD where there is none. */
  readonly characters: readonly string[]
  /** The pair, as lead · 256 + trail. */
  readonly pairs: ReadonlyMap<string, number>
}

/** GBK from a table, as in a device's ROM. The table is read out of `decode` (a GBK decoder) when first needed. */
export function makeCharset(decode: (bytes: Uint8Array) => string): Charset {
  let rom: Rom | undefined
  return {
    encodeGbk(text) {
      const bytes: number[] = []
      for (const character of text) {
        const point = character.codePointAt(0) ?? 0
        rom ??= point < 0x80 ? rom : readRom(decode)
        const pair = point < 0x80 ? point : (rom?.pairs.get(character) ?? QUESTION_MARK)
        if (pair > 0xff) bytes.push(pair >> 8)
        bytes.push(pair & 0xff)
      }
      return Uint8Array.from(bytes)
    },
    decodeGbk(bytes) {
      let text = ''
      for (let at = 0; at < bytes.length; at++) {
        const lead = bytes[at] ?? 0
        if (lead < 0x80) {
          text += String.fromCharCode(lead)
          continue
        }
        const trail = bytes[at + 1] ?? 0
        if (!isLead(lead) || !isTrail(trail)) {
          text += UNKNOWN // one byte only: what follows may be good text
          continue
        }
        rom ??= readRom(decode)
        text += rom.characters[indexOf(lead, trail)] ?? UNKNOWN
        at++
      }
      return text
    },
  }
}

/**
 * Decodes all pairs, a row of one lead byte at a time, with line feeds between them: a line feed is no part of any
 * pair, so what a bad pair decodes to stays on its own line.
 */
function readRom(decode: (bytes: Uint8Array) => string): Rom {
  const characters: string[] = new Array<string>((LEAD_LAST - LEAD_FIRST + 1) * TRAILS).fill(UNKNOWN)
  const pairs = new Map<string, number>()
  for (let lead = LEAD_FIRST; lead <= LEAD_LAST; lead++) {
    const row = new Uint8Array(3 * TRAILS)
    for (let column = 0; column < TRAILS; column++) row.set([lead, TRAIL_FIRST + column, 0x0a], 3 * column)
    decode(row)
      .split('\n')
      .forEach((text, column) => {
        const trail = TRAIL_FIRST + column
        if (!isTrail(trail) || !isCharacter(text)) return
        characters[indexOf(lead, trail)] = text
        if (!pairs.has(text)) pairs.set(text, lead * 256 + trail)
      })
  }
  return { characters, pairs }
}

/** One character of GBK proper: the areas for characters of the user's own are left out. */
function isCharacter(text: string): boolean {
  const point = text.codePointAt(0) ?? 0
  const privateUse = point >= 0xe000 && point <= 0xf8ff
  return Array.from(text).length === 1 && text !== UNKNOWN && point >= 0x80 && !privateUse
}

function isLead(byte: number): boolean {
  return byte >= LEAD_FIRST && byte <= LEAD_LAST
}
function isTrail(byte: number): boolean {
  return byte >= TRAIL_FIRST && byte <= TRAIL_LAST && byte !== 0x7f
}
function indexOf(lead: number, trail: number): number {
  return (lead - LEAD_FIRST) * TRAILS + (trail - TRAIL_FIRST)
}
