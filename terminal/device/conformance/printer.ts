import type { PrintLine, PrintResult } from '../printer.ts'
import type { Port, Printed } from './port.ts'
import { holds, same, type Vector, vector, watch, within } from './vector.ts'

/** Time in which any print call of this suite has ended. */
const PRINT_MS = 60_000

export function textLine(text: string, size: 'normal' | 'large' = 'normal'): PrintLine {
  return { text, align: 'left', size }
}
function line(text: string, size: 'normal' | 'large' = 'normal'): Printed {
  return { text, size }
}
async function print({ device, rig }: Port, lines: readonly PrintLine[]): Promise<PrintResult> {
  return within(rig, PRINT_MS, () => device.printer.print(lines))
}

/** A vector that prints one text and looks at what is on the paper. */
function printed(
  id: string,
  title: string,
  size: 'normal' | 'large',
  given: (columns: number) => string,
  wanted: (columns: number) => string,
): Vector {
  return vector(id, title, async (port) => {
    const columns = port.device.printer.columns()
    same(await print(port, [textLine(given(columns), size)]), { kind: 'printed' }, 'result')
    same(port.rig.paper(), [line(wanted(columns), size)], 'paper')
  })
}

// biome-ignore format: one vector a paragraph
export const printerVectors: readonly Vector[] = [
  vector('printer.columns', 'the paper has 24 or 32 columns', async ({ device }) => {
    holds([24, 32].includes(device.printer.columns()), `${device.printer.columns()} columns`)
  }),
  vector('printer.order', 'lines come out in order, each once', async (port) => {
    same(await print(port, [textLine('A'), textLine('B'), textLine('C')]), { kind: 'printed' }, 'result')
    same(port.rig.paper(), [line('A'), line('B'), line('C')], 'paper')
  }),
  printed('printer.width.full', 'a full line is printed whole', 'normal',
    (columns) => 'x'.repeat(columns), (columns) => 'x'.repeat(columns)),
  printed('printer.width.cut', 'text beyond the width is cut, not wrapped', 'normal',
    (columns) => `${'x'.repeat(columns)}y`, (columns) => 'x'.repeat(columns)),
  printed('printer.width.wide-at-edge', 'a wide character that does not fit whole is left out', 'normal',
    (columns) => `x${'中'.repeat(columns / 2)}`, (columns) => `x${'中'.repeat(columns / 2 - 1)}`),
  printed('printer.width.large', 'a large line holds half the columns', 'large',
    (columns) => 'x'.repeat(columns), (columns) => 'x'.repeat(columns / 2)),
  printed('printer.wrap.words', 'nothing is wrapped at a blank either', 'normal',
    (columns) => 'word '.repeat(8).slice(0, columns + 3), (columns) => 'word '.repeat(8).slice(0, columns)),
  printed('printer.wrap.wide-full', 'wide characters fill the line exactly', 'normal',
    (columns) => '中'.repeat(columns / 2), (columns) => '中'.repeat(columns / 2)),
  printed('printer.wrap.wide-over', 'one wide character more is not printed', 'normal',
    (columns) => '中'.repeat(columns / 2 + 1), (columns) => '中'.repeat(columns / 2)),
  printed('printer.wrap.wide-half', 'a wide character for which one column is left is left out, and what comes behind it, too', 'normal',
    (columns) => `${'x'.repeat(columns - 1)}中y`, (columns) => 'x'.repeat(columns - 1)),
  printed('printer.wrap.mixed', 'ASCII and wide characters share a line', 'normal',
    (columns) => `${'A中'.repeat(columns / 4)}xyz`, (columns) => `${'A中'.repeat(columns / 4)}xyz`),
  printed('printer.wrap.large-wide', 'a large line holds a quarter of the columns in wide characters', 'large',
    (columns) => '中'.repeat(columns), (columns) => '中'.repeat(columns / 4)),
  printed('printer.wrap.large-odd', 'on a large line a wide character is not halved either', 'large',
    (columns) => `x${'中'.repeat(columns)}`, (columns) => `x${'中'.repeat(columns / 4 - 1)}`),
  printed('printer.control', 'control characters are printed as blanks, and end no line', 'normal',
    () => 'A\nB\u001bC\u007fD\tE', () => 'A B C D E'),
  printed('printer.blanks', 'blanks stay where they are, before the text and inside it', 'normal',
    () => '  A   B', () => '  A   B'),
  printed('printer.empty-line', 'an empty text is a blank line', 'normal', () => '', () => ''),
  vector('printer.align', 'every way to align, in both sizes, is printed', async (port) => {
    const lines = (['left', 'centre', 'right'] as const).flatMap((align) =>
      (['normal', 'large'] as const).map((size) => ({ text: 'AB', align, size })))
    same(await print(port, lines), { kind: 'printed' }, 'result')
    same(port.rig.paper(), lines.map(({ size }) => line('AB', size)), 'paper')
  }),
  vector('printer.feed.alone', 'each feed ends where the paper can be torn off', async (port) => {
    same(await print(port, [{ feed: 1 }, textLine('A'), { feed: 2 }]), { kind: 'printed' }, 'result')
    same(port.rig.paper(), [line(''), 'tear', line('A'), line(''), line(''), 'tear'], 'paper')
  }),
  vector('printer.paper.each', 'paper that ends after n lines of four has n lines on it', async (port) => {
    const lines = ['A', 'B', 'C', 'D'].map((text) => textLine(text))
    for (let left = 0; left <= 4; left++) {
      port.rig.paperIn()
      port.rig.paperOut(left)
      same(await print(port, lines), left === 4 ? { kind: 'printed' } : { kind: 'paperOut', printedLines: left }, `${left} lines left`)
      same(port.rig.paper().length, left, 'lines on the paper')
    }
  }),
  vector('printer.paper.pulled', 'paper taken out while it prints: paperOut, and what is on it is counted', async (port) => {
    const { device, rig } = port
    const printing = watch(() => device.printer.print(new Array<PrintLine>(50).fill(textLine('x'))))
    await rig.pass(300)
    rig.paperOut(0)
    await rig.pass(PRINT_MS)
    const on = rig.paper().length
    holds(on < 50, 'all 50 lines came out')
    same(printing.result, { kind: 'paperOut', printedLines: on }, 'result')
  }),
  vector('printer.feed', 'a feed comes out as blank lines, after which the paper can be torn off', async (port) => {
    same(await print(port, [textLine('A'), { feed: 3 }]), { kind: 'printed' }, 'result')
    same(port.rig.paper(), [line('A'), line(''), line(''), line(''), 'tear'], 'paper')
  }),
  vector('printer.empty', 'no lines at all are printed at once', async (port) => {
    same(await print(port, []), { kind: 'printed' }, 'result')
    same(port.rig.paper(), [], 'paper')
  }),
  vector('printer.paper.none', 'without paper: paperOut with 0 lines, and paper() says so', async (port) => {
    port.rig.paperOut(0)
    same(port.device.printer.paper(), 'out', 'paper()')
    same(await print(port, [textLine('A')]), { kind: 'paperOut', printedLines: 0 }, 'result')
    same(port.rig.paper(), [], 'paper')
  }),
  vector('printer.paper.ends', 'paper that ends on the way: paperOut with the whole lines that are on it', async (port) => {
    port.rig.paperOut(2)
    same(port.device.printer.paper(), 'ok', 'paper() before')
    same(await print(port, [textLine('A'), textLine('B'), textLine('C')]), { kind: 'paperOut', printedLines: 2 }, 'result')
    same(port.rig.paper(), [line('A'), line('B')], 'paper')
    same(port.device.printer.paper(), 'out', 'paper() after')
  }),
  vector('printer.paper.just-enough', 'paper that ends with the last line has printed it', async (port) => {
    port.rig.paperOut(2)
    same(await print(port, [textLine('A'), textLine('B')]), { kind: 'printed' }, 'result')
  }),
  vector('printer.paper.in-feed', 'paper that ends in a feed: the feed is no whole line', async (port) => {
    port.rig.paperOut(3)
    same(await print(port, [textLine('A'), { feed: 4 }]), { kind: 'paperOut', printedLines: 1 }, 'result')
  }),
  vector('printer.paper.again', 'with new paper it prints again', async (port) => {
    port.rig.paperOut(0)
    port.rig.paperIn()
    same(port.device.printer.paper(), 'ok', 'paper()')
    same(await print(port, [textLine('A')]), { kind: 'printed' }, 'result')
  }),
  vector('printer.busy', 'a second print while one runs is busy, and leaves the first alone', async (port) => {
    const { device, rig } = port
    const first = watch(() => device.printer.print([textLine('A'), textLine('B')]))
    same(await within(rig, 0, () => device.printer.print([textLine('C')])), { kind: 'busy' }, 'second')
    await rig.pass(PRINT_MS)
    same(first.result, { kind: 'printed' }, 'first')
    same(rig.paper(), [line('A'), line('B')], 'paper')
  }),
  vector('printer.late', 'it resolves when the last line has left the head, not before', async ({ device, rig }) => {
    const printing = watch(() => device.printer.print(new Array<PrintLine>(20).fill(textLine('x'))))
    await rig.pass(100)
    holds(printing.result === undefined, 'resolved after 100 ms of 20 lines')
    await rig.pass(PRINT_MS)
    same(printing.result, { kind: 'printed' }, 'result')
    same(rig.paper().length, 20, 'lines')
  }),
]
