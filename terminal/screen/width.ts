/**
 * How many cells a character takes on the screen and on the paper: one table for the application, the printer and
 * the emulator. It is East Asian Width W and F of Unicode (UAX #11); ambiguous characters (`°`, `“`) are narrow.
 * No character is without width: a device font has no combining marks.
 */

// biome-ignore format: one row a range, first and last code point
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],   // Hangul leading consonants
  [0x2e80, 0x303e],   // radicals, CJK punctuation, ideographic space
  [0x3041, 0x33ff],   // kana, Bopomofo, enclosed CJK
  [0x3400, 0x4dbf],   // ideographs, extension A
  [0x4e00, 0xa4cf],   // ideographs, Yi
  [0xa960, 0xa97f],   // Hangul extended A
  [0xac00, 0xd7a3],   // Hangul syllables
  [0xf900, 0xfaff],   // compatibility ideographs
  [0xfe10, 0xfe19],   // vertical forms
  [0xfe30, 0xfe6f],   // compatibility and small forms
  [0xff01, 0xff60],   // full-width ASCII
  [0xffe0, 0xffe6],   // full-width signs, ￥ among them
  [0x1f300, 0x1f64f], // pictographs
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd], // ideographs, planes 2 and 3
]

/** Cells that `text` takes: one for ASCII, two for a CJK or full-width character. */
export function cellWidth(text: string): number {
  let cells = 0
  for (const character of text) cells += characterCells(character)
  return cells
}

/** The longest beginning of `text` that takes at most `cells` cells; a wide character is never halved. */
export function cutToWidth(text: string, cells: number): string {
  let free = cells
  let length = 0
  for (const character of text) {
    free -= characterCells(character)
    if (free < 0) break
    length += character.length
  }
  return text.slice(0, length)
}

/** Cells of one character (one code point): 1 or 2. */
export function characterCells(character: string): 1 | 2 {
  const point = character.codePointAt(0) ?? 0
  if (point < 0x1100) return 1
  return wide.some(([first, last]) => point >= first && point <= last) ? 2 : 1
}

// biome-ignore format: one row a range, first and last code point
const undrawable: readonly (readonly [number, number])[] = [
  [0x0000, 0x001f], // C0 controls
  [0x007f, 0x009f], // delete, C1 controls
  [0x200b, 0x200f], // without width, and marks of direction
  [0x202a, 0x202e], // embeddings and overrides of direction (UAX #9)
  [0x2066, 0x2069], // isolates of direction
  [0xd800, 0xdfff], // half a surrogate pair
  [0xfeff, 0xfeff], // byte order mark
]

/** Whether a device draws a blank for it: what has no picture, or would change the order in which others stand. */
export function isUndrawable(character: string): boolean {
  const point = character.codePointAt(0) ?? 0
  return undrawable.some(([first, last]) => point >= first && point <= last)
}
