import { describeInput } from '../../host-link/wire/describe.ts'

/** Stands for a hex digit that is not shown. */
const COVER = '·'
/** Length and TPDU, in hex digits: always shown. */
const CLEAR_DIGITS = 14

/** Upper-case hex, two digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}

/**
 * Hex of a frame in which every field that `describe` masks is covered. It fails closed: where such a field cannot
 * be found among the bytes, or the bytes are no message, all but the length and the TPDU is covered.
 */
export function maskedHex(bytes: Uint8Array): string {
  const hex = hexOf(bytes)
  const plain = describeInput(bytes, { mask: false }).json
  const shown = describeInput(bytes).json
  if (plain.error) return coverFrom(hex, CLEAR_DIGITS)
  const digits = [...hex]
  for (const [number, value] of Object.entries(plain.fields)) {
    if (shown.fields[number] === value) continue
    const places = placesOf(hex, value)
    if (places.length === 0) return coverFrom(hex, CLEAR_DIGITS)
    for (const { at, length } of places) digits.fill(COVER, at, at + length)
  }
  return digits.join('')
}

/** Wherever `value` stands in `hex`: as packed digits or bytes, or as ASCII. */
function placesOf(hex: string, value: string): readonly { at: number; length: number }[] {
  const ascii = hexOf(Uint8Array.from(value, (character) => character.charCodeAt(0)))
  const places: { at: number; length: number }[] = []
  if (value === '') return places
  for (const form of [value.toUpperCase(), ascii]) {
    for (let at = hex.indexOf(form); at >= 0; at = hex.indexOf(form, at + 1))
      places.push({ at, length: form.length })
  }
  return places
}

function coverFrom(hex: string, from: number): string {
  return hex.slice(0, from) + COVER.repeat(Math.max(0, hex.length - from))
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
