import { textLine } from './printer.ts'
import { same, type Vector, vector, within } from './vector.ts'

/**
 * How many cells a character takes: the table of `terminal/screen/width.ts`, a row a class with the characters at its edges.
 * What is wide takes two cells and may lose neither half; everything else takes one.
 */
// biome-ignore format: one row a class
const classes: readonly (readonly [name: string, cells: 1 | 2, characters: string])[] = [
  ['ascii',            1, '!0A~'],
  ['latin-1',          1, '\u00a1°×ÿ'],                     // ambiguous in UAX #11, narrow here
  ['greek-cyrillic',   1, 'αΩЖя'],
  ['before-hangul',    1, '\u10ff'],
  ['hangul-leading',   2, '\u1100\u115f'],
  ['after-hangul',     1, '\u1160'],
  ['quotes',           1, '“”‘’…'],                         // ambiguous
  ['currency',         1, '€₩'],
  ['boxes',            1, '─│┌█'],
  ['radicals',         2, '\u2e80\u2fd5'],
  ['cjk-punctuation',  2, '、。《》\u3000\u303e'],
  ['half-fill',        1, '\u303f'],                        // the one narrow character among them
  ['kana',             2, 'ぁんァヶ'],
  ['enclosed',         2, '㈱㎏\u33ff'],
  ['extension-a',      2, '\u3400\u4dbf'],
  ['hexagrams',        1, '\u4dc0\u4dff'],
  ['ideographs',       2, '一中\u9fff'],
  ['yi',               2, '\ua000\ua4cf'],
  ['hangul-extended',  2, '\ua960\ua97f'],
  ['hangul-syllables', 2, '가\ud7a3'],
  ['compatibility',    2, '\uf900\ufaff'],
  ['vertical',         2, '\ufe10\ufe19'],
  ['small-forms',      2, '\ufe30\ufe6f'],
  ['full-width',       2, '！Ａ｠'],
  ['half-width-kana',  1, '｡ｱﾟ'],
  ['full-width-signs', 2, '￠￥￦'],
  ['half-width-signs', 1, '￨￮'],
  ['pictographs',      2, '\u{1f300}\u{1f64f}\u{1f900}\u{1f9ff}'],
  ['beyond-pictographs', 1, '\u{1f650}\u{1f8ff}'],
  ['plane-2',          2, '\u{20000}\u{2a6df}'],
  ['plane-3',          2, '\u{30000}\u{3fffd}'],
]

/** Characters that have no picture: one blank cell each. */
// biome-ignore format: one row a class
const blanks: readonly (readonly [name: string, characters: string])[] = [
  ['c0',         '\0\u0001\t\n\r\u001b\u001f'],
  ['delete-c1',  '\u007f\u0080\u009f'],
  ['zero-width', '\u200b\u200c\u200d\u200e\u200f\ufeff'],
  ['direction',  '\u202a\u202e\u2066\u2069'],
  ['surrogates', '\ud800\udbff'],
]

// biome-ignore format: one vector a paragraph
export const widthVectors: readonly Vector[] = [
  ...classes.map(([name, cells, characters]) =>
    vector(`width.${name}`, `${name}: each takes ${cells === 1 ? 'one cell' : 'two cells'} on the screen`, async ({ device, rig }) => {
      const { columns } = device.display.size()
      for (const character of characters) {
        const what = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`
        device.display.clear()
        device.display.draw(0, 0, `${character}|`, 'inverse')
        device.display.draw(1, columns - 1, character, 'inverse')
        await rig.pass(0)
        const [top, edge] = rig.screen().rows
        same(top, { text: `${character}|`, runs: [{ from: 0, to: cells + 1, style: 'inverse' }] }, what)
        same(edge?.runs, [{ from: columns - 1, to: columns, style: 'inverse' }], `${what} in the last column`)
        same(edge?.text, cells === 1 ? `${' '.repeat(columns - 1)}${character}` : '', `${what} in the last column`)
      }
    })),
  ...blanks.map(([name, characters]) =>
    vector(`width.blank.${name}`, `${name}: each is one blank cell on the screen`, async ({ device, rig }) => {
      for (let at = 0; at < characters.length; at++) {
        const character = characters[at] ?? ''
        device.display.clear()
        device.display.draw(0, 0, `x${character}y`, 'normal')
        await rig.pass(0)
        same(rig.screen().rows[0], { text: 'x y', runs: [] }, `U+${character.charCodeAt(0).toString(16).toUpperCase()}`)
      }
    })),
  vector('width.half.each', 'either half of a wide character that is drawn over takes the other with it, in each column', async ({ device, rig }) => {
    const { columns } = device.display.size()
    for (let at = 0; at + 2 <= columns; at++) {
      for (const half of [0, 1]) {
        device.display.clear()
        device.display.draw(0, at, '中', 'normal')
        device.display.draw(0, at + half, 'x', 'normal')
        await rig.pass(0)
        same(rig.screen().rows[0]?.text, `${' '.repeat(at + half)}x`, `column ${at}, half ${half}`)
      }
    }
  }),
  vector('width.half.wide', 'a wide character over two halves of two others blanks both', async ({ device, rig }) => {
    device.display.draw(0, 0, '中文字', 'normal')
    device.display.draw(0, 1, '卡', 'normal')
    await rig.pass(0)
    same(rig.screen().rows[0]?.text, ' 卡 字', 'row')
  }),
  vector('width.large.edge', 'large: the last row has no room for it, and the row below is covered exactly', async ({ device, rig }) => {
    const { rows } = device.display.size()
    device.display.draw(rows - 1, 0, 'A', 'large')
    device.display.draw(0, 0, 'A中', 'large')
    device.display.draw(1, 3, 'x', 'normal')
    await rig.pass(0)
    const shown = rig.screen().rows
    same(shown[rows - 1], { text: '', runs: [] }, 'last row')
    same(shown.slice(0, 2), [{ text: 'A中', runs: [{ from: 0, to: 3, style: 'large' }] }, { text: '   x', runs: [] }], 'first rows')
  }),
  vector('width.large.lower', 'a character over the lower half of a large one blanks the upper half', async ({ device, rig }) => {
    device.display.draw(0, 0, 'AB', 'large')
    device.display.draw(1, 0, 'x', 'normal')
    await rig.pass(0)
    same(rig.screen().rows.slice(0, 2).map(({ text }) => text), [' B', 'x'], 'rows')
  }),
  vector('width.paper', 'the paper counts columns as the screen counts cells', async ({ device, rig }) => {
    const columns = device.printer.columns()
    for (const [name, cells, characters] of classes) {
      for (const character of characters) {
        await within(rig, 1000, () => device.printer.print([textLine(`${'x'.repeat(columns - 2)}${character}|`)]))
        const [first] = rig.paper()
        const wanted = `${'x'.repeat(columns - 2)}${character}${cells === 1 ? '|' : ''}`
        same(first, { text: wanted, size: 'normal' }, name)
      }
    }
  }),
]
