import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/headless'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeGrid } from '../../../emulator/device/grid.ts'
import type { Picture } from '../../../emulator/device/ports.ts'
import { largePieces, piecesOf, sequences } from '../../../emulator/page/view/lcd-cells.ts'

const icons = { signedOn: false, owed: false, paperOut: false }

function pictureOf(draw: (grid: ReturnType<typeof makeGrid>) => void): Picture {
  const grid = makeGrid(24, 4)
  draw(grid)
  return { columns: 24, rows: grid.picture(), icons, quality: 4, secure: false, lit: true }
}

/** What a terminal shows after `text`: rows as text, and which cells are inverse. */
async function shown(text: string): Promise<{ rows: string[]; inverse: string[] }> {
  const terminal = new Terminal({ cols: 24, rows: 4, allowProposedApi: true })
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  await new Promise<void>((resolve) => terminal.write(text, resolve))
  const lines = [0, 1, 2, 3].map((row) => terminal.buffer.active.getLine(row))
  return {
    rows: lines.map((line) => line?.translateToString(true).trimEnd() ?? ''),
    inverse: lines.map((line) =>
      Array.from({ length: 24 }, (_, cell) => (line?.getCell(cell)?.isInverse() ? 'x' : '.')).join(''),
    ),
  }
}

test('the glass: text at its cells, inverse runs inverse to their last blank', async () => {
  const picture = pictureOf((grid) => {
    grid.draw(0, 0, '      示例家居广场      ', 'inverse')
    grid.draw(2, 3, '消费 Sale “x”', 'normal')
  })
  const { rows, inverse } = await shown(sequences(picture))
  expect(rows).toEqual(['      示例家居广场', '', '   消费 Sale “x”', ''])
  expect(inverse).toEqual(['x'.repeat(24), '.'.repeat(24), '.'.repeat(24), '.'.repeat(24)])
})

test('the glass: any drawing, drawn over any other, is the picture', async () => {
  const word = fc.stringMatching(/^[A-Za-z0-9 ￥¥×·…“”°消费门店编号一]{0,26}$/u)
  const stroke = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: 23 }),
    word,
    fc.constantFrom('normal' as const, 'inverse' as const),
  )
  const strokes = fc.array(stroke, { maxLength: 6 })
  const drawn = (all: [number, number, string, 'normal' | 'inverse'][]) =>
    pictureOf((grid) => {
      for (const one of all) grid.draw(...one)
    })
  await fc.assert(
    fc.asyncProperty(strokes, strokes, async (first, second) => {
      const picture = drawn(second)
      const { rows } = await shown(sequences(drawn(first)) + sequences(picture))
      expect(rows).toEqual(picture.rows.map((row) => row.text))
    }),
    { numRuns: 100 },
  )
})

test('the glass: large text is laid over blanks, at its row and cell', async () => {
  const picture = pictureOf((grid) => grid.draw(1, 4, '成功', 'large'))
  expect(largePieces(picture)).toEqual([{ row: 1, from: 4, cells: 4, text: '成功', style: 'large' }])
  expect((await shown(sequences(picture))).rows).toEqual(['', '', '', ''])
})

test('a row: pieces cover every cell once', () => {
  const row = { text: 'A消B', runs: [{ from: 1, to: 3, style: 'inverse' as const }] }
  expect(piecesOf(row, 6)).toEqual([
    { from: 0, cells: 1, text: 'A', style: 'normal' },
    { from: 1, cells: 2, text: '消', style: 'inverse' },
    { from: 3, cells: 3, text: 'B  ', style: 'normal' },
  ])
})
