import type { Style } from '../display.ts'
import type { Port, Shown } from './port.ts'
import { holds, same, throws, type Vector, vector } from './vector.ts'

type Draw = readonly [row: number, column: number, text: string, style?: Style]

/** What the screen shows after these draws on a blank grid. */
async function drawn({ device, rig }: Port, draws: readonly Draw[]): Promise<Shown> {
  device.display.clear()
  for (const [row, column, text, style] of draws) device.display.draw(row, column, text, style ?? 'normal')
  await rig.pass(0)
  return rig.screen()
}
function textOf(shown: Shown): readonly string[] {
  return shown.rows.map((row) => row.text)
}

/** A vector of draws and the rows that they make, from the top; further rows must be blank. */
function rows(
  id: string,
  title: string,
  draws: (columns: number, rows: number) => readonly Draw[],
  wanted: (columns: number) => readonly string[],
): Vector {
  return vector(id, title, async (port) => {
    const size = port.device.display.size()
    const want = wanted(size.columns)
    const blank = new Array<string>(size.rows - want.length).fill('')
    same(textOf(await drawn(port, draws(size.columns, size.rows))), [...want, ...blank], 'rows')
  })
}

/** A vector of draws and the runs of style in the first rows. */
function runs(id: string, title: string, draws: readonly Draw[], wanted: Shown['rows']): Vector {
  return vector(id, title, async (port) => {
    same((await drawn(port, draws)).rows.slice(0, wanted.length), wanted, 'rows')
  })
}

// biome-ignore format: one vector a paragraph
export const displayVectors: readonly Vector[] = [
  vector('display.size', 'the grid is 16 × 4 or 24 × 10, and the picture has as many rows', async (port) => {
    const { columns, rows: count } = port.device.display.size()
    holds(['16x4', '24x10'].includes(`${columns}x${count}`), `size is ${columns} × ${count}`)
    same((await drawn(port, [])).rows.length, count, 'rows of the picture')
  }),
  rows('display.draw', 'text stands where it was drawn, without trailing blanks',
    () => [[0, 0, 'AB'], [1, 3, 'C  ']], () => ['AB', '   C']),
  rows('display.overwrite', 'what is drawn later replaces what is under it, and only that',
    () => [[0, 0, 'ABCDE'], [0, 1, 'xy']], () => ['AxyDE']),
  vector('display.clear', 'clear blanks the whole grid, styles too', async (port) => {
    const { columns, rows: count } = port.device.display.size()
    await drawn(port, Array.from({ length: count }, (_, row) => [row, 0, 'x'.repeat(columns), 'inverse'] as const))
    port.device.display.clear()
    await port.rig.pass(0)
    same(port.rig.screen().rows, new Array(count).fill({ text: '', runs: [] }), 'rows')
  }),
  rows('display.width.wide', 'a CJK character takes two cells, ASCII one',
    () => [[0, 0, '刷A卡'], [0, 5, 'B']], () => ['刷A卡B']),
  rows('display.width.full-width', 'full-width forms and CJK punctuation take two cells',
    () => [[0, 0, '１，。'], [0, 6, 'B']], () => ['１，。B']),
  rows('display.clip.right', 'what passes the right edge is cut',
    (columns) => [[0, columns - 2, 'ABC']], (columns) => [`${' '.repeat(columns - 2)}AB`]),
  rows('display.clip.wide-at-edge', 'half a wide character at the right edge becomes a blank',
    (columns) => [[0, 0, 'x'.repeat(columns)], [0, columns - 1, '中']], (columns) => ['x'.repeat(columns - 1)]),
  rows('display.clip.full-row', 'a row of wide characters fills the row exactly',
    (columns) => [[0, 0, '中'.repeat(columns)]], (columns) => ['中'.repeat(columns / 2)]),
  rows('display.clip.no-wrap', 'what is cut does not appear in the next row',
    (columns) => [[0, 0, 'x'.repeat(columns + 5)]], (columns) => ['x'.repeat(columns)]),
  rows('display.outside.row', 'a row outside the grid draws nothing',
    (_, count) => [[-1, 0, 'A'], [count, 0, 'B'], [1000, 0, 'C']], () => ['']),
  rows('display.outside.column', 'a column outside the grid draws nothing, not even what would reach into it',
    (columns) => [[0, -1, 'AB'], [0, columns, 'C'], [0, 1000, 'D']], () => ['']),
  rows('display.control', 'control characters are drawn as blanks',
    () => [[0, 0, 'xxxxx'], [0, 1, '\n\u001b\u007f']], () => ['x   x']),
  rows('display.half.left', 'a character over the left half of a wide one blanks the other half',
    () => [[0, 0, '中B'], [0, 0, 'A']], () => ['A B']),
  rows('display.half.right', 'a character over the right half of a wide one blanks the other half',
    () => [[0, 0, '中B'], [0, 1, 'A']], () => [' AB']),
  runs('display.style.inverse', 'inverse covers exactly the cells of the text, blanks and wide characters too',
    [[0, 1, '中 A ', 'inverse']], [{ text: ' 中 A', runs: [{ from: 1, to: 6, style: 'inverse' }] }]),
  runs('display.style.replaced', 'drawing replaces the style with the text',
    [[0, 0, 'ABC', 'inverse'], [0, 1, 'x', 'normal']],
    [{ text: 'AxC', runs: [{ from: 0, to: 1, style: 'inverse' }, { from: 2, to: 3, style: 'inverse' }] }]),
  runs('display.style.large', 'large doubles the height only: it covers the row below it',
    [[1, 0, 'xxxx'], [0, 1, '中', 'large']],
    [{ text: ' 中', runs: [{ from: 1, to: 3, style: 'large' }] }, { text: 'x  x', runs: [] }]),
  vector('display.icons', 'setting icons throws for no combination', async ({ device, rig }) => {
    for (let bits = 0; bits < 8; bits++) {
      const icons = { signedOn: (bits & 1) > 0, owed: (bits & 2) > 0, paperOut: (bits & 4) > 0 }
      holds(!throws(() => device.display.icons(icons)), `icons ${bits} throw`)
    }
    await rig.pass(0)
  }),
]
