/**
 * Code 39 (ISO/IEC 16388): nine bars and gaps a character, three of them wide; a narrow gap between characters.
 * `n` is narrow, `w` wide; bars and gaps in turn, a bar first.
 */
// biome-ignore format: one row ten characters
const PATTERNS: { readonly [character: string]: string } = {
  0: 'nnnwwnwnn', 1: 'wnnwnnnnw', 2: 'nnwwnnnnw', 3: 'wnwwnnnnn', 4: 'nnnwwnnnw', 5: 'wnnwwnnnn', 6: 'nnwwwnnnn', 7: 'nnnwnnwnw', 8: 'wnnwnnwnn', 9: 'nnwwnnwnn',
  A: 'wnnnnwnnw', B: 'nnwnnwnnw', C: 'wnwnnwnnn', D: 'nnnnwwnnw', E: 'wnnnwwnnn', F: 'nnwnwwnnn', G: 'nnnnnwwnw', H: 'wnnnnwwnn', I: 'nnwnnwwnn', J: 'nnnnwwwnn',
  K: 'wnnnnnnww', L: 'nnwnnnnww', M: 'wnwnnnnwn', N: 'nnnnwnnww', O: 'wnnnwnnwn', P: 'nnwnwnnwn', Q: 'nnnnnnwww', R: 'wnnnnnwwn', S: 'nnwnnnwwn', T: 'nnnnwnwwn',
  U: 'wwnnnnnnw', V: 'nwwnnnnnw', W: 'wwwnnnnnn', X: 'nwnnwnnnw', Y: 'wwnnwnnnn', Z: 'nwwnwnnnn', '-': 'nwnnnnwnw', '.': 'wwnnnnwnn', ' ': 'nwwnnnwnn', '*': 'nwnnwnwnn',
}
const WIDE = 3

/** Bars of a barcode: where each begins and how wide it is, in widths of a narrow bar. */
export interface Barcode {
  readonly width: number
  readonly bars: readonly { readonly x: number; readonly width: number }[]
}

/** The barcode of a text with its start and stop character; undefined for a text that Code 39 cannot write. */
export function code39(text: string): Barcode | undefined {
  const patterns = [...`*${text}*`].map((character) => PATTERNS[character])
  if (text.includes('*') || patterns.includes(undefined)) return undefined
  const bars: { x: number; width: number }[] = []
  let x = 0
  // `n` after each character: the gap to the next one.
  const elements = [...patterns.join('n')]
  elements.forEach((element, index) => {
    const width = element === 'w' ? WIDE : 1
    if (index % 2 === 0) bars.push({ x, width })
    x += width
  })
  return { width: x, bars }
}
